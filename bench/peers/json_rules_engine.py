"""json-rules-engine behind Fastify: the rules translated here, asked in ``json_rules_engine.js``."""

from __future__ import annotations

from typing import Any

from bench.peers.normal import Every, Formula, Leaf, Rules, Test

OPERATORS = {
    Test.IS: "equal",
    Test.IS_NOT: "notEqual",
    Test.ONE_OF: "in",
    Test.NONE_OF: "notIn",
    Test.AT_LEAST: "greaterThanInclusive",
    Test.AT_MOST: "lessThanInclusive",
    Test.HAS: "contains",
    Test.HAS_NOT: "doesNotContain",
}
KNOWN = "isKnown"
"""An operator that the script adds: an absent fact is ``notEqual`` to everything otherwise."""


def translated(rules: Rules) -> list[dict[str, Any]]:
    """Return the rules as the engine takes them."""
    return [{"conditions": _conditions(one), "event": {"type": name}} for name, one in rules.items()]


def _conditions(one: Formula) -> dict[str, Any]:
    written = _written(one)
    return written if "all" in written or "any" in written else {"all": [written]}


def _written(one: Formula) -> dict[str, Any]:
    if isinstance(one, Leaf):
        return _leaf(one)
    return {"all" if isinstance(one, Every) else "any": [_written(part) for part in one.parts]}


def _leaf(one: Leaf) -> dict[str, Any]:
    several = one.test in (Test.ONE_OF, Test.NONE_OF)
    operand = list(one.operands) if several else one.operand
    test = {"fact": one.fact, "operator": OPERATORS[one.test], "value": operand}
    if one.test not in (Test.IS_NOT, Test.NONE_OF):
        return test  # the other operators are false for a fact that is no number or array
    return {"all": [{"fact": one.fact, "operator": KNOWN, "value": True}, test]}
