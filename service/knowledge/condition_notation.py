"""How conditions are written in the rule files, and what that means.

Owns which operators go with which type of fact. ``parse_condition`` trusts that the condition has been
checked (see ``condition_checks``).
"""

from __future__ import annotations

from typing import Final, cast

from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
    FactType,
    Not,
    Operator,
)

ALWAYS: Final = "always"
GROUPS: Final = ("all", "any", "not")
OPERATORS: Final = {
    FactType.FLAG: (Operator.IS,),
    FactType.CHOICE: (Operator.IS, Operator.IS_ONE_OF),
    FactType.ORDINAL: (
        Operator.IS,
        Operator.IS_ONE_OF,
        Operator.IS_AT_LEAST,
        Operator.IS_AT_MOST,
    ),
    FactType.SCALE: (Operator.IS, Operator.IS_AT_LEAST, Operator.IS_AT_MOST),
    FactType.INTEGER: (Operator.IS, Operator.IS_AT_LEAST, Operator.IS_AT_MOST),
    FactType.SET: (Operator.INCLUDE, Operator.INCLUDE_ANY_OF, Operator.INCLUDE_ALL_OF),
}
LIST_OPERATORS: Final = frozenset({Operator.IS_ONE_OF, Operator.INCLUDE_ANY_OF, Operator.INCLUDE_ALL_OF})


def split_comparison(key: str) -> tuple[str, str]:
    """Split ``<fact> <operator>`` at the first space.

    >>> split_comparison("scope is one of")
    ('scope', 'is one of')
    """
    fact, _, operator = key.partition(" ")
    return fact, " ".join(operator.split())


def parse_condition(data: object) -> Condition:
    """Turn a checked condition of a rule file into the model's."""
    if data == ALWAYS:
        return Always()
    ((key, operand),) = cast("dict[str, object]", data).items()
    if key == "all":
        return AllOf(tuple(parse_condition(part) for part in cast("list[object]", operand)))
    if key == "any":
        return AnyOf(tuple(parse_condition(part) for part in cast("list[object]", operand)))
    if key == "not":
        return Not(parse_condition(operand))
    fact, operator = split_comparison(key)
    if isinstance(operand, list):
        return Comparison(fact, Operator(operator), tuple(operand))
    return Comparison(fact, Operator(operator), cast("str | int | bool", operand))


def only_negates(condition: Condition) -> bool:
    """Tell whether the condition can be true without one comparison that is true.

    >>> only_negates(Not(Comparison("scope", Operator.IS, "broad")))
    True
    >>> only_negates(Not(Not(Comparison("scope", Operator.IS, "broad"))))
    False
    """
    return not _affirms(condition, positive=True)


def _affirms(condition: Condition, *, positive: bool) -> bool:
    """Tell whether in every way to make the condition ``positive`` some comparison is true.

    In every way of an ``all`` one part that affirms is enough; of an ``any`` each part has to.
    """
    match condition:
        case Comparison():
            return positive
        case Not(part):
            return _affirms(part, positive=not positive)
        case AllOf(parts) | AnyOf(parts):
            together = isinstance(condition, AllOf) is positive
            counted = [part for part in parts if not (together and isinstance(part, Always))]
            found = [_affirms(part, positive=positive) for part in counted]
            return any(found) if together and counted else all(found)
        case Always():
            return True
