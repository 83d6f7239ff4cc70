"""Which terms are true: of each is counted, as facts become known, how many of its comparisons are not true yet.

What a value makes true is looked up. Values of a fact that no comparison tells apart share a row of terms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr, u8

from service.engine.terms import HOLDS, Atom, Property, Term, integer
from service.knowledge.model import Fact, FactType, Value

MOST_COMPARISONS: Final = 2**8 - 1
"""Of one term: that many can be counted."""
MOST_NUMBERED: Final = 2**15 - 1
"""Terms, and conditions that they stand for: more have no number."""
EMPTY: Final = 0
"""The row of what makes nothing true."""
USUAL: Final = 48
"""Terms that are true of a profile, with some to spare: for more, the list of them is copied."""


class NumberedTerms:
    """Terms by number, and the rows of those that the values of each fact make a comparison of true. Only read."""

    def __init__(self, terms: Sequence[Term], facts: Mapping[str, Fact]) -> None:
        """Number the terms as they come; each fact has the place in which it comes."""
        self.lengths = vec[u8]([len(term) for term in terms])
        self.terms, self.start = vec[i16](), vec[i32]([0, 0])
        compared: dict[Property, list[tuple[int, Atom]]] = {}
        for number, term in enumerate(terms):
            for atom in term:
                compared.setdefault(atom.property, []).append((number, atom))
        self.facts = [self._compared(fact, compared) for fact in facts.values()]

    def _compared(self, fact: Fact, compared: Mapping[Property, Sequence[tuple[int, Atom]]]) -> _Compared:
        bounds: list[int] = []
        rows = [EMPTY]
        present: dict[str, int] = {}
        absent: list[_Absent] = []
        if fact.type is FactType.SET:
            for option in fact.options:
                atoms = compared.get(Property(fact.id, option.id), ())
                if atoms:
                    present[option.id] = self._row(atoms, 1)
                    absent.append(_Absent(option.id, self._row(atoms, 0)))
        else:
            atoms = compared.get(Property(fact.id, None), ())
            bounds = sorted({bound for _, atom in atoms for bound in (atom.operand, atom.operand + 1)})
            rows = [self._row(atoms, value) for value in [bounds[0] - 1, *bounds]] if bounds else rows
        return _Compared(fact, bounds, rows, present, [one for one in absent if one.row != EMPTY])

    def _row(self, atoms: Sequence[tuple[int, Atom]], value: int) -> int:
        true = [term for term, atom in atoms if HOLDS[atom.operator](value, atom.operand)]
        if not true:
            return EMPTY
        for term in true:
            self.terms = append(self.terms, i16(term))
        self.start = append(self.start, i32(len(self.terms)))
        return len(self.start) - 2


class _Absent:
    """A member of a set, and the row of what is true when it is absent."""

    def __init__(self, name: str, row: i64) -> None:
        self.name, self.row = name, row


class _Compared:
    """The rows of a fact: of a set by member, of another by which of the ``bounds`` its value has reached."""

    def __init__(
        self, fact: Fact, bounds: list[int], rows: list[int], present: dict[str, int], absent: list[_Absent]
    ) -> None:
        self.present, self.absent = present, absent
        self._ranks = {option.id: rank for rank, option in enumerate(fact.options)}
        self._bounds, self._rows = vec[i64](bounds), vec[i32](rows)

    def row(self, value: Value) -> i64:
        """Return the row of a value that is no set."""
        bounds = self._bounds
        if len(bounds) == 0:
            return EMPTY
        number: i64 = integer(value, self._ranks)
        reached: i64 = 0
        while reached < len(bounds) and bounds[reached] <= number:
            reached += 1
        return i64(self._rows[reached])


@mypyc_attr(acyclic=True)
class TrueTerms:
    """The numbers of the terms that are true of one profile, in the order in which its facts are learnt."""

    def __init__(self, terms: NumberedTerms) -> None:
        """Start with no fact known."""
        self._of, self._left, self.numbers = terms, terms.lengths[:], vec[i16](capacity=USUAL)

    def learn(self, place: i64, value: Value) -> None:
        """Take the value of the fact in that place; each is to be learnt once."""
        fact = self._of.facts[place]
        if isinstance(value, frozenset):
            for member in value:
                self._add(fact.present.get(member, EMPTY))
            for absent in fact.absent:
                if absent.name not in value:
                    self._add(absent.row)
        else:
            self._add(fact.row(value))

    def _add(self, row: i64) -> None:
        terms, left = self._of.terms, self._left
        for at in range(i64(self._of.start[row]), i64(self._of.start[row + 1])):
            term = i64(terms[at])
            left[term] -= 1
            if left[term] == 0:
                self.numbers = append(self.numbers, terms[at])
