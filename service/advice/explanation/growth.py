"""The growth path: which step in which dimension of maturity, or up the ladder, gains most, and which next.

A step is one level of one dimension, or one rung of participation as far as is wanted. It gains the forms
that it brings above 0 or among the recommended, and the risks that it takes away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final, TypeAlias, cast

from service.engine.choices import UNCHANGEABLE
from service.engine.columns import columns_of, with_changes
from service.engine.compiled import CompiledRuleBase
from service.engine.many import ManyRules, Rankings, rank_many
from service.knowledge.model import Fact, FactType, Profile, Value

MOST_STEPS: Final = 3

Way: TypeAlias = tuple[str, ...]
"""The facts that are raised by a step each, in the order of the vocabulary; a fact may be raised twice."""


@dataclass(frozen=True, slots=True)
class Step:
    """A fact raised by one level or rung; forms that open and risks that go away by it, by position."""

    fact: str
    before: Value
    after: Value
    opens: tuple[int, ...]
    removes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Standing:
    """Forms above 0 and forms recommended, and risks that are present, after some steps."""

    above: frozenset[int]
    recommended: frozenset[int]
    risks: frozenset[int]


def growth(many: ManyRules, profile: Profile) -> tuple[Step, ...]:
    """Return the steps in order: each the one that gains most for its effort, up to MOST_STEPS of them.

    A step that gains nothing yet is taken when it leads to one that does. Risks are those of the
    profile's intended forms.
    """
    compiled = many.compiled
    scales = {
        fact.id: values for fact in compiled.rule_base.facts.values() if (values := _upwards(compiled, fact, profile))
    }
    ways = list(_ways(scales))
    changes: list[Mapping[str, Value | None]] = [
        {name: scales[name][steps] for name, steps in Counter(way).items()} for way in ways
    ]
    facts = compiled.rule_base.facts
    rankings = rank_many(many, with_changes(columns_of([profile], facts), changes, facts))
    standings = dict(zip(ways, _standings(rankings), strict=True))
    taken: Way = ()
    steps: list[Step] = []
    while len(steps) < MOST_STEPS:
        ahead = _best_ahead(compiled, standings, taken)
        if ahead is None:
            break
        after = _joined(compiled, taken, ahead)
        place = taken.count(ahead)
        opens, removes = _gains(standings[taken], standings[after])
        steps.append(Step(ahead, scales[ahead][place], scales[ahead][place + 1], opens, removes))
        taken = after
    return tuple(steps)


def _upwards(compiled: CompiledRuleBase, fact: Fact, profile: Profile) -> list[Value]:
    """List the present value and those above it, one step apart; empty when there is nothing above it."""
    now, roles = profile.get(fact.id), compiled.roles
    if now is None or fact.changeable == UNCHANGEABLE:
        return []
    if fact.dimension and fact.type is FactType.SCALE:
        values: list[Value] = list(range(cast("int", now), (fact.maximum or 0) + 1))
    elif fact.id == roles.rung_now:
        rungs = [option.id for option in fact.options]
        wanted = profile.get(roles.rung_wanted, rungs[-1])
        values = list(rungs[rungs.index(cast("str", now)) : rungs.index(cast("str", wanted)) + 1])
    else:
        return []
    return values if len(values) > 1 else []


def _ways(scales: Mapping[str, Sequence[Value]]) -> Iterator[Way]:
    for count in range(MOST_STEPS + 1):
        for way in combinations_with_replacement(scales, count):
            if all(steps < len(scales[name]) for name, steps in Counter(way).items()):
                yield way


def _joined(compiled: CompiledRuleBase, way: Way, name: str) -> Way:
    place = {fact: number for number, fact in enumerate(compiled.rule_base.facts)}
    return tuple(sorted((*way, name), key=place.__getitem__))


def _standings(rankings: Rankings) -> Iterator[_Standing]:
    compiled = rankings.rules.compiled
    present = rankings.risk_points() >= compiled.risk_thresholds[0]
    above = rankings.above_zero()
    for row, head in enumerate(rankings.heads(compiled.rule_base.method.recommended_ranks)):
        yield _Standing(
            frozenset(above[row].nonzero()[0].tolist()),
            frozenset(head),
            frozenset(present[row].nonzero()[0].tolist()),
        )


def _gains(before: _Standing, after: _Standing) -> tuple[tuple[int, ...], tuple[int, ...]]:
    opens = (after.above - before.above) | (after.recommended - before.recommended)
    return tuple(sorted(opens)), tuple(sorted(before.risks - after.risks))


def _best_ahead(compiled: CompiledRuleBase, standings: Mapping[Way, _Standing], taken: Way) -> str | None:
    """Return the next step on the shortest way that gains anything: of those the one that gains most for its effort."""
    facts = compiled.rule_base.facts
    for length in range(len(taken) + 1, MOST_STEPS + 1):
        best: tuple[float, str] | None = None
        for way, standing in standings.items():
            added = Counter(way) - Counter(taken)
            if len(way) != length or added.total() != length - len(taken):
                continue
            gained = sum(len(some) for some in _gains(standings[taken], standing))
            worth = gained / sum((facts[name].effort or 1) * count for name, count in added.items())
            if gained and (best is None or worth > best[0]):
                best = (worth, next(iter(added)))
        if best is not None:
            return best[1]
    return None
