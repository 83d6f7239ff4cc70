"""Which rules have an unknown outcome, counted for all rules at once as the facts become known.

A condition is a disjunction of ``terms``, and its outcome is unknown when none of them is true and one is
neither true nor false. Of every term is counted how many of its comparisons are unknown and how many
false; what a value adds to the counts is looked up. Built once; its store of values only ever gains entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i64

from service.engine.terms import HOLDS, Atom, integer, terms
from service.knowledge.model import Condition, Fact, FactType, Value

KEPT: int = 512
"""Values of a fact of which is kept what they add: all there are. Those of sets are put together by member."""

FALSE: Final = 1 << 32
"""What a false comparison counts in its term; an unknown one counts 1, so that a term is true at 0."""


class TermCounts:
    """The terms of the rules of one rule base, by the facts that they compare."""

    def __init__(
        self, conditions: Sequence[Condition], asks: Sequence[frozenset[str]], facts: Mapping[str, Fact]
    ) -> None:
        """Take the conditions of the rules and the facts that each of them names."""
        self.start, self.unknown = vec[i64](), vec[i64]()
        self.missing = vec[i64]([len(names) for names in asks])
        compared: dict[str, list[tuple[int, Atom]]] = {fact: [] for fact in facts}
        for condition in conditions:
            self.start = append(self.start, len(self.unknown))
            for term in terms(condition, facts, None):
                for atom in term:
                    compared[atom.property.fact].append((len(self.unknown), atom))
                self.unknown = append(self.unknown, len(term))
        self.start = append(self.start, len(self.unknown))
        self.compared = {
            name: Compared(place, fact, [rule for rule, names in enumerate(asks) if name in names], compared[name])
            for place, (name, fact) in enumerate(facts.items())
        }


class Counts:
    """What is unknown and what is false in every term; ``missing`` are by rule the facts that it asks for still."""

    def __init__(self, of: TermCounts) -> None:
        """Start with no fact known."""
        self._start, self._terms, self.missing = of.start, of.unknown[:], of.missing[:]

    def learn(self, fact: Compared, value: Value) -> None:
        """Count a fact as known; each is to be learnt once."""
        missing = self.missing
        for rule in fact.rules:
            missing[rule] -= 1
        if isinstance(value, frozenset):
            self._add(fact.empty)
            for member in value:
                added = fact.members.get(member)
                if added is not None:
                    self._add(added)
        else:
            self._add(fact.added_by(value))

    def unknown_among(self, rules: vec[i64]) -> vec[i64]:
        """Return those of the rules whose condition has an unknown outcome."""
        counts, start, missing, found = self._terms, self._start, self.missing, rules[:]
        number: i64 = 0
        for rule in rules:
            if missing[rule] == 0:
                continue
            unknown, term, end = False, start[rule], start[rule + 1]
            while term < end:
                count = counts[term]
                if count == 0:
                    unknown = False
                    break
                if count < FALSE:
                    unknown = True
                term += 1
            if unknown:
                found[number] = rule
                number += 1
        return found[:number]

    def true_among(self, rules: vec[i64]) -> vec[i64]:
        """Return those of the rules whose condition is true."""
        counts, start, found = self._terms, self._start, vec[i64]()
        for rule in rules:
            term, end = start[rule], start[rule + 1]
            while term < end and counts[term] != 0:
                term += 1
            if term < end:
                found = append(found, rule)
        return found

    def _add(self, added: _Added) -> None:
        counts, terms, amounts = self._terms, added.terms, added.amounts
        for place in range(len(terms)):
            counts[terms[place]] += amounts[place]


class _Added:
    """Amounts that are added to the counts of terms."""

    def __init__(self, amounts: Iterable[tuple[int, int]]) -> None:
        amount_of: dict[int, int] = {}
        for term, amount in amounts:
            amount_of[term] = amount_of.get(term, 0) + amount
        self.terms, self.amounts = vec[i64](amount_of.keys()), vec[i64](amount_of.values())


class Compared:
    """A fact: the rules that ask for it, and what its values add to the counts of the terms that compare it.

    A set that becomes known adds ``empty``, and for each of its ``members`` what is otherwise with it.
    """

    def __init__(self, place: i64, fact: Fact, rules: list[int], atoms: list[tuple[int, Atom]]) -> None:
        """Take the fact, its place in the vocabulary, and the comparisons of it by term."""
        self.name, self.place, self.is_derived, self.rules = fact.id, place, fact.derived is not None, vec[i64](rules)
        self._atoms = atoms
        self._ranks = {option.id: rank for rank, option in enumerate(fact.options)}
        self._kept: dict[Value, _Added] = {}
        of_set = atoms if fact.type is FactType.SET else []
        self.empty = _Added([(term, atom.operand * FALSE - 1) for term, atom in of_set])
        members = {str(atom.property.member) for _, atom in of_set}
        self.members = {member: _Added(_otherwise(of_set, member)) for member in sorted(members)}

    def added_by(self, value: Value) -> _Added:
        """Give what a value adds that is no set: its comparisons are no longer unknown, and some false."""
        added = self._kept.get(value)
        if added is None:
            number = integer(value, self._ranks)
            added = _Added([(term, _false(atom, number) - 1) for term, atom in self._atoms])
            if len(self._kept) < KEPT:
                self._kept[value] = added
        return added


def _false(atom: Atom, value: int) -> int:
    return 0 if HOLDS[atom.operator](value, atom.operand) else FALSE


def _otherwise(atoms: list[tuple[int, Atom]], member: str) -> list[tuple[int, int]]:
    """Give what is added when a member is there: what asks for it is no longer false, what denies it is."""
    return [(term, FALSE - 2 * atom.operand * FALSE) for term, atom in atoms if atom.property.member == member]
