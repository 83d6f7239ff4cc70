"""The matcher: which conditions are true, found by durable_rules. The one module that imports its engine.

The extension is used without its Python layer (`Host` starts timer threads and survives no fork), one
object at a time, and only inside the limits that were measured for version 2.0.28: beyond them it
refuses, hangs or crashes. So nothing but small integers under names of our own reaches it, and the
conditions are cut into shards that each stay far below every limit.

A condition comes as a disjunction of ``terms``. Equal ones are given to the engine once. A term of one
comparison needs no engine: it is found with the value that makes it true.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import durable_rules_engine as engine
from librt.vecs import vec
from mypy_extensions import i64

from service.engine.shards import Plan, plans
from service.engine.terms import (
    HOLDS,
    MOST_TERMS_OF_A_CONDITION,
    Atom,
    Property,
    Term,
    integer,
    terms,
)
from service.knowledge.model import Condition, Fact, FactType, Profile, Value

MOST_REBUILDS: Final = 100
"""Shards rebuilt after a failure, a process: each leaks about 160 kB, and a hundred are a fault to see."""
GUARD: Final = '"guard":1'
SID: Final = '"id":"1","sid":"1"'
WORD: Final = 62
"""Terms that are told apart by the bits of one machine integer; those of a shard begin with a new one."""
WRITTEN_KEPT: int = 4_096
"""Values of facts that are kept as they are written for the engine: all there are. Sets are written by member."""


class MatcherError(Exception):
    """The conditions cannot be brought inside the engine's limits, or the engine failed."""


