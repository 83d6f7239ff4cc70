"""Rules as bits of one integer: what is asked of all rules at once is answered by a few operations on it.

Rule ``n`` of the rule base is bit ``n``; facts are bits in the vocabulary's order. A rule whose condition is
a comparison, or several that must all hold, is open when one of them is unknown and none is false: which of
them a value makes false is looked up. The few others are tried one by one. Built once; its store of values only
ever gains entries.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final

from service.engine.conditions import Test, comparisons, compile_condition
from service.knowledge.model import AllOf, Comparison, Condition, Fact, FactType, Not, Operator, Value

KEPT: int = 4_096
"""Values of facts whose bits are kept: all there are. Those of sets are put together from those of their members."""

_PLACES: Final = [[place for place in range(8) if byte >> place & 1] for byte in range(256)]
"""The places of the bits of each byte."""


def bits_of(places: Iterable[int]) -> int:
    """Return rules or facts as bits: of 0 and 3 the bits are 9."""
    bits = 0
    for place in places:
        bits |= 1 << place
    return bits


def rules_in(bits: int) -> list[int]:
    """Return the rules that are among the bits, ascending: of 9 they are 0 and 3."""
    rules: list[int] = []
    start = 0
    for byte in bits.to_bytes((bits.bit_length() + 7) // 8, "little"):
        for place in _PLACES[byte]:
            rules.append(start + place)  # noqa: PERF401 -- compiled, a loop is the faster of the two
        start += 8
    return rules


class RuleBits:
    """The rules of one rule base, by the facts that their conditions ask for."""

    def __init__(
        self, conditions: Sequence[Condition], asks: Sequence[frozenset[str]], facts: Mapping[str, Fact]
    ) -> None:
        """Take the conditions of the rules and the facts that each of them names."""
        self.asking: Mapping[str, int] = {
            fact: bits_of(rule for rule, names in enumerate(asks) if fact in names) for fact in facts
        }
        self.place: Mapping[str, int] = {fact: place for place, fact in enumerate(facts)}
        self._literals: dict[str, list[tuple[int, Test]]] = {fact: [] for fact in facts}
        self._of_members = {fact: _Members() for fact, declared in facts.items() if declared.type is FactType.SET}
        self._nested: list[tuple[int, Test]] = []
        for rule, condition in enumerate(conditions):
            parts = _literals(condition)
            if parts is None:
                self._nested.append((1 << rule, compile_condition(condition, facts)))
            named = [next(comparisons(part)).fact for part in parts or ()]
            for fact, part in zip(named, parts or (), strict=True):
                members = self._of_members.get(fact) if named.count(fact) == 1 else None
                if members is None or not members.take(1 << rule, part):
                    self._literals[fact].append((1 << rule, compile_condition(part, facts)))
        self._plain = ~sum(bit for bit, _ in self._nested)
        self._false: dict[tuple[str, Value], int] = {}

    def facts_beyond(self, names: Container[str]) -> int:
        """Return the facts, as bits, that are not among the names."""
        bits = 0
        for fact, place in self.place.items():
            if fact not in names:
                bits |= 1 << place
        return bits

    def unknown(self, known: Container[str]) -> int:
        """Return the rules that ask for a fact that is not known."""
        bits = 0
        for fact, asking in self.asking.items():
            if fact not in known:
                bits |= asking
        return bits

    def open(self, known: dict[str, Value], unknown: int) -> int:
        """Return those of the ``unknown`` rules whose outcome is unknown for the known facts."""
        false, kept = 0, self._false
        for fact, value in known.items():
            if isinstance(value, frozenset):
                false |= self._of_members[fact].made_false(value) | self._tried(fact, value)
                continue
            bits = kept.get((fact, value))
            false |= self._made_false(fact, value) if bits is None else bits
        bits = unknown & self._plain & ~false
        for bit, test in self._nested:
            if unknown & bit and test(known) is None:
                bits |= bit
        return bits

    def _made_false(self, fact: str, value: Value) -> int:
        bits = self._tried(fact, value)
        if len(self._false) < KEPT:
            self._false[fact, value] = bits
        return bits

    def _tried(self, fact: str, value: Value) -> int:
        """Return the rules with a comparison, of those that are tried one by one, that the value makes false."""
        bits, known = 0, {fact: value}
        for bit, test in self._literals[fact]:
            if test(known) is False:
                bits |= bit
        return bits


class _Members:
    """Rules that ask whether some members of one set fact are there, once each and of which one suffices."""

    def __init__(self) -> None:
        self._asking = 0
        self._met_by: dict[str, int] = {}
        self._denied_by: dict[str, int] = {}

    def take(self, bit: int, literal: Condition) -> bool:
        """Take a rule's comparison, denied or not; false for one that asks for all of several members."""
        comparison = literal.part if isinstance(literal, Not) else literal
        if not isinstance(comparison, Comparison) or comparison.operator is Operator.INCLUDE_ALL_OF:
            return False
        asked, side = comparison.operand, self._denied_by if isinstance(literal, Not) else self._met_by
        for member in asked if isinstance(asked, tuple) else (str(asked),):
            side[member] = side.get(member, 0) | bit
        if side is self._met_by:
            self._asking |= bit
        return True

    def made_false(self, value: frozenset[str]) -> int:
        """Return the rules whose comparison these members make false."""
        met = denied = 0
        for member in value:
            met |= self._met_by.get(member, 0)
            denied |= self._denied_by.get(member, 0)
        return self._asking & ~met | denied


def _literals(condition: Condition) -> Sequence[Condition] | None:
    """Return the comparisons, denied or not, that must all hold; None when the condition is put otherwise."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    plain = all(isinstance(part.part if isinstance(part, Not) else part, Comparison) for part in parts)
    return parts if plain else None
