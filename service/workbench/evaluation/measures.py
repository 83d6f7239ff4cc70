"""The measures on scored cases: shares with their intervals, and means.

Owns what is counted and how sure a count is. Knows no rule base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

from service.workbench.evaluation.shown import Scored

Z: Final = 1.959964
"""The quantile of the normal distribution that an interval of 95% takes."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often something is so, of how many."""

    hits: int
    total: int

    @property
    def share(self) -> float | None:
        """The hits as a part of all, 0 to 1; None of nothing."""
        return self.hits / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is counted over cases; ``better`` tells whether more of it is better."""

    id: str
    label: str
    better: bool
    count: Callable[[Scored], Count]

    def of(self, scores: Iterable[Scored]) -> Count:
        """Count over all cases."""
        counts = [self.count(one) for one in scores]
        return Count(sum(one.hits for one in counts), sum(one.total for one in counts))


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share, both inclusive."""

    low: float
    high: float


def _flag(value: bool | None, counts: bool = True) -> Count:
    return Count(int(bool(value)), int(counts and value is not None)) if counts else Count(0, 0)


MEASURES: Final = (
    Measure("first", "An acceptable form stands first", True, lambda one: _flag(one.first)),
    Measure("firstThree", "An acceptable form is among the first three", True, lambda one: _flag(one.first_three)),
    Measure(
        "firstOfSuccesses",
        "The same, first, on successes only",
        True,
        lambda one: _flag(one.first, one.success),
    ),
    Measure(
        "firstThreeOfSuccesses",
        "The same, among the first three, on successes only",
        True,
        lambda one: _flag(one.first_three, one.success),
    ),
    Measure(
        "usedOnSuccesses",
        "The form that succeeded is among the first three",
        True,
        lambda one: _flag(one.used, one.success),
    ),
    Measure(
        "usedOnOthers",
        "The form that failed, wholly or partly, is among the first three",
        False,
        lambda one: _flag(one.used, not one.success),
    ),
    Measure(
        "warned",
        "Failed or mixed cases with a cause that is a present risk",
        True,
        lambda one: _flag(bool(one.warned), bool(one.causes)),
    ),
    Measure("causes", "Causes that are present risks", True, lambda one: Count(len(one.warned), len(one.causes))),
    Measure(
        "causesNear",
        "Causes that are present risks or among the first five possible ones",
        True,
        lambda one: Count(len(one.near), len(one.causes)),
    ),
    Measure(
        "precision",
        "Present risks from medium on failed or mixed cases that are causes",
        True,
        lambda one: Count(one.right, one.serious) if one.causes else Count(0, 0),
    ),
    Measure(
        "highOnOthers",
        "Failed or mixed cases with a high risk",
        True,
        lambda one: _flag(one.high, not one.success),
    ),
    Measure("highOnSuccesses", "Successes with a high risk", False, lambda one: _flag(one.high, one.success)),
)
"""Every measure, in the order of the reports."""


def wilson(count: Count) -> Interval:
    """Return the interval of 95% around a share, by Wilson's score; of nothing it is 0 to 1."""
    n = count.total
    if not n:
        return Interval(0.0, 1.0)
    share, square = count.hits / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def jackknife(measure: Measure, scores: Sequence[Scored]) -> Interval | None:
    """Return the least and the greatest share when any one case is left out; None when there is none left."""
    whole = measure.of(scores)
    shares = []
    for one in scores:
        own = measure.count(one)
        rest = Count(whole.hits - own.hits, whole.total - own.total)
        if rest.share is not None:
            shares.append(rest.share)
    return Interval(min(shares), max(shares)) if shares else None


@dataclass(frozen=True, slots=True)
class Discrimination:
    """How many present risks an advice has in the mean, on successes and on others; None without such cases."""

    successes: float | None
    others: float | None


def discrimination(scores: Sequence[Scored]) -> Discrimination:
    """Return the mean number of present risks."""
    successes = [one.present for one in scores if one.success]
    others = [one.present for one in scores if not one.success]
    return Discrimination(fmean(successes) if successes else None, fmean(others) if others else None)
