"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Owns reasons, verdicts, levels and their order. Knows no language; ``render`` says it.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64, mypyc_attr

from service.advice.confidence import Confidence, ConfidenceOf
from service.advice.risk_states import RiskStates, Standing, Standings
from service.advice.undecided import OpenRules
from service.advice.unknowns import Unknown, Unknowns
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.engine.evaluation import Evaluation, highest_level
from service.engine.term_bits import TRUE, Outcomes
from service.knowledge.model import Kind, Method

FEW: Final = 8
"""Rules of a target for which the reasons are gathered beforehand: for each set of them, 256 lists at most."""


@mypyc_attr(acyclic=True)
class Reason:
    """A rule that fired for a target, by index, or (``rule`` None) the cut of a step's sum.

    ``amount`` is the effect's weight, points or level; None takes the form out of the ranking. ``effect`` is
    the position of the effect among all of the rule base, None for a cut.
    """

    def __init__(self, rule: int | None, step: str, amount: int | None, effect: int | None) -> None:
        self.rule = rule
        self.step = step
        self.amount = amount
        self.effect = effect


@mypyc_attr(acyclic=True)
class FormAdvice:
    """Where a form stands; ``position`` is its own in the catalogue.

    ``rank`` counts from 1; None when the form is excluded.
    """

    def __init__(
        self, form: str, position: i64, rank: int | None, score: int, verdict: str, reasons: FormReasons
    ) -> None:
        self.form = form
        self.position = position
        self.rank = rank
        self.score = score
        self.verdict = verdict
        self._reasons = reasons

    @property
    def reasons(self) -> list[Reason]:
        """The rules that fired for the form and, where a step was cut, the cut; gathered whenever they are asked for.

        Advice without reasons asks for those of few forms.
        """
        return self._reasons.of(self.position)


@mypyc_attr(acyclic=True)
class TargetAdvice:
    """A tool with its weight, or a metric or measure with its level; ``position`` is its own in the catalogue.

    ``level`` is 1 to 3, and 0 for tools, which have none.
    """

    def __init__(self, target: str, position: i64, amount: int, level: int, reasons: list[Reason]) -> None:
        self.target = target
        self.position = position
        self.amount = amount
        self.level = level
        self.reasons = reasons


@mypyc_attr(acyclic=True)
class RiskAdvice:
    """Where a risk stands, and the rules that fired for it; in a possible one they do not decide."""

    def __init__(self, standing: Standing, reasons: list[Reason]) -> None:
        self.standing = standing
        self.reasons = reasons


