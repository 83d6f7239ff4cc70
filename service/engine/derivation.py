"""Derived facts: what follows from the facts that were sent, before any rule is tried.

Owns the arithmetic of sizes, means and ladders. The chosen forms are not derived here: they follow
from the first pass (see ``evaluation``).
"""

from __future__ import annotations

from collections.abc import Mapping

from librt.vecs import vec
from mypy_extensions import i64

from service.knowledge.model import (
    ChosenFrom,
    Fact,
    Profile,
    RoundedMeanOf,
    SameAs,
    SizeOf,
    StepsBetween,
    Value,
)


class Derivations:
    """What follows from the facts that are sent, for one vocabulary.

    ``facts`` lists a derived fact after those it stands on; the loader sees to that. ``place`` is that of each.
    """

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """Look up where each fact stands, and how those that are derived are told."""
        self._names = list(facts)
        self.place = {name: place for place, name in enumerate(facts)}
        self._sent = {name: place for name, place in self.place.items() if facts[name].is_sent}
        self._empty_means_absent = vec[bool]([fact.empty_means_absent for fact in facts.values()])
        derived = [_derived(fact, self.place, facts) for fact in facts.values()]
        self._derived = [one for one in derived if one is not None]

    def known(self, profile: Profile) -> dict[str, Value]:
        """Return the known facts with every derived fact that can be told, in the vocabulary's order.

        An empty set whose fact says ``emptyMeansAbsent`` counts as not sent.
        """
        return self.named(self.values(profile))

    def values(self, profile: Profile) -> list[Value | None]:
        """Return the values of the known facts, those that can be derived among them, each in the place of its fact."""
        values: list[Value | None] = [None] * len(self._names)
        for name, value in profile.items():
            place: i64 = self._sent.get(name, -1)
            if place >= 0 and not (isinstance(value, frozenset) and not value and self._empty_means_absent[place]):
                values[place] = value
        for fact in self._derived:
            if values[fact.place] is None:
                values[fact.place] = fact.told(values)
        return values

    def named(self, values: list[Value | None]) -> dict[str, Value]:
        """Return the known facts by name, in the vocabulary's order."""
        known: dict[str, Value] = {}
        for place, value in enumerate(values):
            if value is not None:
                known[self._names[place]] = value
        return known


class _Derived:
    """A derived fact, by its place, and what it stands on, by theirs."""

    def __init__(self, place: int, on: list[int]) -> None:
        self.place, self._on = i64(place), on

    def told(self, values: list[Value | None]) -> Value | None:
        """Return its value, if it can be told: that of the first it stands on."""
        return values[self._on[0]]


class _Size(_Derived):
    def told(self, values: list[Value | None]) -> Value | None:
        members = values[self._on[0]]
        return len(members) if isinstance(members, frozenset) else None


class _Mean(_Derived):
    def __init__(self, place: int, on: list[int], at_least_known: int) -> None:
        super().__init__(place, on)
        self._at_least_known = at_least_known

    def told(self, values: list[Value | None]) -> Value | None:
        total = known = 0
        for place in self._on:
            rating = values[place]
            if isinstance(rating, int):
                total += rating
                known += 1
        return (2 * total + known) // (2 * known) if known >= self._at_least_known else None


class _Steps(_Derived):
    def __init__(self, place: int, on: list[int], ranks: dict[str, int]) -> None:
        super().__init__(place, on)
        self._ranks = ranks

    def told(self, values: list[Value | None]) -> Value | None:
        lower, upper = values[self._on[0]], values[self._on[1]]
        return self._ranks[upper] - self._ranks[lower] if isinstance(lower, str) and isinstance(upper, str) else None


def _derived(fact: Fact, place: Mapping[str, int], facts: Mapping[str, Fact]) -> _Derived | None:
    """Return how a fact is derived, if it is; the chosen forms follow from the first pass."""
    on = [place[name] for name in stands_on(fact)]
    match fact.derived:
        case SizeOf():
            return _Size(place[fact.id], on)
        case RoundedMeanOf(_, at_least_known):
            return _Mean(place[fact.id], on, at_least_known)
        case StepsBetween(lower, _):
            return _Steps(place[fact.id], on, dict(facts[lower].ranks))
        case SameAs():
            return _Derived(place[fact.id], on)
        case _:
            return None


def stands_on(fact: Fact) -> tuple[str, ...]:
    """Return the facts from which the fact is derived, directly."""
    match fact.derived:
        case SizeOf(name) | SameAs(name) | ChosenFrom(name):
            return (name,)
        case RoundedMeanOf(names):
            return names
        case StepsBetween(lower, upper):
            return (lower, upper)
        case _:
            return ()
