"""Values of facts as states: small numbers that differ where comparisons tell values apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64

from service.engine.terms import HOLDS, Atom, Property, Term
from service.knowledge.model import Fact, FactType, Value

UNKNOWN: Final = -1
"""The state of a property whose fact is not known."""


class States:
    """The states of what some terms compare. Built once, then only read.

    What is compared are properties: facts, and members of sets. Those of a fact are numbered together, from ``first``
    of its place on. The states of a property are numbered from its ``begin`` on: of a member that it is absent and that
    it is present; of a fact one for each range of values that no comparison tells apart, lowest first. ``values`` has
    for each state one of its values, as an integer.
    """

    def __init__(self, terms: Iterable[Term], facts: Mapping[str, Fact]) -> None:
        """Take what the terms compare; each fact has the place in which it comes."""
        compared: dict[Property, list[Atom]] = {}
        for term in terms:
            for atom in term:
                compared.setdefault(atom.property, []).append(atom)
        self.first, self.begin, self.values = vec[i32]([0]), vec[i32]([0]), vec[i64]()
        self._numbers: dict[Property, int] = {}
        self._options: list[dict[str, int]] = []
        for fact in facts.values():
            add = self._add_set if fact.type is FactType.SET else self._add_fact
            self._options.append(add(fact, compared))
            self.first = append(self.first, i32(len(self._numbers)))

    def number(self, one: Property) -> int:
        """Return the number of a property that is compared."""
        return self._numbers[one]

    def of(self, number: i64) -> range:
        """Return the states of a property."""
        return range(int(self.begin[number]), int(self.begin[number + 1]))

    def told(self, values: list[Value | None]) -> vec[i16]:
        """Return the states of all properties, by their number; the values are by the place of their fact."""
        states, place = vec[i16]([UNKNOWN] * len(self._numbers)), i64(0)
        for value in values:
            if value is not None:
                self.tell(place, value, states)
            place += 1
        return states

    def tell(self, place: i64, value: Value, states: vec[i16]) -> None:
        """Put in the states of what is compared of the fact in a place."""
        first, end = i64(self.first[place]), i64(self.first[place + 1])
        if first == end:
            return
        if isinstance(value, frozenset):
            for number in range(first, end):
                states[number] = i16(i64(self.begin[number]))
            options = self._options[place]
            for member in value:
                at: i64 = options.get(member, -1)
                if at >= 0:
                    states[first + at] += 1
        elif isinstance(value, str):
            at = self._options[place][value]
            states[first] = i16(i64(self.begin[first]) + at)
        else:
            integer: i64 = value
            state, above = i64(self.begin[first]) + 1, i64(self.begin[first + 1])
            while state < above and self.values[state] <= integer:
                state += 1
            states[first] = i16(state - 1)

    def _add_set(self, fact: Fact, compared: Mapping[Property, list[Atom]]) -> dict[str, int]:
        """Add the members of a set that are compared, and return where each stands among them."""
        properties = [Property(fact.id, option.id) for option in fact.options]
        members = [one for one in properties if one in compared]
        for one in members:
            self._add(one, [0, 1])
        return {str(one.member): at for at, one in enumerate(members)}

    def _add_fact(self, fact: Fact, compared: Mapping[Property, list[Atom]]) -> dict[str, int]:
        """Add a fact that is no set, if it is compared, and return the state of each of its options, from its first."""
        one = Property(fact.id, None)
        if one not in compared:
            return {}
        bounds = sorted({bound for atom in compared[one] for bound in _bounds(atom)})
        self._add(one, [bounds[0] - 1, *bounds])
        return {option.id: sum(bound <= rank for bound in bounds) for rank, option in enumerate(fact.options)}

    def _add(self, one: Property, values: list[int]) -> None:
        self._numbers[one] = len(self._numbers)
        for value in values:
            self.values = append(self.values, i64(value))
        self.begin = append(self.begin, i32(len(self.values)))


def rows(of: Iterable[tuple[Atom, int]], states: States) -> list[list[int]]:
    """Return for every state the numbers of the comparisons that it makes true."""
    true: list[list[int]] = [[] for _ in states.values]
    for atom, number in of:
        for state in states.of(states.number(atom.property)):
            if HOLDS[atom.operator](states.values[state], atom.operand):
                true[state].append(number)
    return true


def _bounds(atom: Atom) -> list[int]:
    """List the values for which a comparison has another outcome than for the value before."""
    holds = HOLDS[atom.operator]
    near = (atom.operand, atom.operand + 1)
    return [bound for bound in near if holds(bound, atom.operand) is not holds(bound - 1, atom.operand)]
