"""GoRules zen-engine: the rules as one expression that gives the ids of those that hold."""

from __future__ import annotations

import json
from typing import Any

import zen

from bench.peers.infix import written
from bench.peers.normal import Rules


class Zen:
    """A compiled expression; as the rows of a decision table the same rules took six times as long."""

    def __init__(self, rules: Rules) -> None:
        """Translate and compile the rules."""
        each = (f"{written(one)} ? {json.dumps(name)} : ''" for name, one in rules.items())
        self._expression = zen.compile_expression(f"filter([{', '.join(each)}], # != '')")

    def read(self, body: bytes) -> Any:
        """Leave the decoding to the engine."""
        return body

    def fired(self, given: Any) -> list[str]:
        """Evaluate the expression."""
        return list(self._expression.evaluate(given))
