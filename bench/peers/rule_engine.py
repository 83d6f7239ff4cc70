"""rule-engine: the rules as expressions such as ``scope == "broad"``."""

from __future__ import annotations

import json
from typing import Any

import rule_engine

from bench.peers.normal import Every, Formula, Leaf, Rules, Test, facts_in

OPERATORS = {Test.IS: "==", Test.IS_NOT: "!=", Test.AT_LEAST: ">=", Test.AT_MOST: "<="}


class RuleEngine:
    """An expression a rule."""

    def __init__(self, rules: Rules) -> None:
        """Translate and parse the rules."""
        context = rule_engine.Context(default_value=None)
        self._absent = dict.fromkeys(fact for one in rules.values() for fact in facts_in(one))
        self._rules = [(name, rule_engine.Rule(_written(one), context=context)) for name, one in rules.items()]

    def read(self, body: bytes) -> Any:
        """Decode; a fact that is absent is named all the same, as looking for one that is not costs far more."""
        return {**self._absent, **json.loads(body)}

    def fired(self, given: Any) -> list[str]:
        """Try every rule."""
        return [name for name, rule in self._rules if rule.matches(given)]


def _written(one: Formula) -> str:
    if isinstance(one, Leaf):
        return _leaf(one)
    if not one.parts:
        return "true" if isinstance(one, Every) else "false"
    return f"({(' and ' if isinstance(one, Every) else ' or ').join(map(_written, one.parts))})"


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
