"""Profiles by chance, the same for the same seed: of all kinds, and such as meet a condition."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from service.engine.conditions import compile_condition
from service.engine.derivation import Derivations, stands_on
from service.knowledge.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactType,
    Not,
    Operator,
    Profile,
    Value,
)

KNOWN: Final = (0.05, 0.15, 0.3, 0.5, 0.8)
"""How many of the facts are known: few profiles are complete, and rules on one fact show in small ones."""
MOST_MEMBERS: Final = 4
"""Members of a set; more goals or groups than these are rare, and hide what one of them does."""

Facts = Mapping[str, Fact]


def shared_facts(old: Facts, new: Facts) -> dict[str, Fact]:
    """Return the facts that both vocabularies let a client send, with the values that both know."""
    pairs = ((fact, new.get(name)) for name, fact in old.items() if fact.is_sent)
    common = (_shared(one, other) for one, other in pairs if other is not None and other.is_sent)
    return {fact.id: fact for fact in common if fact is not None}


def _shared(one: Fact, other: Fact) -> Fact | None:
    if one.type is not other.type:
        return None
    theirs = {option.id for option in other.options}
    options = tuple(option for option in one.options if option.id in theirs)
    low = max((bound for bound in (one.minimum, other.minimum) if bound is not None), default=None)
    high = min((bound for bound in (one.maximum, other.maximum) if bound is not None), default=None)
    if (one.options and not options) or (low is not None and high is not None and low > high):
        return None
    required = one.required or other.required
    return replace(one, options=options, minimum=low, maximum=high, required=required)


def fitting(profile: Mapping[str, object], facts: Facts) -> dict[str, Value]:
    """Return of a profile of a case what the facts know."""
    fits: dict[str, Value] = {}
    for name, fact in facts.items():
        value = profile.get(name, [] if fact.required else None)
        ids = {option.id for option in fact.options}
        if fact.type is FactType.SET and isinstance(value, list):
            fits[name] = frozenset(one for one in value if one in ids)
        elif isinstance(value, bool | int | str) and _fits(fact, value, ids):
            fits[name] = value
    return fits


def _fits(fact: Fact, value: object, ids: set[str]) -> bool:
    if fact.type is FactType.FLAG or isinstance(value, bool):
        return fact.type is FactType.FLAG and isinstance(value, bool)
    if isinstance(value, int):
        return fact.minimum is not None and fact.maximum is not None and fact.minimum <= value <= fact.maximum
    return value in ids


def profiles_by_chance(facts: Facts, count: int, seed: int) -> Iterator[Profile]:
    """Yield ``count`` profiles; in some nearly all facts are known, in most only some."""
    chance = random.Random(seed)  # noqa: S311 -- for variety, and the same each time
    for _ in range(count):
        yield profile_by_chance(facts, chance, chance.choice(KNOWN))


def profile_by_chance(facts: Facts, chance: random.Random, known: float) -> dict[str, Value]:
    """Return a profile in which each fact is known with the likelihood ``known``."""
    return {name: _value(fact, chance) for name, fact in facts.items() if fact.required or chance.random() < known}


def profiles_meeting(condition: Condition, vocabulary: Facts, facts: Facts, count: int, seed: int) -> Iterator[Profile]:
    """Yield up to ``count`` profiles of ``facts`` that meet the condition, the small ones first.

    Conditions that ask about the chosen forms are met by intending them.
    """
    chance = random.Random(seed)  # noqa: S311 -- for variety, and the same each time
    test, derivations = compile_condition(condition, vocabulary), Derivations(vocabulary)
    for turn in range(count):
        profile = profile_by_chance(facts, chance, 0.0 if turn < count // 2 else chance.choice(KNOWN))
        for name, value in _wishes(condition, True, vocabulary, chance):
            if name in facts:
                profile[name] = _joined(profile.get(name), value)
        if test(_known(profile, derivations, vocabulary)) is True:
            yield profile


def _known(profile: Profile, derivations: Derivations, vocabulary: Facts) -> Profile:
    known = derivations.known(profile)
    for name, fact in vocabulary.items():
        below = stands_on(fact)
        if not fact.is_sent and name not in known and len(below) == 1 and profile.get(below[0]):
            known[name] = profile[below[0]]  # what is chosen from the intended
    return known


def _joined(before: Value | None, value: Value) -> Value:
    if isinstance(before, frozenset) and isinstance(value, frozenset) and value:
        return before | value
    return value


def _wishes(
    condition: Condition, positive: bool, vocabulary: Facts, chance: random.Random
) -> Iterator[tuple[str, Value]]:
    """Yield facts and values with which the condition has a good chance to be ``positive``."""
    match condition:
        case Comparison():
            yield from _wish(condition, positive, vocabulary, chance)
        case Not(part):
            yield from _wishes(part, not positive, vocabulary, chance)
        case AllOf(parts) | AnyOf(parts):
            every = isinstance(condition, AllOf) is positive
            for part in parts if every else [chance.choice(parts)]:
                yield from _wishes(part, positive, vocabulary, chance)


def _wish(
    comparison: Comparison, positive: bool, vocabulary: Facts, chance: random.Random
) -> Iterator[tuple[str, Value]]:
    fact = vocabulary[comparison.fact]
    if fact.is_sent:
        yield fact.id, _wished(fact, comparison, positive, chance)
        return
    below = [vocabulary[name] for name in stands_on(fact) if name in vocabulary]
    for one in below:
        alike = one.type is fact.type and fact.type in (FactType.SET, FactType.SCALE)
        yield one.id, _wished(one, comparison, positive, chance) if alike else _value(one, chance)


def _wished(fact: Fact, comparison: Comparison, positive: bool, chance: random.Random) -> Value:
    operand = comparison.operand
    if fact.type is FactType.SET:
        members = operand if isinstance(operand, tuple) else (str(operand),)
        if comparison.operator is Operator.INCLUDE_ANY_OF:
            members = (chance.choice(members),)
        return frozenset(members) if positive else frozenset()
    test = compile_condition(comparison, {fact.id: fact, comparison.fact: fact})
    fits = [value for value in _values(fact, operand) if test({comparison.fact: value}) is positive]
    return chance.choice(fits) if fits else _value(fact, chance)


def _values(fact: Fact, near: object) -> Iterable[Value]:
    if fact.type is FactType.FLAG:
        return (True, False)
    if fact.type in (FactType.SCALE, FactType.INTEGER):
        low, high = fact.minimum or 0, fact.maximum or 0
        at = near if isinstance(near, int) else low
        return [value for value in {low, at - 1, at, at + 1, high} if low <= value <= high]
    return [option.id for option in fact.options]


def _value(fact: Fact, chance: random.Random) -> Value:
    ids = [option.id for option in fact.options]
    match fact.type:
        case FactType.FLAG:
            return chance.random() < 0.5  # noqa: PLR2004 -- as often one as the other
        case FactType.SET:
            return frozenset(chance.sample(ids, chance.randint(0, min(MOST_MEMBERS, len(ids)))))
        case FactType.SCALE | FactType.INTEGER:
            return chance.randint(fact.minimum or 0, fact.maximum or 0)
        case _:
            return chance.choice(ids)
