"""Which terms are true: of each is counted, as facts become known, how many of its comparisons are not true yet.

What a value makes true is looked up. Values of a fact that no comparison tells apart share a row of terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr, u8

from service.engine.terms import HOLDS, Atom, Property, Term, integer
from service.knowledge.model import Fact, Value

MOST_COMPARISONS: Final = 2**8 - 1
"""Of one term: that many can be counted."""
MOST_NUMBERED: Final = 2**15 - 1
"""Terms, and conditions that they stand for: more have no number."""
EMPTY: Final = 0
"""The row of what makes nothing true."""
USUAL: Final = 48
"""Terms that are true of a profile, with some to spare: for more, the list of them is copied."""


class NumberedTerms:
    """Terms by number, and the rows of those that the values of each fact make a comparison of true. Only read.

    The row of a fact that is no set is the last from ``first[place]`` on of which the value has reached the bound;
    the first of them has none. The rows of a set are those of its members.
    """

    def __init__(self, terms: Sequence[Term], facts: Mapping[str, Fact]) -> None:
        """Number the terms as they come; each fact has the place in which it comes."""
        self.lengths = vec[u8]([len(term) for term in terms])
        self.terms, self.start = vec[i16](), vec[i32]([0, 0])
        compared: dict[Property, list[tuple[int, Atom]]] = {}
        for number, term in enumerate(terms):
            for atom in term:
                compared.setdefault(atom.property, []).append((number, atom))
        self.first, self.bounds, self.rows = vec[i32]([0]), vec[i64](), vec[i32]()
        self.ranks = [{option.id: rank for rank, option in enumerate(fact.options)} for fact in facts.values()]
        self.sets = [self._set(fact, compared) for fact in facts.values()]
        for fact in facts.values():
            self._add_rows(compared.get(Property(fact.id, None), ()))

    def codes_of(self, place: i64) -> i64:
        """Return how many codes the values of a fact have that is no set: as many as comparisons tell apart."""
        return i64(self.first[place + 1]) - i64(self.first[place])

    def value(self, place: i64, code: i64) -> i64:
        """Return one of the values that have a code, the same each time."""
        return self.bounds[i64(self.first[place]) + code]

    def _set(self, fact: Fact, compared: Mapping[Property, Sequence[tuple[int, Atom]]]) -> _Set:
        members = [(one.id, compared.get(Property(fact.id, one.id), ())) for one in fact.options]
        present = {member: self._row(atoms, 1) for member, atoms in members if atoms}
        absent = [_Absent(member, self._row(atoms, 0)) for member, atoms in members if atoms]
        return _Set(present, [one for one in absent if one.row != EMPTY])

    def _add_rows(self, atoms: Sequence[tuple[int, Atom]]) -> None:
        """Add the rows of a fact that is no set."""
        bounds = sorted({bound for _, atom in atoms for bound in _bounds(atom)})
        for bound in [bounds[0] - 1, *bounds] if bounds else []:
            self.bounds, self.rows = append(self.bounds, bound), append(self.rows, i32(self._row(atoms, bound)))
        self.first = append(self.first, i32(len(self.rows)))

    def _row(self, atoms: Sequence[tuple[int, Atom]], value: int) -> int:
        true = [term for term, atom in atoms if HOLDS[atom.operator](value, atom.operand)]
        if not true:
            return EMPTY
        for term in true:
            self.terms = append(self.terms, i16(term))
        self.start = append(self.start, i32(len(self.terms)))
        return len(self.start) - 2


def _bounds(atom: Atom) -> list[int]:
    """List the values for which a comparison has another outcome than for the value before."""
    holds = HOLDS[atom.operator]
    near = (atom.operand, atom.operand + 1)
    return [bound for bound in near if holds(bound, atom.operand) is not holds(bound - 1, atom.operand)]


class _Absent:
    """A member of a set, and the row of what is true when it is absent."""

    def __init__(self, name: str, row: i64) -> None:
        self.name, self.row = name, row


class _Set:
    """The rows of the members of a set when they are present, and of those that some comparison asks to be absent."""

    def __init__(self, present: dict[str, int], absent: list[_Absent]) -> None:
        self.present, self.absent = present, absent


@mypyc_attr(acyclic=True)
class TrueTerms:
    """The ``numbers`` of the terms that are true of one profile, in the order in which its facts are learnt.

    ``codes`` are of the facts learnt, by their place, which of its rows each has; of sets they tell nothing.
    """

    def __init__(self, terms: NumberedTerms) -> None:
        """Start with no fact known."""
        self._of, self._left, self.numbers = terms, terms.lengths[:], vec[i16](capacity=USUAL)
        self.codes = vec[i16]([0] * len(terms.sets))

    def learn(self, place: i64, value: Value) -> None:
        """Take the value of the fact in that place; each is to be learnt once."""
        if isinstance(value, frozenset):
            self._learn_members(self._of.sets[place], value)
            return
        at, end = i64(self._of.first[place]), i64(self._of.first[place + 1])
        if at < end:
            number: i64 = integer(value, self._of.ranks[place])
            at += 1
            while at < end and self._of.bounds[at] <= number:
                at += 1
            self.codes[place] = i16(at - 1 - i64(self._of.first[place]))
            self._add(i64(self._of.rows[at - 1]))

    def _learn_members(self, of: _Set, members: frozenset[str]) -> None:
        for member in members:
            self._add(of.present.get(member, EMPTY))
        for absent in of.absent:
            if absent.name not in members:
                self._add(absent.row)

    def _add(self, row: i64) -> None:
        terms, left = self._of.terms, self._left
        for at in range(i64(self._of.start[row]), i64(self._of.start[row + 1])):
            term = i64(terms[at])
            left[term] -= 1
            if left[term] == 0:
                self.numbers = append(self.numbers, terms[at])
