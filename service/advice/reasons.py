"""Reasons in one language: the rules that made a thing so, each with its facts, rationale and sources.

What does not depend on a profile is written as JSON once. What a comparison says of its fact is kept by the
fact's value, of a set by those of its members that are asked about: mostly that is all there can be.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, cast

from librt.strings import BytesWriter
from mypy_extensions import i64

from service.advice.descriptions import EFFECT_AMOUNTS
from service.advice.fired import CUT, NONE, FiredFor, Reason
from service.advice.json_text import Fragment, encode, fragment
from service.advice.pieces import in_order, number
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Candidate, Part, candidates, compile_condition, decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Comparison, Fact, FactType, Kind, Rule, Value

SAID_KEPT: int = 1_000
"""Values for which is kept what one comparison says of its fact, some hundred bytes each."""

_SOME_NUMBER: Final = 987_654_321
"""A number that occurs in no text."""
_REASONS: Final = b',"reasons":['
_NO_REASONS: Final = b',"reasons":[]'


class Reasons:
    """Says reasons in one language. Safe to share between threads: its stores only ever gain entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words = compiled, words
        rules, facts = compiled.rule_base.rules, compiled.rule_base.facts
        self._heads = [encode({"rule": rule.id, "step": rule.step})[:-1] for rule in rules]
        self._tails = [self._tail(rule) for rule in rules]
        openings = [
            self._opening(index, effect.kind, effect.amount)
            for index, rule in enumerate(rules)
            for effect in rule.effects
        ]
        self._first_openings = [_REASONS + opening for opening in openings]
        self._openings = [b"," + opening for opening in openings]
        self._cuts: dict[tuple[str, int | None], bytes] = {}
        sets = [fact for fact in facts.values() if fact.type is FactType.SET]
        self._members = [_Members(fact) for fact in sets]
        self._place_of_set = {fact.id: place for place, fact in enumerate(sets)}
        self._bodies = [self._body_of(rule, tail) for rule, tail in zip(rules, self._tails, strict=True)]

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        body = self._body(self._bodies[rule], evaluation.known, [b""] * len(self._members))
        return b"[" + body[: -len(self._tails[rule])]

    def bodies(self, evaluation: Evaluation) -> list[bytes]:
        """Return as JSON, for the rules that fired in their order, what follows the effect in each reason they give."""
        known, sets = evaluation.known, [b""] * len(self._members)
        return [self._body(self._bodies[rule], known, sets) for rule in evaluation.fired]

    def write(self, fired: FiredFor, position: i64, bodies: list[bytes], out: BytesWriter) -> None:
        """Write the reasons of the rules that fired for a thing, the last that its object says, with their bodies."""
        chains, at = fired.fired, fired.first(position)
        if at == NONE:
            out.write(_NO_REASONS)
            return
        openings = self._first_openings
        while at != NONE:
            out.write(openings[i64(chains.effects[at])])
            out.write(bodies[i64(chains.rules[at])])
            openings = self._openings
            at = i64(chains.following[at])
        out.write(b"]")

    def write_list(self, reasons: list[Reason], evaluation: Evaluation, bodies: list[bytes], out: BytesWriter) -> None:
        """Write reasons that were gathered, cuts among them, as those of the rules that fired are written."""
        openings = self._first_openings
        for reason in reasons:
            if reason.effect == CUT:
                out.write(b"," if openings is self._openings else _REASONS)
                out.write(self._cut(reason.step, reason.amount))
            else:
                out.write(openings[reason.effect])
                out.write(bodies[bisect_left(evaluation.fired, int(reason.rule))])
            openings = self._openings
        out.write(b"]" if reasons else _NO_REASONS)

    def said(self, reasons: list[Reason], evaluation: Evaluation) -> Fragment:
        """Say reasons as a JSON array by itself."""
        out = BytesWriter()
        self.write_list(reasons, evaluation, self.bodies(evaluation), out)
        return Fragment(out.getvalue()[len(_REASONS) - 1 :])

    def rule(self, rule: int, said: Mapping[str, object]) -> Fragment:
        """Say a rule with what is ``said`` of it between its id and its rationale."""
        return Fragment(b"%s,%s%s" % (self._heads[rule], encode(said)[1:-1], self._tails[rule]))

    def missing(self, rule: int, evaluation: Evaluation) -> list[dict[str, object]]:
        """Say the parts for which a rule did not fire: those that fail, or else those that are unknown."""
        compiled, known = self._compiled, evaluation.known
        outcome = compiled.tests[rule](known)
        parts = decisive_parts(compiled.rule_base.rules[rule].when, known, compiled.rule_base.facts, outcome)
        return [self._part(part, known.get(part.comparison.fact), fired=False) for part in parts]

    def cut(self, step: str, effect: Mapping[str, object]) -> Fragment:
        """Say that the sum of a step was cut, and what that does."""
        return fragment(
            {
                "step": step,
                "effect": effect,
                "cap": True,
                "because": [],
                "rationale": self._words.cut(self._compiled.rule_base.method.cap_per_step),
                "sources": [],
            }
        )

    def _cut(self, step: str, amount: int | None) -> bytes:
        kept = self._cuts.get((step, amount))
        if kept is None:
            kept = self._cuts[step, amount] = encode(self.cut(step, {"weight": amount}))
        return kept

    def _opening(self, rule: int, kind: Kind, amount: int | None) -> bytes:
        effect = {"excluded": True} if amount is None else {EFFECT_AMOUNTS[kind]: amount}
        return b'%b,"effect":%b,"because":[' % (self._heads[rule], encode(effect))

    def _body(self, body: _Body, known: dict[str, Value], sets: list[bytes]) -> bytes:
        """Return what follows the effect when a rule fires; ``sets`` gains what set facts have that it names."""
        pieces: list[bytes] = []
        for one in body.deciders:
            if body.is_certain or one.candidate.decides(known):
                value = known[one.fact]
                if one.asked is not None:
                    members = cast("frozenset[str]", value)
                    if not sets[one.place]:
                        sets[one.place] = self._members[one.place].say(members)
                    pieces.append(sets[one.place])
                    if one.only:
                        pieces.append(one.only)
                        continue
                    value = members & one.asked
                said = one.said.get(value)
                if said is None:
                    said = self._say(one, value)
                    if len(one.said) < SAID_KEPT:
                        one.said[value] = said
                pieces.append(said)
        if not body.is_certain:
            pieces = [b"".join(pieces)[:-1], body.end]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _body_of(self, rule: Rule, tail: bytes) -> _Body:
        """Say what a rule says of all values of its facts that can be foreseen."""
        facts = self._compiled.rule_base.facts
        deciding, end = candidates(rule.when, facts), b"]" + tail
        is_certain = bool(deciding) and not any(one.tests for one in deciding)
        deciders: list[_Decider] = []
        for candidate in deciding:
            is_last = is_certain and candidate is deciding[-1]
            comparison = candidate.part.comparison
            fact = facts[comparison.fact]
            one = _Decider(candidate, fact, self._place_of_set.get(fact.id, 0), end if is_last else b",")
            if fact.type is FactType.INTEGER:
                before, between, after = self._say(one, _SOME_NUMBER).split(number(_SOME_NUMBER))
                one.around = before, between, after
            test = compile_condition(comparison, facts)
            for value in _foreseen(fact, comparison):
                if test({fact.id: value}) is candidate.part.holds:
                    one.said[value] = self._say(one, value)
            if one.asked is not None and len(one.asked) == 1:
                one.only = next(iter(one.said.values()))
            deciders.append(one)
        return _Body(deciders, is_certain, end)

    def _say(self, one: _Decider, value: Value) -> bytes:
        """Say a fact by its value; of a set only what follows its members, of which ``value`` is those asked about."""
        if one.around is not None:
            before, between, after = one.around
            written = number(cast("int", value))
            return before + written + between + written + after
        said = self._part(one.candidate.part, value)
        if one.asked is None:
            return encode(said) + one.after
        return encode({name: said[name] for name in ("label", "text")})[1:] + one.after

    def _part(self, part: Part, value: Value | None, *, fired: bool = True) -> dict[str, object]:
        fact = self._compiled.rule_base.facts[part.comparison.fact]
        listed = [one.id for one in fact.options if one.id in value] if isinstance(value, frozenset) else value
        said = self._words.because(part, value) if fired and value is not None else self._words.missing(part, value)
        return {"fact": fact.id, "value": listed, "label": self._words.text(fact.label), "text": said}

    def _tail(self, rule: Rule) -> bytes:
        sources = self._compiled.rule_base.sources
        said = {
            "rationale": self._words.text(rule.rationale),
            "evidence": rule.evidence,
            "sources": [{"id": name, "citation": sources[name].citation} for name in rule.sources],
        }
        return b"," + encode(said)[1:]


