"""Reasons in one language: the rules that made a thing so, each with its facts, rationale and sources.

What does not depend on a profile is written as JSON once. What a comparison says of its fact is kept by the
fact's value, of a set by those of its members that are asked about: mostly that is all there can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from service.advice.compose import Reason
from service.advice.descriptions import EFFECT_AMOUNTS
from service.advice.json_text import Fragment, encode, fragment
from service.advice.pieces import array
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Candidate, Part, candidates, compile_condition, decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Comparison, Fact, FactType, Kind, Rule, Value

SAID_KEPT: int = 256
"""Values for which is kept what one comparison says of its fact, some hundred bytes each."""


class Reasons:
    """Says reasons in one language. Safe to share between threads: its stores only ever gain entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words = compiled, words
        rules = compiled.rule_base.rules
        self._heads = [encode({"rule": rule.id, "step": rule.step})[:-1] for rule in rules]
        self._tails = [self._tail(rule) for rule in rules]
        openings = [
            self._opening(index, effect.kind, effect.amount)
            for index, rule in enumerate(rules)
            for effect in rule.effects
        ]
        self._first_openings, self._openings = ([before + one for one in openings] for before in (b"[", b","))
        self._cuts: dict[tuple[str, int | None], bytes] = {}
        facts = compiled.rule_base.facts
        self._members = {name: _Members(fact) for name, fact in facts.items() if fact.type is FactType.SET}
        self._said: dict[Part, dict[Value, bytes]] = {}
        self._deciding = [[self._decider(one) for one in candidates(rule.when, facts)] for rule in rules]

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        return b"".join(self._because(rule, evaluation.known, {}))

    def bodies(self, evaluation: Evaluation) -> list[bytes]:
        """Return as JSON, by rule, what follows the effect in each reason that it gives; nothing if it did not fire."""
        bodies = [b""] * len(self._tails)
        sets: dict[str, bytes] = {}
        for rule in evaluation.fired:
            pieces = self._because(rule, evaluation.known, sets)
            pieces.append(self._tails[rule])
            bodies[rule] = b"".join(pieces)
        return bodies

    def write(self, reasons: list[Reason], bodies: list[bytes], out: list[bytes]) -> None:
        """Write reasons as a JSON array, in pieces, to the end of ``out``; ``bodies`` holds that of every rule."""
        openings = self._first_openings
        for reason in reasons:
            rule, effect = reason.rule, reason.effect
            if rule is None or effect is None:
                out.append(b"[" if openings is self._first_openings else b",")
                out.append(self._cut(reason.step, reason.amount))
            else:
                out.append(openings[effect])
                out.append(bodies[rule])
            openings = self._openings
        out.append(b"]" if reasons else b"[]")

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
        return b'%b,"effect":%b,"because":' % (self._heads[rule], encode(effect))

    def _because(self, rule: int, known: dict[str, Value], sets: dict[str, bytes]) -> list[bytes]:
        """Return in pieces the facts that made a rule fire; ``sets`` gains the set facts among them."""
        pieces: list[bytes] = []
        before = b"["
        for one in self._deciding[rule]:
            if one.always or one.candidate.decides(known):
                pieces.append(before)
                value = known[one.fact]
                if one.asked is not None:
                    members = cast("frozenset[str]", value)
                    said_of_set = sets.get(one.fact)
                    if said_of_set is None:
                        said_of_set = sets[one.fact] = self._members[one.fact].say(members)
                    pieces.append(said_of_set)
                    value = members & one.asked
                said = one.said.get(value)
                pieces.append(self._say(one, value) if said is None else said)
                before = b","
        pieces.append(b"]" if pieces else b"[]")
        return pieces

    def _decider(self, candidate: Candidate) -> _Decider:
        """Look up what a comparison asks of its fact, and say it of all values that can be foreseen."""
        part = candidate.part
        fact = self._compiled.rule_base.facts[part.comparison.fact]
        one = _Decider(candidate, fact, self._said.setdefault(part, {}))
        test = compile_condition(part.comparison, self._compiled.rule_base.facts)
        for value in _foreseen(fact, part.comparison):
            if value not in one.said and test({fact.id: value}) is part.holds:
                self._say(one, value)
        return one

    def _say(self, one: _Decider, value: Value) -> bytes:
        """Say a fact by its value; of a set only what follows its members, of which ``value`` is those asked about."""
        said = self._part(one.candidate.part, value)
        if one.asked is None:
            written = encode(said)
        else:
            written = b"," + encode({name: said[name] for name in ("label", "text")})[1:]
        if len(one.said) < SAID_KEPT:
            one.said[value] = written
        return written

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

    ``always`` tells that it is whenever the rule fires; ``asked`` are the members that it asks about, None
    unless its fact is a set; ``said`` is what it says, by the fact's value, and grows.
    """

    def __init__(self, candidate: Candidate, fact: Fact, said: dict[Value, bytes]) -> None:
        self.candidate, self.fact, self.said = candidate, fact.id, said
        self.always = not candidate.tests
        operand = candidate.part.comparison.operand
        asked = operand if isinstance(operand, tuple) else (str(operand),)
        self.asked: frozenset[str] | None = frozenset(asked) if fact.type is FactType.SET else None


class _Members:
    """Says which members a set fact has, as the first half of a JSON object."""

    def __init__(self, fact: Fact) -> None:
        self._head = encode({"fact": fact.id})[:-1] + b',"value":'
        self._place = {option.id: place for place, option in enumerate(fact.options)}
        self._written = [encode(option.id) for option in fact.options]

    def say(self, members: frozenset[str]) -> bytes:
        """Write the members in the order of the options."""
        places = [self._place[one] for one in members]
        places.sort()
        return self._head + array([self._written[place] for place in places])


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
