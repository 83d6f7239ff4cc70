"""A comparison in one language as JSON-ready data: what moved, the rules that make it so, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.advice.advised import Forms
from service.advice.comparison import Comparison, Move, Rank
from service.advice.compose import Advice, RiskAdvice
from service.advice.json_text import encode
from service.advice.risk_states import RiskState
from service.advice.words import Words, capitalised
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind

MOST_RISKS_SAID: Final = 3
RECOMMENDED: Final = "recommended"


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language; names in braces are filled in."""

    same: str
    stays: str
    first: str
    first_after_nothing: str
    nothing_any_more: str
    nothing_still: str
    added: str
    removed: str
    grown: str
    shrunk: str
    others: str


SENTENCES: Final[Mapping[str, Sentences]] = {
    "nl": Sentences(
        same="Dit verandert niets aan het advies.",
        stays="{Form} blijft vooraan staan.",
        first="{Form} komt vooraan te staan, in plaats van {before}.",
        first_after_nothing="{Form} komt vooraan te staan; eerst was er te weinig bekend om een vorm aan te raden.",
        nothing_any_more="Er is dan te weinig bekend om een vorm aan te raden; eerst stond {before} vooraan.",
        nothing_still="Ook dan is er te weinig bekend om een vorm aan te raden.",
        added="Erbij komt het risico {risks}.",
        removed="Niet langer aanwezig is het risico {risks}.",
        grown="Zwaarder weegt het risico {risks}.",
        shrunk="Minder zwaar weegt het risico {risks}.",
        others="en {count} andere",
    ),
    "en": Sentences(
        same="This changes nothing in the advice.",
        stays="{Form} stays first.",
        first="{Form} comes first, instead of {before}.",
        first_after_nothing="{Form} comes first; before, too little was known to advise a form.",
        nothing_any_more="Too little is known then to advise a form; before, {before} came first.",
        nothing_still="Too little is known then as well to advise a form.",
        added="New is the risk {risks}.",
        removed="No longer present is the risk {risks}.",
        grown="Heavier weighs the risk {risks}.",
        shrunk="Less heavy weighs the risk {risks}.",
        others="and {count} others",
    ),
}


