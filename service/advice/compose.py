"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Owns reasons, verdicts, levels and their order. Knows no language; ``render`` says it.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from librt.vecs import vec
from mypy_extensions import i16, i64, mypyc_attr

from service.advice.confidence import Confidence, ConfidenceOf
from service.advice.risk_states import RiskStates, Standing, Standings
from service.advice.undecided import OpenRules
from service.advice.unknowns import UnknownFacts, Unknowns
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.engine.evaluation import Evaluation, highest_level
from service.knowledge.model import Kind

CUT: Final = -1
"""In place of a rule and an effect: that a step's sum was cut."""
NONE: Final = -1
"""In place of where a chain goes on: that it ends."""


@mypyc_attr(acyclic=True)
class Reason:
    """A rule that fired for a target, by index, or (``rule`` CUT) the cut of a step's sum.

    ``amount`` is the effect's weight, points or level; None takes the form out of the ranking. ``effect`` is
    the position of the effect among all of the rule base, CUT for a cut.
    """

    def __init__(self, rule: i64, step: str, amount: int | None, effect: i64) -> None:
        self.rule = rule
        self.step = step
        self.amount = amount
        self.effect = effect


@mypyc_attr(acyclic=True)
class FormAdvice:
    """Where a form stands; ``position`` is its own in the catalogue.

    ``place`` is its rank, from 1, and 0 when it is excluded.
    """

    def __init__(self, position: i64, place: i64, score: i64, forms: Forms) -> None:
        self.position = position
        self.place = place
        self.score = score
        self._forms = forms

    @property
    def form(self) -> str:
        """The form's id."""
        return self._forms.name(self.position)

    @property
    def rank(self) -> int | None:
        """Its rank, from 1; None when it is excluded."""
        return int(self.place) or None

    @property
    def verdict(self) -> str:
        """What is said of a form by its rank and score."""
        return self._forms.verdict(self.place, self.score)

    @property
    def reasons(self) -> list[Reason]:
        """The rules that fired for the form and, where a step was cut, the cut."""
        return self._forms.reasons(self.position)


@mypyc_attr(acyclic=True)
class TargetAdvice:
    """A tool with its weight, or a metric or measure with its level; ``position`` is its own in the catalogue."""

    def __init__(self, position: i64, amount: i64, fired: FiredFor) -> None:
        self.position = position
        self.amount = amount
        self._fired = fired

    @property
    def target(self) -> str:
        """Its id."""
        return self._fired.names[self.position]

    @property
    def reasons(self) -> list[Reason]:
        """The rules that fired for it."""
        return self._fired.reasons(self.position)


@mypyc_attr(acyclic=True)
class RiskAdvice:
    """Where a risk stands, and the rules that ``fired`` for risks; in a possible one they do not decide."""

    def __init__(self, standing: Standing, fired: FiredFor) -> None:
        self.standing = standing
        self.fired = fired

    @property
    def reasons(self) -> list[Reason]:
        """The rules that fired for it."""
        return self.fired.reasons(self.standing.position)


