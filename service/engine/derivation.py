"""Derived facts: what follows from the facts that were sent, before any rule is tried.

Owns the arithmetic of sizes, means and ladders. The chosen forms are not derived here: they follow
from the first pass (see ``evaluation``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from service.knowledge.model import (
    ChosenFrom,
    Derivation,
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

    ``facts`` lists a derived fact after those it stands on; the loader sees to that.
    """

    def __init__(self, facts: Mapping[str, Fact]) -> None:
        """Look up how each fact comes to be known."""
        self._facts = [_Known(fact, facts) for fact in facts.values()]

    def known(self, profile: Profile) -> dict[str, Value]:
        """Return the known facts with every derived fact that can be told, in the vocabulary's order.

        An empty set whose fact says ``emptyMeansAbsent`` counts as not sent.
        """
        sent = dict(profile)
        known: dict[str, Value] = {}
        for fact in self._facts:
            value = sent.get(fact.name) if fact.is_sent else None
            if value is None and fact.derivation is not None:
                value = _derived(fact.derivation, known, fact.ranks)
            if value is not None and not (fact.empty_means_absent and value == frozenset()):
                known[fact.name] = value
        return known


class _Known:
    """How a fact comes to be known; ``ranks`` are those of a ladder between whose rungs it counts the steps."""

    def __init__(self, fact: Fact, facts: Mapping[str, Fact]) -> None:
        self.name, self.is_sent, self.empty_means_absent = fact.id, fact.is_sent, fact.empty_means_absent
        self.derivation = fact.derived
        lower = fact.derived.lower if isinstance(fact.derived, StepsBetween) else fact.id
        self.ranks = dict(facts[lower].ranks)


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


def _derived(derivation: Derivation, known: dict[str, Value], ranks: dict[str, int]) -> Value | None:
    match derivation:
        case SizeOf(name):
            return len(cast("frozenset[str]", known[name])) if name in known else None
        case RoundedMeanOf(names, at_least_known):
            ratings = [cast("int", known[name]) for name in names if name in known]
            if len(ratings) < at_least_known:
                return None
            return (2 * sum(ratings) + len(ratings)) // (2 * len(ratings))
        case StepsBetween(lower, upper):
            if lower not in known or upper not in known:
                return None
            return ranks[cast("str", known[upper])] - ranks[cast("str", known[lower])]
        case SameAs(name):
            return known.get(name)
        case ChosenFrom():
            return None
