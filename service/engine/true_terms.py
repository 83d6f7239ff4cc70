"""Of which terms a state makes a comparison true; a term is true when all of its comparisons are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, u8

from service.engine.states import States, rows
from service.engine.terms import Term

MOST_COMPARISONS: Final = 2**8 - 1
"""Of one term: that many can be counted."""
MOST_NUMBERED: Final = 2**15 - 1
"""Terms, the states that they tell apart, and the conditions that they stand for: more have no number."""


class NumberedTerms:
    """Terms by number, and for each state the row of those of which it makes a comparison true. Only read."""

    def __init__(self, terms: Sequence[Term], states: States) -> None:
        """Number the terms as they come."""
        self.lengths = vec[u8]([len(term) for term in terms])
        self.terms, self.start = vec[i16](), vec[i32]([0])
        for row in rows([(atom, number) for number, term in enumerate(terms) for atom in term], states):
            for number in row:
                self.terms = append(self.terms, i16(number))
            self.start = append(self.start, i32(len(self.terms)))
