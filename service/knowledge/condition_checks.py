"""Checking conditions against the declared facts: names, operators, operands, negation.

Reports with the place of the comparison at fault; what is reported here is never parsed.
"""

from __future__ import annotations

from service.knowledge.condition_notation import (
    ALWAYS,
    GROUPS,
    LIST_OPERATORS,
    OPERATORS,
    only_negates,
    parse_condition,
    split_comparison,
)
from service.knowledge.declared import Declared, FactOutline
from service.knowledge.findings import choose_from, did_you_mean
from service.knowledge.model import FactType
from service.knowledge.parts import Part, Report


def check_condition(part: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the condition."""
    if part.data == ALWAYS:
        return
    _check(part, declared, report)
    if report.sound(part) and only_negates(parse_condition(part.data)):
        report.add(
            part,
            "only-negates",
            "This condition can be true by negations alone.",
            "A rule should rest on something that is so, not only on something that is not.",
            "Add a comparison that says what has to be the case.",
        )


def asked_facts(part: Part) -> set[str]:
    """Name the facts that a condition asks about; what cannot be read asks about nothing."""
    asked: set[str] = set()
    for key, below in part.entries():
        if key in ("all", "any"):
            for one in below.items():
                asked |= asked_facts(one)
        elif key == "not":
            asked |= asked_facts(below)
        else:
            asked.add(split_comparison(key)[0])
    return asked


def check_value(name: str, fact: FactOutline, value: Part, report: Report) -> None:
    """Report a value of a profile that is outside the type of its fact."""
    if fact.type is not FactType.SET:
        _check_operand(name, fact, value, report)
    elif isinstance(value.data, list):
        for one in value.items():
            _check_operand(name, fact, one, report)
    else:
        report.add(
            value,
            "value-outside-type",
            f"'{value.data}' is not a value of '{name}'.",
            f"'{name}' is a set.",
            "Write a list: [one, another].",
        )


def _check(part: Part, declared: Declared, report: Report) -> None:
    if not isinstance(part.data, dict) or len(part.mapping) != 1:
        report.add(
            part,
            "wrong-shape",
            "This is not one condition.",
            "A condition is one comparison ('scope is: broad'), or 'all', 'any' or 'not', or the word 'always'.",
            "Put several comparisons in a list under 'all' or 'any'.",
        )
        return
    ((key, below),) = part.entries()
    if key in ("all", "any"):
        _check_group(key, below, declared, report)
    elif key == "not":
        _check(below, declared, report)
    else:
        _check_comparison(key, below, declared, report)


def _check_group(key: str, below: Part, declared: Declared, report: Report) -> None:
    if not isinstance(below.data, list) or len(below.data) < 2:  # noqa: PLR2004 -- a group joins
        report.add(
            below,
            "wrong-shape",
            f"'{key}' needs a list of at least two conditions.",
            "With one condition there is nothing to join.",
            f"Write the conditions as a list, or the one condition without '{key}'.",
        )
        return
    for one in below.items():
        _check(one, declared, report)


def _check_comparison(key: str, below: Part, declared: Declared, report: Report) -> None:
    if declared.facts is None:
        return
    name, operator = split_comparison(key)
    fact = declared.facts.get(name)
    if fact is None:
        report.add(
            below,
            "unknown-fact",
            f"'{name}' is not a fact.",
            "A condition can only ask about the facts of vocabulary.yaml.",
            did_you_mean(name, (*declared.facts, *GROUPS)) or "Look it up in vocabulary.yaml.",
        )
        return
    if fact.type is None:
        return
    operators = OPERATORS[fact.type]
    if operator not in operators:
        report.add(
            below,
            "unknown-operator",
            f"'{name}' cannot be compared by '{operator}'.",
            f"It is of the type {fact.type}.",
            choose_from(operator, operators, ""),
        )
        return
    _check_operands(name, operator, fact, below, report)


def _check_operands(name: str, operator: str, fact: FactOutline, below: Part, report: Report) -> None:
    if operator not in LIST_OPERATORS:
        _check_operand(name, fact, below, report)
        return
    if not isinstance(below.data, list) or len(below.data) < 2:  # noqa: PLR2004 -- one needs no list
        report.add(
            below,
            "wrong-shape",
            f"'{operator}' needs a list of at least two ids.",
            "One id is compared without 'one of', 'any of' or 'all of'.",
            "Write [one, another].",
        )
        return
    for one in below.items():
        _check_operand(name, fact, one, report)
    if len({str(one) for one in below.data}) < len(below.data):
        report.add(
            below,
            "value-outside-type",
            f"An id is written twice in '{operator}'.",
            "Once is enough.",
            "Take one away.",
        )


def _check_operand(name: str, fact: FactOutline, operand: Part, report: Report) -> None:
    why, how = "", ""
    value = operand.data
    if fact.type is FactType.FLAG:
        if isinstance(value, bool):
            return
        why, how = f"'{name}' is a flag.", "Write true or false."
    elif fact.type in (FactType.SCALE, FactType.INTEGER):
        low, high = fact.minimum, fact.maximum
        right = type(value) is int and (low is None or value >= low) and (high is None or value <= high)
        if right or low is None or high is None:
            return
        why, how = f"'{name}' is a whole number from {low} to {high}.", "Write such a number."
    else:
        if fact.options is None or value in fact.options:
            return
        why = f"'{name}' takes ids that are declared for it."
        how = choose_from(str(value), fact.options, "Look the ids up where they are declared.")
    shown = str(value).lower() if isinstance(value, bool) else value
    report.add(operand, "value-outside-type", f"'{shown}' is not a value of '{name}'.", why, how)
