"""rule-engine: the rules as expressions such as ``scope == "broad"``."""

from __future__ import annotations

import json
from typing import Any

import rule_engine

from bench.peers.infix import written
from bench.peers.normal import Rules, facts_in


class RuleEngine:
    """An expression a rule."""

    def __init__(self, rules: Rules) -> None:
        """Translate and parse the rules."""
        context = rule_engine.Context(default_value=None)
        self._absent = dict.fromkeys(fact for one in rules.values() for fact in facts_in(one))
        self._rules = [(name, rule_engine.Rule(written(one), context=context)) for name, one in rules.items()]

    def read(self, body: bytes) -> Any:
        """Decode; a fact that is absent is named all the same, as looking for one that is not costs far more."""
        return {**self._absent, **json.loads(body)}

    def fired(self, given: Any) -> list[str]:
        """Try every rule."""
        return [name for name, rule in self._rules if rule.matches(given)]
