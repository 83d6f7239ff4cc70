"""What all reference pages say alike: their top, effects in words, links to rules, forms, facts and sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from service.advice.words import Words, capitalised
from service.knowledge.model import ChosenFrom, Effect, Item, Kind, Rule, RuleBase, Text
from service.workbench.documents.dutch import DUTCH
from service.workbench.documents.english import ENGLISH
from service.workbench.documents.markdown import escaped, heading, link
from service.workbench.documents.phrases import DEGREES

MARK: Final = "Generated from rules/ by: python -m service docs"
PICTURE: Final = "matrix.svg"
_PHRASES: Final = {"nl": DUTCH, "en": ENGLISH}
_OTHER: Final = {"nl": "en", "en": "nl"}


class Speech:
    """Speaks one language about one rule base, in Markdown unless it says otherwise."""

    def __init__(self, rule_base: RuleBase, language: str) -> None:
        """Take the rule base for its names and ``language`` (``nl`` or ``en``)."""
        self.rule_base = rule_base
        self.language = language
        self.words = Words(language, rule_base.facts)
        self.phrases = _PHRASES[language]
        self.chosen_forms = next(fact.id for fact in rule_base.facts.values() if isinstance(fact.derived, ChosenFrom))

    def text(self, text: Text | None) -> str:
        """Return a text of the rule base; nothing when there is none."""
        return escaped(self.words.text(text)) if text else ""

    def top(self, file: str, title: str) -> Sequence[str]:
        """Return how every page starts: the mark, the title, the ways to elsewhere."""
        other = link(self.phrases.other_language, f"../{_OTHER[self.language]}/{file}")
        ways = other if file == "index.md" else f"{link(self.phrases.overview, 'index.md')} · {other}"
        return [f"<!-- {MARK} -->", heading(1, escaped(title)), ways, f"*{self.phrases.generated}*"]

    def condition(self, rule: Rule) -> str:
        """Say when the rule holds, in the words of the API (plain text)."""
        return self.words.condition(rule.when)

    def listed(self, items: Iterable[str]) -> str:
        """Join Markdown parts as a sentence does."""
        return self.words.enumerate(list(items))

    def rule(self, rule: Rule) -> str:
        """Link to a rule by its id."""
        return f"[`{rule.id}`]({rule_address(rule)})"

    def form(self, name: str) -> str:
        """Link to a form."""
        label = self.words.text(self.rule_base.catalogue[Kind.FORMS][name].label)
        return link(label, f"forms.md#{form_anchor(name)}")

    def fact(self, name: str) -> str:
        """Link to a fact."""
        return link(self.words.text(self.rule_base.facts[name].label), f"facts.md#{fact_anchor(name)}")

    def sources(self, names: Iterable[str]) -> str:
        """Link to sources, each by its citation."""
        found = self.rule_base.sources
        return "; ".join(link(found[name].citation, f"sources.md#{source_anchor(name)}") for name in names)

    def cited(self, names: Sequence[str]) -> str:
        """Say on what something rests; nothing when it names no source."""
        return f"**{self.phrases.sources}:** {self.sources(names)}" if names else ""

    def target(self, kind: Kind, name: str) -> str:
        """Name the target of an effect; a form with a link."""
        item: Item = self.rule_base.catalogue[kind][name]
        return self.form(name) if kind is Kind.FORMS else self.text(item.label)

    def effects(self, effects: Sequence[Effect]) -> list[str]:
        """Say effects, strongest first within a kind, those alike in one sentence."""
        ordered = sorted(effects, key=_order)
        return [
            f"{self._lead(*key)}: {', '.join(self.target(effect.kind, effect.target) for effect in alike)}"
            for key, alike in groupby(ordered, key=lambda effect: (effect.kind, effect.amount))
        ]

    def amount(self, kind: Kind, amount: int | None) -> str:
        """Say a weight, points or a level in words (plain text)."""
        phrases, method = self.phrases, self.rule_base.method
        if amount is None:
            return phrases.excluded
        if kind in (Kind.METRICS, Kind.ANCHORING_MEASURES):
            label = self.words.text(method.priorities[amount - 1].label)
            return f"{label[:1].lower()}{label[1:]}"
        if kind is Kind.RISKS:
            said = phrases.signs[_degree(amount)] if amount > 0 else phrases.smaller_risk
        else:
            side = phrases.plea_for if amount > 0 else phrases.plea_against
            said = f"{phrases.degrees[_degree(amount)]} {side}"
        return f"{said} ({signed(amount)})"

    def _lead(self, kind: Kind, amount: int | None) -> str:
        said = self.amount(kind, amount)
        return capitalised(said if kind is Kind.FORMS else f"{self.phrases.kinds[kind]}, {said}")


def signed(amount: int) -> str:
    """Write a number with its sign, as print does."""
    return f"+{amount}" if amount >= 0 else f"−{-amount}"


def by_weight(amount: int | None) -> tuple[bool, int]:
    """Order amounts: what rules out first, then the largest, whatever the sign."""
    return (amount is not None, -abs(amount or 0))


def rules_file(step: str) -> str:
    """Return the name of the page with the rules of a step."""
    return f"rules-{step}.md"


def rule_address(rule: Rule) -> str:
    """Return where a rule is written out."""
    return f"{rules_file(rule.step)}#{rule.id}"


def form_anchor(name: str) -> str:
    """Return the anchor of a form on its page."""
    return f"form-{name}"


def fact_anchor(name: str) -> str:
    """Return the anchor of a fact on its page."""
    return f"fact-{name}"


def source_anchor(name: str) -> str:
    """Return the anchor of a source on its page."""
    return f"source-{name}"


def _degree(amount: int) -> int:
    return next(place for place, least in enumerate(DEGREES) if abs(amount) >= least)


def _order(effect: Effect) -> tuple[int, bool, int]:
    amount = effect.amount
    return (list(Kind).index(effect.kind), amount is not None, -(amount or 0))
