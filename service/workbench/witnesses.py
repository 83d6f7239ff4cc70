"""Witnesses of a difference: the smallest profiles found that get other advice, and by which rules."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.knowledge.model import AllOf, Effect, Profile, Rule
from service.workbench.changes import rules_by_id
from service.workbench.impact import KINDS, Comparer
from service.workbench.sampling import profiles_meeting
from service.workbench.shrinking import shrunk

SHRUNK: Final = 12
"""Profiles of a sample that are shrunk for a kind: they soon come down to the same few."""
AIMED: Final = (6, 60, 1200)
"""Profiles made to meet the condition of a rule: at least, at most, and for all rules together."""
SHOWN: Final = 3
"""Witnesses of a kind; more only for rules that those do not name."""
ALLIES: Final = 4
"""Rules that are brought in to favour a form: more seldom hold together."""
WEIGHTY: Final = 1000


@dataclass(frozen=True, slots=True)
class Witness:
    """A profile that shows a kind of change, and the ids before and after.

    ``rules`` make the difference; none, when it is made by facts, catalogue or method.
    """

    kind: str
    profile: Profile
    old: tuple[str, ...]
    new: tuple[str, ...]
    rules: tuple[str, ...]


def find_witnesses(comparer: Comparer, profiles: Sequence[Profile], seed: int) -> list[Witness]:
    """Return for every kind of change the smallest witnesses, one for each way it comes about."""
    aimed = [(rule, list(_aimed(comparer, rule, seed))) for rule in comparer.rules]
    changed = [(profile, comparer.kinds(profile)) for profile in profiles]
    found: list[Witness] = []
    for kind in KINDS:
        shrunk = list(_of_sample(comparer, kind, [profile for profile, kinds in changed if kind in kinds]))
        for rule, candidates in aimed:
            shrunk += _of_rule(comparer, kind, rule, candidates)
        found += _chosen(comparer, kind, shrunk)
    return found


def _aimed(comparer: Comparer, rule: str, seed: int) -> Iterator[Profile]:
    """Yield profiles on which the rule fires, by itself or together with others that favour its targets.

    What a rule does to a form shows only where the form stands near the top.
    """
    least, most, together = AIMED
    turns = max(least, min(most, together // len(comparer.rules)))
    chance = random.Random(seed)  # noqa: S311 -- for variety, and the same each time
    for compiled in (comparer.old, comparer.new):
        base = compiled.rule_base
        one = rules_by_id(base).get(rule)
        if one is None:
            continue
        yield from profiles_meeting(one.when, base.facts, comparer.facts, turns, seed)
        for turn in range(turns):
            target = chance.choice(one.effects)
            allies = [other.when for other in base.rules if other is not one and _favours(other, target)]
            joined = AllOf((one.when, *chance.sample(allies, min(len(allies), chance.randint(1, ALLIES)))))
            yield from profiles_meeting(joined, base.facts, comparer.facts, 2, seed + turn)


def _favours(rule: Rule, target: Effect) -> bool:
    return any(
        effect.kind is target.kind and effect.target == target.target and (effect.amount or 0) > 0
        for effect in rule.effects
    )


def _of_sample(comparer: Comparer, kind: str, profiles: Iterable[Profile]) -> Iterator[Profile]:
    for profile in sorted(profiles, key=_size)[:SHRUNK]:
        yield shrunk(profile, _required(comparer), lambda one: kind in comparer.kinds(one))


def _of_rule(comparer: Comparer, kind: str, rule: str, profiles: Sequence[Profile]) -> Iterator[Profile]:
    def shows(profile: Profile) -> bool:
        return kind in comparer.kinds(profile) and rule in comparer.responsible(profile, kind)

    for profile in [one for one in sorted(profiles, key=_size) if shows(one)][:2]:
        yield shrunk(profile, _required(comparer), shows)


def _required(comparer: Comparer) -> frozenset[str]:
    return frozenset(name for name, fact in comparer.facts.items() if fact.required)


def _chosen(comparer: Comparer, kind: str, profiles: Iterable[Profile]) -> Iterator[Witness]:
    """Yield the smallest for each set of rules: the first few, and those that name a rule not yet named."""
    named: set[str] = set()
    groups: set[frozenset[str]] = set()
    for profile in sorted(profiles, key=_size):
        rules = comparer.responsible(profile, kind)
        if rules in groups or (len(groups) >= SHOWN and rules <= named):
            continue
        groups.add(rules)
        named |= rules
        before, after = comparer.outcomes(profile)
        yield Witness(kind, profile, before[kind], after[kind], tuple(sorted(rules)))


def _size(profile: Profile) -> tuple[int, str]:
    members = sum(len(value) for value in profile.values() if isinstance(value, frozenset))
    return len(profile) * WEIGHTY + members, repr(sorted((name, _text(value)) for name, value in profile.items()))


def _text(value: object) -> str:
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)
