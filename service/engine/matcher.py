"""The matcher: which conditions are true, found by durable_rules. The one module that imports its engine.

The extension is used without its Python layer (`Host` starts timer threads and survives no fork), one
object at a time, and only inside the limits that were measured for version 2.0.28: beyond them it
refuses, hangs or crashes. So nothing but small integers under names of our own reaches it, and the
conditions are cut into shards that each stay far below every limit.

A condition comes as a disjunction of ``terms``. Equal ones are given to the engine once. A term of one
comparison needs no engine: it is found with the value that makes it true. So are the terms of what is only
``counted``, the findings, with the last value that they ask for.

The engine is asked for a term of which all comparisons are true, and told of nothing but what that compares. Its answer
follows from what it is told, and that can be few things: so the answer is kept, and asked for once.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import durable_rules_engine as engine
from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.engine.shards import Plan, plans
from service.engine.states import UNKNOWN, States
from service.engine.terms import MOST_TERMS_OF_A_CONDITION, Atom, Property, Term, terms
from service.engine.true_terms import MOST_COMPARISONS, MOST_NUMBERED, NumberedTerms
from service.knowledge.model import Condition, Fact, Profile, Value

MOST_REBUILDS: Final = 100
"""Shards rebuilt after a failure, a process: each leaks about 160 kB, and a hundred are a fault to see."""
MOST_WAYS = 1024
"""Ways for a term to be true that are kept: of a term that has more, none is."""
USUAL: Final = 48
"""Conditions that are true of a profile, with some to spare: for more, the list of them is copied."""
GUARD: Final = '"guard":1'
SID: Final = '"id":"1","sid":"1"'


class MatcherError(Exception):
    """The conditions cannot be brought inside the engine's limits, or the engine failed."""


