"""What follows the effect in a reason: the facts that made a rule fire, its rationale and its sources, in one language.

What a comparison says of its fact is said beforehand for every value, of a set for all that it can have of the members
that are asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, cast

from librt.strings import BytesWriter
from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.advice.json_text import encode
from service.advice.pieces import number
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Candidate, candidates, compile_condition
from service.engine.evaluation import Evaluation
from service.knowledge.model import Comparison, Fact, FactType, Rule, Value

FORESEEN: int = 2**10
"""Values up to which is said beforehand what a comparison says of them, in some hundred bytes each; none of more."""

_SOME_NUMBER: Final = 987_654_321
"""A number that occurs in no text."""


@mypyc_attr(acyclic=True)
class Grounds:
    """The grounds of the rules that fired in one evaluation, in ``pieces``.

    Those of a rule are there from ``start`` of its position among the rules that fired on, up to those of the next.
    ``has`` tells of each member of all set facts whether its set has it, and ``named`` says those of a set, once a
    rule was met that asks about it.
    """

    def __init__(self, rules: i64, sets: i64, has: vec[bool]) -> None:
        self.pieces: list[bytes] = []
        self.start = vec[i32]([0] * (rules + 1))
        self.has, self.named = has, [b""] * sets

    def write(self, turn: i64, out: BytesWriter) -> None:
        """Write those of the rule at a position."""
        start, pieces = self.start, self.pieces
        for at in range(i64(start[turn]), i64(start[turn + 1])):
            out.write(pieces[at])


class GroundsOf:
    """Says the grounds of rules. Only read, so that threads can share it.

    The deciders of a rule are there from ``_start`` of its index on, up to those of the next. Of each there are the
    place of its fact, what it says by value (``_said`` from ``_first`` on), and, when the fact is a set, which members
    are ``_asked`` about, up to its ``_asked_end``. Members are numbered through all sets.
    """

    def __init__(self, compiled: CompiledRuleBase, words: Words, tails: list[bytes]) -> None:
        """Say what rules say of all values of their facts, each rule with its tail."""
        self._compiled, self._words = compiled, words
        facts, place = compiled.rule_base.facts, compiled.derivations.place
        self._names = list(facts)
        self._options = [{option.id: at for at, option in enumerate(fact.options)} for fact in facts.values()]
        self._least = vec[i64]([fact.minimum or 0 for fact in facts.values()])
        sets = [name for name, fact in facts.items() if fact.type is FactType.SET]
        first = list(accumulate((len(facts[name].options) for name in sets), initial=0))
        self._sets = [_Set(facts[name], number) for name, number in zip(sets, first, strict=False)]
        self._set_at = vec[i16]([sets.index(name) if name in sets else 0 for name in facts])
        self._none = vec[bool]([False] * first[-1])
        self._deciders: list[_Decider] = []
        self._start, self._is_certain = vec[i32]([0]), vec[bool]()
        self._places, self._asked, self._asked_end = vec[i16](), vec[i16](), vec[i32]([0])
        self._said: list[bytes] = []
        self._first = vec[i32]([0])
        self._ends = [b"]" + tail for tail in tails]
        for rule, end in zip(compiled.rule_base.rules, self._ends, strict=True):
            self._add_rule(rule, end, place)

    def of(self, evaluation: Evaluation) -> Grounds:
        """Return the grounds of the rules that fired."""
        grounds, values = self._none_said(len(evaluation.fired)), evaluation.values
        for turn, rule in enumerate(evaluation.fired):
            self._add(rule, values, grounds)
            grounds.start[i64(turn) + 1] = i32(len(grounds.pieces))
        return grounds

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        grounds = self._none_said(0)
        self._add(rule, evaluation.values, grounds)
        return b"[" + b"".join(grounds.pieces)[: 1 - len(self._ends[rule])]

    def _none_said(self, rules: i64) -> Grounds:
        return Grounds(rules, len(self._sets), self._none[:])

    def _add(self, rule: i64, values: list[Value | None], grounds: Grounds) -> None:
        if self._is_certain[rule]:
            for decider in range(i64(self._start[rule]), i64(self._start[rule + 1])):
                self._add_decider(decider, values, grounds)
        else:
            self._add_uncertain(rule, values, grounds)

    def _add_uncertain(self, rule: i64, values: list[Value | None], grounds: Grounds) -> None:
        """Say a rule that not all comparisons decide that could, or none."""
        start, end = i64(self._start[rule]), i64(self._start[rule + 1])
        known: dict[str, Value] = {}
        for decider in range(start, end):
            place = i64(self._places[decider])
            value = values[place]
            if value is not None:
                known[self._names[place]] = value
        is_first = True
        for decider in range(start, end):
            if self._deciders[decider].candidate.decides(known):
                if not is_first:
                    grounds.pieces.append(b",")
                self._add_decider(decider, values, grounds)
                is_first = False
        grounds.pieces.append(self._ends[rule])

    def _add_decider(self, decider: i64, values: list[Value | None], grounds: Grounds) -> None:
        """Say of a comparison that decides what its fact is."""
        place = i64(self._places[decider])
        value = values[place]
        if isinstance(value, frozenset):
            code = self._add_set(decider, i64(self._set_at[place]), value, grounds)
        elif isinstance(value, str):
            code = i64(self._options[place][value])
        else:
            code = i64(cast("int", value)) - self._least[place]
        at = i64(self._first[decider]) + code
        if code >= 0 and at < i64(self._first[decider + 1]):
            grounds.pieces.append(self._said[at])
        else:
            grounds.pieces.append(self._say(self._deciders[decider], cast("Value", value)))

    def _add_set(self, decider: i64, place: i64, value: frozenset[str], grounds: Grounds) -> i64:
        """Say which members a set has, and return which of those asked about, as bits."""
        named, has = grounds.named[place], grounds.has
        if not named:
            named = grounds.named[place] = self._sets[place].say(value, has)
        grounds.pieces.append(named)
        found: i64 = 0
        bit: i64 = 1
        for at in range(i64(self._asked_end[decider]), i64(self._asked_end[decider + 1])):
            if has[i64(self._asked[at])]:
                found |= bit
            bit <<= 1
        return found

    def _add_rule(self, rule: Rule, end: bytes, place: dict[str, int]) -> None:
        """Look up what decides a rule."""
        facts = self._compiled.rule_base.facts
        deciding = candidates(rule.when, facts)
        is_certain = bool(deciding) and not any(one.tests for one in deciding)
        for candidate in deciding:
            fact = facts[candidate.part.comparison.fact]
            after = b"" if not is_certain else end if candidate is deciding[-1] else b","
            self._places = append(self._places, i16(place[fact.id]))
            self._deciders.append(_Decider(candidate, after))
            self._foresee(self._deciders[-1], fact)
        self._is_certain = append(self._is_certain, is_certain)
        self._start = append(self._start, i32(len(self._deciders)))

    def _foresee(self, one: _Decider, fact: Fact) -> None:
        """Say what it says of all values with which it decides, if there are not too many."""
        comparison, facts = one.candidate.part.comparison, self._compiled.rule_base.facts
        place, asked = self._compiled.derivations.place[fact.id], _asked(fact, comparison)
        for member in asked if _count(fact, asked) <= FORESEEN else ():
            self._asked = append(self._asked, i16(self._sets[int(self._set_at[place])].numbers[member]))
        self._asked_end = append(self._asked_end, i32(len(self._asked)))
        if fact.type is FactType.INTEGER:
            before, between, after = self._say(one, _SOME_NUMBER).split(number(_SOME_NUMBER))
            one.around = before, between, after
        test = compile_condition(comparison, facts)
        for value in _values(fact, asked) if _count(fact, asked) <= FORESEEN else ():
            self._said.append(self._say(one, value) if test({fact.id: value}) is one.candidate.part.holds else b"")
        self._first = append(self._first, i32(len(self._said)))

    def _say(self, one: _Decider, value: Value) -> bytes:
        """Say a fact by its value; of a set only what follows its members."""
        if one.around is not None:
            before, between, after = one.around
            written = number(cast("int", value))
            return before + written + between + written + after
        part = one.candidate.part
        label = self._words.text(self._compiled.rule_base.facts[part.comparison.fact].label)
        said = encode({"label": label, "text": self._words.because(part, value)})[1:] + one.after
        if isinstance(value, frozenset):
            return said
        return encode({"fact": part.comparison.fact, "value": value})[:-1] + b"," + said


class _Decider:
    """A comparison that can be among those that made a rule fire.

    ``around`` stands around an integer, which is said twice; ``after`` is what always follows.
    """

    def __init__(self, candidate: Candidate, after: bytes) -> None:
        self.candidate, self.after = candidate, after
        self.around: tuple[bytes, bytes, bytes] | None = None


class _Set:
    """Says which members a set fact has, as the first half of a JSON object; ``numbers`` are those of its members."""

    def __init__(self, fact: Fact, first: int) -> None:
        self._first, self._head = i64(first), encode({"fact": fact.id})[:-1] + b',"value":['
        self.numbers = {option.id: first + place for place, option in enumerate(fact.options)}
        self._written = [encode(option.id) for option in fact.options]
        self._alone = [self._head + written + b"]," for written in self._written]

    def say(self, members: frozenset[str], has: vec[bool]) -> bytes:
        """Write the members in the order of the options; ``has`` takes note of them by their numbers."""
        number: i64 = 0
        for member in members:
            number = self.numbers[member]
            has[number] = True
        if len(members) == 1:
            return self._alone[number - self._first]
        said = list[bytes]()
        for place in range(i64(len(self._written))):
            if has[self._first + place]:
                said.append(self._written[place])
        return self._head + b",".join(said) + b"],"


def _asked(fact: Fact, comparison: Comparison) -> tuple[str, ...]:
    """Return the members of a set that a comparison asks about."""
    if fact.type is not FactType.SET:
        return ()
    return comparison.operand if isinstance(comparison.operand, tuple) else (str(comparison.operand),)


def _count(fact: Fact, asked: tuple[str, ...]) -> int:
    """Return how many values there are."""
    match fact.type:
        case FactType.FLAG:
            return 2
        case FactType.SCALE | FactType.INTEGER:
            return (fact.maximum or 0) + 1 - (fact.minimum or 0)
        case FactType.SET:
            return int(2 ** len(asked))
        case _:
            return len(fact.options)


def _values(fact: Fact, asked: tuple[str, ...]) -> Sequence[Value]:
    """List the values of a fact, of a set the members asked about that it can have: those by the bits of the place."""
    match fact.type:
        case FactType.FLAG:
            return (False, True)
        case FactType.SCALE | FactType.INTEGER:
            return range(fact.minimum or 0, (fact.maximum or 0) + 1)
        case FactType.SET:
            subsets: list[frozenset[str]] = [frozenset()]
            for member in asked:
                subsets += [subset | {member} for subset in subsets]
            return subsets
        case _:
            return [option.id for option in fact.options]
