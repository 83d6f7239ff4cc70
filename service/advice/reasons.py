"""Reasons in one language: the rules that made a thing so, each with its facts, rationale and sources.

What does not depend on a profile is written as JSON once. What a rule says about its facts is kept by the
values of those facts: the number of such values is bounded by the vocabulary, and the store by its own limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from service.advice.compose import Reason
from service.advice.descriptions import EFFECT_AMOUNTS
from service.advice.json_text import Fragment, encode, fragment
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Part, decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind, Rule, Value

BECAUSE_KEPT: Final = 20_000


class Reasons:
    """Says reasons in one language. Safe to share between threads: its store only ever gains entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words = compiled, words
        rules = compiled.rule_base.rules
        self._heads = [encode({"rule": rule.id, "step": rule.step})[:-1] for rule in rules]
        self._tails = [self._tail(rule) for rule in rules]
        self._because: dict[tuple[int, tuple[Value | None, ...]], bytes] = {}
        self._asks = [tuple(sorted(names)) for names in compiled.asks]

    def because(self, rule: int, evaluation: Evaluation) -> bytes:
        """Return, as JSON, the facts that made a rule fire."""
        known = evaluation.known
        key = (rule, tuple(known.get(name) for name in self._asks[rule]))
        kept = self._because.get(key)
        if kept is None:
            facts = self._compiled.rule_base.facts
            parts = decisive_parts(self._compiled.rule_base.rules[rule].when, known, facts)
            kept = encode([self._part(part, known[part.comparison.fact]) for part in parts])
            if len(self._because) < BECAUSE_KEPT:
                self._because[key] = kept
        return kept

    def said(self, kind: Kind, reasons: Sequence[Reason], because: Mapping[int, bytes]) -> list[Fragment]:
        """Say reasons for a target of the kind; ``because`` holds that of every rule among them."""
        name = EFFECT_AMOUNTS[kind].encode()
        return [
            self.cut(reason.step, {"weight": reason.amount})
            if reason.rule is None
            else Fragment(
                b'%s,"effect":%s,"because":%s,%s'
                % (
                    self._heads[reason.rule],
                    b'{"excluded":true}' if reason.amount is None else b'{"%s":%d}' % (name, reason.amount),
                    because[reason.rule],
                    self._tails[reason.rule],
                )
            )
            for reason in reasons
        ]

    def rule(self, rule: int, said: Mapping[str, object]) -> Fragment:
        """Say a rule with what is ``said`` of it between its id and its rationale."""
        return Fragment(b"%s,%s,%s" % (self._heads[rule], encode(said)[1:-1], self._tails[rule]))

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
        return encode(said)[1:]
