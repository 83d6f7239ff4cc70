"""Three-valued evaluation of conditions: the outcome, and the comparisons that made it.

Owns the meaning of every operator. An outcome is True, False or None (unknown): a comparison with an
absent fact is unknown, and unknown is never false. Pure and safe to share between threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    Not,
    Operator,
    Profile,
    Value,
)

Outcome: TypeAlias = bool | None
Test: TypeAlias = Callable[[Profile], Outcome]


@dataclass(frozen=True, slots=True)
class Part:
    """A comparison that decided an outcome.

    ``holds`` is its own outcome; ``asked`` is the outcome that the condition asks of it: False under a ``not``.
    """

    comparison: Comparison
    holds: Outcome
    asked: bool = True


class Candidate:
    """A comparison that can decide an outcome: it does where each of ``tests`` gives the outcome beside it."""

    def __init__(self, part: Part, tests: tuple[tuple[Test, Outcome], ...]) -> None:
        self.part = part
        self.tests = tests

    def decides(self, known: Profile) -> bool:
        """Tell whether the comparison decides, in a condition that has the outcome."""
        for test, outcome in self.tests:  # noqa: SIM110 -- compiled, a loop is the faster of the two
            if test(known) is not outcome:
                return False
        return True


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Yield every comparison in the condition, from left to right."""
    match condition:
        case Comparison():
            yield condition
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)


def compile_condition(condition: Condition, facts: Mapping[str, Fact]) -> Test:
    """Turn a condition into a function from facts to its outcome."""
    match condition:
        case Comparison():
            return _compile_comparison(condition, facts[condition.fact])
        case AllOf(parts):
            return _all_of([compile_condition(part, facts) for part in parts])
        case AnyOf(parts):
            return _any_of([compile_condition(part, facts) for part in parts])
        case Not(part):
            return _not(compile_condition(part, facts))
        case Always():
            return lambda _facts: True


def decisive_parts(
    condition: Condition, known: Profile, facts: Mapping[str, Fact], outcome: Outcome = True
) -> tuple[Part, ...]:
    """Return the comparisons that give the condition the outcome, in the order of writing.

    For a true ``all`` these are all its parts, for a true ``any`` the true ones; for a false or unknown
    condition the other way round. A condition with another outcome gives nothing.
    """
    if compile_condition(condition, facts)(known) is not outcome:
        return ()
    return tuple([one.part for one in candidates(condition, facts, outcome) if one.decides(known)])


def candidates(
    condition: Condition,
    facts: Mapping[str, Fact],
    outcome: Outcome = True,
    *,
    asked: bool = True,
    under: tuple[tuple[Test, Outcome], ...] = (),
) -> tuple[Candidate, ...]:
    """Return the comparisons that could give the condition the outcome, in the order of writing.

    They are the same for all facts, so that they can be worked out beforehand.
    """
    match condition:
        case Comparison():
            return (Candidate(Part(condition, outcome, asked), under),)
        case AllOf(parts) | AnyOf(parts):
            every = outcome is isinstance(condition, AllOf)
            found: list[Candidate] = []
            for part in parts:
                tests = under if every else (*under, (compile_condition(part, facts), outcome))
                found += candidates(part, facts, outcome, asked=asked, under=tests)
            return tuple(found)
        case Not(part):
            denied = None if outcome is None else not outcome
            return candidates(part, facts, denied, asked=not asked, under=under)
        case _:
            return ()


def _compile_comparison(comparison: Comparison, fact: Fact) -> Test:
    name, operand = comparison.fact, comparison.operand
    test = _value_test(comparison.operator, operand, fact.ranks)

    def outcome(known: Profile) -> Outcome:
        value = known.get(name)
        return None if value is None else test(value)

    return outcome


def _value_test(operator: Operator, operand: object, ranks: Mapping[str, int]) -> Callable[[Value], bool]:
    match operator:
        case Operator.IS:
            return lambda value: value == operand
        case Operator.IS_ONE_OF:
            allowed = frozenset(cast("tuple[str, ...]", operand))
            return lambda value: value in allowed
        case Operator.IS_AT_LEAST if ranks:
            least = ranks[cast("str", operand)]
            return lambda value: ranks[cast("str", value)] >= least
        case Operator.IS_AT_MOST if ranks:
            most = ranks[cast("str", operand)]
            return lambda value: ranks[cast("str", value)] <= most
        case Operator.IS_AT_LEAST:
            number = cast("int", operand)
            return lambda value: cast("int", value) >= number
        case Operator.IS_AT_MOST:
            number = cast("int", operand)
            return lambda value: cast("int", value) <= number
        case Operator.INCLUDE:
            member = cast("str", operand)
            return lambda value: member in cast("frozenset[str]", value)
        case Operator.INCLUDE_ANY_OF:
            members = frozenset(cast("tuple[str, ...]", operand))
            return lambda value: not members.isdisjoint(cast("frozenset[str]", value))
        case Operator.INCLUDE_ALL_OF:
            members = frozenset(cast("tuple[str, ...]", operand))
            return lambda value: members <= cast("frozenset[str]", value)


def _all_of(tests: list[Test]) -> Test:
    def outcome(known: Profile) -> Outcome:
        result: Outcome = True
        for test in tests:
            part = test(known)
            if part is False:
                return False
            if part is None:
                result = None
        return result

    return outcome


def _any_of(tests: list[Test]) -> Test:
    def outcome(known: Profile) -> Outcome:
        result: Outcome = False
        for test in tests:
            part = test(known)
            if part is True:
                return True
            if part is None:
                result = None
        return result

    return outcome


def _not(test: Test) -> Test:
    def outcome(known: Profile) -> Outcome:
        result = test(known)
        return None if result is None else not result

    return outcome