class _Decider:
    """A comparison that can be among those that made a rule fire.

    ``asked`` are the members that it asks about, None unless its fact is a set, which has its ``place`` among
    the sets; ``said`` is what it says by the fact's value, and grows; ``only`` is that where there is one value
    with which it decides; ``around`` stands around an integer, which is said twice; ``after`` is what always follows.
    """

    def __init__(self, candidate: Candidate, fact: Fact, place: i64, after: bytes) -> None:
        self.candidate, self.fact, self.place, self.after = candidate, fact.id, place, after
        self.said: dict[Value, bytes] = {}
        self.around: tuple[bytes, bytes, bytes] | None = None
        self.only = b""
        operand = candidate.part.comparison.operand
        asked = operand if isinstance(operand, tuple) else (str(operand),)
        self.asked: frozenset[str] | None = frozenset(asked) if fact.type is FactType.SET else None


class _Body:
    """What follows the effect in the reasons of one rule, up to its ``end``.

    ``is_certain`` tells that all of the ``deciders`` decide whenever the rule fires, of which there is one.
    """

    def __init__(self, deciders: list[_Decider], is_certain: bool, end: bytes) -> None:
        self.deciders, self.is_certain, self.end = deciders, is_certain, end


class _Members:
    """Says which members a set fact has, as the first half of a JSON object."""

    def __init__(self, fact: Fact) -> None:
        self._head = encode({"fact": fact.id})[:-1] + b',"value":['
        self._place = {option.id: place for place, option in enumerate(fact.options)}
        self._written = [encode(option.id) for option in fact.options]
        self._alone = {option.id: self._head + encode(option.id) + b"]," for option in fact.options}

    def say(self, members: frozenset[str]) -> bytes:
        """Write the members in the order of the options."""
        if len(members) == 1:
            return self._alone[next(iter(members))]
        return self._head + b",".join(in_order(members, self._place, self._written)) + b"],"


def _foreseen(fact: Fact, comparison: Comparison) -> Sequence[Value]:
    """List the values of which there are few: not integers, and of sets only the members asked about one by one."""
    if fact.type is FactType.FLAG:
        return (False, True)
    if fact.type is FactType.INTEGER:
        return ()
    if fact.type is FactType.SCALE:
        return [int(option.id) for option in fact.options]
    if fact.type is FactType.SET:
        asked = comparison.operand if isinstance(comparison.operand, tuple) else (str(comparison.operand),)
        return [frozenset[str](), *(frozenset((one,)) for one in asked)]
    return [option.id for option in fact.options]
