"""The rules as every engine can have them: nothing but ``all``, ``any`` and single tests, no three-valued logic.

A ``not`` is carried inwards until it disappears in a test of its own. A test is true only when its fact is
known, also the negative ones, so that two values do what three did: true is true, unknown is false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias, cast

from service.engine.evaluation import Evaluation
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
    RuleBase,
)


class Test(Enum):
    """What a test asks of a known fact; HAS and HAS_NOT are about members of a set."""

    IS = auto()
    IS_NOT = auto()
    ONE_OF = auto()
    NONE_OF = auto()
    AT_LEAST = auto()
    AT_MOST = auto()
    HAS = auto()
    HAS_NOT = auto()


Operand: TypeAlias = str | int | bool


@dataclass(frozen=True, slots=True)
class Leaf:
    """A test of one fact: against one operand, or several of them for ONE_OF and NONE_OF."""

    fact: str
    test: Test
    operands: tuple[Operand, ...]

    @property
    def operand(self) -> Operand:
        """The only operand."""
        (only,) = self.operands
        return only


@dataclass(frozen=True, slots=True)
class Every:
    """True when every part is; without parts always."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """True when any part is; without parts never."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Leaf | Every | Some

Rules: TypeAlias = Mapping[str, Formula]
"""The formulas by the id of their rule."""


def rules_of(rule_base: RuleBase) -> Rules:
    """Return every rule's condition as a formula."""
    return {rule.id: formula(rule.when, rule_base.facts) for rule in rule_base.rules}


def facts_in(one: Formula) -> Iterable[str]:
    """Yield the facts that the formula asks about, some of them more than once."""
    if isinstance(one, Leaf):
        yield one.fact
    else:
        for part in one.parts:
            yield from facts_in(part)


def known(evaluation: Evaluation, facts: Mapping[str, Fact]) -> dict[str, object]:
    """Return what the engines are given: all facts sent and derived, the chosen forms too, ordinals as their rank.

    Nothing is left to the engines but to try the rules, once.
    """
    return {name: _given(value, facts[name]) for name, value in evaluation.known.items()}


def formula(condition: Condition, facts: Mapping[str, Fact], *, positive: bool = True) -> Formula:
    """Return the condition, or its opposite, as a formula."""
    match condition:
        case Comparison():
            return _comparison(condition, facts[condition.fact], positive=positive)
        case Not(part):
            return formula(part, facts, positive=not positive)
        case AllOf(parts) | AnyOf(parts):
            below = tuple(formula(part, facts, positive=positive) for part in parts)
            return Every(below) if isinstance(condition, AllOf) is positive else Some(below)
        case Always():
            return Every(()) if positive else Some(())


def _comparison(comparison: Comparison, fact: Fact, *, positive: bool) -> Formula:
    operand = comparison.operand
    operands = operand if isinstance(operand, tuple) else (operand,)
    name, given = fact.id, tuple(_rank(one, fact) for one in operands)
    match comparison.operator:
        case Operator.IS:
            return Leaf(name, Test.IS if positive else Test.IS_NOT, given)
        case Operator.IS_ONE_OF:
            return Leaf(name, Test.ONE_OF if positive else Test.NONE_OF, given)
        case Operator.IS_AT_LEAST | Operator.IS_AT_MOST:
            up, bound = comparison.operator is Operator.IS_AT_LEAST, cast("int", given[0])
            if positive:
                return Leaf(name, Test.AT_LEAST if up else Test.AT_MOST, given)
            return Leaf(name, Test.AT_MOST, (bound - 1,)) if up else Leaf(name, Test.AT_LEAST, (bound + 1,))
        case Operator.INCLUDE | Operator.INCLUDE_ANY_OF | Operator.INCLUDE_ALL_OF:
            members = tuple(Leaf(name, Test.HAS if positive else Test.HAS_NOT, (one,)) for one in given)
            if len(members) == 1:
                return members[0]
            return Every(members) if (comparison.operator is Operator.INCLUDE_ALL_OF) is positive else Some(members)


def _given(value: object, fact: Fact) -> object:
    return sorted(value) if isinstance(value, frozenset) else _rank(cast("Operand", value), fact)


def _rank(value: Operand, fact: Fact) -> Operand:
    return fact.ranks[cast("str", value)] if fact.type is FactType.ORDINAL else value