@mypyc_attr(acyclic=True)
class Advice:
    """Everything that is advised for a profile, best, highest and most influential first.

    ``standings`` say where the risks stand; ``findings`` are the positions of the rule base's findings that hold.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        forms: list[FormAdvice],
        tools: list[TargetAdvice],
        anchoring_measures: list[TargetAdvice],
        metrics: list[TargetAdvice],
        standings: Standings,
        risk_reasons: RiskReasons,
        findings: list[int],
        unknowns: list[Unknown],
        confidence: Confidence,
    ) -> None:
        self.evaluation = evaluation
        self.forms = forms
        self.tools = tools
        self.anchoring_measures = anchoring_measures
        self.metrics = metrics
        self.standings = standings
        self._risk_reasons = risk_reasons
        self.findings = findings
        self.unknowns = unknowns
        self.confidence = confidence

    @property
    def risks(self) -> list[RiskAdvice]:
        """The risks with the rules that fired for them; gathered whenever they are asked for."""
        return [self._risk_reasons.of(one) for one in self.standings.all()]

    @property
    def present_risks(self) -> list[RiskAdvice]:
        """The first of the risks: those that are present."""
        return [self._risk_reasons.of(one) for one in self.standings.present]


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled, self._method = compiled, compiled.rule_base.method
        self._risk_states = RiskStates(compiled)
        self._open_rules = OpenRules(compiled, self._risk_states.about_chosen)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._confidence = ConfidenceOf(compiled)
        self._form_targets = _targets(compiled, Kind.FORMS, "sums", compiled.layout.steps)
        self._tool_targets = _targets(compiled, Kind.TOOLS, Kind.TOOLS, 1)
        self._measure_targets = _targets(compiled, Kind.ANCHORING_MEASURES, Kind.ANCHORING_MEASURES, len(LEVELS))
        self._metric_targets = _targets(compiled, Kind.METRICS, Kind.METRICS, len(LEVELS))
        self._risk_targets = _targets(compiled, Kind.RISKS, Kind.RISKS, 1)
        self._exclusions: i64 = compiled.layout.start["exclusions"]
        self._recommended, self._least = self._method.recommended_ranks, self._method.tools_shown_from
        self._findings: i64 = len(compiled.rule_base.findings)
        self._of_findings = compiled.finding_terms.compared

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        still_open = self._open_rules.after(evaluation)
        standings = self._risk_states.standings(evaluation, still_open)
        fired = self._fired(evaluation)
        return Advice(
            evaluation=evaluation,
            forms=self._forms(evaluation, fired),
            tools=self._tools(evaluation, fired),
            anchoring_measures=_levels(self._measure_targets, evaluation, fired),
            metrics=_levels(self._metric_targets, evaluation, fired),
            standings=standings,
            risk_reasons=RiskReasons(self._risk_targets, fired),
            findings=self._holding(evaluation),
            unknowns=self._unknowns.find(evaluation, still_open, standings.worth_of_facts()),
            confidence=self._confidence.of(evaluation, fired, still_open.known),
        )

    def _fired(self, evaluation: Evaluation) -> vec[i64]:
        """Give 1 for each rule that fired, 0 for the others."""
        fired = vec[i64]([0] * len(self.compiled.tests))
        for rule in evaluation.fired:
            fired[rule] = 1
        return fired

    def _holding(self, evaluation: Evaluation) -> list[int]:
        """List the findings that hold."""
        outcomes = Outcomes(self.compiled.finding_terms)
        for fact, name in self._of_findings:
            value = evaluation.known.get(name)
            if value is None:
                outcomes.leave(fact)
            else:
                outcomes.learn(fact, value)
        return [int(finding) for finding in range(self._findings) if outcomes.of_rule(finding) == TRUE]

    def _tools(self, evaluation: Evaluation, fired: vec[i64]) -> list[TargetAdvice]:
        shown: list[TargetAdvice] = []
        for target in self._tool_targets:
            weight = i64(evaluation.tally[target.cell])
            if weight >= self._least:
                _put(TargetAdvice(target.name, target.position, weight, 0, target.reasons(fired)), shown)
        return shown

    def _forms(self, evaluation: Evaluation, fired: vec[i64]) -> list[FormAdvice]:
        """Give the forms as they rank, then those that are out of the ranking."""
        targets, tally = self._form_targets, evaluation.tally
        reasons = FormReasons(self._method, targets, evaluation, fired)
        excluded = [one for one in targets if tally[self._exclusions + one.position] != 0]
        ranked = [self._form(targets[form], rank, reasons) for rank, form in enumerate(evaluation.ranking, start=1)]
        return ranked + [self._form(target, None, reasons) for target in excluded]

    def _form(self, target: _Target, rank: int | None, reasons: FormReasons) -> FormAdvice:
        score = reasons.evaluation.scores[target.position]
        return FormAdvice(target.name, target.position, rank, score, _verdict(rank, score, self._recommended), reasons)


@mypyc_attr(acyclic=True)
class RiskReasons:
    """The rules that fired for risks after one evaluation; ``fired`` has 1 for each rule that fired."""

    def __init__(self, targets: list[_Target], fired: vec[i64]) -> None:
        self._targets, self._fired = targets, fired

    def of(self, standing: Standing) -> RiskAdvice:
        """Gather the reasons in the order of the rules."""
        return RiskAdvice(standing, self._targets[standing.position].reasons(self._fired))


@mypyc_attr(acyclic=True)
class FormReasons:
    """The reasons for and against forms after one evaluation; ``fired`` has 1 for each rule that fired."""

    def __init__(self, method: Method, targets: list[_Target], evaluation: Evaluation, fired: vec[i64]) -> None:
        self.evaluation = evaluation
        self._steps, self._cap, self._targets, self._fired = method.steps, i64(method.cap_per_step), targets, fired

    def of(self, form: i64) -> list[Reason]:
        """Gather the reasons in the order of the rules; step by step, with its cuts, where a step's sum is cut."""
        target, tally = self._targets[form], self.evaluation.tally
        reasons = target.reasons(self._fired)
        for cell in range(target.cell, target.cell + len(self._steps)):
            total = i64(tally[cell])
            if total > self._cap or total < -self._cap:
                return self._with_cuts(reasons, target.cell)
        return reasons

    def _with_cuts(self, reasons: list[Reason], cell: i64) -> list[Reason]:
        """Give the reasons step by step, each step that was cut followed by its cut."""
        said: list[Reason] = []
        for step in self._steps:
            said += [reason for reason in reasons if reason.step == step.id]
            total = i64(self.evaluation.tally[cell])
            cut = max(-self._cap, min(self._cap, total)) - total
            if cut:
                said.append(Reason(None, step.id, cut, None))
            cell += 1
        return said


