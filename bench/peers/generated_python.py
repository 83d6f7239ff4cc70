"""The rules as one Python function: no engine at all, the limit of what Python can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bench.peers.normal import Every, Formula, Leaf, Rules, Test, facts_in

OPERATORS = {
    Test.IS: "==",
    Test.IS_NOT: "!=",
    Test.ONE_OF: "in",
    Test.NONE_OF: "not in",
    Test.AT_LEAST: ">=",
    Test.AT_MOST: "<=",
}


class GeneratedPython:
    """An ``if`` a rule."""

    def __init__(self, rules: Rules) -> None:
        """Write and compile the function."""
        asked = sorted({fact for one in rules.values() for fact in facts_in(one)})
        lines = ["def fired(facts):", " found = []", *(f" {fact} = facts.get({fact!r})" for fact in asked)]
        lines += [f" if {_written(one)}: found.append({name!r})" for name, one in rules.items()]
        space: dict[str, Callable[[Any], list[str]]] = {}
        exec("\n".join([*lines, " return found"]), space)  # noqa: S102 -- the source was made just above, of checked rules
        self._function = space["fired"]

    def read(self, body: bytes) -> Any:
        """Decode."""
        return json.loads(body)

    def fired(self, given: Any) -> list[str]:
        """Call the function."""
        return self._function(given)


def _written(one: Formula) -> str:
    if isinstance(one, Leaf):
        operand = one.operands if one.test in (Test.ONE_OF, Test.NONE_OF) else one.operand
        if one.test in (Test.HAS, Test.HAS_NOT):
            return f"({one.fact} is not None and {operand!r} {'in' if one.test is Test.HAS else 'not in'} {one.fact})"
        test = f"{one.fact} {OPERATORS[one.test]} {operand!r}"
        return test if one.test in (Test.IS, Test.ONE_OF) else f"({one.fact} is not None and {test})"
    if not one.parts:
        return str(isinstance(one, Every))
    return f"({(' and ' if isinstance(one, Every) else ' or ').join(map(_written, one.parts))})"
