"""Evaluation of many profiles at once: how the forms rank and what the risks add up to in each of them.

For questions that one profile cannot answer: what could still come out, and which change would put a form
first. Gives what ``evaluate`` gives for each profile, without traces; a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from service.engine.columns import ABSENT, MOST_MEMBERS, Column, Columns, bits, derive_columns, places
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import AllOf, AnyOf, Comparison, Condition, Fact, FactType, Kind, Not, Operator

Truth: TypeAlias = npt.NDArray[np.bool_]
"""Where a condition is true, of shape (1,) where it is the same for all profiles, else (count,)."""
Sums: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.float64]
"""Whole numbers of less than 53 bits: exact, in whatever order they are added up. The greater ranks before."""
Holds: TypeAlias = Callable[[Mapping[str, Column], dict["Literal", Truth]], Truth]

_NEVER: Final = np.array([False])
_ALWAYS: Final = np.array([True])
_HALF: Final = 1 << 15
"""More than any sum of weights: what orders the forms is put together into one whole number, the key."""
_STRONG: Final = 1 << 16
_POINT: Final = 1 << 32
_EXCLUDED: Final = -(1 << 52)
"""What an exclusion adds to a key: enough to bring it below 0, so little that the key stays exact."""
ABOVE_ZERO: Final = (_HALF + 1) * _POINT
"""The least key of a form with a score above 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Literal:
    """A comparison that is to be true, or (not ``positive``) to be false; one object in all conditions that need it."""

    comparison: Comparison
    positive: bool


@dataclass(frozen=True, slots=True)
class Order:
    """How sums order the forms: each, cut to ``low`` and ``high``, times its ``worth`` adds to the keys.

    They begin at ``start``. So a key moves by what the cut sums move by, times their worth. That of an
    excluded form is below 0.
    """

    low: Keys
    high: Keys
    worth: Keys
    start: Keys

    def keys(self, sums: Sums) -> Keys:
        """Return the keys of all forms, as (count, forms)."""
        return sums.clip(self.low, self.high) @ self.worth + self.start


@dataclass(frozen=True, slots=True)
class ManyRules:
    """A rule base made ready for many profiles. Compiled once, then only read.

    ``holds`` are by rule; ``weights`` add the fired rules of the first pass up to sums of forms by step,
    strong weight and exclusions, of which ``order`` makes keys; ``points`` add all rules up to the points
    of risks.
    """

    compiled: CompiledRuleBase
    holds: tuple[Holds, ...]
    weights: npt.NDArray[np.float32]
    order: Order
    points: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rankings:
    """How the forms stand in every profile. Forms and risks are named by their position.

    ``seen`` are the literals that were looked at. ``sums`` are what the fired rules of the first pass add
    up to; ``keys`` have the shape (count, forms).
    """

    rules: ManyRules
    known: Mapping[str, Column]
    seen: Mapping[Literal, Truth]
    fired: Mapping[int, Truth]
    sums: Sums
    keys: Keys

    def heads(self, length: int) -> list[tuple[int, ...]]:
        """Return for each profile the forms above 0 among the first ``length``, best first."""
        rows = first_forms(self.keys, length).tolist()
        return [tuple(form for form in row if form >= 0) for row in rows]

    def ranks(self, form: int) -> list[int]:
        """Return the form's rank in each profile, from 1; 0 where it is excluded."""
        own = self.keys[:, form : form + 1]
        ranks = 1 + (self.keys > own).sum(axis=1)
        return cast("list[int]", np.where(own[:, 0] > 0, ranks, 0).tolist())

    def scores_of(self, form: int) -> list[int]:
        """Return the form's score in each profile."""
        steps, cap = self.rules.compiled.layout.steps, self.rules.compiled.rule_base.method.cap_per_step
        own = self.sums[:, form * steps : (form + 1) * steps]
        return cast("list[int]", own.clip(-cap, cap).sum(axis=1).tolist())

    def above_zero(self) -> Truth:
        """Return which forms are ranked and above 0, in the shape (count, forms)."""
        return self.keys >= ABOVE_ZERO

    def risk_points(self) -> Sums:
        """Return the points of risks, in the shape (count, risks): the second pass included."""
        return added(self.with_second_pass().fired, self.rules.points, len(self.keys))

    def with_second_pass(self) -> Rankings:
        """Return the same with the chosen forms known, and the rules fired that ask about them."""
        compiled = self.rules.compiled
        first = first_forms(self.keys, 1)[:, 0]
        advised = np.where(first >= 0, np.int64(1) << np.maximum(first, 0), ABSENT)
        intended = self.known[compiled.roles.intended_forms]
        chosen = np.where(intended == ABSENT, advised, intended)
        known = {**self.known, compiled.roles.chosen_forms: chosen}
        seen = dict(self.seen)
        second = {rule: self.rules.holds[rule](known, seen) for rule in sorted(compiled.second_pass)}
        return replace(self, known=known, seen=seen, fired={**self.fired, **second})


def compile_for_many(compiled: CompiledRuleBase) -> ManyRules:
    """Make the rule base ready for many profiles.

    Raises:
        ValueError: when a set fact has more members than an integer has bits.
    """
    facts, layout = compiled.rule_base.facts, compiled.layout
    for name, fact in facts.items():
        if fact.type is FactType.SET and len(fact.options) > MOST_MEMBERS:
            message = f"'{name}' has more than {MOST_MEMBERS} members"
            raise ValueError(message)
    rules = compiled.rule_base.rules
    tally = np.zeros((len(rules), layout.size), dtype=np.float32)
    for rule in range(len(rules)):
        for cell, added in compiled.cells.of(rule):
            tally[rule, cell] += added
    risks = layout.start[Kind.RISKS]
    made: dict[tuple[Comparison, bool], Holds] = {}
    return ManyRules(
        compiled,
        tuple(_holds(rule.when, facts, made, positive=True) for rule in rules),
        tally[:, : layout.start[Kind.TOOLS]],
        _order(compiled),
        tally[:, risks : risks + len(compiled.risks)],
    )


