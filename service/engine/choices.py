"""What could be changed in a profile: for every changeable fact the values worth trying, and their effort.

Of values that no rule tells apart only the one with the least effort is kept. Owns how effort is
counted; knows no aim.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, TypeAlias, cast

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons, compile_condition
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
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
    SameAs,
    Value,
)

UNCHANGEABLE: Final = "no"
HIGHER: Final = "higher"
LOWER: Final = "lower"
MOST_VALUES: Final = 600
"""Values of one fact that are told apart; only a set of which rules name many members has more."""

Tried: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a fact could get instead of the one it has. ``effort`` is that of the whole way to it."""

    fact: str
    value: Value
    effort: int


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices by fact, in the order of the vocabulary. ``complete`` is False when some were left out.

    ``rules`` are those that can come out otherwise by them.
    """

    rules: tuple[int, ...]
    by_fact: Mapping[str, tuple[Choice, ...]]
    complete: bool


def choices(
    compiled: CompiledRuleBase, evaluation: Evaluation, rules: Collection[int], held: Collection[str] = ()
) -> Choices:
    """List what could be changed for the rules to come out otherwise; ``held`` facts stay as they are."""
    facts, profile, complete = compiled.rule_base.facts, evaluation.profile, True
    free = _free(facts, profile, held)
    live = open_rules(compiled, evaluation, rules, free)
    asked: dict[str, list[Comparison]] = {}
    for rule in live:
        for comparison in comparisons(compiled.rule_base.rules[rule].when):
            asked.setdefault(comparison.fact, []).append(comparison)
    below = _below(asked, facts, profile)
    found: dict[str, tuple[Choice, ...]] = {}
    for name, fact in facts.items():
        if not _changeable(fact, held) or (name not in asked and name not in below):
            continue
        before, own = profile.get(name), asked.get(name, ())
        values, all_of_them = _values(fact, before, own, name in below)
        complete = complete and all_of_them
        allowed = (value for value in values if proposed(compiled, name, before, value))
        made = sorted((Choice(name, value, effort(fact, before, value)) for value in allowed), key=_least)
        found[name] = _told_apart(fact, before, made, own, name in below)
    return Choices(tuple(live), {name: some for name, some in found.items() if some}, complete)


def open_rules(
    compiled: CompiledRuleBase, evaluation: Evaluation, rules: Iterable[int], free: Collection[str]
) -> list[int]:
    """Return those of the rules that could fire and could not fire, depending on the ``free`` facts."""
    open_ones = []
    for rule in rules:
        if compiled.asks[rule].isdisjoint(free):
            continue
        can = _can(compiled.rule_base.rules[rule].when, evaluation.known, compiled.rule_base.facts, free)
        if can.be_true and (can.be_false or can.be_unknown):
            open_ones.append(rule)
    return open_ones


@dataclass(frozen=True, slots=True)
class _Can:
    """Which outcomes a condition can have at most."""

    be_true: bool
    be_false: bool
    be_unknown: bool


def _can(condition: Condition, known: Profile, facts: Mapping[str, Fact], free: Collection[str]) -> _Can:
    match condition:
        case Comparison(name):
            if name in free:
                return _Can(be_true=True, be_false=True, be_unknown=True)
            outcome = compile_condition(condition, facts)(known)
            return _Can(outcome is True, outcome is False, outcome is None)
        case Not(part):
            can = _can(part, known, facts, free)
            return _Can(can.be_false, can.be_true, can.be_unknown)
        case AllOf(parts):
            several = [_can(part, known, facts, free) for part in parts]
            unknown = any(can.be_unknown for can in several) and all(can.be_true or can.be_unknown for can in several)
            return _Can(all(can.be_true for can in several), any(can.be_false for can in several), unknown)
        case AnyOf(parts):
            several = [_can(part, known, facts, free) for part in parts]
            unknown = any(can.be_unknown for can in several) and all(can.be_false or can.be_unknown for can in several)
            return _Can(any(can.be_true for can in several), all(can.be_false for can in several), unknown)
        case _:
            return _Can(be_true=True, be_false=False, be_unknown=False)


def _free(facts: Mapping[str, Fact], profile: Profile, held: Collection[str]) -> set[str]:
    """Name the facts that can be changed, and those that are derived from them."""
    free: set[str] = set()
    for name, fact in facts.items():
        sent = isinstance(fact.derived, SameAs) and name in profile
        if _changeable(fact, held) or (not sent and not free.isdisjoint(stands_on(fact))):
            free.add(name)
    return free


def _changeable(fact: Fact, held: Collection[str]) -> bool:
    return fact.is_sent and fact.changeable != UNCHANGEABLE and fact.id not in held


def effort(fact: Fact, before: Value | None, after: Value) -> int:
    """Return the effort of a change: the fact's effort a step, times the steps.

    A step is a level, a rank, a unit or a member; another choice or flag is one step. A fact that is not
    known counts from the end that it is to leave, so from its lowest answer if it may change either way.
    """
    return (fact.effort or 1) * max(1, _steps(fact, before, after))


def proposed(compiled: CompiledRuleBase, name: str, before: Value | None, after: Value) -> bool:
    """Tell whether the change is one to propose: the way that the fact may change.

    Of a fact that is not known, the end that it is to leave is no answer to propose, nor is a number that
    no rule tells apart from that end.
    """
    fact = compiled.rule_base.facts[name]
    if fact.changes_to is None:
        return True
    up = _place(fact, after) - _place(fact, before)
    if before is not None or fact.type is not FactType.INTEGER:
        return up > 0 if fact.changes_to == HIGHER else up < 0
    asking = (compiled.rule_base.rules[rule].when for rule in compiled.rules_asking.get(name, ()))
    asked = [comparison for when in asking for comparison in comparisons(when) if comparison.fact == name]
    tests = [compile_condition(comparison, {name: fact}) for comparison in asked]
    return any(test({name: after}) != test({name: _place(fact, None)}) for test in tests)


def _steps(fact: Fact, before: Value | None, after: Value) -> int:
    match fact.type:
        case FactType.SET:
            return len(cast("frozenset[str]", before or frozenset()) ^ cast("frozenset[str]", after))
        case FactType.CHOICE | FactType.FLAG:
            return 1
        case _:
            return abs(_place(fact, after) - _place(fact, before))


def _place(fact: Fact, value: Value | None) -> int:
    """Place a value between the fact's lowest and highest; an unknown one at the end that the fact is to leave."""
    if fact.type is FactType.ORDINAL:
        lowest, highest = 0, len(fact.options) - 1
    else:
        lowest, highest = (0, 1) if fact.type is FactType.FLAG else (fact.minimum or 0, fact.maximum or 0)
    if value is None:
        return highest if fact.changes_to == LOWER else lowest
    return fact.ranks[value] if isinstance(value, str) else int(cast("int", value))


