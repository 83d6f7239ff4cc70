"""Formulas over yes-or-no questions, and whether they can hold together.

The only module that imports z3. Knows no facts and no rules. Whole numbers come in as weighted sums of
formulas. The same questions in the same order give the same answer: one thread, a fixed seed, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import z3

Formula: TypeAlias = Any
"""A z3 expression that is true or false; z3 has no types of its own."""
Term: TypeAlias = tuple[int, Formula]
"""A weight that counts when the formula is true."""

TRUE: Final[Formula] = z3.BoolVal(True)
FALSE: Final[Formula] = z3.BoolVal(False)


def variable(name: str) -> Formula:
    """Return the yes-or-no question with this name; the same name is the same question."""
    return z3.Bool(name)


def both(formulas: Iterable[Formula]) -> Formula:
    """Return what is true when every one is."""
    parts = [one for one in formulas if one is not TRUE]
    if any(one is FALSE for one in parts):
        return FALSE
    if len(parts) < 2:  # noqa: PLR2004 -- one or none needs no joining
        return parts[0] if parts else TRUE
    return z3.And(parts)


def either(formulas: Iterable[Formula]) -> Formula:
    """Return what is true when any one is."""
    parts = [one for one in formulas if one is not FALSE]
    if any(one is TRUE for one in parts):
        return TRUE
    if len(parts) < 2:  # noqa: PLR2004 -- one or none needs no joining
        return parts[0] if parts else FALSE
    return z3.Or(parts)


def negated(formula: Formula) -> Formula:
    """Return what is true when the formula is not."""
    if formula is TRUE:
        return FALSE
    return TRUE if formula is FALSE else z3.Not(formula)


def same(one: Formula, other: Formula) -> Formula:
    """Return what is true when both are true or neither is."""
    return one == other


def at_least(terms: Iterable[Term], bound: int) -> Formula:
    """Return what is true when the weights that count add up to at least ``bound``.

    Weights below 0 are turned round: not counting a loss is a gain.
    """
    counted: list[tuple[Formula, int]] = []
    for weight, formula in terms:
        if formula is TRUE:
            bound -= weight
        elif formula is not FALSE and weight > 0:
            counted.append((formula, weight))
        elif formula is not FALSE and weight < 0:
            counted.append((negated(formula), -weight))
            bound -= weight
    if bound <= 0:
        return TRUE
    return FALSE if sum(weight for _, weight in counted) < bound else z3.PbGe(counted, bound)


def at_most(terms: Iterable[Term], bound: int) -> Formula:
    """Return what is true when the weights that count add up to at most ``bound``."""
    return at_least([(-weight, formula) for weight, formula in terms], -bound)


class Solver:
    """Formulas that have to hold together. Not shared between threads."""

    def __init__(self) -> None:
        """Start with nothing required."""
        self._solver = z3.SolverFor("QF_FD")
        self._solver.set("random_seed", 0)
        self._model: Any = None
        self._names: dict[int, tuple[Formula, Formula]] = {}

    def require(self, formula: Formula) -> None:
        """Require the formula from now on."""
        if formula is not TRUE:
            self._solver.add(formula)

    def holds(self, formulas: Sequence[Formula] = ()) -> bool:
        """Tell whether what is required can hold together with the formulas, for this once."""
        assumed = [self._assumed(formula) for formula in formulas]
        result = self._solver.check(*assumed)
        if result == z3.unknown:
            raise AssertionError(self._solver.reason_unknown())  # finite questions without a limit have an answer
        self._model = self._solver.model() if result == z3.sat else None
        return self._model is not None

    def _assumed(self, formula: Formula) -> Formula:
        """Return a variable from which the formula follows: only variables and their negations can be assumed."""
        inner = formula.arg(0) if z3.is_not(formula) else formula
        if z3.is_const(inner) and inner.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            return formula
        key = formula.get_id()
        if key not in self._names:
            name = variable(f"assumed {len(self._names)}")
            self._solver.add(z3.Implies(name, formula))
            self._names[key] = name, formula  # while the formula is kept, no other gets its number
        return self._names[key][0]

    def true(self, formula: Formula) -> bool:
        """Tell whether the formula is true in the example that ``holds`` found last; what is free is false."""
        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))
