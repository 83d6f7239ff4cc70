"""Evaluation of many profiles at once: how the forms rank and what the risks add up to in each of them.

For questions that one profile cannot answer: what could still come out, and which change would put a form
first. Gives what ``evaluate`` gives for each profile, without traces; a property test holds them together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
Holds: TypeAlias = Callable[[Mapping[str, Column], dict["Literal", Truth]], Truth]

_NEVER: Final = np.array([False])
_ALWAYS: Final = np.array([True])
_EXCLUDED: Final = -(1 << 60)
_HALF: Final = 1 << 15
"""More than any sum of weights: what orders the forms is put together into one integer."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A comparison that is to be true, or (not ``positive``) to be false."""

    comparison: Comparison
    positive: bool


@dataclass(frozen=True, slots=True)
class ManyRules:
    """A rule base made ready for many profiles. Compiled once, then only read.

    ``holds`` are by rule; ``weights`` add the fired rules of the first pass up to sums of forms by step,
    strong weight and exclusions; ``points`` add all rules up to the points of risks.
    """

    compiled: CompiledRuleBase
    holds: tuple[Holds, ...]
    weights: npt.NDArray[np.float32]
    points: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rankings:
    """How the forms stand in every profile. Forms and risks are named by their position.

    ``scores`` and ``keys`` have the shape (count, forms); the greater key ranks before.
    """

    rules: ManyRules
    known: Mapping[str, Column]
    fired: Mapping[int, Truth]
    scores: Sums
    keys: Sums

    def heads(self, length: int) -> list[tuple[int, ...]]:
        """Return for each profile the forms above 0 among the first ``length``, best first."""
        keys, count = self.keys.copy(), len(self.keys)
        every, best = np.arange(count), []
        for _ in range(length):
            form = keys.argmax(axis=1)
            shown = (keys[every, form] > _EXCLUDED) & (self.scores[every, form] > 0)
            best.append(np.where(shown, form, -1))
            keys[every, form] = _EXCLUDED
        rows = np.stack(best, axis=1).tolist()
        return [tuple(form for form in row if form >= 0) for row in rows]

    def ranks(self, form: int) -> list[int]:
        """Return the form's rank in each profile, from 1; 0 where it is excluded."""
        own = self.keys[:, form : form + 1]
        ranks = 1 + (self.keys > own).sum(axis=1)
        return cast("list[int]", np.where(own[:, 0] > _EXCLUDED, ranks, 0).tolist())

    def scores_of(self, form: int) -> list[int]:
        """Return the form's score in each profile."""
        return cast("list[int]", self.scores[:, form].tolist())

    def risk_points(self) -> Sums:
        """Return the points of risks, in the shape (count, risks): the second pass included."""
        compiled, count = self.rules.compiled, len(self.keys)
        known = {**self.known, compiled.roles.chosen_forms: self._chosen()}
        seen: dict[Literal, Truth] = {}
        second = {rule: self.rules.holds[rule](known, seen) for rule in compiled.second_pass}
        return _added({**self.fired, **second}, self.rules.points, count)

    def _chosen(self) -> Column:
        first = self.keys.argmax(axis=1)
        every = np.arange(len(first))
        advised = (self.keys[every, first] > _EXCLUDED) & (self.scores[every, first] > 0)
        chosen = np.where(advised, np.int64(1) << first, ABSENT)
        intended = self.known[self.rules.compiled.roles.intended_forms]
        return np.where(intended == ABSENT, chosen, intended)


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
    tally = np.zeros((len(compiled.cells), layout.size), dtype=np.float32)
    for rule, cells in enumerate(compiled.cells):
        for cell, added in cells:
            tally[rule, cell] += added
    risks = layout.start[Kind.RISKS]
    return ManyRules(
        compiled,
        tuple(_holds(rule.when, facts, positive=True) for rule in compiled.rule_base.rules),
        tally[:, : layout.start[Kind.TOOLS]],
        tally[:, risks : risks + len(compiled.risks)],
    )


def rank_many(rules: ManyRules, columns: Columns) -> Rankings:
    """Rank the forms in every profile."""
    compiled = rules.compiled
    known = derive_columns(columns, compiled.rule_base.facts)
    seen: dict[Literal, Truth] = {}
    fired = {rule: rules.holds[rule](known, seen) for rule in compiled.first_indexes}
    sums = _added(fired, rules.weights, columns.count)
    forms, steps, cap = len(compiled.forms), compiled.layout.steps, compiled.rule_base.method.cap_per_step
    by_step = sums[:, : forms * steps].reshape(-1, forms, steps)
    scores = by_step.clip(-cap, cap).sum(axis=2)
    strong, exclusions = sums[:, forms * steps : -forms], sums[:, -forms:]
    keys = ((scores + _HALF) << 32) | ((strong + _HALF) << 16) | (_HALF - np.arange(forms))
    return Rankings(rules, known, fired, scores, np.where(exclusions > 0, _EXCLUDED, keys))


def _added(fired: Mapping[int, Truth], amounts: npt.NDArray[np.float32], count: int) -> Sums:
    """Add up what the rules that fire add; those that are alike for all profiles once."""
    alike = [rule for rule, true in fired.items() if true.size == 1 and true[0]]
    varying = [rule for rule, true in fired.items() if true.size > 1]
    always = amounts[alike].sum(axis=0)
    if not varying:
        return np.tile(always.astype(np.int64), (count, 1))
    matrix = np.stack([fired[rule] for rule in varying], axis=1).astype(np.float32)
    return cast("Sums", (matrix @ amounts[varying] + always).astype(np.int64))  # exact: small whole numbers


def _holds(condition: Condition, facts: Mapping[str, Fact], *, positive: bool) -> Holds:
    """Turn a condition, or (not ``positive``) its opposite, into a test of where it is true for sure.

    A negation goes down to the comparisons: of three outcomes, false is true of the opposite.
    """
    match condition:
        case Comparison():
            return _literal(Literal(condition, positive), facts[condition.fact])
        case Not(part):
            return _holds(part, facts, positive=not positive)
        case AllOf(parts) | AnyOf(parts):
            tests = [_holds(part, facts, positive=positive) for part in parts]
            joined = np.logical_and if isinstance(condition, AllOf) is positive else np.logical_or
            return lambda known, seen: reduce(joined, (test(known, seen) for test in tests))
        case _:
            return lambda _known, _seen: _ALWAYS if positive else _NEVER


def _literal(literal: Literal, fact: Fact) -> Holds:
    test = _test(literal.comparison, fact)

    def holds(known: Mapping[str, Column], seen: dict[Literal, Truth]) -> Truth:
        found = seen.get(literal)
        if found is None:
            column = known[fact.id]
            true = test(column)
            found = (true if literal.positive else ~true) & (column != ABSENT)
            seen[literal] = found
        return found

    return holds


def _test(comparison: Comparison, fact: Fact) -> Callable[[Column], Truth]:
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
            allowed: Sequence[int] = [place[one] for one in several]
            return lambda column: np.isin(column, allowed)
    number = place[operand] if isinstance(operand, str) else int(cast("int", operand))
    match comparison.operator:
        case Operator.IS_AT_LEAST:
            return lambda column: column >= number
        case Operator.IS_AT_MOST:
            return lambda column: column <= number
        case _:
            return lambda column: column == number
