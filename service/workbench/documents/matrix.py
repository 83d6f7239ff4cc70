"""What each goal and question type by itself says for or against each form.

Owns which rules count: those whose condition is met by the row's answer alone, and those that ask for it
and for something more. Knows no words and no drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from service.knowledge.model import AllOf, AnyOf, Comparison, Condition, Fact, Kind, Operator, Option, RuleBase
from service.workbench.documents.speech import by_weight

ROWS_FROM: Final = ("goals", "questionTypes")
"""The catalogues whose items are the rows."""


class Bearing(IntEnum):
    """How much of a condition one answer meets: none of it, a part that it needs, or all."""

    NONE = 0
    PART = 1
    ALL = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a cell: a weight, or None for a form that is ruled out; ``alone`` when nothing more is asked."""

    amount: int | None
    alone: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An answer to a question with its marks, by form; forms of which nothing is said are left out."""

    option: Option
    marks: Mapping[str, tuple[Mark, ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one fact."""

    fact: Fact
    rows: tuple[Row, ...]


def matrix(rule_base: RuleBase) -> tuple[Section, ...]:
    """Return the matrix of goals and question types against forms."""
    facts = [fact for fact in rule_base.facts.values() if fact.is_sent and fact.options_from in ROWS_FROM]
    return tuple(Section(fact, tuple(_row(fact, option, rule_base) for option in fact.options)) for fact in facts)


def bearing(condition: Condition, fact: str, answer: str) -> Bearing:
    """Tell how much of the condition is met by giving ``answer`` for ``fact``, and nothing else."""
    match condition:
        case Comparison():
            return _compared(condition, answer) if condition.fact == fact else Bearing.NONE
        case AnyOf(parts):
            return max(bearing(part, fact, answer) for part in parts)
        case AllOf(parts):
            found = [bearing(part, fact, answer) for part in parts]
            return min(max(found), Bearing.PART) if min(found) is not Bearing.ALL else Bearing.ALL
        case _:
            return Bearing.NONE


def _compared(comparison: Comparison, answer: str) -> Bearing:
    operand = comparison.operand
    named = answer in operand if isinstance(operand, tuple) else answer == operand
    if not named:
        return Bearing.NONE
    more = comparison.operator is Operator.INCLUDE_ALL_OF and isinstance(operand, tuple) and len(operand) > 1
    return Bearing.PART if more else Bearing.ALL


def _row(fact: Fact, option: Option, rule_base: RuleBase) -> Row:
    found: dict[str, list[Mark]] = {}
    for rule in rule_base.rules:
        met = bearing(rule.when, fact.id, option.id)
        for effect in rule.effects:
            if met is not Bearing.NONE and effect.kind is Kind.FORMS:
                found.setdefault(effect.target, []).append(Mark(effect.amount, met is Bearing.ALL))
    cap = rule_base.method.cap_per_step
    marks = {form: tuple(_marks(found[form], cap)) for form in rule_base.catalogue[Kind.FORMS] if form in found}
    return Row(option, marks)


def _marks(found: list[Mark], cap: int) -> Iterable[Mark]:
    """Add up what holds alone, within the cap; of what asks for more, take the weightiest for and against."""
    alone = [mark.amount for mark in found if mark.alone]
    total = max(-cap, min(cap, sum(amount or 0 for amount in alone)))
    if None in alone:
        yield Mark(None, alone=True)
    elif total:
        yield Mark(total, alone=True)
    more = sorted((mark for mark in found if not mark.alone), key=lambda mark: by_weight(mark.amount))
    yield from [mark for mark in more if mark.amount is not None and mark.amount > 0][:1]
    yield from [mark for mark in more if mark.amount is None or mark.amount < 0][:1]
