"""Conditions as terms: a disjunction of conjunctions, of nothing but properties compared with integers.

Owns how values become integers, and in which order a term's comparisons stand. Knows no engine.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Final, NamedTuple, TypeAlias, cast

from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactType,
    Not,
    Operator,
)

MOST_TERMS_OF_A_CONDITION: Final = 256
"""Terms of one condition, so that a nest of alternatives cannot blow up."""


class Property(NamedTuple):
    """What an object holds an integer for: a fact, or one member of a set fact."""

    fact: str
    member: str | None


class Atom(NamedTuple):
    """A property compared with an integer by an operator of the engine (``==`` for equality)."""

    property: Property
    operator: str
    operand: int


Term: TypeAlias = tuple[Atom, ...]

HOLDS: Final[Mapping[str, Callable[[int, int], bool]]] = {
    "==": operator.eq,
    "$neq": operator.ne,
    "$gte": operator.ge,
    "$lte": operator.le,
    "$gt": operator.gt,
    "$lt": operator.lt,
}
NEGATED: Final = {"==": "$neq", "$neq": "==", "$gte": "$lt", "$lt": "$gte", "$lte": "$gt", "$gt": "$lte"}


def terms(condition: Condition, facts: Mapping[str, Fact], lead: str | None) -> Iterator[Term]:
    """Yield the condition's terms, each with an equality first where it has one, with one on the lead if it can."""
    for term in _disjunction(condition, facts, positive=True):
        yield tuple(sorted(set(term), key=lambda atom: atom_key(atom, lead)))


def _disjunction(condition: Condition, facts: Mapping[str, Fact], *, positive: bool) -> Iterator[Term]:
    match condition:
        case Comparison():
            yield from _comparison_terms(condition, facts[condition.fact], positive=positive)
        case Not(part):
            yield from _disjunction(part, facts, positive=not positive)
        case AllOf(parts) | AnyOf(parts) if isinstance(condition, AllOf) is positive:
            alternatives = [
                list(islice(_disjunction(part, facts, positive=positive), MOST_TERMS_OF_A_CONDITION + 1))
                for part in parts
            ]
            for combination in product(*alternatives):
                yield tuple(atom for term in combination for atom in term)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _disjunction(part, facts, positive=positive)
        case Always() if positive:
            yield ()
        case Always():
            return


def _comparison_terms(comparison: Comparison, fact: Fact, *, positive: bool) -> Iterable[Term]:
    operand = comparison.operand
    operands = operand if isinstance(operand, tuple) else (operand,)
    if fact.type is FactType.SET:
        atoms = [Atom(Property(fact.id, str(one)), "==", int(positive)) for one in operands]
        together = comparison.operator is Operator.INCLUDE_ALL_OF
    else:
        ranks = {option.id: rank for rank, option in enumerate(fact.options)}
        own = {Operator.IS_AT_LEAST: "$gte", Operator.IS_AT_MOST: "$lte"}
        operator = own.get(comparison.operator, "==")
        used = operator if positive else NEGATED[operator]
        atoms = [Atom(Property(fact.id, None), used, integer(one, ranks)) for one in operands]
        together = False
    return [tuple(atoms)] if together is positive or len(atoms) == 1 else [(atom,) for atom in atoms]


def atom_key(atom: Atom, lead: str | None) -> tuple[bool, bool, bool, str, str, str, int]:
    """Order comparisons: those that a member of the lead is present first, then equalities, sets after the others."""
    member = atom.property.member
    return (
        atom.property.fact != lead or atom.operator != "==" or atom.operand != 1,
        atom.operator != "==",
        member is not None,
        atom.property.fact,
        member or "",
        atom.operator,
        atom.operand,
    )


def integer(value: object, ranks: Mapping[str, int]) -> int:
    """Give a value as the engine gets it: a flag as 0 or 1, an id as its rank, a number as it is."""
    return ranks[value] if isinstance(value, str) else int(cast("int", value))