def _least(choice: Choice) -> int:
    return choice.effort


def _below(asked: Collection[str], facts: Mapping[str, Fact], profile: Profile) -> set[str]:
    """Name the facts from which the asked ones are derived; what was sent is not derived."""
    found: set[str] = set()
    waiting = list(asked)
    while waiting:
        fact = facts[waiting.pop()]
        if isinstance(fact.derived, SameAs) and fact.id in profile:
            continue
        found.update(stands_on(fact))
        waiting.extend(stands_on(fact))
    return found


def _told_apart(
    fact: Fact, before: Value | None, made: Iterable[Choice], asked: Collection[Comparison], derived_from: bool
) -> tuple[Choice, ...]:
    """Keep of the choices that all comparisons treat alike the first, and none that are as it is now."""
    tests = [compile_condition(comparison, {fact.id: fact}) for comparison in asked]

    def signature(value: Value | None) -> tuple[object, ...]:
        absent = value is None or (fact.empty_means_absent and value == frozenset())
        known = {} if value is None or absent else {fact.id: value}
        counted = len(value) if isinstance(value, frozenset) else value
        return (*(test(known) for test in tests), counted if derived_from and not absent else None)

    kept: dict[tuple[object, ...], Choice] = {}
    for choice in made:
        kept.setdefault(signature(choice.value), choice)
    kept.pop(signature(before), None)
    return tuple(kept.values())


