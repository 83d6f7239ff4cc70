"""The growth path: which step in which dimension of maturity, or up the ladder, gains most, and which next.

A step is one level of one dimension, or one rung of participation as far as is wanted. It gains the forms
that it brings above 0 or among the recommended, and the risks that it takes away.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, compress
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

    def gains(self, after: _Standing) -> tuple[frozenset[int], frozenset[int]]:
        """Return the forms that open and the risks that go away on the way to a later standing."""
        return (after.above - self.above) | (after.recommended - self.recommended), self.risks - after.risks


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
    place = {name: number for number, name in enumerate(scales)}
    taken: Way = ()
    steps: list[Step] = []
    while len(steps) < MOST_STEPS:
        ahead = _best_ahead(compiled, standings, taken, place)
        if ahead is None:
            break
        after = _joined(taken, (ahead,), place)
        level = taken.count(ahead)
        opens, removes = (tuple(sorted(some)) for some in standings[taken].gains(standings[after]))
        steps.append(Step(ahead, scales[ahead][level], scales[ahead][level + 1], opens, removes))
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


def _joined(way: Way, more: Way, place: Mapping[str, int]) -> Way:
    return tuple(sorted(way + more, key=place.__getitem__))


def _standings(rankings: Rankings) -> Iterator[_Standing]:
    compiled = rankings.rules.compiled
    present = rankings.risk_points() >= compiled.risk_thresholds[0]
    heads = rankings.heads(compiled.rule_base.method.recommended_ranks)
    for above, head, risks in zip(rankings.above_zero().tolist(), heads, present.tolist(), strict=True):
        yield _Standing(_true(above), frozenset(head), _true(risks))


def _true(row: Sequence[bool]) -> frozenset[int]:
    return frozenset(compress(range(len(row)), row))


def _best_ahead(
    compiled: CompiledRuleBase, standings: Mapping[Way, _Standing], taken: Way, place: Mapping[str, int]
) -> str | None:
    """Return the next step on the shortest way that gains anything: of those the one that gains most for its effort."""
    facts = compiled.rule_base.facts
    for length in range(1, MOST_STEPS - len(taken) + 1):
        best: tuple[float, str] | None = None
        for more in combinations_with_replacement(place, length):
            standing = standings.get(_joined(taken, more, place))
            if standing is None:
                continue
            gained = sum(len(some) for some in standings[taken].gains(standing))
            worth = gained / sum(facts[name].effort or 1 for name in more)
            if gained and (best is None or worth > best[0]):
                best = (worth, more[0])
        if best is not None:
            return best[1]
    return None
