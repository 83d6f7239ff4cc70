"""Reasons in one language: the rules that made a thing so, each with its facts, rationale and sources.

What does not depend on a profile is written as JSON once. What a rule says about its facts is kept by the
values of those facts, of a set by the members that the rule asks about; the store is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, cast

from service.advice.compose import Reason
from service.advice.descriptions import EFFECT_AMOUNTS
from service.advice.json_text import Fragment, encode, fragment
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Part, comparisons, decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import FactType, Kind, Profile, Rule, Value

BECAUSE_KEPT: int = 20_000
MEMBERS_KEPT: int = 4_096

Said: TypeAlias = tuple[bytes | str, ...]
"""JSON in pieces; where a text stands, which is the id of a set fact, its members are to be put."""


class Reasons:
    """Says reasons in one language. Safe to share between threads: its store only ever gains entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words = compiled, words
        rules = compiled.rule_base.rules
        self._heads = [encode({"rule": rule.id, "step": rule.step})[:-1] for rule in rules]
        self._tails = [self._tail(rule) for rule in rules]
        self._openings = [
            self._opening(index, effect.kind, effect.amount)
            for index, rule in enumerate(rules)
            for effect in rule.effects
        ]
        self._cuts: dict[tuple[str, int | None], bytes] = {}
        self._because: dict[tuple[object, ...], Said] = {}
        self._written: dict[tuple[str, frozenset[str]], bytes] = {}
        self._asks = [sorted(names) for names in compiled.asks]
        self._asked_members = [_asked_members(rule, compiled) for rule in rules]

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        known = evaluation.known
        values = [known.get(name) for name in self._asks[rule]]
        for place, asked in self._asked_members[rule]:
            members = values[place]
            if isinstance(members, frozenset):
                values[place] = members & asked
        key = (rule, *values)
        said = self._because.get(key)
        if said is None:
            said = self._say(rule, known)
            if len(self._because) < BECAUSE_KEPT:
                self._because[key] = said
        if len(said) == 1:
            return cast("bytes", said[0])
        return b"".join([self._members(piece, known) if isinstance(piece, str) else piece for piece in said])

    def bodies(self, evaluation: Evaluation) -> list[bytes]:
        """Return as JSON, by rule, what follows the effect in each reason that it gives; nothing if it did not fire."""
        bodies = [b""] * len(self._tails)
        for rule in evaluation.fired:
            bodies[rule] = self.because(rule, evaluation) + self._tails[rule]
        return bodies

    def write(self, reasons: list[Reason], bodies: list[bytes], out: list[bytes]) -> None:
        """Write reasons as a JSON array, in pieces, to the end of ``out``; ``bodies`` holds that of every rule."""
        out.append(b"[")
        for reason in reasons:
            rule, effect = reason.rule, reason.effect
            if rule is None or effect is None:
                out.append(self._cut(reason.step, reason.amount))
            else:
                out.append(self._openings[effect])
                out.append(bodies[rule])
            out.append(b",")
        if reasons:
            out.pop()
        out.append(b"]")

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

    def _say(self, rule: int, known: Profile) -> Said:
        pieces: list[bytes | str] = []
        written = b"["
        parts = decisive_parts(self._compiled.rule_base.rules[rule].when, known, self._compiled.rule_base.facts)
        for place, part in enumerate(parts):
            fact = part.comparison.fact
            said = self._part(part, known[fact])
            written += b"," if place else b""
            if isinstance(known[fact], frozenset):
                before, after = (
                    encode({"fact": fact})[:-1],
                    encode({name: said[name] for name in ("label", "text")})[1:],
                )
                pieces += [written + before + b',"value":', fact]
                written = b"," + after
            else:
                written += encode(said)
        return (*pieces, written + b"]")

    def _members(self, fact: str, known: Profile) -> bytes:
        """Write the members of a set fact as JSON."""
        value = cast("frozenset[str]", known[fact])
        kept = self._written.get((fact, value))
        if kept is None:
            kept = encode([one.id for one in self._compiled.rule_base.facts[fact].options if one.id in value])
            if len(self._written) < MEMBERS_KEPT:
                self._written[fact, value] = kept
        return kept

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


def _asked_members(rule: Rule, compiled: CompiledRuleBase) -> list[tuple[int, frozenset[str]]]:
    """List where the set facts stand among those that a rule asks for, sorted, and which members it asks about."""
    asked: dict[str, set[str]] = {}
    for part in comparisons(rule.when):
        if compiled.rule_base.facts[part.fact].type is FactType.SET:
            operands = part.operand if isinstance(part.operand, tuple) else (str(part.operand),)
            asked.setdefault(part.fact, set()).update(operands)
    names = sorted({part.fact for part in comparisons(rule.when)})
    return [(names.index(fact), frozenset(members)) for fact, members in asked.items()]
