"""Advice in one language as JSON-ready data: the shapes of the contract, filled with words.

Everything that does not depend on a profile is written as JSON once, when the renderer is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from service.advice.compose import Advice, FormAdvice, RiskAdvice, TargetAdvice
from service.advice.descriptions import describe_question
from service.advice.json_text import Fragment, encode, fragment
from service.advice.reasons import Reasons
from service.advice.risk_states import RiskState
from service.advice.summary import Summary
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Item, Kind, Value

SETTLED_KEPT: Final = 5_000
BRIEF_FORMS: Final = 3
BRIEF_RISK_LEVEL: Final = 2


class Renderer:
    """Says advice in one language. Safe to share between threads: its store only ever gains entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words = compiled, words
        rule_base = compiled.rule_base
        self._identity = fragment({"version": rule_base.version, "digest": rule_base.digest})
        self._notice = words.text(rule_base.notice)
        self._heads = {
            kind: {name: self._head(item) for name, item in rule_base.catalogue[kind].items()} for kind in Kind
        }
        self._reasons = reasons
        self._settled: dict[tuple[str, ...], bytes] = {}
        self._asks = [tuple(sorted(names)) for names in compiled.asks]
        self._priorities = [words.text(term.label) for term in rule_base.method.priorities]
        levels = list(enumerate((words.text(one.term.label) for one in rule_base.method.risk_levels), start=1))
        self._present = [encode({"level": level, "levelLabel": label})[1:-1] for level, label in levels]
        self._could_reach = [encode({"couldReach": level, "couldReachLabel": label})[1:-1] for level, label in levels]
        self._likelihoods = [
            encode({"likelihood": one.term.id, "likelihoodLabel": words.text(one.term.label)})[1:-1]
            for one in rule_base.method.likelihoods
        ]
        asked = {name: fact.question for name, fact in rule_base.facts.items() if fact.question}
        self._question_texts = {name: words.text(question) for name, question in asked.items()}
        self._questions = {name: fragment(describe_question(rule_base.facts[name], words)) for name in asked}
        self._summary = Summary(compiled, words)

    def render(self, advice: Advice, *, brief: bool) -> bytes:
        """Return the advice as UTF-8 JSON; ``brief`` leaves out reasons and what matters less."""
        return encode(self._advice(advice, brief=brief))

    def _advice(self, advice: Advice, *, brief: bool) -> dict[str, object]:
        evaluation, rules = advice.evaluation, self._compiled.rule_base.rules
        forms = advice.forms[:BRIEF_FORMS] if brief else advice.forms
        tools = self._tools_of_chosen_forms(advice) if brief else advice.tools
        risks = [risk for risk in advice.risks if not brief or risk.standing.level >= BRIEF_RISK_LEVEL]
        because = {} if brief else {rule: self._reasons.because(rule, evaluation) for rule in evaluation.fired}
        return {
            "ruleBase": self._identity,
            "language": self._words.language,
            "notice": self._notice,
            "summary": self._summary.say(advice),
            "goals": self._goals(advice),
            "maturity": self._maturity(evaluation),
            "findings": self._findings(advice, "profile"),
            "forms": [self._form(form, because, brief=brief) for form in forms],
            "chosenForms": evaluation.chosen,
            "tools": [self._target(Kind.TOOLS, tool, because, brief=brief) for tool in tools],
            "anchoringMeasures": [
                self._target(Kind.ANCHORING_MEASURES, measure, because, brief=brief)
                for measure in advice.anchoring_measures
            ],
            "metrics": [self._target(Kind.METRICS, metric, because, brief=brief) for metric in advice.metrics],
            "risks": [self._risk(risk, because, brief=brief) for risk in risks],
            "unknowns": [
                {
                    "fact": unknown.fact,
                    "question": self._question_texts[unknown.fact],
                    "couldChange": unknown.could_change,
                }
                for unknown in advice.unknowns
            ],
            "nextQuestion": self._questions[advice.unknowns[0].fact] if advice.unknowns else None,
            "confidence": {
                "margin": advice.confidence.margin,
                "evidence": advice.confidence.evidence,
                "known": advice.confidence.known,
            },
            "firedRules": sorted(rules[index].id for index in evaluation.fired),
        }

    def _tools_of_chosen_forms(self, advice: Advice) -> Iterable[TargetAdvice]:
        second = self._compiled.second_pass
        return [tool for tool in advice.tools if any(reason.rule in second for reason in tool.reasons)]

    def _goals(self, advice: Advice) -> dict[str, object]:
        goals = advice.evaluation.known[self._compiled.roles.goals]
        count = len(cast("frozenset[str]", goals))
        return {"count": count, "findings": self._findings(advice, "goals")}

    def _findings(self, advice: Advice, about: str) -> list[dict[str, object]]:
        declared = self._compiled.rule_base.findings
        return [
            {
                "id": declared[position].id,
                "text": self._words.text(declared[position].text),
                "facts": self._compiled.finding_facts[position],
                "severity": declared[position].severity,
            }
            for position in advice.findings
            if declared[position].about == about
        ]

    def _maturity(self, evaluation: Evaluation) -> dict[str, object]:
        facts, known, roles = self._compiled.rule_base.facts, evaluation.known, self._compiled.roles
        ratings = {name: known.get(name) for name, fact in facts.items() if fact.dimension}
        rated = [rating for rating in ratings.values() if isinstance(rating, int)]
        level = known.get(roles.maturity_level)
        return {
            "level": level,
            "label": self._option(roles.maturity_level, level),
            "derived": level is not None and roles.maturity_level not in evaluation.profile,
            "weakest": [name for name, rating in ratings.items() if rated and rating == min(rated)],
            "dimensions": {
                name: {
                    "label": self._words.text(facts[name].label),
                    "rating": rating,
                    "meaning": self._option_meaning(name, rating),
                }
                for name, rating in ratings.items()
            },
            "participation": {
                "now": self._rung(roles.rung_now, known),
                "wanted": self._rung(roles.rung_wanted, known),
                "gap": known.get(roles.ambition_gap),
            },
        }

    def _option(self, fact: str, value: Value | None) -> str | None:
        options = self._compiled.rule_base.facts[fact].options
        return next((self._words.text(one.label) for one in options if one.id == str(value)), None)

    def _option_meaning(self, fact: str, value: Value | None) -> str | None:
        options = self._compiled.rule_base.facts[fact].options
        return next((self._words.text(one.definition) for one in options if one.id == str(value)), None)

    def _rung(self, fact: str, known: Mapping[str, Value]) -> dict[str, object] | None:
        value = known.get(fact)
        return None if value is None else {"id": value, "label": self._option(fact, value)}

    def _form(self, form: FormAdvice, because: Mapping[int, bytes], *, brief: bool) -> Fragment:
        said: dict[str, object] = {
            "rank": form.rank,
            "score": form.score,
            "excluded": form.rank is None,
            "verdict": form.verdict,
        }
        if not brief:
            said["reasons"] = self._reasons.said(Kind.FORMS, form.reasons, because)
        return Fragment(self._heads[Kind.FORMS][form.form] + encode(said)[1:])

    def _target(self, kind: Kind, target: TargetAdvice, because: Mapping[int, bytes], *, brief: bool) -> Fragment:
        said: dict[str, object] = {}
        if kind is Kind.TOOLS:
            said["score"] = target.amount
        else:
            said["level"], said["levelLabel"] = target.level, self._priorities[target.level - 1]
        if not brief:
            said["reasons"] = self._reasons.said(kind, target.reasons, because)
        return Fragment(self._heads[kind][target.target] + encode(said)[1:])

    def _risk(self, risk: RiskAdvice, because: Mapping[int, bytes], *, brief: bool) -> Fragment:
        standing, said = risk.standing, self._standing(risk)
        written = b'%s"state":"%s","points":%d,%s' % (
            self._heads[Kind.RISKS][standing.risk],
            standing.state.encode(),
            standing.points,
            said,
        )
        if brief:
            return Fragment(written + b"}")
        return Fragment(b'%s,"reasons":%s}' % (written, encode(self._reasons.said(Kind.RISKS, risk.reasons, because))))

    def _standing(self, risk: RiskAdvice) -> bytes:
        """Say what is particular to the risk's state, as the inside of a JSON object."""
        standing = risk.standing
        if standing.state is RiskState.PRESENT:
            return self._present[standing.level - 1]
        if standing.state is RiskState.RULED_OUT:
            return encode({"text": self._words.ruled_out(self._mitigating_facts(risk))})[1:-1]
        return b"%s,%s,%s" % (
            self._could_reach[standing.could_reach - 1],
            self._likelihoods[standing.likelihood],
            self._settled_by(standing.settled_by),
        )

    def _settled_by(self, facts: tuple[str, ...]) -> bytes:
        kept = self._settled.get(facts)
        if kept is None:
            asked = [{"fact": fact, "question": self._question_texts[fact]} for fact in facts]
            kept = encode({"settledBy": asked, "text": self._words.cannot_be_ruled_out(facts)})[1:-1]
            if len(self._settled) < SETTLED_KEPT:
                self._settled[facts] = kept
        return kept

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
