"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Owns reasons, verdicts, levels and their order. Knows no language; ``render`` says it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from service.advice.confidence import Confidence, ConfidenceOf
from service.advice.risk_states import RiskStates, Standing
from service.advice.undecided import undecided
from service.advice.unknowns import Unknown, Unknowns
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


class Reason(NamedTuple):
    """A rule that fired for a target, by index, or (``rule`` None) the cut of a step's sum.

    ``amount`` is the effect's weight, points or level; None takes the form out of the ranking.
    """

    rule: int | None
    step: str
    amount: int | None


class FormAdvice(NamedTuple):
    """Where a form stands. ``rank`` counts from 1; None when the form is excluded."""

    form: str
    rank: int | None
    score: int
    verdict: str
    reasons: tuple[Reason, ...]


class TargetAdvice(NamedTuple):
    """A tool with its weight, or a metric or measure with its level.

    ``level`` is 1 to 3, and 0 for tools, which have none.
    """

    target: str
    amount: int
    level: int
    reasons: tuple[Reason, ...]


class RiskAdvice(NamedTuple):
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


Reasons: TypeAlias = Mapping[int, Sequence[Reason]]
"""The reasons for the targets of one kind by their positions, in the order of the rules; none for most."""


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled = compiled
        self._risk_states = RiskStates(compiled)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._confidence = ConfidenceOf(compiled)
        position = compiled.layout.position
        self._given = tuple(
            tuple(
                (effect.kind, position[effect.kind][effect.target], Reason(index, rule.step, effect.amount))
                for effect in rule.effects
            )
            for index, rule in enumerate(compiled.rule_base.rules)
        )
        self._targets = {kind: tuple(items) for kind, items in compiled.rule_base.catalogue.items()}

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        reasons: dict[Kind, dict[int, list[Reason]]] = {kind: defaultdict(list) for kind in Kind}
        for index in evaluation.fired:
            for kind, target, reason in self._given[index]:
                reasons[kind][target].append(reason)
        compiled, states = self.compiled, self._risk_states
        still_open = undecided(compiled, evaluation, states.about_chosen)
        standings = states.standings(evaluation, still_open)
        forms = _forms(compiled, evaluation, reasons[Kind.FORMS])
        about_risks, place = reasons[Kind.RISKS], compiled.layout.position[Kind.RISKS]
        return Advice(
            evaluation=evaluation,
            forms=forms,
            tools=self._tools(evaluation, reasons[Kind.TOOLS]),
            anchoring_measures=self._levels(Kind.ANCHORING_MEASURES, reasons[Kind.ANCHORING_MEASURES]),
            metrics=self._levels(Kind.METRICS, reasons[Kind.METRICS]),
            risks=tuple([RiskAdvice(one, tuple(about_risks.get(place[one.risk], ()))) for one in standings]),
            findings=tuple(
                [position for position, test in enumerate(compiled.finding_tests) if test(evaluation.known) is True]
            ),
            unknowns=self._unknowns.find(evaluation, still_open, states.worth_of_facts(standings)),
            confidence=self._confidence.of(
                evaluation, [(one.rule, one.amount) for one in forms[0].reasons] if forms else []
            ),
        )

    def _tools(self, evaluation: Evaluation, reasons: Reasons) -> tuple[TargetAdvice, ...]:
        tools, least = self._targets[Kind.TOOLS], self.compiled.rule_base.method.tools_shown_from
        start = self.compiled.layout.start[Kind.TOOLS]
        shown = [
            TargetAdvice(tools[position], weight, 0, tuple(reasons.get(position, ())))
            for position, weight in enumerate(evaluation.tally[start : start + len(tools)])
            if weight >= least
        ]
        return tuple(sorted(shown, key=lambda tool: -tool.amount))

    def _levels(self, kind: Kind, reasons: Reasons) -> tuple[TargetAdvice, ...]:
        """Give the targets that a rule speaks of, each with the highest level that one gives it."""
        targets, shown = self._targets[kind], []
        for position in sorted(reasons):
            level = max([reason.amount or 0 for reason in reasons[position]])
            shown.append(TargetAdvice(targets[position], level, level, tuple(reasons[position])))
        return tuple(sorted(shown, key=lambda target: -target.level))


def _forms(compiled: CompiledRuleBase, evaluation: Evaluation, reasons: Reasons) -> tuple[FormAdvice, ...]:
    names, scores, ranking = compiled.forms, evaluation.scores, evaluation.ranking
    cap, cells = compiled.rule_base.method.cap_per_step, len(names) * compiled.layout.steps
    is_cut = max(evaluation.tally[:cells]) > cap or min(evaluation.tally[:cells]) < -cap
    recommended, made = compiled.rule_base.method.recommended_ranks, []
    for place, form in enumerate([*ranking, *sorted(set(range(len(names))).difference(ranking))]):
        rank = place + 1 if place < len(ranking) else None
        given = reasons.get(form, ())
        said = _with_cuts(compiled, evaluation, form, given) if is_cut else given
        made.append(FormAdvice(names[form], rank, scores[form], _verdict(rank, scores[form], recommended), tuple(said)))
    return tuple(made)


def _with_cuts(
    compiled: CompiledRuleBase, evaluation: Evaluation, form: int, reasons: Sequence[Reason]
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


def _verdict(rank: int | None, score: int, recommended: int) -> str:
    if rank is None:
        return "excluded"
    if score < 0:
        return "discouraged"
    if score == 0:
        return "unsupported"
    return "recommended" if rank <= recommended else "possible"