class Matcher:
    """Tells which of a list of conditions are true. Safe to share between threads and across a fork.

    ``lead`` is a fact that terms should start with if they can. ``rebuilds`` counts the failures of the engine after
    which a shard was built anew.
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
        self.states = States([*owners, *alone], facts)
        if max(self._count, len(owners) + len(alone), len(self.states.values)) > MOST_NUMBERED:
            message = f"there are more than {MOST_NUMBERED} conditions, or alternatives of them"
            raise MatcherError(message)
        cut = plans(owners, lead)
        asked = [term for plan in cut for term in plan.terms]
        self._place = {name: place for place, name in enumerate(facts)}
        self._terms = NumberedTerms([*asked, *alone], self.states)
        self._owners = _Owners([*(owners[term] for term in asked), *alone.values()])
        self._shards = [_Shard(plan, self.states) for plan in cut]
        self._questions = [one for shard in self._shards for one in shard.questions]
        self._answers, self._asked = _Answers(asked, self.states), i64(len(asked))
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
        matching = Matching(self._terms, self.states.told(values), self._count)
        for condition in self._always:
            matching.add(i64(condition))
        self._learn(matching, 0, i64(len(matching.states)))
        return matching

    def go_on(self, matching: Matching, place: i64, value: Value) -> None:
        """Find the conditions that are true as well when the fact in a place becomes known.

        Raises:
            MatcherError: when the engine failed twice on the same facts.
        """
        first = self.states.first
        self.states.tell(place, value, matching.states)
        self._learn(matching, i64(first[place]), i64(first[place + 1]))

    def _learn(self, matching: Matching, first: i64, end: i64) -> None:
        """Take the states of the properties with these numbers, each once, and find the conditions true by them."""
        states, left, terms, start = matching.states, matching.left, self._terms.terms, self._terms.start
        for number in range(first, end):
            state = i64(states[number])
            if state != UNKNOWN:
                for at in range(i64(start[state]), i64(start[state + 1])):
                    term = i64(terms[at])
                    left[term] -= 1
                    if left[term] == 0 and (term >= self._asked or self._is_true(term, states)):
                        self._owners.tell(term, matching)

    def _is_true(self, term: i64, states: vec[i16]) -> bool:
        """Tell whether the engine finds a term true in such states, or did before."""
        way = self._answers.way(term, states)
        if way >= 0 and self._answers.true[way]:
            return True
        is_true = self._ask(self._questions[term], states)
        if is_true and way >= 0:
            self._answers.true[way] = True
        return is_true

    def _ask(self, question: _Question, states: vec[i16]) -> bool:
        fact, shard = question.fact(self.states, states), question.shard
        with self._lock:
            try:
                return question.rule in shard.fired(fact)
            except MatcherError:
                self._rebuild(shard)
                return question.rule in shard.fired(fact)

    def _rebuild(self, shard: _Shard) -> None:
        self.rebuilds += 1
        if self.rebuilds > MOST_REBUILDS:
            message = "the engine failed too often; the process has to be replaced"
            raise MatcherError(message)
        shard.build()


@mypyc_attr(acyclic=True)
class Matching:
    """What is found for one profile: of every condition if it ``is_true``, and in which order they were ``found`` so.

    Of each term is counted how many of its comparisons are ``left``, that are not true yet.
    """

    def __init__(self, terms: NumberedTerms, states: vec[i16], conditions: i64) -> None:
        """Start with no comparison known to be true."""
        self.states, self.left = states, terms.lengths[:]
        self.is_true, self.found = vec[bool]([False] * conditions), vec[i16](capacity=USUAL)

    def add(self, condition: i64) -> None:
        """Take a condition as true."""
        if not self.is_true[condition]:
            self.is_true[condition] = True
            self.found = append(self.found, i16(condition))


class _Owners:
    """The conditions that terms make true, by the number of the term."""

    def __init__(self, of_terms: Iterable[list[int]]) -> None:
        self._owners, self._start = vec[i16](), vec[i32]([0])
        for indexes in of_terms:
            for index in indexes:
                self._owners = append(self._owners, i16(index))
            self._start = append(self._start, i32(len(self._owners)))

    def tell(self, term: i64, matching: Matching) -> None:
        """Tell which conditions a term makes true."""
        for at in range(i64(self._start[term]), i64(self._start[term + 1])):
            matching.add(i64(self._owners[at]))


class _Answers:
    """In which ways the engine was told of terms that it then found ``true``; these only become more.

    Ways of a term differ in the states of the properties that it does not compare by equality.
    """

    def __init__(self, asked: Iterable[Term], states: States) -> None:
        self._begin, self._first, self._start = states.begin, vec[i32](), vec[i32]([0])
        self._properties, self._steps = vec[i16](), vec[i16]()
        ways = 0
        for term in asked:
            bounded = [states.number(one) for one in _bounded(term)]
            counts = [len(states.of(number)) for number in bounded]
            kept = math.prod(counts) <= MOST_WAYS
            for place, number in enumerate(bounded if kept else ()):
                self._properties = append(self._properties, i16(number))
                self._steps = append(self._steps, i16(math.prod(counts[:place])))
            self._first = append(self._first, i32(ways if kept else -1))
            self._start = append(self._start, i32(len(self._properties)))
            ways += math.prod(counts) if kept else 0
        self.true = vec[bool]([False] * ways)

    def way(self, term: i64, states: vec[i16]) -> i64:
        """Return the way in which a term is told of in such states; -1 when it has too many to be kept."""
        way = i64(self._first[term])
        for at in range(i64(self._start[term]), i64(self._start[term + 1])):
            number = i64(self._properties[at])
            way += (i64(states[number]) - i64(self._begin[number])) * i64(self._steps[at])
        return way


class _Question:
    """What a shard is told so that it can find a term true, and which of its rules that is."""

    def __init__(self, shard: _Shard, rule: str, told: list[_Told]) -> None:
        self.shard, self.rule, self._told = shard, rule, told

    def fact(self, of: States, states: vec[i16]) -> str:
        """Write what the shard is told."""
        return f"{{{SID},{GUARD}{''.join([one.written(of, states) for one in self._told])}}}"


class _Told:
    """A property under the name that a shard has for it."""

    def __init__(self, name: str, number: int) -> None:
        self._name, self._number = f',"{name}":', i64(number)

    def written(self, of: States, states: vec[i16]) -> str:
        """Write it after a comma, with one value for all those that no comparison tells apart."""
        return f"{self._name}{of.values[i64(states[self._number])]}"


def _bounded(term: Term) -> list[Property]:
    """List the properties that a term compares, but not by equality."""
    equal = {atom.property for atom in term if atom.operator == "=="}
    return list(dict.fromkeys(atom.property for atom in term if atom.property not in equal))


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

    def __init__(self, plan: Plan, states: States) -> None:
        names = {one: f"p{index}" for index, one in enumerate(sorted(plan.properties, key=_sort_key))}
        _refuse_collisions(["id", "sid", "guard", *names.values()])
        rules = {str(number): {"all": [{"m": _engine_term(term, names)}]} for number, term in enumerate(plan.terms)}
        rules["guard"] = {"all": [{"m": {"guard": 1}}]}
        self._definition = json.dumps(rules)
        told = {one: _Told(name, states.number(one)) for one, name in names.items()}
        self.questions = [
            _Question(self, str(number), [told[one] for one in dict.fromkeys(atom.property for atom in term)])
            for number, term in enumerate(plan.terms)
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
            message = f"the engine refused a rule set of {len(self.questions)} terms"
            raise MatcherError(message) from error
        self._clean = True

    def fired(self, fact: str) -> list[str]:
        """Return the names of the rules that fire for an object.

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
