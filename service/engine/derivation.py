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


def derive(profile: Profile, facts: Mapping[str, Fact]) -> dict[str, Value]:
    """Return the known facts with every derived fact that can be told, in the vocabulary's order.

    An empty set whose fact says ``emptyMeansAbsent`` counts as not sent. ``facts`` lists a derived
    fact after those it stands on; the loader sees to that.
    """
    known: dict[str, Value] = {}
    for name, fact in facts.items():
        value = profile.get(name) if fact.is_sent else None
        if value is None and fact.derived is not None:
            value = _derived(fact.derived, known, facts)
        if value is not None and not (fact.empty_means_absent and value == frozenset()):
            known[name] = value
    return known


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


def _derived(derivation: Derivation, known: Profile, facts: Mapping[str, Fact]) -> Value | None:
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
            ranks = facts[lower].ranks
            return ranks[cast("str", known[upper])] - ranks[cast("str", known[lower])]
        case SameAs(name):
            return known.get(name)
        case ChosenFrom():
            return None