class _Target:
    """A form, tool, measure, metric or risk, with the reasons that rules give for it when they fire.

    ``cell`` is where it begins in the tally.
    """

    def __init__(self, name: str, position: int, cell: int, reasons: list[Reason]) -> None:
        """Take its reasons in the order of the rules."""
        self.name, self.position, self.cell = name, i64(position), i64(cell)
        self._reasons = reasons
        self._rules = vec[i64]([reason.rule for reason in reasons if reason.rule is not None])
        sets = range(1 << len(reasons) if len(reasons) <= FEW else 0)
        self._gathered = [[one for at, one in enumerate(reasons) if fired >> at & 1] for fired in sets]

    def reasons(self, fired: vec[i64]) -> list[Reason]:
        """Gather the reasons of the rules that fired, in the order of the rules."""
        rules, said = self._rules, self._reasons
        if len(rules) <= FEW:
            bits: i64 = 0
            for at in range(len(rules)):
                bits |= fired[rules[at]] << at
            return self._gathered[bits]
        reasons: list[Reason] = []
        for at in range(len(rules)):
            if fired[rules[at]]:
                reasons.append(said[at])  # noqa: PERF401 -- compiled, a loop is the faster of the two
        return reasons


def _targets(compiled: CompiledRuleBase, kind: Kind, part: str, width: int) -> list[_Target]:
    """Make the targets of a kind, which take so many cells each in that part of the tally."""
    reasons: dict[str, list[Reason]] = {name: [] for name in compiled.rule_base.catalogue[kind]}
    number = 0
    for index, rule in enumerate(compiled.rule_base.rules):
        for effect in rule.effects:
            if effect.kind is kind:
                reasons[effect.target].append(Reason(index, rule.step, effect.amount, number))
            number += 1
    start = compiled.layout.start[part]
    return [_Target(name, at, start + at * width, given) for at, (name, given) in enumerate(reasons.items())]


def _levels(targets: list[_Target], evaluation: Evaluation, fired: vec[i64]) -> list[TargetAdvice]:
    """Give the targets that a rule speaks of, each with the highest level that one gives it."""
    shown: list[TargetAdvice] = []
    for target in targets:
        level = highest_level(evaluation.tally, target.cell)
        if level > 0:
            _put(TargetAdvice(target.name, target.position, level, level, target.reasons(fired)), shown)
    return shown


def _put(one: TargetAdvice, shown: list[TargetAdvice]) -> None:
    """Put a target among others, behind those with as large an amount or a larger one."""
    at: i64 = len(shown)
    while at > 0 and shown[at - 1].amount < one.amount:
        at -= 1
    shown.insert(at, one)


def _verdict(rank: int | None, score: int, recommended: int) -> str:
    if rank is None:
        return "excluded"
    if score < 0:
        return "discouraged"
    if score == 0:
        return "unsupported"
    return "recommended" if rank <= recommended else "possible"