def rank_many(rules: ManyRules, columns: Columns) -> Rankings:
    """Rank the forms in every profile."""
    compiled = rules.compiled
    known = derive_columns(columns, compiled.rule_base.facts)
    seen: dict[Literal, Truth] = {}
    fired = {rule: rules.holds[rule](known, seen) for rule in compiled.first_indexes}
    sums = added(fired, rules.weights, columns.count)
    return Rankings(rules, known, seen, fired, sums, rules.order.keys(sums))


def _order(compiled: CompiledRuleBase) -> Order:
    forms, steps, cap = len(compiled.forms), compiled.layout.steps, compiled.rule_base.method.cap_per_step
    each, by_step = np.eye(forms), np.repeat(np.eye(forms), steps, axis=0)
    kinds = [forms * steps, forms, forms]
    return Order(
        low=np.repeat([-cap, -_HALF, 0.0], kinds),
        high=np.repeat([cap, _HALF, 1.0], kinds),
        worth=np.vstack((by_step * _POINT, each * _STRONG, each * _EXCLUDED)),
        start=(_HALF * _POINT + _HALF * _STRONG + _HALF) - np.arange(forms, dtype=np.float64),
    )


def first_forms(keys: Keys, length: int) -> Sums:
    """Return the forms above 0 among the first ``length``, best first and then -1, as (count, length)."""
    left, every, best = keys.copy(), np.arange(len(keys)), []
    for _ in range(length):
        form = left.argmax(axis=1)
        best.append(np.where(left[every, form] >= ABOVE_ZERO, form, -1))
        left[every, form] = 0
    return np.stack(best, axis=1)


def literals_of(rules: ManyRules) -> list[Literal]:
    """List what the conditions of all rules need to be true."""
    absent = np.array([ABSENT], dtype=np.int64)
    seen: dict[Literal, Truth] = {}
    for holds in rules.holds:
        holds(dict.fromkeys(rules.compiled.rule_base.facts, absent), seen)
    return list(seen)


def truths(fact: Fact, literals: Sequence[Literal], values: Column) -> Truth:
    """Return where each literal about the fact is true, as (literals, values)."""
    found = np.zeros((len(literals), len(values)), dtype=bool)
    for place, literal in enumerate(literals):
        true = holds_for(literal.comparison, fact)(values)
        found[place] = (true if literal.positive else ~true) & (values != ABSENT)
    return found


def added(fired: Mapping[int, Truth], amounts: npt.NDArray[np.float32], count: int) -> Sums:
    """Add up what the rules that fire add; those that are alike for all profiles once."""
    alike = [rule for rule, true in fired.items() if true.size == 1 and true[0]]
    varying = [rule for rule, true in fired.items() if true.size > 1]
    always = amounts[alike].sum(axis=0)
    if not varying:
        return np.tile(always.astype(np.int64), (count, 1))
    matrix = np.stack([fired[rule] for rule in varying], axis=1).astype(np.float32)
    return cast("Sums", (matrix @ amounts[varying] + always).astype(np.int64))  # exact: small whole numbers


def _holds(
    condition: Condition, facts: Mapping[str, Fact], made: dict[tuple[Comparison, bool], Holds], *, positive: bool
) -> Holds:
    """Turn a condition, or (not ``positive``) its opposite, into a test of where it is true for sure.

    A negation goes down to the comparisons: of three outcomes, false is true of the opposite. ``made`` are the
    tests of comparisons so far.
    """
    match condition:
        case Comparison():
            if (condition, positive) not in made:
                made[condition, positive] = _literal(Literal(condition, positive), facts[condition.fact])
            return made[condition, positive]
        case Not(part):
            return _holds(part, facts, made, positive=not positive)
        case AllOf(parts) | AnyOf(parts):
            tests = [_holds(part, facts, made, positive=positive) for part in parts]
            joined = np.logical_and if isinstance(condition, AllOf) is positive else np.logical_or
            return lambda known, seen: reduce(joined, (test(known, seen) for test in tests))
        case _:
            return lambda _known, _seen: _ALWAYS if positive else _NEVER


def _literal(literal: Literal, fact: Fact) -> Holds:
    test = holds_for(literal.comparison, fact)

    def holds(known: Mapping[str, Column], seen: dict[Literal, Truth]) -> Truth:
        found = seen.get(literal)
        if found is None:
            column = known[fact.id]
            true = test(column)
            found = (true if literal.positive else ~true) & (column != ABSENT)
            seen[literal] = found
        return found

    return holds


def holds_for(comparison: Comparison, fact: Fact) -> Callable[[Column], Truth]:
    """Return the test of where known values of the fact meet the comparison."""
    operand, place = comparison.operand, places(fact)
    several = operand if isinstance(operand, tuple) else (str(operand),)
    match comparison.operator:
        case Operator.INCLUDE | Operator.INCLUDE_ALL_OF:
            every = bits(fact, several)
            return lambda column: (column & every) == every
        case Operator.INCLUDE_ANY_OF:
            some = bits(fact, several)
            return lambda column: (column & some) != 0
        case Operator.IS_ONE_OF:
            allowed = [place[one] for one in several]
            return lambda column: reduce(np.logical_or, (column == one for one in allowed))
    number = place[operand] if isinstance(operand, str) else int(cast("int", operand))
    match comparison.operator:
        case Operator.IS_AT_LEAST:
            return lambda column: column >= number
        case Operator.IS_AT_MOST:
            return lambda column: column <= number
        case _:
            return lambda column: column == number
