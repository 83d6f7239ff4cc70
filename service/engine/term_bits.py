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

from service.engine.terms import HOLDS, Atom, Property, integer, terms
from service.knowledge.model import Condition, Fact, FactType, Value

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
    fact by its place, marks the terms that compare it. ``values[fact]`` is the first of the others: they mark what is
    false with a value below the first of the fact's ``marks``, equal to it, between it and the second, and so on. The
    rows of its options are in ``options[fact]``.

    The row of a set at ``values[fact]`` marks what asks for a member. Those in ``options[fact]`` are of its members:
    what asks for the member to be absent, and next what asks for it to be present. A term that asks for several is
    marked for each in another layer of words.
    """

    def __init__(self, conditions: Sequence[Condition], facts: Mapping[str, Fact]) -> None:
        """Take the conditions of the rules."""
        of_rules = [list(terms(condition, facts, None)) for condition in conditions]
        single = [rule for rule, own in enumerate(of_rules) if len(own) == 1]
        several = [rule for rule, own in enumerate(of_rules) if len(own) != 1]
        self.single, self.several = vec[i16](single), vec[i16](several)
        compared: dict[str, list[tuple[int, Atom]]] = {name: [] for name in facts}
        first, number = [0] * len(of_rules), 0
        for rule in single + several:
            first[rule] = number
            for term in of_rules[rule]:
                for atom in term:
                    compared[atom.property.fact].append((number, atom))
                number += 1
        self.begin = vec[i32]([at // WORD * 64 + at % WORD for at in first])
        self.count = vec[i16]([len(own) for own in of_rules])
        self.size: i64 = -(-number // WORD)
        self.layers: i64 = 1
        self.start, self.words, self.bits = vec[i32]([0]), vec[i16](), vec[i64]()
        for atoms in compared.values():
            self._add_row([number for number, _ in atoms])
        self.values, self.marks, self.marked = vec[i32](), vec[i64](), vec[i32]([0])
        self.options: list[dict[str, int]] = []
        for name, fact in facts.items():
            self.values = append(self.values, i32(len(self.start) - 1))
            add = self._add_set if fact.type is FactType.SET else self._add_fact
            self.options.append(add(fact, compared[name]))
            self.marked = append(self.marked, i32(len(self.marks)))

    def _add_row(self, numbers: Iterable[int]) -> int:
        """Add a row that marks the terms, and return which it is."""
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
        return len(self.start) - 2

    def _add_fact(self, fact: Fact, atoms: list[tuple[int, Atom]]) -> dict[str, int]:
        """Add the rows of a fact that is no set, and return those of its options."""
        marks = sorted({atom.operand for _, atom in atoms})
        self._add_row(_false(atoms, marks[0] - 1 if marks else 0))
        for mark in marks:
            self._add_row(_false(atoms, mark))
            self._add_row(_false(atoms, mark + 1))
            self.marks = append(self.marks, mark)
        ranks = {option.id: rank for rank, option in enumerate(fact.options)}
        return {option: self._add_row(_false(atoms, integer(option, ranks))) for option in ranks}

    def _add_set(self, fact: Fact, atoms: list[tuple[int, Atom]]) -> dict[str, int]:
        """Add the rows of a set, and return those of its members."""
        asked: dict[int, int] = {}
        present: dict[Property, list[int]] = {}
        absent: dict[Property, list[int]] = {}
        for number, atom in atoms:
            if atom.operand:
                layer = asked.get(number, 0)
                asked[number] = layer + 1
                present.setdefault(atom.property, []).append(layer * self.size * WORD + number)
            else:
                absent.setdefault(atom.property, []).append(number)
        self._add_row(number for numbers in present.values() for number in numbers)
        self.layers = max(self.layers, *asked.values(), 1)
        rows: dict[str, int] = {}
        for option in fact.options:
            one = Property(fact.id, option.id)
            if one in present or one in absent:
                rows[option.id] = self._add_row(absent.get(one, ()))
                self._add_row(present.get(one, ()))
        return rows


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

    def learn(self, fact: i64, value: Value) -> None:
        """Take the fact at a place as known."""
        of = self._of
        if isinstance(value, frozenset):
            self._learn_members(fact, value)
        elif isinstance(value, str):
            self._rule_out(of.options[fact][value])
        else:
            number: i64 = value
            row = i64(of.values[fact])
            for at in range(i64(of.marked[fact]), i64(of.marked[fact + 1])):
                mark = of.marks[at]
                if number >= mark:
                    row += 1
                if number > mark:
                    row += 1
            self._rule_out(row)

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

    def _learn_members(self, fact: i64, members: frozenset[str]) -> None:
        """Take a set as known: false is what asks for a member to be absent that is there, or the other way round."""
        of = self._of
        rows, start, words, bits, false = of.options[fact], of.start, of.words, of.bits, self._false
        met = vec[i64]([0] * (of.size * of.layers))
        for member in members:
            row: i64 = rows.get(member, -1)
            if row >= 0:
                self._rule_out(row)
                for at in range(i64(start[row + 1]), i64(start[row + 2])):
                    met[i64(words[at])] |= bits[at]
        row = i64(of.values[fact])
        for at in range(i64(start[row]), i64(start[row + 1])):
            word = i64(words[at])
            unmet = bits[at] & ~met[word]
            while word >= of.size:
                word -= of.size
            false[word] |= unmet

    def _rule_out(self, row: i64) -> None:
        """Take the terms of a row as false."""
        false, words, bits = self._false, self._of.words, self._of.bits
        for at in range(i64(self._of.start[row]), i64(self._of.start[row + 1])):
            false[i64(words[at])] |= bits[at]


def _false(atoms: list[tuple[int, Atom]], value: int) -> list[int]:
    """List the terms of which a value makes a comparison false."""
    return [number for number, atom in atoms if not HOLDS[atom.operator](value, atom.operand)]
