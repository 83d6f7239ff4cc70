"""Which terms are true: of each is counted, as facts become known, how many of its comparisons are not true yet.

What a state makes true is looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr, u8

from service.engine.states import UNKNOWN, States, rows
from service.engine.terms import Term

MOST_COMPARISONS: Final = 2**8 - 1
"""Of one term: that many can be counted."""
MOST_NUMBERED: Final = 2**15 - 1
"""Terms, the states that they tell apart, and the conditions that they stand for: more have no number."""
USUAL: Final = 48
"""Terms that are true of a profile, with some to spare: for more, the list of them is copied."""


class NumberedTerms:
    """Terms by number, and for each state the row of those of which it makes a comparison true. Only read."""

    def __init__(self, terms: Sequence[Term], states: States) -> None:
        """Number the terms as they come."""
        self.states, self.lengths = states, vec[u8]([len(term) for term in terms])
        self.terms, self.start = vec[i16](), vec[i32]([0])
        for row in rows([(atom, number) for number, term in enumerate(terms) for atom in term], states):
            for number in row:
                self.terms = append(self.terms, i16(number))
            self.start = append(self.start, i32(len(self.terms)))


@mypyc_attr(acyclic=True)
class TrueTerms:
    """The ``numbers`` of the terms that are true of one profile, in the order in which they became so."""

    def __init__(self, terms: NumberedTerms) -> None:
        """Start with no fact known."""
        self._of, self._left, self.numbers = terms, terms.lengths[:], vec[i16](capacity=USUAL)

    def learn(self, states: vec[i16], first: i64, end: i64) -> None:
        """Take the states of the properties with these numbers; each is to be learnt once."""
        terms, start, left = self._of.terms, self._of.start, self._left
        for number in range(first, end):
            state = i64(states[number])
            if state != UNKNOWN:
                for at in range(i64(start[state]), i64(start[state + 1])):
                    term = i64(terms[at])
                    left[term] -= 1
                    if left[term] == 0:
                        self.numbers = append(self.numbers, terms[at])