@mypyc_attr(acyclic=True)
class Advice:
    """Everything that is advised for a profile, best, highest and most influential first.

    ``standings`` say where the risks stand; ``findings`` are the positions of the rule base's findings that hold.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        forms: Forms,
        tools: Shown,
        anchoring_measures: Shown,
        metrics: Shown,
        standings: Standings,
        fired_for_risks: FiredFor,
        findings: list[int],
        unknowns: UnknownFacts,
        confidence: Confidence,
    ) -> None:
        self.evaluation = evaluation
        self.forms = forms
        self.tools = tools
        self.anchoring_measures = anchoring_measures
        self.metrics = metrics
        self.standings = standings
        self._fired_for_risks = fired_for_risks
        self.findings = findings
        self.unknowns = unknowns
        self.confidence = confidence

    @property
    def risks(self) -> list[RiskAdvice]:
        """The risks with the rules that fired for them; gathered whenever they are asked for."""
        return [RiskAdvice(one, self._fired_for_risks) for one in self.standings.all()]

    @property
    def present_risks(self) -> list[RiskAdvice]:
        """The first of the risks: those that are present."""
        return [RiskAdvice(one, self._fired_for_risks) for one in self.standings.present]


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled, self._method = compiled, compiled.rule_base.method
        self._risk_states = RiskStates(compiled)
        self._open_rules = OpenRules(compiled, self._risk_states.about_chosen)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._confidence = ConfidenceOf(compiled)
        self._effects, self._ranking = _Effects(compiled), _Ranking(compiled)
        levels, lowest = len(LEVELS), LEVELS[0]
        self._forms = _Targets(compiled, Kind.FORMS, "sums", compiled.layout.steps, 0)
        self._tools = _Targets(compiled, Kind.TOOLS, Kind.TOOLS, 1, self._method.tools_shown_from)
        self._measures = _Targets(compiled, Kind.ANCHORING_MEASURES, Kind.ANCHORING_MEASURES, levels, lowest)
        self._metrics = _Targets(compiled, Kind.METRICS, Kind.METRICS, levels, lowest)
        self._risks = _Targets(compiled, Kind.RISKS, Kind.RISKS, 1, lowest)
        self._none_fired = vec[bool]([False] * len(compiled.tests))

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        still_open = self._open_rules.after(evaluation)
        standings = self._risk_states.standings(evaluation, still_open)
        fired = FiredEffects(self._effects, evaluation.fired)
        return Advice(
            evaluation=evaluation,
            forms=Forms(self._ranking, self._forms, evaluation, FiredFor(self._forms, fired)),
            tools=Shown(self._tools, evaluation, FiredFor(self._tools, fired)),
            anchoring_measures=Shown(self._measures, evaluation, FiredFor(self._measures, fired)),
            metrics=Shown(self._metrics, evaluation, FiredFor(self._metrics, fired)),
            standings=standings,
            fired_for_risks=FiredFor(self._risks, fired),
            findings=evaluation.findings,
            unknowns=self._unknowns.find(evaluation, still_open, standings.worth_of_facts()),
            confidence=self._confidence.of(evaluation, self._fired(evaluation), still_open.known),
        )

    def _fired(self, evaluation: Evaluation) -> vec[bool]:
        """Tell of each rule whether it fired."""
        fired = self._none_fired[:]
        for rule in evaluation.fired:
            fired[rule] = True
        return fired


class _Targets:
    """The things of one kind in the catalogue's order: forms, tools, measures, metrics or risks.

    ``first`` is the number of the first one among the things of all kinds, ``least`` the amount from which they are
    shown.
    """

    def __init__(self, compiled: CompiledRuleBase, kind: Kind, part: str, width: int, least: int) -> None:
        """Take the kind; each thing has so many cells in that part of the tally."""
        self.names, self.least = list(compiled.rule_base.catalogue[kind]), i64(least)
        self.first: i64 = _first_numbers(compiled)[kind]
        self._start, self._width = i64(compiled.layout.start[part]), i64(width)
        self.nowhere = vec[i16]([0] * len(self.names))

    def cell(self, position: i64) -> i64:
        """Return where a thing begins in the tally."""
        return self._start + position * self._width

    def amount(self, position: i64, evaluation: Evaluation) -> i64:
        """Return the weight or the highest level that the rules give a thing."""
        cell = self.cell(position)
        return i64(evaluation.tally[cell]) if self._width == 1 else highest_level(evaluation.tally, cell)


class _Effects:
    """The effects of all rules in their order, as ``reasons`` for their ``targets``, the things of all kinds by number.

    Those of a rule are there from ``start`` of its index on up to those of the next.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Gather them."""
        position, first = compiled.layout.position, _first_numbers(compiled)
        self.reasons: list[Reason] = []
        targets: list[int] = []
        starts: list[int] = [0]
        for index, rule in enumerate(compiled.rule_base.rules):
            for effect in rule.effects:
                self.reasons.append(Reason(index, rule.step, effect.amount, len(self.reasons)))
                targets.append(first[effect.kind] + position[effect.kind][effect.target])
            starts.append(len(targets))
        self.targets, self.start = vec[i16](targets), vec[i16](starts)
        self.none = vec[i16]([NONE] * sum(map(len, position.values())))


@mypyc_attr(acyclic=True)
class FiredEffects:
    """The effects of the rules that fired in one evaluation: for each thing a chain of them, in the order of the rules.

    ``first`` has by the number of a thing where its chain begins, NONE when no rule that fired speaks of it.
    ``effects`` are their positions among those of all rules, ``rules`` the positions of the rules among those that
    fired; ``following`` has where the chain goes on.
    """

    def __init__(self, of_all: _Effects, rules: tuple[int, ...]) -> None:
        """Put the effects of the rules into the chains, those of the last rule first, each before the others."""
        start, targets, first = of_all.start, of_all.targets, of_all.none[:]
        count: i64 = 0
        for rule in rules:
            count += i64(start[rule + 1] - start[rule])
        effects, following, from_rules = vec[i16]([0] * count), vec[i16]([0] * count), vec[i16]([0] * count)
        at: i64 = 0
        turn: i64 = len(rules)
        while turn > 0:
            turn -= 1
            index: i64 = rules[turn]
            effect, end = start[index + 1], start[index]
            while effect > end:
                effect -= 1
                target = i64(targets[i64(effect)])
                effects[at], from_rules[at], following[at] = effect, i16(turn), first[target]
                first[target] = i16(at)
                at += 1
        self.reasons, self.first, self.effects = of_all.reasons, first, effects
        self.rules, self.following = from_rules, following


@mypyc_attr(acyclic=True)
class FiredFor:
    """The ``fired`` effects on things of one kind, by their position in the catalogue; ``names`` are the things'.

    Reasons are gathered whenever they are asked for: brief advice asks for few.
    """

    def __init__(self, targets: _Targets, fired: FiredEffects) -> None:
        self.names, self.fired = targets.names, fired
        self._from = targets.first

    def first(self, position: i64) -> i64:
        """Return where the chain of a thing begins, NONE when no rule fired for it."""
        return i64(self.fired.first[self._from + position])

    def reasons(self, position: i64) -> list[Reason]:
        """Gather the reasons of the rules that fired for a thing, in the order of the rules."""
        fired, at = self.fired, self.first(position)
        reasons: list[Reason] = []
        while at != NONE:
            reasons.append(fired.reasons[i64(fired.effects[at])])
            at = i64(fired.following[at])
        return reasons

    def any_of(self, rules: vec[bool], position: i64) -> bool:
        """Tell whether one of some rules fired for a thing."""
        fired, at = self.fired, self.first(position)
        while at != NONE:
            if rules[fired.reasons[i64(fired.effects[at])].rule]:
                return True
            at = i64(fired.following[at])
        return False


@mypyc_attr(acyclic=True)
class Shown:
    """The things of a kind that are shown, ``count`` of them, those with the largest amounts first.

    ``positions`` are theirs in the catalogue, ``amounts`` their weights or levels, ``fired`` the rules behind them.
    """

    def __init__(self, targets: _Targets, evaluation: Evaluation, fired: FiredFor) -> None:
        """Look for what has the least amount that is shown, or more."""
        positions, amounts, count = targets.nowhere[:], targets.nowhere[:], i64(0)
        for position in range(len(positions)):
            if fired.first(position) == NONE:
                continue
            amount = targets.amount(position, evaluation)
            if amount >= targets.least:
                at = count
                while at > 0 and i64(amounts[at - 1]) < amount:
                    positions[at], amounts[at] = positions[at - 1], amounts[at - 1]
                    at -= 1
                positions[at], amounts[at] = i16(position), i16(amount)
                count += 1
        self.count, self.positions, self.amounts, self.fired = count, positions, amounts, fired

    def all(self) -> list[TargetAdvice]:
        """List them."""
        positions, amounts, fired = self.positions, self.amounts, self.fired
        return [TargetAdvice(i64(positions[at]), i64(amounts[at]), fired) for at in range(self.count)]


class _Ranking:
    """What the method says about the ranking: the steps, how far a step's sum counts, and how many are recommended.

    ``exclusions`` is where the tally counts what takes a form out of it.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        method = compiled.rule_base.method
        self.steps, self.cap = [step.id for step in method.steps], i64(method.cap_per_step)
        self.recommended: i64 = method.recommended_ranks
        self.exclusions: i64 = compiled.layout.start["exclusions"]