class ComparisonRenderer:
    """Says comparisons in one language. Safe to share between threads."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Take the rule base for its names and ``words`` for its language."""
        self._compiled, self._words = compiled, words
        self._sentences = SENTENCES[words.language]
        rule_base = compiled.rule_base
        self._labels = {
            kind: {name: words.text(item.label) for name, item in rule_base.catalogue[kind].items()} for kind in Kind
        }
        self._phrases = {
            name: words.text(item.phrase or item.label)
            for kind in (Kind.FORMS, Kind.RISKS)
            for name, item in rule_base.catalogue[kind].items()
        }
        self._risk_levels = [None, *(words.text(level.term.label) for level in rule_base.method.risk_levels)]
        self._priorities = [None, *(words.text(term.label) for term in rule_base.method.priorities)]

    def render(self, base: Advice, comparisons: Sequence[Comparison]) -> bytes:
        """Return as UTF-8 JSON the advice in short, and what each variant moves."""
        return encode({"base": self._base(base), "variants": [self._variant(one) for one in comparisons]})

    def _base(self, advice: Advice) -> dict[str, object]:
        return {
            "forms": [
                {
                    "id": form.form,
                    "label": self._labels[Kind.FORMS][form.form],
                    "rank": form.rank,
                    "score": form.score,
                    "verdict": form.verdict,
                }
                for form in advice.forms.first(self._compiled.rule_base.method.recommended_ranks)
            ],
            "chosenForms": advice.evaluation.chosen,
            "risks": [
                {
                    "id": risk.standing.risk,
                    "label": self._labels[Kind.RISKS][risk.standing.risk],
                    "level": risk.standing.level,
                    "levelLabel": self._risk_levels[risk.standing.level],
                    "points": risk.standing.points,
                }
                for risk in advice.risks
                if risk.standing.state is RiskState.PRESENT
            ],
        }

    def _variant(self, comparison: Comparison) -> dict[str, object]:
        risks, before, after = comparison.risks, comparison.before.evaluation, comparison.after.evaluation
        return {
            "name": comparison.name,
            "summary": self._summary(comparison),
            "chosenForms": after.chosen,
            "forms": [self._form(move) for move in comparison.forms],
            "tools": [self._amount(Kind.TOOLS, "score", move) for move in comparison.tools],
            "anchoringMeasures": [self._level(Kind.ANCHORING_MEASURES, move) for move in comparison.anchoring_measures],
            "metrics": [self._level(Kind.METRICS, move) for move in comparison.metrics],
            "risks": {
                "added": [self._risk(move) for move in risks.added],
                "removed": [self._risk(move) for move in risks.removed],
                "changed": [self._risk(move) for move in risks.changed],
            },
            "firedRules": {
                "added": [self._rule(rule, after) for rule in comparison.fired],
                "removed": [self._rule(rule, before) for rule in comparison.silenced],
            },
        }

    def _form(self, move: Move[Rank]) -> dict[str, object]:
        before, after = (one or Rank(None, 0) for one in (move.before, move.after))
        return self._moved(Kind.FORMS, move.target, move.rules) | {
            "rankBefore": before.rank,
            "rankAfter": after.rank,
            "scoreBefore": before.score,
            "scoreAfter": after.score,
        }

    def _amount(self, kind: Kind, name: str, move: Move[int]) -> dict[str, object]:
        said = self._moved(kind, move.target, move.rules)
        return said | {f"{name}Before": move.before, f"{name}After": move.after}

    def _level(self, kind: Kind, move: Move[int]) -> dict[str, object]:
        return self._amount(kind, "level", move) | {
            "levelLabelBefore": self._priorities[move.before or 0],
            "levelLabelAfter": self._priorities[move.after or 0],
        }

    def _risk(self, move: Move[RiskAdvice]) -> dict[str, object]:
        said = self._moved(Kind.RISKS, move.target, move.rules)
        for side, risk in (("Before", move.before), ("After", move.after)):
            standing = None if risk is None else risk.standing
            level = 0 if standing is None else standing.level
            said |= {
                f"state{side}": standing and standing.state,
                f"level{side}": level or None,
                f"levelLabel{side}": self._risk_levels[level],
                f"points{side}": standing and standing.points,
            }
        return said

    def _moved(self, kind: Kind, target: str, rules: Iterable[int]) -> dict[str, object]:
        named = self._compiled.rule_base.rules
        return {
            "id": target,
            "label": self._labels[kind][target],
            "rules": sorted(named[rule].id for rule in rules),
        }

    def _rule(self, index: int, evaluation: Evaluation) -> dict[str, object]:
        """Say a rule that fires on one side only, and the facts that make it fire there."""
        rule, known = self._compiled.rule_base.rules[index], evaluation.known
        parts = decisive_parts(rule.when, known, self._compiled.rule_base.facts)
        return {
            "rule": rule.id,
            "step": rule.step,
            "because": [self._words.because(part, known[part.comparison.fact]) for part in parts],
            "rationale": self._words.text(rule.rationale),
            "evidence": rule.evidence,
        }

    def _summary(self, comparison: Comparison) -> str:
        if not (comparison.fired or comparison.silenced):
            return self._sentences.same
        risks = comparison.risks
        grown = [move for move in risks.changed if _level(move.after) > _level(move.before)]
        shrunk = [move for move in risks.changed if _level(move.after) < _level(move.before)]
        said = [
            self._first(comparison),
            *self._risks(self._sentences.added, risks.added),
            *self._risks(self._sentences.grown, grown),
            *self._risks(self._sentences.removed, risks.removed),
            *self._risks(self._sentences.shrunk, shrunk),
        ]
        return " ".join(said)

    def _first(self, comparison: Comparison) -> str:
        before, after = (_first_form(advice.forms) for advice in (comparison.before, comparison.after))
        sentences = self._sentences
        if after is None:
            return (
                sentences.nothing_any_more.format(before=self._phrases[before]) if before else sentences.nothing_still
            )
        form = capitalised(self._phrases[after])
        if before is None:
            return sentences.first_after_nothing.format(Form=form)
        template = sentences.stays if before == after else sentences.first
        return template.format(Form=form, before=self._phrases[before])

    def _risks(self, template: str, moves: Sequence[Move[RiskAdvice]]) -> Iterable[str]:
        if not moves:
            return
        said = [self._phrases[move.target] for move in moves[:MOST_RISKS_SAID]]
        left = len(moves) - MOST_RISKS_SAID
        named = ", ".join(said) if left > 0 else self._words.enumerate(said)
        yield template.format(risks=f"{named} {self._sentences.others.format(count=left)}" if left > 0 else named)


def _first_form(forms: Forms) -> str | None:
    first = forms.at(0)
    return first.form if first.verdict == RECOMMENDED else None


def _level(risk: RiskAdvice | None) -> int:
    return 0 if risk is None else risk.standing.level
