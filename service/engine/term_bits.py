"""Which rules have an unknown outcome, told for all rules at once, with a bit for each term of their conditions.

A condition is a disjunction of ``terms``. A term is false when one of its comparisons is, else unknown when one of
them is, else true; a rule is true when one of its terms is, else unknown when one of them is. Which terms compare a
fact, and which of them a value makes false, are rows of bits. Built once, then only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64

from service.engine.states import States, rows
from service.engine.terms import NEGATED, Atom, terms
from service.knowledge.model import Condition, Fact

WORD: Final = 62
"""Terms whose bits are one machine integer."""
ALL: Final = (1 << WORD) - 1

FALSE: Final = 0
UNKNOWN: Final = 1
TRUE: Final = 2


class TermBits:
    """The terms of the rules of one rule base, and what facts and their values mark among them.

    Terms are numbered; those come first that are the only one of their rule, and ``single`` are these rules in the
    same order, ``several`` the others. ``begin[rule]`` is where the terms of a rule begin, as a word and a bit of it
    (64 to the word), and ``count[rule]`` how many there are.

    A row is the pairs of ``words`` and ``bits`` from ``start[row]`` on, up to those of the next. Row ``fact``, of a
    fact by its place, marks the terms that compare it. After those of the facts comes one for each of the ``states``:
    it marks the terms of which that state makes a comparison false.
    """

    def __init__(self, conditions: Sequence[Condition], facts: Mapping[str, Fact], states: States) -> None:
        """Take the conditions of the rules, and the states of what they compare."""
        of_rules = [list(terms(condition, facts, None)) for condition in conditions]
        single = [rule for rule, own in enumerate(of_rules) if len(own) == 1]
        several = [rule for rule, own in enumerate(of_rules) if len(own) != 1]
        self.single, self.several = vec[i16](single), vec[i16](several)
        compared: dict[str, list[int]] = {name: [] for name in facts}
        denied: list[tuple[Atom, int]] = []
        first, number = [0] * len(of_rules), 0
        for rule in single + several:
            first[rule] = number
            for term in of_rules[rule]:
                for atom in term:
                    compared[atom.property.fact].append(number)
                    denied.append((atom._replace(operator=NEGATED[atom.operator]), number))
                number += 1
        self.begin = vec[i32]([at // WORD * 64 + at % WORD for at in first])
        self.count = vec[i16]([len(own) for own in of_rules])
        self.size: i64 = -(-number // WORD)
        self.facts: i64 = len(facts)
        self.first = states.first
        self.start, self.words, self.bits = vec[i32]([0]), vec[i16](), vec[i64]()
        for row in [*compared.values(), *rows(denied, states)]:
            self._add_row(row)

    def _add_row(self, numbers: Iterable[int]) -> None:
        """Add a row that marks the terms."""
        all_bits = 0
        for number in numbers:
            all_bits |= 1 << number
        word = 0
        while all_bits:
            bits = all_bits & ALL
            if bits:
                self.words, self.bits = append(self.words, word), append(self.bits, bits)
            all_bits >>= WORD
            word += 1
        self.start = append(self.start, i32(len(self.words)))


class Outcomes:
    """Which terms are false and which unknown. Each fact is to be told of once, with ``learn`` or ``leave``."""

    def __init__(self, of: TermBits) -> None:
        """Start with nothing false and nothing unknown."""
        self._of = of
        self._false, self._unknown = vec[i64]([0] * of.size), vec[i64]([0] * of.size)

    def copy(self) -> Outcomes:
        """Return the same, to go on from in another way."""
        copied = Outcomes(self._of)
        copied._false, copied._unknown = self._false[:], self._unknown[:]
        return copied

    def learn(self, fact: i64, states: vec[i16]) -> None:
        """Take the fact at a place as known; the states are those of all properties."""
        of, false = self._of, self._false
        start, words, bits = of.start, of.words, of.bits
        for number in range(i64(of.first[fact]), i64(of.first[fact + 1])):
            row = of.facts + i64(states[number])
            for at in range(i64(start[row]), i64(start[row + 1])):
                false[i64(words[at])] |= bits[at]

    def leave(self, fact: i64) -> None:
        """Take the fact at a place as unknown."""
        unknown, words, bits = self._unknown, self._of.words, self._of.bits
        for at in range(i64(self._of.start[fact]), i64(self._of.start[fact + 1])):
            unknown[i64(words[at])] |= bits[at]

    def leave_others(self, known: vec[bool]) -> None:
        """Take all facts as unknown that are not known, by their places."""
        unknown, start, words, bits = self._unknown, self._of.start, self._of.words, self._of.bits
        for fact in range(i64(len(known))):
            if not known[fact]:
                for at in range(i64(start[fact]), i64(start[fact + 1])):
                    unknown[i64(words[at])] |= bits[at]

    def unknown(self) -> vec[i16]:
        """Give 1 for each rule whose outcome is unknown, 0 for the others."""
        of = self._of
        single, found = of.single, vec[i16]([0] * len(of.count))
        at: i64 = 0
        word: i64 = 0
        while at < len(single):
            bits, end = self._unknown[word] & ~self._false[word], min(at + WORD, len(single))
            while at < end:
                if bits & 1:
                    found[i64(single[at])] = 1
                bits >>= 1
                at += 1
            word += 1
        for rule in of.several:
            if self.of_rule(i64(rule)) == UNKNOWN:
                found[i64(rule)] = 1
        return found

    def of_rule(self, rule: i64) -> i64:
        """Return the outcome of a rule: FALSE, UNKNOWN or TRUE."""
        place, left = i64(self._of.begin[rule]), i64(self._of.count[rule])
        word, bit = place >> 6, place & 63
        outcome: i64 = FALSE
        while left > 0:
            own = min(left, WORD - bit)
            possible = (ALL >> WORD - own << bit) & ~self._false[word]
            if possible & ~self._unknown[word]:
                return TRUE
            if possible:
                outcome = UNKNOWN
            left -= own
            word += 1
            bit = 0
        return outcome
