"""Reasons in one language: the rules that made a thing so, each with its effect and its grounds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

from librt.strings import BytesWriter
from mypy_extensions import i64

from service.advice.descriptions import EFFECT_AMOUNTS
from service.advice.fired import CUT, NONE, FiredFor, Reason, effect_of, following, turn_of
from service.advice.grounds import Grounds, GroundsOf
from service.advice.json_text import Fragment, encode, fragment
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Part, decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind, Rule, Value

_REASONS: Final = b',"reasons":['
_NO_REASONS: Final = b',"reasons":[]'


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
        self._first_openings, self._openings = _behind(_REASONS, openings), _behind(b",", openings)
        self._cuts: dict[tuple[str, int | None], bytes] = {}
        self._grounds = GroundsOf(compiled, words, self._tails)

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        return self._grounds.because(rule, evaluation)

    def grounds(self, evaluation: Evaluation) -> Grounds:
        """Return what follows the effect in each reason that the rules give which fired."""
        return self._grounds.of(evaluation)

    def write(self, fired: FiredFor, position: i64, grounds: Grounds, out: BytesWriter) -> None:
        """Write the reasons of the rules that fired for a thing, the last that its object says, with their grounds."""
        links, at = fired.fired.links, fired.first(position)
        if at == NONE:
            out.write(_NO_REASONS)
            return
        openings = self._first_openings
        while at != NONE:
            link = links[at]
            out.write(openings[effect_of(link)])
            grounds.write(turn_of(link), out)
            openings = self._openings
            at = following(link)
        out.write(b"]")

    def write_list(self, reasons: list[Reason], evaluation: Evaluation, grounds: Grounds, out: BytesWriter) -> None:
        """Write reasons that were gathered, cuts among them, as those of the rules that fired are written."""
        openings = self._first_openings
        for reason in reasons:
            if reason.effect == CUT:
                out.write(b"," if openings is self._openings else _REASONS)
                out.write(self._cut(reason.step, reason.amount))
            else:
                out.write(openings[reason.effect])
                grounds.write(bisect_left(evaluation.fired, int(reason.rule)), out)
            openings = self._openings
        out.write(b"]" if reasons else _NO_REASONS)

    def said(self, reasons: list[Reason], evaluation: Evaluation) -> Fragment:
        """Say reasons as a JSON array by itself."""
        out = BytesWriter()
        self.write_list(reasons, evaluation, self.grounds(evaluation), out)
        return Fragment(out.getvalue()[len(_REASONS) - 1 :])

    def rule(self, rule: int, said: Mapping[str, object]) -> Fragment:
        """Say a rule with what is ``said`` of it between its id and its rationale."""
        return Fragment(b"%s,%s%s" % (self._heads[rule], encode(said)[1:-1], self._tails[rule]))

    def missing(self, rule: int, evaluation: Evaluation) -> list[dict[str, object]]:
        """Say the parts for which a rule did not fire: those that fail, or else those that are unknown."""
        compiled, known = self._compiled, evaluation.known
        outcome = compiled.tests[rule](known)
        parts = decisive_parts(compiled.rule_base.rules[rule].when, known, compiled.rule_base.facts, outcome)
        return [self._missing(part, known.get(part.comparison.fact)) for part in parts]

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

    def _missing(self, part: Part, value: Value | None) -> dict[str, object]:
        fact = self._compiled.rule_base.facts[part.comparison.fact]
        listed = [one.id for one in fact.options if one.id in value] if isinstance(value, frozenset) else value
        said = self._words.missing(part, value)
        return {"fact": fact.id, "value": listed, "label": self._words.text(fact.label), "text": said}

    def _tail(self, rule: Rule) -> bytes:
        sources = self._compiled.rule_base.sources
        said = {
            "rationale": self._words.text(rule.rationale),
            "evidence": rule.evidence,
            "sources": [{"id": name, "citation": sources[name].citation} for name in rule.sources],
        }
        return b"," + encode(said)[1:]


def _behind(before: bytes, openings: list[bytes]) -> list[bytes]:
    """Put something before each, and make those one that are equal: few of them are read for an answer then."""
    made = {opening: before + opening for opening in openings}
    return [made[opening] for opening in openings]
