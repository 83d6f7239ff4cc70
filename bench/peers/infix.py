"""Rules as expressions such as ``scope == "broad"``, as rule-engine and zen-engine both read them."""

from __future__ import annotations

import json

from bench.peers.normal import Every, Formula, Leaf, Test

OPERATORS = {Test.IS: "==", Test.IS_NOT: "!=", Test.AT_LEAST: ">=", Test.AT_MOST: "<="}


def written(one: Formula) -> str:
    """Write a formula; a comparison with a fact that is absent does not hold."""
    if isinstance(one, Leaf):
        return _leaf(one)
    if not one.parts:
        return "true" if isinstance(one, Every) else "false"
    return f"({(' and ' if isinstance(one, Every) else ' or ').join(map(written, one.parts))})"


def _leaf(one: Leaf) -> str:
    operands = [json.dumps(operand) for operand in one.operands]
    match one.test:
        case Test.HAS:
            test = f"{operands[0]} in {one.fact}"
        case Test.HAS_NOT:
            test = f"not ({operands[0]} in {one.fact})"
        case Test.ONE_OF:
            test = f"{one.fact} in [{', '.join(operands)}]"
        case Test.NONE_OF:
            test = f"not ({one.fact} in [{', '.join(operands)}])"
        case _:
            test = f"{one.fact} {OPERATORS[one.test]} {operands[0]}"
    return test if one.test in (Test.IS, Test.ONE_OF) else f"({one.fact} != null and {test})"
