"""JSON Logic, by datalogic-py, which compiles it in Rust."""

from __future__ import annotations

import json
from typing import Any

import datalogic_py

from bench.peers.normal import Every, Formula, Leaf, Rules, Test

OPERATORS = {Test.IS: "===", Test.IS_NOT: "!==", Test.AT_LEAST: ">=", Test.AT_MOST: "<="}


class JsonLogic:
    """One expression for all rules, which gives the ids of those that fire."""

    def __init__(self, rules: Rules) -> None:
        """Translate and compile the rules."""
        whole = {"merge": [{"if": [_written(one), [name], []]} for name, one in rules.items()]}
        self._rule = datalogic_py.Engine().compile(json.dumps(whole))

    def read(self, body: bytes) -> Any:
        """Leave the decoding to the engine."""
        return body.decode()

    def fired(self, given: Any) -> list[str]:
        """Evaluate the expression."""
        return list(json.loads(self._rule.evaluate_str(given)))


def _written(one: Formula) -> Any:
    if isinstance(one, Leaf):
        return _leaf(one)
    if not one.parts:
        return {"==": [1, 1 if isinstance(one, Every) else 2]}
    return {"and" if isinstance(one, Every) else "or": [_written(part) for part in one.parts]}


def _leaf(one: Leaf) -> Any:
    value = {"var": one.fact}
    match one.test:
        case Test.HAS:
            test: Any = {"in": [one.operand, value]}
        case Test.HAS_NOT:
            test = {"!": [{"in": [one.operand, value]}]}
        case Test.ONE_OF:
            test = {"in": [value, list(one.operands)]}
        case Test.NONE_OF:
            test = {"!": [{"in": [value, list(one.operands)]}]}
        case _:
            test = {OPERATORS[one.test]: [value, one.operand]}
    return test if one.test in (Test.IS, Test.ONE_OF) else {"and": [{"!==": [value, None]}, test]}
