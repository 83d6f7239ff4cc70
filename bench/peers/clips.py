"""CLIPS, by clipspy: the rules as productions on facts ``(is (fact scope) (value "broad"))`` and ``(has …)``."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import clips

from bench.peers.normal import Every, Formula, Leaf, Operand, Rules, Test

TEMPLATES = (
    "(deftemplate profile)",
    "(deftemplate is (slot fact) (slot value))",
    "(deftemplate has (slot fact) (slot value))",
    "(deftemplate known (slot fact))",
)


class Clips:
    """An environment with the rules; each tells Python when it fires."""

    def __init__(self, rules: Rules) -> None:
        """Translate and build the rules."""
        self._environment = clips.Environment()
        self._found: list[str] = []
        self._environment.define_function(self._found.append, "fired")
        for template in TEMPLATES:
            self._environment.build(template)
        for name, one in rules.items():
            said = _written(one, itertools.count())
            self._environment.build(f'(defrule {name} (profile) {said} => (fired "{name}"))')
        self._profile, self._is, self._has, self._known = (
            self._environment.find_template(name) for name in ("profile", "is", "has", "known")
        )

    def read(self, body: bytes) -> Any:
        """Decode, with the names of facts as CLIPS has them."""
        return {clips.Symbol(name): value for name, value in json.loads(body).items()}

    def fired(self, given: Any) -> list[str]:
        """Assert the facts, run, and take the facts away."""
        self._profile.assert_fact()
        for name, value in given.items():
            if isinstance(value, list):
                self._known.assert_fact(fact=name)
                for one in value:
                    self._has.assert_fact(fact=name, value=one)
            else:
                self._is.assert_fact(fact=name, value=value)
        self._environment.run()
        self._environment.reset()
        found = list(dict.fromkeys(self._found))
        self._found.clear()
        return found


def _written(one: Formula, numbers: Iterator[int]) -> str:
    if isinstance(one, Leaf):
        return _leaf(one, numbers)
    if not one.parts:
        return "" if isinstance(one, Every) else "(known (fact never))"
    return f"({'and' if isinstance(one, Every) else 'or'} {' '.join(_written(part, numbers) for part in one.parts)})"


def _leaf(one: Leaf, numbers: Iterator[int]) -> str:
    operands = [_constant(operand) for operand in one.operands]
    match one.test:
        case Test.HAS:
            return f"(has (fact {one.fact}) (value {operands[0]}))"
        case Test.HAS_NOT:
            return f"(and (known (fact {one.fact})) (not (has (fact {one.fact}) (value {operands[0]}))))"
        case Test.IS | Test.ONE_OF:
            value = "|".join(operands)
        case Test.IS_NOT | Test.NONE_OF:
            value = "&".join(f"~{operand}" for operand in operands)
        case Test.AT_LEAST | Test.AT_MOST:
            variable, operator = f"?v{next(numbers)}", ">=" if one.test is Test.AT_LEAST else "<="
            value = f"{variable}&:({operator} {variable} {operands[0]})"
    return f"(is (fact {one.fact}) (value {value}))"


def _constant(value: Operand) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return f'"{value}"' if isinstance(value, str) else str(value)
