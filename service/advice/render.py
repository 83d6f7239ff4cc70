"""Advice in one language as JSON: the shapes of the contract, filled with words.

Everything that does not depend on a profile is written once, when the renderer is made; what is left is to
put the pieces one after another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

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

SETTLED_KEPT: int = 5_000
BRIEF_FORMS: Final = 3
BRIEF_RISK_LEVEL: Final = 2

_EXCLUDED: Final = b',"excluded":true,"verdict":"'
_NOT_EXCLUDED: Final = b',"excluded":false,"verdict":"'
_STATES: Final = {state: b'"state":"%b","points":' % state.encode() for state in RiskState}

Bodies: TypeAlias = list[bytes] | None
"""By rule, as JSON, the facts that made it fire; None where reasons are left out."""


class Renderer:
    """Says advice in one language. Safe to share between threads: its stores only ever gain entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words, self._reasons = compiled, words, reasons
        rule_base, method = compiled.rule_base, compiled.rule_base.method
        identity = {"version": rule_base.version, "digest": rule_base.digest}
        about = {"ruleBase": identity, "language": words.language, "notice": words.text(rule_base.notice)}
        self._about = encode(about)[1:-1]
        self._form_heads, self._tool_heads = self._heads(Kind.FORMS), self._heads(Kind.TOOLS)
        self._measure_heads, self._metric_heads = self._heads(Kind.ANCHORING_MEASURES), self._heads(Kind.METRICS)
        self._risk_heads = self._heads(Kind.RISKS)
        labels = {level: words.text(term.label) for level, term in zip(LEVELS, method.priorities, strict=True)}
        self._levels = {level: _inside({"level": level, "levelLabel": label}) for level, label in labels.items()}
        self._settled: dict[tuple[str, ...], bytes] = {}
        self._asks = [sorted(names) for names in compiled.asks]
        levels = list(enumerate((words.text(one.term.label) for one in method.risk_levels), start=1))
        self._present = [_inside({"level": level, "levelLabel": label}) for level, label in levels]
        self._could_reach = [_inside({"couldReach": level, "couldReachLabel": label}) for level, label in levels]
        self._likelihoods = [
            _inside({"likelihood": one.term.id, "likelihoodLabel": words.text(one.term.label)})
            for one in method.likelihoods
        ]
        asked = {name: fact.question for name, fact in rule_base.facts.items() if fact.question}
        self._question_texts = {name: words.text(question) for name, question in asked.items()}
        self._unknown_facts = {
            name: encode({"fact": name, "question": said})[:-1] + b',"couldChange":'
            for name, said in self._question_texts.items()
        }
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
        unknowns, confidence = advice.unknowns, advice.confidence
        out = [b"{", self._about, b',"summary":', encode(self._summary.say(advice))]
        out += [b',"goals":', self._goals(advice), b',"maturity":', self._maturity(evaluation)]
        out += [b',"findings":', self._found(advice, "profile"), b',"forms":']
        self._write_forms(advice.forms[:BRIEF_FORMS] if brief else advice.forms, bodies, out)
        out += [b',"chosenForms":', encode(evaluation.chosen), b',"tools":']
        self._write_tools(self._tools_of_chosen_forms(advice) if brief else advice.tools, bodies, out)
        out.append(b',"anchoringMeasures":')
        self._write_targets(self._measure_heads, advice.anchoring_measures, bodies, out)
        out.append(b',"metrics":')
        self._write_targets(self._metric_heads, advice.metrics, bodies, out)
        out.append(b',"risks":')
        self._write_risks([risk for risk in advice.risks if not brief or _matters(risk)], bodies, out)
        out.append(b',"unknowns":')
        self._write_unknowns(unknowns, out)
        out += [b',"nextQuestion":', self._questions[unknowns[0].fact] if unknowns else b"null"]
        said = {"margin": confidence.margin, "evidence": confidence.evidence, "known": confidence.known}
        out += [b',"confidence":', encode(said)]
        out += [b',"firedRules":', encode(sorted([rules[index].id for index in evaluation.fired])), b"}"]
        return b"".join(out)

    def _tools_of_chosen_forms(self, advice: Advice) -> list[TargetAdvice]:
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

    def _write_forms(self, forms: list[FormAdvice], bodies: Bodies, out: list[bytes]) -> None:
        before = b"["
        for form in forms:
            rank = b"null" if form.rank is None else _number(form.rank)
            out += [before, self._form_heads[form.form], b'"rank":', rank, b',"score":', _number(form.score)]
            out.append(_EXCLUDED if form.rank is None else _NOT_EXCLUDED)
            out.append(form.verdict.encode())
            out.append(b'"')
            self._end(form.reasons, bodies, out)
            before = b","
        out.append(b"]" if forms else b"[]")

    def _write_tools(self, tools: list[TargetAdvice], bodies: Bodies, out: list[bytes]) -> None:
        before = b"["
        for tool in tools:
            out += [before, self._tool_heads[tool.target], b'"score":', _number(tool.amount)]
            self._end(tool.reasons, bodies, out)
            before = b","
        out.append(b"]" if tools else b"[]")

    def _write_targets(
        self, heads: dict[str, bytes], targets: list[TargetAdvice], bodies: Bodies, out: list[bytes]
    ) -> None:
        before = b"["
        for target in targets:
            out += [before, heads[target.target], self._levels[target.level]]
            self._end(target.reasons, bodies, out)
            before = b","
        out.append(b"]" if targets else b"[]")

    def _write_risks(self, risks: list[RiskAdvice], bodies: Bodies, out: list[bytes]) -> None:
        before = b"["
        for risk in risks:
            standing = risk.standing
            out += [before, self._risk_heads[standing.risk], _STATES[standing.state], _number(standing.points), b","]
            self._write_standing(risk, out)
            self._end(risk.reasons, bodies, out)
            before = b","
        out.append(b"]" if risks else b"[]")

    def _end(self, reasons: list[Reason], bodies: Bodies, out: list[bytes]) -> None:
        """End an object with its reasons, or without them when there are no ``bodies`` of reasons."""
        if bodies is not None:
            out.append(b',"reasons":')
            self._reasons.write(reasons, bodies, out)
        out.append(b"}")

    def _write_standing(self, risk: RiskAdvice, out: list[bytes]) -> None:
        """Write what is particular to the risk's state, as the inside of a JSON object."""
        standing = risk.standing
        if standing.state is RiskState.PRESENT:
            out.append(self._present[standing.level - 1])
        elif standing.state is RiskState.RULED_OUT:
            out.append(_inside({"text": self._words.ruled_out(self._mitigating_facts(risk))}))
        else:
            out += [self._could_reach[standing.could_reach - 1], b",", self._likelihoods[standing.likelihood]]
            out += [b",", self._settled_by(standing.settled_by)]

    def _settled_by(self, facts: tuple[str, ...]) -> bytes:
        kept = self._settled.get(facts)
        if kept is None:
            asked = [{"fact": fact, "question": self._question_texts[fact]} for fact in facts]
            kept = _inside({"settledBy": asked, "text": self._words.cannot_be_ruled_out(facts)})
            if len(self._settled) < SETTLED_KEPT:
                self._settled[facts] = kept
        return kept

    def _write_unknowns(self, unknowns: list[Unknown], out: list[bytes]) -> None:
        before = b"["
        for unknown in unknowns:
            out += [before, self._unknown_facts[unknown.fact]]
            before = b'["'
            for could in unknown.could_change:
                out += [before, could.encode()]
                before = b'","'
            out.append(b'"]}')
            before = b","
        out.append(b"]" if unknowns else b"[]")

    def _mitigating_facts(self, risk: RiskAdvice) -> Sequence[str]:
        """List the facts that the rules ask for which keep a risk down."""
        rules = [one.rule for one in risk.reasons if one.rule is not None and (one.amount or 0) < 0]
        return list(dict.fromkeys(fact for rule in rules for fact in self._asks[rule]))

    def _heads(self, kind: Kind) -> dict[str, bytes]:
        """Write how each object of the kind begins."""
        return {name: self._head(item) for name, item in self._compiled.rule_base.catalogue[kind].items()}

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


def _number(number: int) -> bytes:
    return str(number).encode()


def _matters(risk: RiskAdvice) -> bool:
    """Tell whether a risk is shown in brief."""
    return risk.standing.level >= BRIEF_RISK_LEVEL