@mypyc_attr(acyclic=True)
class Forms:
    """Where the forms stand after one evaluation: as they rank, then those that are excluded.

    ``order`` are their positions in the catalogue, of which ``ranked`` are in the ranking; ``fired`` the rules behind
    them.
    """

    def __init__(self, ranking: _Ranking, targets: _Targets, evaluation: Evaluation, fired: FiredFor) -> None:
        """Put the forms in their order."""
        order, self.ranked = targets.nowhere[:], i64(len(evaluation.ranking))
        for at in range(self.ranked):
            order[at] = i16(evaluation.ranking[at])
        end = self.ranked
        for form in range(len(order)):
            if evaluation.tally[ranking.exclusions + form] != 0:
                order[end] = i16(form)
                end += 1
        self.order, self.scores = order, evaluation.scores
        self._ranking, self._targets, self.evaluation, self.fired = ranking, targets, evaluation, fired

    def all(self) -> list[FormAdvice]:
        """List all forms."""
        return self.first(len(self.order))

    def first(self, count: i64) -> list[FormAdvice]:
        """List the first forms."""
        return [self.at(at) for at in range(min(count, i64(len(self.order))))]

    def at(self, at: i64) -> FormAdvice:
        """Return the form that stands there, from 0."""
        form = self.form(at)
        return FormAdvice(form, self.rank(at), self.scores[form], self)

    def form(self, at: i64) -> i64:
        """Return the position in the catalogue of the form that stands there, from 0."""
        return i64(self.order[at])

    def rank(self, at: i64) -> i64:
        """Return the rank of the form that stands there, from 1; 0 when it is excluded."""
        return at + 1 if at < self.ranked else 0

    def name(self, form: i64) -> str:
        """Return a form's id."""
        return self._targets.names[form]

    def verdict(self, rank: i64, score: i64) -> str:
        """Say what becomes of a form."""
        return verdict(rank, score, self._ranking.recommended)

    def reasons(self, form: i64) -> list[Reason]:
        """Gather the reasons in the order of the rules; step by step, with its cuts, where a step's sum is cut."""
        reasons = self.fired.reasons(form)
        return self._with_cuts(reasons, form) if self.is_cut(form) else reasons

    def is_cut(self, form: i64) -> bool:
        """Tell whether the sum of a step is cut."""
        tally, cap = self.evaluation.tally, self._ranking.cap
        for cell in range(self._targets.cell(form), self._targets.cell(form + 1)):
            total = i64(tally[cell])
            if total > cap or total < -cap:
                return True
        return False

    def _with_cuts(self, reasons: list[Reason], form: i64) -> list[Reason]:
        """Give the reasons step by step, each step that was cut followed by its cut."""
        said: list[Reason] = []
        cap, cell = self._ranking.cap, self._targets.cell(form)
        for step in self._ranking.steps:
            said += [reason for reason in reasons if reason.step == step]
            total = i64(self.evaluation.tally[cell])
            cut = max(-cap, min(cap, total)) - total
            if cut:
                said.append(Reason(CUT, step, cut, CUT))
            cell += 1
        return said


def verdict(rank: i64, score: i64, recommended: i64) -> str:
    """Say what becomes of a form with a rank, 0 when it is excluded, and a score; so many ranks are recommended."""
    if rank == 0:
        return "excluded"
    if score < 0:
        return "discouraged"
    if score == 0:
        return "unsupported"
    return "recommended" if rank <= recommended else "possible"


def _first_numbers(compiled: CompiledRuleBase) -> dict[Kind, int]:
    """Number the things of all kinds: give by kind the number of the first one."""
    counts = [len(compiled.rule_base.catalogue[kind]) for kind in Kind]
    return dict(zip(Kind, accumulate(counts, initial=0), strict=False))