def _values(
    fact: Fact, before: Value | None, asked: Collection[Comparison], derived_from: bool
) -> tuple[Iterable[Value], bool]:
    """Return values among which every outcome of the comparisons has its least effort, and whether all are there."""
    if fact.type is FactType.SET:
        return _sets(fact, cast("frozenset[str]", before or frozenset()), asked, derived_from)
    if fact.type is FactType.INTEGER and not derived_from:
        return sorted(_turning_points(fact, asked)), True
    return _all_values(fact), True


def _all_values(fact: Fact) -> Iterable[Value]:
    match fact.type:
        case FactType.FLAG:
            return (False, True)
        case FactType.SCALE | FactType.INTEGER:
            return range(fact.minimum or 0, (fact.maximum or 0) + 1)
        case _:
            return [option.id for option in fact.options]


def _turning_points(fact: Fact, asked: Iterable[Comparison]) -> set[int]:
    """Give the bounds of the ranges that the comparisons tell apart, of which the nearest value is one.

    Next to the ends of all values too: an end itself may not be proposed.
    """
    low, high = fact.minimum or 0, fact.maximum or 0
    bounds = {cast("int", comparison.operand) for comparison in asked}
    near = {bound + step for bound in bounds for step in (-1, 0, 1)}
    return {value for value in near | {low, low + 1, high - 1, high} if low <= value <= high}


def _sets(
    fact: Fact, before: frozenset[str], asked: Collection[Comparison], derived_from: bool
) -> tuple[Iterable[Value], bool]:
    """Combine how many members of each kind there are; members that all comparisons treat alike are a kind."""
    kinds: dict[tuple[bool, ...], list[str]] = {}
    for option in fact.options:
        named = tuple(option.id in _operands(comparison) for comparison in asked)
        if any(named) or derived_from:
            kinds.setdefault(named, []).append(option.id)
    of_one_kind = [list(_some_of(members, before, derived_from, asked)) for members in kinds.values()]
    untouched = before.difference(*kinds.values()) if kinds else before
    complete = prod(len(some) for some in of_one_kind) <= MOST_VALUES
    most = len(fact.options) if fact.maximum is None else fact.maximum
    combined = product(*of_one_kind) if complete else _one_at_a_time(of_one_kind, kinds, before)
    made = [untouched.union(*parts) for parts in combined]
    return [members for members in made if len(members) <= most], complete


def _some_of(
    members: list[str], before: frozenset[str], derived_from: bool, asked: Iterable[Comparison]
) -> Iterator[frozenset[str]]:
    """Yield how a kind can be there: none, some or all, and in every number where numbers count."""
    present = [member for member in members if member in before]
    absent = [member for member in members if member not in before]
    in_order = [*present, *absent]
    alternatives = all(comparison.operator is not Operator.INCLUDE_ALL_OF for comparison in asked)
    for count in range(len(in_order) + 1):
        if derived_from or count in (0, 1, len(present)) or (not alternatives and count >= len(in_order) - 1):
            yield frozenset(in_order[:count])


def _one_at_a_time(
    of_one_kind: list[list[frozenset[str]]], kinds: Mapping[tuple[bool, ...], list[str]], before: frozenset[str]
) -> Iterator[tuple[frozenset[str], ...]]:
    as_it_is = [before & frozenset(members) for members in kinds.values()]
    for place, some in enumerate(of_one_kind):
        for part in some:
            yield (*as_it_is[:place], part, *as_it_is[place + 1 :])


def _operands(comparison: Comparison) -> tuple[object, ...]:
    operand = comparison.operand
    return operand if isinstance(operand, tuple) else (operand,)
