"""The matcher: which conditions are true, found by durable_rules. The one module that imports its engine.

The extension is used without its Python layer (`Host` starts timer threads and survives no fork), one
object at a time, and only inside the limits that were measured for version 2.0.28: beyond them it
refuses, hangs or crashes. So nothing but small integers under names of our own reaches it, and the
conditions are cut into shards that each stay far below every limit.

A condition comes as a disjunction of ``terms``. Equal ones are given to the engine once. A term of one
comparison needs no engine: it is found with the value that makes it true. So are the terms of what is only
``counted``, the findings, with the last value that they ask for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import durable_rules_engine as engine
from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.engine.shards import Plan, plans
from service.engine.terms import MOST_TERMS_OF_A_CONDITION, Atom, Property, Term, integer, terms
from service.engine.true_terms import MOST_COMPARISONS, MOST_NUMBERED, NumberedTerms, TrueTerms
from service.knowledge.model import Condition, Fact, Profile, Value

MOST_REBUILDS: Final = 100
"""Shards rebuilt after a failure, a process: each leaks about 160 kB, and a hundred are a fault to see."""
GUARD: Final = '"guard":1'
SID: Final = '"id":"1","sid":"1"'


class MatcherError(Exception):
    """The conditions cannot be brought inside the engine's limits, or the engine failed."""


class Matcher:
    """Tells which of a list of conditions are true. Safe to share between threads and across a fork.

    A shard is left alone unless all comparisons of one of its terms are true, and is told of nothing but what such
    terms compare. ``lead`` is a fact that terms should start with if they can. ``rebuilds`` counts the failures
    of the engine after which a shard was built anew.
    """

    def __init__(
        self,
        conditions: Sequence[Condition],
        facts: Mapping[str, Fact],
        lead: str | None = None,
        counted: Sequence[Condition] = (),
    ) -> None:
        """Compile the conditions, those that are only counted after the others; each fact has the place it comes in.

        Raises:
            MatcherError: when a condition cannot be brought inside the engine's limits.
        """
        owners, alone = _owners(conditions, facts, lead), _owners(counted, facts, lead, len(conditions))
        for term in [*owners]:
            if len(term) <= 1:
                alone[term] = owners.pop(term) + alone.get(term, [])
        self._count, self._always = len(conditions) + len(counted), vec[i64](alone.pop((), []))
        if max(self._count, len(owners) + len(alone)) > MOST_NUMBERED:
            message = f"there are more than {MOST_NUMBERED} conditions, or alternatives of them"
            raise MatcherError(message)
        self._alone = _Alone(alone)
        self._place = {name: place for place, name in enumerate(facts)}
        cut = plans(owners, lead)
        self._shards = [_Shard(plan, facts, self._place) for plan in cut]
        self._terms = NumberedTerms([*(term for plan in cut for term in plan.terms), *self._alone.terms], facts)
        self._asked = [one for shard in self._shards for one in shard.asked]
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
        values: list[Value | None] = [None] * len(self._place)
        for name, value in known.items():
            place = self._place.get(name)
            if place is not None:
                values[place] = value
        return [index for index, is_true in enumerate(self.begin(values).is_true) if is_true]

    def begin(self, values: list[Value | None]) -> Matching:
        """Find the conditions that are true for the known facts; ``values`` are by the place of their fact.

        Raises:
            MatcherError: when the engine failed twice on the same facts.
        """
        matching = Matching(self._terms, values, self._count)
        for condition in self._always:
            matching.is_true[condition] = True
        for place, value in enumerate(values):
            if value is not None:
                matching.terms.learn(place, value)
        self._settle(matching)
        return matching

    def go_on(self, matching: Matching, place: i64, value: Value) -> None:
        """Find the conditions that are true as well when the fact in a place becomes known.

        Raises:
            MatcherError: when the engine failed twice on the same facts.
        """
        matching.values[place] = value
        matching.terms.learn(place, value)
        self._settle(matching)

    def _settle(self, matching: Matching) -> None:
        """Find the conditions that are true by the terms that have become so."""
        numbers, questions = matching.terms.numbers, list[_Question]()
        for at in range(matching.settled, len(numbers)):
            term = i64(numbers[at])
            if term < len(self._asked):
                _put(self._asked[term], questions)
            else:
                self._alone.tell(term - len(self._asked), matching.is_true)
        matching.settled = len(numbers)
        if questions:
            with self._lock:
                for question in questions:
                    self._ask(question.shard, question.fact(matching.values), matching.is_true)

    def _ask(self, shard: _Shard, fact: str, is_true: vec[bool]) -> None:
        try:
            shard.match(fact, is_true)
        except MatcherError:
            self._rebuild(shard)
            shard.match(fact, is_true)

    def _rebuild(self, shard: _Shard) -> None:
        self.rebuilds += 1
        if self.rebuilds > MOST_REBUILDS:
            message = "the engine failed too often; the process has to be replaced"
            raise MatcherError(message)
        shard.build()


