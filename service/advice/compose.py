"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Owns reasons, verdicts, levels and their order. Knows no language; ``render`` says it.
"""

from __future__ import annotations

from mypy_extensions import i64

from service.advice.confidence import Confidence, ConfidenceOf
from service.advice.risk_states import RiskStates, Standing
from service.advice.undecided import OpenRules
from service.advice.unknowns import Unknown, Unknowns
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


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


class FormAdvice:
    """Where a form stands; ``position`` is its own in the catalogue.

    ``rank`` counts from 1; None when the form is excluded.
    """

    def __init__(
        self, form: str, position: i64, rank: int | None, score: int, verdict: str, reasons: list[Reason]
    ) -> None:
        self.form = form
        self.position = position
        self.rank = rank
        self.score = score
        self.verdict = verdict
        self.reasons = reasons


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


class RiskAdvice:
    """Where a risk stands, and the rules that fired for it; in a possible one they do not decide."""

    def __init__(self, standing: Standing, reasons: list[Reason]) -> None:
        self.standing = standing
        self.reasons = reasons


class Advice:
    """Everything that is advised for a profile, best, highest and most influential first.

    ``findings`` are the positions of the rule base's findings that hold.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        forms: list[FormAdvice],
        tools: list[TargetAdvice],
        anchoring_measures: list[TargetAdvice],
        metrics: list[TargetAdvice],
        risks: list[RiskAdvice],
        findings: list[int],
        unknowns: list[Unknown],
        confidence: Confidence,
    ) -> None:
        self.evaluation = evaluation
        self.forms = forms
        self.tools = tools
        self.anchoring_measures = anchoring_measures
        self.metrics = metrics
        self.risks = risks
        self.findings = findings
        self.unknowns = unknowns
        self.confidence = confidence


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled = compiled
        self._risk_states = RiskStates(compiled)
        self._open_rules = OpenRules(compiled, self._risk_states.about_chosen)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._confidence = ConfidenceOf(compiled)
        self._forms_given, self._tools_given = _Given(compiled, Kind.FORMS), _Given(compiled, Kind.TOOLS)
        self._measures_given = _Given(compiled, Kind.ANCHORING_MEASURES)
        self._metrics_given, self._risks_given = _Given(compiled, Kind.METRICS), _Given(compiled, Kind.RISKS)

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        still_open = self._open_rules.after(evaluation)
        standings = self._risk_states.standings(evaluation, still_open)
        forms = self._forms(evaluation)
        about_risks = self._risks_given.reasons(evaluation)
        known = evaluation.known
        return Advice(
            evaluation=evaluation,
            forms=forms,
            tools=self._tools(evaluation),
            anchoring_measures=_levels(self._measures_given, evaluation),
            metrics=_levels(self._metrics_given, evaluation),
            risks=[RiskAdvice(one, about_risks[one.position]) for one in standings],
            findings=[position for position, test in enumerate(self.compiled.finding_tests) if test(known) is True],
            unknowns=self._unknowns.find(evaluation, still_open, self._risk_states.worth_of_facts(standings)),
            confidence=self._confidence.of(evaluation, _weights(forms[0].reasons) if forms else []),
        )

    def _tools(self, evaluation: Evaluation) -> list[TargetAdvice]:
        start, least = self._tools_given.start, self.compiled.rule_base.method.tools_shown_from
        shown: list[TargetAdvice] = []
        for position, reasons in enumerate(self._tools_given.reasons(evaluation)):
            weight = evaluation.tally[start + position]
            if weight >= least:
                shown.append(TargetAdvice(self._tools_given.targets[position], position, weight, 0, reasons))
        shown.sort(key=_largest_first)
        return shown

    def _forms(self, evaluation: Evaluation) -> list[FormAdvice]:
        names, scores, ranking = self._forms_given.targets, evaluation.scores, evaluation.ranking
        compiled, reasons = self.compiled, self._forms_given.reasons(evaluation)
        cap, sums = compiled.rule_base.method.cap_per_step, evaluation.tally[: len(names) * compiled.layout.steps]
        is_cut = max(sums) > cap or min(sums) < -cap
        recommended, ranked = compiled.rule_base.method.recommended_ranks, set(ranking)
        order = list(ranking) + [form for form in range(len(names)) if form not in ranked]
        made: list[FormAdvice] = []
        for place, form in enumerate(order):
            rank = place + 1 if place < len(ranking) else None
            said = _with_cuts(compiled, evaluation, form, reasons[form]) if is_cut else reasons[form]
            verdict = _verdict(rank, scores[form], recommended)
            made.append(FormAdvice(names[form], form, rank, scores[form], verdict, said))
        return made


class _Given:
    """The reasons that rules give for the targets of one kind when they fire."""

    def __init__(self, compiled: CompiledRuleBase, kind: Kind) -> None:
        """Make the reasons; ``start`` is where the kind begins in the tally, if it has sums of its own there."""
        self.targets, place = list(compiled.rule_base.catalogue[kind]), compiled.layout.position[kind]
        self.start = compiled.layout.start.get(str(kind), 0)
        self._by_rule: list[list[tuple[int, Reason]]] = []
        number = 0
        for index, rule in enumerate(compiled.rule_base.rules):
            given: list[tuple[int, Reason]] = []
            for effect in rule.effects:
                if effect.kind is kind:
                    given.append((place[effect.target], Reason(index, rule.step, effect.amount, number)))
                number += 1
            self._by_rule.append(given)

    def reasons(self, evaluation: Evaluation) -> list[list[Reason]]:
        """Gather for each target the reasons of the rules that fired, in the order of the rules."""
        nothing: list[Reason] = []
        about = [nothing] * len(self.targets)
        for rule in evaluation.fired:
            for target, reason in self._by_rule[rule]:
                if about[target]:
                    about[target].append(reason)
                else:
                    about[target] = [reason]
        return about


def _levels(given: _Given, evaluation: Evaluation) -> list[TargetAdvice]:
    """Give the targets that a rule speaks of, each with the highest level that one gives it."""
    shown: list[TargetAdvice] = []
    for position, reasons in enumerate(given.reasons(evaluation)):
        if reasons:
            level = max([reason.amount or 0 for reason in reasons])
            shown.append(TargetAdvice(given.targets[position], position, level, level, reasons))
    shown.sort(key=_largest_first)
    return shown


def _largest_first(one: TargetAdvice) -> int:
    return -one.amount


def _weights(reasons: list[Reason]) -> list[tuple[int, int]]:
    """List the rules with the weight that each gives a form; cuts and exclusions have none."""
    return [(one.rule, one.amount) for one in reasons if one.rule is not None and one.amount is not None]


def _with_cuts(compiled: CompiledRuleBase, evaluation: Evaluation, form: int, reasons: list[Reason]) -> list[Reason]:
    """Give the reasons step by step, each step that was cut followed by its cut."""
    cap, steps = compiled.rule_base.method.cap_per_step, compiled.layout.steps
    totals = evaluation.tally[form * steps : (form + 1) * steps]
    if -cap <= min(totals) and max(totals) <= cap:
        return reasons
    said: list[Reason] = []
    for step, total in zip(compiled.rule_base.method.steps, totals, strict=True):
        said += [reason for reason in reasons if reason.step == step.id]
        cut = max(-cap, min(cap, total)) - total
        if cut:
            said.append(Reason(None, step.id, cut, None))
    return said


def _verdict(rank: int | None, score: int, recommended: int) -> str:
    if rank is None:
        return "excluded"
    if score < 0:
        return "discouraged"
    if score == 0:
        return "unsupported"
    return "recommended" if rank <= recommended else "possible"
