"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Owns reasons, verdicts, levels and their order. Knows no language; ``render`` says it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from service.advice.confidence import Confidence, confidence
from service.advice.risk_states import RiskStates, Standing
from service.advice.undecided import undecided
from service.advice.unknowns import Unknown, Unknowns
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, amount
from service.knowledge.model import Kind


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that fired for a target, by index, or (``rule`` None) the cut of a step's sum.

    ``amount`` is the effect's weight, points or level; None takes the form out of the ranking.
    """

    rule: int | None
    step: str
    amount: int | None


@dataclass(frozen=True, slots=True)
class FormAdvice:
    """Where a form stands. ``rank`` counts from 1; None when the form is excluded."""

    form: str
    rank: int | None
    score: int
    verdict: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class TargetAdvice:
    """A tool with its weight, or a metric or measure with its level.

    ``level`` is 1 to 3, and 0 for tools, which have none.
    """

    target: str
    amount: int
    level: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RiskAdvice:
    """Where a risk stands, and the rules that fired for it; in a possible one they do not decide."""

    standing: Standing
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """Everything that is advised for a profile, best, highest and most influential first.

    ``findings`` are the positions of the rule base's findings that hold.
    """

    evaluation: Evaluation
    forms: tuple[FormAdvice, ...]
    tools: tuple[TargetAdvice, ...]
    anchoring_measures: tuple[TargetAdvice, ...]
    metrics: tuple[TargetAdvice, ...]
    risks: tuple[RiskAdvice, ...]
    findings: tuple[int, ...]
    unknowns: tuple[Unknown, ...]
    confidence: Confidence


Reasons: TypeAlias = dict[Kind, dict[str, list[Reason]]]
"""The reasons for each target, in the order of the rules."""


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled = compiled
        self._risk_states = RiskStates(compiled)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._given = tuple(
            tuple((effect.kind, effect.target, Reason(index, rule.step, effect.amount)) for effect in rule.effects)
            for index, rule in enumerate(compiled.rule_base.rules)
        )

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        reasons: Reasons = {kind: {} for kind in Kind}
        for index in evaluation.fired:
            for kind, target, reason in self._given[index]:
                reasons[kind].setdefault(target, []).append(reason)
        compiled, states = self.compiled, self._risk_states
        still_open = undecided(compiled, evaluation, states.about_chosen)
        standings = states.standings(evaluation, still_open)
        return Advice(
            evaluation=evaluation,
            forms=tuple(_forms(compiled, evaluation, reasons[Kind.FORMS])),
            tools=_tools(compiled, evaluation, reasons[Kind.TOOLS]),
            anchoring_measures=_levels(compiled, evaluation, reasons, Kind.ANCHORING_MEASURES),
            metrics=_levels(compiled, evaluation, reasons, Kind.METRICS),
            risks=tuple(RiskAdvice(one, tuple(reasons[Kind.RISKS].get(one.risk, ()))) for one in standings),
            findings=tuple(
                position for position, test in enumerate(compiled.finding_tests) if test(evaluation.known) is True
            ),
            unknowns=self._unknowns.find(evaluation, still_open, states.worth_of_facts(standings)),
            confidence=confidence(compiled, evaluation),
        )


def _forms(
    compiled: CompiledRuleBase, evaluation: Evaluation, reasons: dict[str, list[Reason]]
) -> Iterable[FormAdvice]:
    ranked = set(evaluation.ranking)
    excluded = [form for form in range(len(compiled.forms)) if form not in ranked]
    for place, form in enumerate([*evaluation.ranking, *excluded]):
        name, score = compiled.forms[form], evaluation.scores[form]
        rank = place + 1 if form in ranked else None
        said = tuple(_with_cuts(compiled, evaluation, form, reasons.get(name, [])))
        yield FormAdvice(name, rank, score, _verdict(compiled, rank, score), said)


def _with_cuts(
    compiled: CompiledRuleBase, evaluation: Evaluation, form: int, reasons: list[Reason]
) -> Iterable[Reason]:
    """Yield the reasons step by step, each step that was cut followed by its cut."""
    cap, steps = compiled.rule_base.method.cap_per_step, compiled.layout.steps
    totals = evaluation.tally[form * steps : (form + 1) * steps]
    if -cap <= min(totals) and max(totals) <= cap:
        yield from reasons
        return
    for step, total in zip(compiled.rule_base.method.steps, totals, strict=True):
        yield from (reason for reason in reasons if reason.step == step.id)
        cut = max(-cap, min(cap, total)) - total
        if cut:
            yield Reason(None, step.id, cut)


def _verdict(compiled: CompiledRuleBase, rank: int | None, score: int) -> str:
    if rank is None:
        return "excluded"
    if score < 0:
        return "discouraged"
    if score == 0:
        return "unsupported"
    recommended = rank <= compiled.rule_base.method.recommended_ranks
    return "recommended" if recommended else "possible"


def _tools(
    compiled: CompiledRuleBase, evaluation: Evaluation, reasons: dict[str, list[Reason]]
) -> tuple[TargetAdvice, ...]:
    least = compiled.rule_base.method.tools_shown_from
    shown = [
        TargetAdvice(tool, weight, 0, tuple(reasons.get(tool, ())))
        for position, tool in enumerate(compiled.rule_base.catalogue[Kind.TOOLS])
        if (weight := amount(compiled, evaluation, Kind.TOOLS, position)) >= least
    ]
    return tuple(sorted(shown, key=lambda tool: -tool.amount))


def _levels(
    compiled: CompiledRuleBase,
    evaluation: Evaluation,
    reasons: Reasons,
    kind: Kind,
) -> tuple[TargetAdvice, ...]:
    shown = [
        TargetAdvice(target, level, level, tuple(reasons[kind].get(target, ())))
        for position, target in enumerate(compiled.rule_base.catalogue[kind])
        if (level := amount(compiled, evaluation, kind, position))
    ]
    return tuple(sorted(shown, key=lambda target: -target.level))