class Matcher:
    """Tells which of a list of conditions are true. Safe to share between threads and across a fork.

    A shard is left alone unless the first two comparisons of one of its terms are true. ``lead`` is a fact that
    most of them should start with, since it tells most about which can be true. ``rebuilds`` counts the
    failures of the engine after which a shard was built anew.
    """

    def __init__(self, conditions: Sequence[Condition], facts: Mapping[str, Fact], lead: str | None = None) -> None:
        """Compile the conditions.

        Raises:
            MatcherError: when a condition cannot be brought inside the engine's limits.
        """
        owners: dict[Term, list[int]] = {}
        asked: set[str] = set()
        for index, condition in enumerate(conditions):
            for count, term in enumerate(terms(condition, facts, lead), start=1):
                if count > MOST_TERMS_OF_A_CONDITION:
                    message = f"condition {index} has more than {MOST_TERMS_OF_A_CONDITION} alternatives"
                    raise MatcherError(message)
                asked.update(atom.property.fact for atom in term)
                own = owners.setdefault(term, [])
                if index not in own[-1:]:
                    own.append(index)
        self._always = owners.pop((), [])
        self._alone = _Comparisons()
        for term in [term for term in owners if len(term) == 1]:
            for index in owners.pop(term):
                self._alone.add(term[0], 1 << index)
        cut = plans(owners, lead)
        self._shards = [_Shard(plan) for plan in cut]
        self._first, self._second = _Comparisons(), _Comparisons()
        self._ends: list[int] = []
        words = 0
        for plan in cut:
            for number, (first, second, *_) in enumerate(plan.terms, start=words * WORD):
                self._first.add(first, 1 << number)
                self._second.add(second, 1 << number)
            words += -(-len(plan.terms) // WORD)
            self._ends.append(words)
        self._rows_of = {name: self._rows_of_fact(fact) for name, fact in facts.items() if name in asked}
        self._kept = 0
        self.rebuilds = 0
        # The engine compares states by one fixed sid: two threads in one shard would see each other's facts.
        self._lock = threading.Lock()

    @property
    def shards(self) -> int:
        """How many rule sets the conditions were cut into."""
        return len(self._shards)

    def match(self, known: Profile) -> list[int]:
        """Return the indexes of the conditions that are true for the known facts, ascending.

        Raises:
            MatcherError: when the engine failed twice on the same facts.
        """
        found, rows = self._always.copy(), self._rows(known)
        for row in rows:
            if row.meets:
                found += row.meets
        possible = self._possible(rows)
        with self._lock:
            for place, shard in enumerate(self._shards):
                if not possible[place]:
                    continue
                fact = f"{{{SID},{GUARD}{''.join([row.texts[place] for row in rows])}}}"
                try:
                    shard.match(fact, found)
                except MatcherError:
                    self._rebuild(shard)
                    shard.match(fact, found)
        return sorted(set(found))

    def _possible(self, rows: list[_Row]) -> list[bool]:
        """Tell of each shard whether the first two comparisons of one of its terms are true."""
        size: i64 = self._ends[-1] if self._ends else 0
        first, second = vec[i64]([0] * size), vec[i64]([0] * size)
        for row in rows:
            own_first, own_second = row.first, row.second
            for word in range(size):
                first[word] |= own_first[word]
                second[word] |= own_second[word]
        possible: list[bool] = []
        begun: i64 = 0
        for end in self._ends:
            found: i64 = 0
            for word in range(begun, end):
                found |= first[word] & second[word]
            possible.append(found != 0)
            begun = end
        return possible

    def _rows(self, known: Profile) -> list[_Row]:
        """Write the known facts for the shards; what no condition asks for is left out."""
        rows: list[_Row] = []
        for fact, value in known.items():
            of_fact = self._rows_of.get(fact)
            if of_fact is None:
                continue
            if isinstance(value, frozenset):
                for member in of_fact.members:
                    row = member.present if member.name in value else member.absent
                    if row.is_asked:
                        rows.append(row)
                continue
            written = of_fact.written.get(value)
            if written is None:
                written = self._write(fact, of_fact, value)
            if written.is_asked:
                rows.append(written)
        return rows

    def _rows_of_fact(self, fact: Fact) -> _RowsOfFact:
        asked = fact.options if fact.type is FactType.SET else ()
        members = [
            _Member(one.id, self._row(Property(fact.id, one.id), 1), self._row(Property(fact.id, one.id), 0))
            for one in asked
        ]
        return _RowsOfFact({option.id: rank for rank, option in enumerate(fact.options)}, members)

    def _write(self, fact: str, of_fact: _RowsOfFact, value: Value) -> _Row:
        row = self._row(Property(fact, None), integer(value, of_fact.ranks))
        if self._kept < WRITTEN_KEPT:
            self._kept += 1
            of_fact.written[value] = row
        return row

    def _row(self, one: Property, value: int) -> _Row:
        """Write a property for every shard, and see which comparisons it makes true."""
        alone = self._alone.made_true(one, value)
        meets = [index for index in range(alone.bit_length()) if alone >> index & 1]
        texts = [shard.written(one, value) for shard in self._shards]
        size = self._ends[-1] if self._ends else 0
        first, second = (_words(one_of.made_true(one, value), size) for one_of in (self._first, self._second))
        return _Row(texts, first, second, meets)

    def _rebuild(self, shard: _Shard) -> None:
        self.rebuilds += 1
        if self.rebuilds > MOST_REBUILDS:
            message = "the engine failed too often; the process has to be replaced"
            raise MatcherError(message)
        shard.build()


class _Row:
    """A property as each shard is told of it.

    ``first`` and ``second`` are the terms, as bits in words, whose first and whose second comparison it makes true;
    ``meets`` are the indexes of the conditions that are true by it alone.
    """

    def __init__(self, texts: list[str], first: vec[i64], second: vec[i64], meets: list[int]) -> None:
        self.texts, self.first, self.second, self.meets = texts, first, second, meets
        self.is_asked = bool(meets) or any(texts)


class _Member:
    """A member of a set fact as a row when it is present, and when it is absent."""

    def __init__(self, name: str, present: _Row, absent: _Row) -> None:
        self.name, self.present, self.absent = name, present, absent


class _RowsOfFact:
    """The rows of one fact: those of a set by its ``members``, of another by its value, ``written`` as it is met."""

    def __init__(self, ranks: dict[str, int], members: list[_Member]) -> None:
        self.ranks, self.members = ranks, [one for one in members if one.present.is_asked or one.absent.is_asked]
        self.written: dict[Value, _Row] = {}


class _Comparisons:
    """Comparisons by what they compare, each with what stands on it, as bits."""

    def __init__(self) -> None:
        self._of: dict[Property, dict[Atom, int]] = {}

    def add(self, atom: Atom, bit: int) -> None:
        """Take a comparison and what stands on it."""
        known = self._of.setdefault(atom.property, {})
        known[atom] = known.get(atom, 0) | bit

    def made_true(self, one: Property, value: int) -> int:
        """Return what stands on the comparisons that a property makes true."""
        found = 0
        for atom, bits in self._of.get(one, {}).items():
            if HOLDS[atom.operator](value, atom.operand):
                found |= bits
        return found


def _words(bits: int, size: int) -> vec[i64]:
    return vec[i64]([bits >> WORD * word & (1 << WORD) - 1 for word in range(size)])


class _Shard:
    """One rule set of the engine and what goes into it."""

    def __init__(self, plan: Plan) -> None:
        names = {one: f"p{index}" for index, one in enumerate(sorted(plan.properties, key=_sort_key))}
        _refuse_collisions(["id", "sid", "guard", *names.values()])
        self._owners = {str(number): owners for number, owners in enumerate(plan.terms.values())} | {"guard": []}
        rules = {str(number): {"all": [{"m": _engine_term(term, names)}]} for number, term in enumerate(plan.terms)}
        rules["guard"] = {"all": [{"m": {"guard": 1}}]}
        self._definition = json.dumps(rules)
        self._names = names
        atoms = [atom for term in plan.terms for atom in term]
        self._asked_absent = {atom.property for atom in atoms if atom.property.member is not None and atom.operand == 0}
        self.build()

    def build(self) -> None:
        """Make the engine's rule set anew; the old one is dropped as it is.

        Raises:
            MatcherError: when the engine does not take the rule set.
        """
        try:
            self._handle = engine.create_ruleset("shard", self._definition)
        except engine.error as error:
            message = f"the engine refused a rule set of {len(self._owners) - 1} terms"
            raise MatcherError(message) from error
        self._clean = True

    def written(self, one: Property, value: int) -> str:
        """Write a property after a comma, if the shard asks for it; an absent member, only if it asks for that."""
        name = self._names.get(one)
        asked = name and (value or one.member is None or one in self._asked_absent)
        return f',"{name}":{value}' if asked else ""

    def match(self, fact: str, found: list[int]) -> None:
        """Add the indexes of the conditions with a term that is true of an object."""
        for name in self._fired(fact):
            found += self._owners[name]

    def _fired(self, fact: str) -> list[str]:
        """Return the names of the rules that fire.

        The handle counts as unclean until the object is out of it again, whatever interrupts: an object
        left behind answers the next caller, as the engine keeps the first of two with one id.
        """
        if not self._clean:
            interrupted = "the engine was left in the middle of an object"
            raise MatcherError(interrupted)
        handle, fired = self._handle, list[str]()
        self._clean = False
        try:
            observed, state = engine.assert_fact(handle, fact)
            try:
                started = engine.start_action_for_state(handle, state)
                message = started[1] if started else None
                while message:
                    fired.append(message[2 : message.index('"', 2)])
                    message = engine.complete_and_start_action(handle, state)
            finally:
                engine.retract_fact(handle, fact)
        except engine.error as error:
            refused = "the engine refused an object"
            raise MatcherError(refused) from error
        self._clean = not observed and "guard" in fired
        if not self._clean:
            unended = "the engine did not come to its end"
            raise MatcherError(unended)
        return fired


def _engine_term(term: Term, names: Mapping[Property, str]) -> dict[str, object]:
    atoms = [_engine_atom(atom, names[atom.property]) for atom in term]
    return atoms[0] if len(atoms) == 1 else {"$and": atoms}


def _engine_atom(atom: Atom, name: str) -> dict[str, object]:
    return {name: atom.operand} if atom.operator == "==" else {atom.operator: {name: atom.operand}}


def _sort_key(one: Property) -> tuple[str, str]:
    return one.fact, one.member or ""


def _refuse_collisions(names: Sequence[str]) -> None:
    """Refuse names that the engine would take for one another: it compares 32-bit FNV-1a hashes."""
    seen: dict[int, str] = {}
    for name in names:
        code = 0x811C9DC5
        for byte in name.encode("ascii"):
            code = (code ^ byte) * 0x01000193 & 0xFFFFFFFF
        if seen.setdefault(code, name) != name:
            message = f"the property names {name} and {seen[code]} have the same hash"
            raise MatcherError(message)
