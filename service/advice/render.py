"""Advice in one language as JSON: the shapes of the contract, filled with words.

Everything that does not depend on a profile is written once, when the renderer is made; what is left is to
put the pieces one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from service.advice.compose import Advice, FormAdvice, Reason, RiskAdvice, TargetAdvice
from service.advice.descriptions import describe_question
from service.advice.json_text import encode
from service.advice.reasons import Reasons
from service.advice.risk_states import RiskState
from service.advice.summary import Summary
from service.advice.unknowns import Unknown
from service.advice.words import Words
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Item, Kind, Profile, Value

SETTLED_KEPT: Final = 5_000
COULD_CHANGE_KEPT: Final = 5_000
BRIEF_FORMS: Final = 3
BRIEF_RISK_LEVEL: Final = 2


class Renderer:
    """Says advice in one language. Safe to share between threads: its stores only ever gain entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words, self._reasons = compiled, words, reasons
        rule_base, method = compiled.rule_base, compiled.rule_base.method
        identity = {"version": rule_base.version, "digest": rule_base.digest}
        about = {"ruleBase": identity, "language": words.language, "notice": words.text(rule_base.notice)}
        self._about = encode(about)[1:-1]
        self._heads = {
            kind: {name: self._head(item) for name, item in rule_base.catalogue[kind].items()} for kind in Kind
        }
        labels = {level: words.text(term.label) for level, term in zip(LEVELS, method.priorities, strict=True)}
        self._levels = {level: _inside({"level": level, "levelLabel": label}) for level, label in labels.items()}
        self._settled: dict[tuple[str, ...], bytes] = {}
        self._could_change: dict[tuple[str, ...], bytes] = {}
        self._asks = [tuple(sorted(names)) for names in compiled.asks]
        levels = list(enumerate((words.text(one.term.label) for one in method.risk_levels), start=1))
        self._present = [_inside({"level": level, "levelLabel": label}) for level, label in levels]
        self._could_reach = [_inside({"couldReach": level, "couldReachLabel": label}) for level, label in levels]
        self._likelihoods = [
            _inside({"likelihood": one.term.id, "likelihoodLabel": words.text(one.term.label)})
            for one in method.likelihoods
        ]
        asked = {name: fact.question for name, fact in rule_base.facts.items() if fact.question}
        self._question_texts = {name: words.text(question) for name, question in asked.items()}
        self._asked = {name: _inside({"fact": name, "question": said}) for name, said in self._question_texts.items()}
        self._questions = {name: encode(describe_question(rule_base.facts[name], words)) for name in asked}
        self._findings = [
            encode(
                {
                    "id": one.id,
                    "text": words.text(one.text),
                    "facts": compiled.finding_facts[position],
                    "severity": one.severity,
                }
            )
            for position, one in enumerate(rule_base.findings)
        ]
        self._dimensions = {
            name: {rating: self._dimension(name, rating) for rating in (None, *(int(one.id) for one in fact.options))}
            for name, fact in rule_base.facts.items()
            if fact.dimension
        }
        self._summary = Summary(compiled, words)

    def render(self, advice: Advice, *, brief: bool) -> bytes:
        """Return the advice as UTF-8 JSON; ``brief`` leaves out reasons and what matters less."""
        evaluation, rules = advice.evaluation, self._compiled.rule_base.rules
        bodies = None if brief else self._reasons.bodies(evaluation)
        forms = advice.forms[:BRIEF_FORMS] if brief else advice.forms
        tools = self._tools_of_chosen_forms(advice) if brief else advice.tools
        risks = [risk for risk in advice.risks if not brief or risk.standing.level >= BRIEF_RISK_LEVEL]
        confidence, unknowns = advice.confidence, advice.unknowns
        pieces = [b"{", self._about, b',"summary":', encode(self._summary.say(advice))]
        pieces += (b',"goals":', self._goals(advice), b',"maturity":', self._maturity(evaluation))
        pieces += (b',"findings":', self._found(advice, "profile"))
        pieces += _listed(b',"forms":', [self._form(form, bodies) for form in forms])
        pieces += (b',"chosenForms":', encode(evaluation.chosen))
        pieces += _listed(b',"tools":', [self._tool(tool, bodies) for tool in tools])
        for name, kind, targets in (
            (b',"anchoringMeasures":', Kind.ANCHORING_MEASURES, advice.anchoring_measures),
            (b',"metrics":', Kind.METRICS, advice.metrics),
        ):
            pieces += _listed(name, [self._target(kind, target, bodies) for target in targets])
        pieces += _listed(b',"risks":', [self._risk(risk, bodies) for risk in risks])
        pieces += (b',"unknowns":', _array([self._unknown(unknown) for unknown in unknowns]))
        pieces += (b',"nextQuestion":', self._questions[unknowns[0].fact] if unknowns else b"null")
        said = {"margin": confidence.margin, "evidence": confidence.evidence, "known": confidence.known}
        pieces += (b',"confidence":', encode(said))
        pieces += (b',"firedRules":', encode(sorted([rules[index].id for index in evaluation.fired])), b"}")
        return b"".join(pieces)

    def _tools_of_chosen_forms(self, advice: Advice) -> Iterable[TargetAdvice]:
        second = self._compiled.second_pass
        return [tool for tool in advice.tools if any(reason.rule in second for reason in tool.reasons)]

    def _goals(self, advice: Advice) -> bytes:
        goals = advice.evaluation.known[self._compiled.roles.goals]
        return b'{"count":%d,"findings":%b}' % (len(cast("frozenset[str]", goals)), self._found(advice, "goals"))

    def _found(self, advice: Advice, about: str) -> bytes:
        declared = self._compiled.rule_base.findings
        return _array([self._findings[one] for one in advice.findings if declared[one].about == about])

    def _maturity(self, evaluation: Evaluation) -> bytes:
        known, roles = evaluation.known, self._compiled.roles
        ratings = {name: cast("int | None", known.get(name)) for name in self._dimensions}
        rated = [rating for rating in ratings.values() if rating is not None]
        lowest = min(rated, default=0)
        level = known.get(roles.maturity_level)
        dimensions = b",".join([self._dimensions[name][rating] for name, rating in ratings.items()])
        said = {
            "level": level,
            "label": self._option(roles.maturity_level, level),
            "derived": level is not None and roles.maturity_level not in evaluation.profile,
            "weakest": [name for name, rating in ratings.items() if rating == lowest],
        }
        participation = {
            "now": self._rung(roles.rung_now, known),
            "wanted": self._rung(roles.rung_wanted, known),
            "gap": known.get(roles.ambition_gap),
        }
        return b'{%b,"dimensions":{%b},"participation":%b}' % (_inside(said), dimensions, encode(participation))

    def _dimension(self, name: str, rating: int | None) -> bytes:
        """Say a dimension with its rating, as a name and its value."""
        fact = self._compiled.rule_base.facts[name]
        meaning = next((self._words.text(one.definition) for one in fact.options if one.id == str(rating)), None)
        return _inside({name: {"label": self._words.text(fact.label), "rating": rating, "meaning": meaning}})

    def _option(self, fact: str, value: Value | None) -> str | None:
        options = self._compiled.rule_base.facts[fact].options
        return next((self._words.text(one.label) for one in options if one.id == str(value)), None)

    def _rung(self, fact: str, known: Profile) -> dict[str, object] | None:
        value = known.get(fact)
        return None if value is None else {"id": value, "label": self._option(fact, value)}

    def _form(self, form: FormAdvice, bodies: Mapping[int, bytes] | None) -> list[bytes]:
        head, verdict = self._heads[Kind.FORMS][form.form], form.verdict.encode()
        rank, excluded = (b"null", b"true") if form.rank is None else (b"%d" % form.rank, b"false")
        said = b'%b"rank":%b,"score":%d,"excluded":%b,"verdict":"%b"' % (head, rank, form.score, excluded, verdict)
        return self._with_reasons(said, Kind.FORMS, form.reasons, bodies)

    def _tool(self, tool: TargetAdvice, bodies: Mapping[int, bytes] | None) -> list[bytes]:
        said = b'%b"score":%d' % (self._heads[Kind.TOOLS][tool.target], tool.amount)
        return self._with_reasons(said, Kind.TOOLS, tool.reasons, bodies)

    def _target(self, kind: Kind, target: TargetAdvice, bodies: Mapping[int, bytes] | None) -> list[bytes]:
        said = self._heads[kind][target.target] + self._levels[target.level]
        return self._with_reasons(said, kind, target.reasons, bodies)

    def _risk(self, risk: RiskAdvice, bodies: Mapping[int, bytes] | None) -> list[bytes]:
        standing = risk.standing
        said = b'%b"state":"%b","points":%d,%b' % (
            self._heads[Kind.RISKS][standing.risk],
            standing.state.encode(),
            standing.points,
            self._standing(risk),
        )
        return self._with_reasons(said, Kind.RISKS, risk.reasons, bodies)

    def _with_reasons(
        self, said: bytes, kind: Kind, reasons: Sequence[Reason], bodies: Mapping[int, bytes] | None
    ) -> list[bytes]:
        """End an object with its reasons, or without them when there are no ``bodies`` of reasons."""
        if bodies is None:
            return [said, b"}"]
        return [said, b',"reasons":', *self._reasons.say(kind, reasons, bodies), b"}"]

    def _standing(self, risk: RiskAdvice) -> bytes:
        """Say what is particular to the risk's state, as the inside of a JSON object."""
        standing = risk.standing
        if standing.state is RiskState.PRESENT:
            return self._present[standing.level - 1]
        if standing.state is RiskState.RULED_OUT:
            return _inside({"text": self._words.ruled_out(self._mitigating_facts(risk))})
        return b"%s,%s,%s" % (
            self._could_reach[standing.could_reach - 1],
            self._likelihoods[standing.likelihood],
            self._settled_by(standing.settled_by),
        )

    def _settled_by(self, facts: tuple[str, ...]) -> bytes:
        kept = self._settled.get(facts)
        if kept is None:
            asked = [{"fact": fact, "question": self._question_texts[fact]} for fact in facts]
            kept = _inside({"settledBy": asked, "text": self._words.cannot_be_ruled_out(facts)})
            if len(self._settled) < SETTLED_KEPT:
                self._settled[facts] = kept
        return kept

    def _unknown(self, unknown: Unknown) -> bytes:
        fact, could_change = unknown
        kept = self._could_change.get(could_change)
        if kept is None:
            kept = encode(could_change)
            if len(self._could_change) < COULD_CHANGE_KEPT:
                self._could_change[could_change] = kept
        return b'{%b,"couldChange":%b}' % (self._asked[fact], kept)

    def _mitigating_facts(self, risk: RiskAdvice) -> Sequence[str]:
        """List the facts that the rules ask for which keep a risk down."""
        rules = [one.rule for one in risk.reasons if one.rule is not None and (one.amount or 0) < 0]
        return list(dict.fromkeys(fact for rule in rules for fact in self._asks[rule]))

    def _head(self, item: Item) -> bytes:
        said = {
            "id": item.id,
            "label": self._words.text(item.label),
            "description": self._words.text(item.definition),
        }
        if item.rung:
            said["rung"] = item.rung
        return encode(said)[:-1] + b","


def _inside(said: Mapping[str, object]) -> bytes:
    """Write the names and values of an object, without its braces."""
    return encode(said)[1:-1]


def _array(said: Iterable[bytes]) -> bytes:
    return b"[%b]" % b",".join(said)


def _listed(name: bytes, said: Iterable[Sequence[bytes]]) -> list[bytes]:
    """Write a name and an array of what is said in pieces."""
    pieces, before = [name], b"["
    for one in said:
        pieces.append(before)
        pieces += one
        before = b","
    pieces.append(b"[]" if before == b"[" else b"]")
    return pieces
