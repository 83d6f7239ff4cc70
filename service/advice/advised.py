"""What is advised, in its order: the forms as they rank, tools, measures and metrics by weight or level.

Owns verdicts and the cut of a step's sum. Kept by position in the catalogue; objects are made for who asks for them.
"""

from __future__ import annotations

from mypy_extensions import i16, i64, mypyc_attr

from service.advice.fired import CUT, NONE, FiredFor, Reason, Targets
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation


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
class Shown:
    """The things of a kind that are shown, ``count`` of them, those with the largest amounts first.

    ``positions`` are theirs in the catalogue, ``amounts`` their weights or levels, ``fired`` the rules behind them.
    """

    def __init__(self, targets: Targets, evaluation: Evaluation, fired: FiredFor) -> None:
        """Look for what has the least amount that is shown, or more."""
        positions, amounts, count = targets.nowhere[:], targets.nowhere[:], i64(0)
        first = fired.fired.first
        for position in range(len(positions)):
            if first[targets.first + position] == NONE:
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


class Ranking:
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

    def __init__(self, ranking: Ranking, targets: Targets, evaluation: Evaluation, fired: FiredFor) -> None:
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