@mypyc_attr(acyclic=True)
class Matching:
    """What is found for one profile: the ``values`` of facts by their place, and of every condition if it ``is_true``.

    So many of its true ``terms`` are ``settled``.
    """

    def __init__(self, terms: NumberedTerms, values: list[Value | None], conditions: i64) -> None:
        """Start with no term known to be true."""
        self.values, self.terms, self.settled = values, TrueTerms(terms), i64(0)
        self.is_true = vec[bool]([False] * conditions)


class _Alone:
    """The terms that the engine is not asked for, by number, and the conditions that they make true."""

    def __init__(self, owners: Mapping[Term, list[int]]) -> None:
        self.terms = list(owners)
        self._owners, self._start = vec[i16](), vec[i32]([0])
        for indexes in owners.values():
            for index in indexes:
                self._owners = append(self._owners, i16(index))
            self._start = append(self._start, i32(len(self._owners)))

    def tell(self, term: i64, is_true: vec[bool]) -> None:
        """Tell which conditions a term makes true."""
        for at in range(i64(self._start[term]), i64(self._start[term + 1])):
            is_true[i64(self._owners[at])] = True


class _Asked:
    """What a shard is told so that it can find a term true."""

    def __init__(self, shard: _Shard, properties: list[_Told]) -> None:
        self.shard, self.properties = shard, properties


class _Told:
    """A property under the name that a shard has for it."""

    def __init__(self, name: str, one: Property, fact: Fact, place: int) -> None:
        self._member, self._place = one.member, i64(place)
        self._ranks = {option.id: rank for rank, option in enumerate(fact.options)}
        self._name = f',"{name}":'

    def written(self, values: list[Value | None]) -> str:
        """Write it after a comma, with the value that it has now."""
        value = values[self._place]
        number = self._member in value if isinstance(value, frozenset) else integer(value, self._ranks)
        return f"{self._name}{int(number)}"


class _Question:
    """What a shard is asked: for the terms that compare these properties."""

    def __init__(self, asked: _Asked) -> None:
        self.shard, self._properties = asked.shard, asked.properties.copy()

    def add(self, asked: _Asked) -> None:
        """Ask for one more term."""
        for one in asked.properties:
            if one not in self._properties:
                self._properties.append(one)

    def fact(self, values: list[Value | None]) -> str:
        """Write what the shard is told."""
        return f"{{{SID},{GUARD}{''.join([one.written(values) for one in self._properties])}}}"


def _put(asked: _Asked, questions: list[_Question]) -> None:
    for question in questions:
        if question.shard is asked.shard:
            question.add(asked)
            return
    questions.append(_Question(asked))


def _owners(
    conditions: Sequence[Condition], facts: Mapping[str, Fact], lead: str | None, first: int = 0
) -> dict[Term, list[int]]:
    """Return the terms, each with the indexes, from the first on, of the conditions that it makes true."""
    owners: dict[Term, list[int]] = {}
    for index, condition in enumerate(conditions, start=first):
        for count, term in enumerate(terms(condition, facts, lead), start=1):
            if count > MOST_TERMS_OF_A_CONDITION:
                message = f"condition {index} has more than {MOST_TERMS_OF_A_CONDITION} alternatives"
                raise MatcherError(message)
            if len(term) > MOST_COMPARISONS:
                message = f"condition {index} has more than {MOST_COMPARISONS} comparisons that hold together"
                raise MatcherError(message)
            own = owners.setdefault(term, [])
            if index not in own[-1:]:
                own.append(index)
    return owners


class _Shard:
    """One rule set of the engine and what goes into it."""

    def __init__(self, plan: Plan, facts: Mapping[str, Fact], place: Mapping[str, int]) -> None:
        names = {one: f"p{index}" for index, one in enumerate(sorted(plan.properties, key=_sort_key))}
        _refuse_collisions(["id", "sid", "guard", *names.values()])
        self._owners = {str(number): owners for number, owners in enumerate(plan.terms.values())} | {"guard": []}
        rules = {str(number): {"all": [{"m": _engine_term(term, names)}]} for number, term in enumerate(plan.terms)}
        rules["guard"] = {"all": [{"m": {"guard": 1}}]}
        self._definition = json.dumps(rules)
        told = {one: _Told(name, one, facts[one.fact], place[one.fact]) for one, name in names.items()}
        self.asked = [
            _Asked(self, [told[one] for one in dict.fromkeys(atom.property for atom in term)]) for term in plan.terms
        ]
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

    def match(self, fact: str, is_true: vec[bool]) -> None:
        """Tell which conditions have a term that is true of an object."""
        for name in self._fired(fact):
            for index in self._owners[name]:
                is_true[index] = True

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
