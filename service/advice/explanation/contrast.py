"""The contrast of two forms: what each rule gives one more than the other, adding up to the difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.advice.advised import FormAdvice
from service.advice.fired import CUT, Reason


@dataclass(frozen=True, slots=True)
class Difference:
    """What a rule, or (``rule`` CUT) the cut of a step's sum, gives the form and the other one."""

    rule: int
    step: str
    own: int
    other: int


@dataclass(frozen=True, slots=True)
class Contrast:
    """A form against the one above it, or below it if it is the first."""

    own: FormAdvice
    other: FormAdvice
    differences: tuple[Difference, ...]

    @property
    def difference(self) -> int:
        """The score of the form less that of the other."""
        return self.own.score - self.other.score


def contrast(forms: Iterable[FormAdvice], name: str) -> Contrast | None:
    """Contrast the form with its neighbour in the ranking; None for an excluded form, or a form alone."""
    ranked = [form for form in forms if form.rank is not None]
    place = next((place for place, form in enumerate(ranked) if form.form == name), None)
    if place is None or len(ranked) == 1:
        return None
    own, other = ranked[place], ranked[place - 1 if place else 1]
    given = {(reason.rule, reason.step): (reason.amount or 0, 0) for reason in own.reasons}
    for reason in other.reasons:
        key = (reason.rule, reason.step)
        given[key] = (given.get(key, (0, 0))[0], reason.amount or 0)
    differences = [Difference(*key, *amounts) for key, amounts in given.items() if amounts[0] != amounts[1]]
    return Contrast(own, other, tuple(sorted(differences, key=_heaviest)))


def _heaviest(difference: Difference) -> int:
    return -abs(difference.own - difference.other)


def sides(form: FormAdvice) -> tuple[list[Reason], list[Reason]]:
    """Part the reasons for a form from those against it; a cut goes with the sum that it cuts."""
    speaking_for: list[Reason] = []
    against: list[Reason] = []
    for reason in form.reasons:
        positive = reason.amount is not None and reason.amount > 0
        cut = reason.rule == CUT
        (speaking_for if positive is not cut else against).append(reason)
    return speaking_for, against
