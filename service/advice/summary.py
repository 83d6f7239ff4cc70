"""The summary: the advice in a few sentences, as an adviser would say it.

Owns which things are worth saying and in which order; names come from the rule base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from service.advice.compose import Advice, FormAdvice
from service.advice.words import Words, capitalised
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Item, Kind, Text

MOST_GOALS_SAID: Final = 3
MOST_RISKS_SAID: Final = 3
HIGH: Final = 3


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language; names in braces are filled in."""

    goals: str
    best: str
    best_with_others: str
    nothing: str
    nothing_ask: str
    because: str
    intended: str
    intended_none: str
    intended_excluded: str
    risks: str
    possible_one: str
    possible_many: str
    start: str
    ask: str


SENTENCES: Final[Mapping[str, Sentences]] = {
    "nl": Sentences(
        goals="U wilt {goals}.",
        best="Het best past {form}.",
        best_with_others="Het best past {form}; daarna komen {others}.",
        nothing="Er is nog te weinig bekend om een vorm aan te raden.",
        nothing_ask="Beantwoord eerst deze vraag: {question}",
        because="Het zwaarst weegt daarbij: {rationale}",
        intended="De vorm die u voor ogen hebt, {form}, staat op plaats {rank} van de {count}.",
        intended_none="De vorm die u voor ogen hebt, {form}, wordt door niets ondersteund wat u hebt opgegeven.",
        intended_excluded="De vorm die u voor ogen hebt, {form}, valt af.",
        risks="Let vooral op het risico {risks}.",
        possible_one="Eén ernstig risico is nog niet uit te sluiten: {risk}.",
        possible_many="Er zijn {count} ernstige risico’s die nog niet zijn uit te sluiten; het eerste is {risk}.",
        start="Regel vóór de start in elk geval: {measures}.",
        ask="Wat het advies nog het meest kan veranderen: {question}",
    ),
    "en": Sentences(
        goals="You want to {goals}.",
        best="{Form} fits best.",
        best_with_others="{Form} fits best, followed by {others}.",
        nothing="Too little is known to advise a form.",
        nothing_ask="Answer this question first: {question}",
        because="What weighs most: {rationale}",
        intended="The form you have in mind, {form}, ranks {rank} of {count}.",
        intended_none="The form you have in mind, {form}, is not supported by anything you sent.",
        intended_excluded="The form you have in mind, {form}, is ruled out.",
        risks="Watch above all for the risk {risks}.",
        possible_one="One serious risk cannot be ruled out yet: {risk}.",
        possible_many="There are {count} serious risks that cannot be ruled out yet; the first is {risk}.",
        start="Before the start, arrange at least: {measures}.",
        ask="What could still change the advice most: {question}",
    ),
}


class Summary:
    """Says the summary in one language."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Take the rule base for its names and ``words`` for its language."""
        self._compiled, self._words = compiled, words
        self._sentences = SENTENCES[words.language]
        self._catalogue = compiled.rule_base.catalogue

    def say(self, advice: Advice) -> str:
        """Return the summary in paragraphs, a line each: what fits and why, the risks, what comes first."""
        above_zero = [form for form in advice.forms if form.verdict == "recommended"]
        fits = [*self._goals(advice), *self._forms(above_zero, advice), *self._intended(advice)]
        paragraphs = fits, self._risks(advice), self._next(above_zero, advice)
        return "\n".join(" ".join(sentences) for sentences in paragraphs if sentences)

    def _goals(self, advice: Advice) -> Sequence[str]:
        goals = cast("frozenset[str]", advice.evaluation.known[self._compiled.roles.goals])
        said = [self._phrase(item) for name, item in self._catalogue["goals"].items() if name in goals]
        if not said or len(said) > MOST_GOALS_SAID:
            return ()
        return (self._sentences.goals.format(goals=self._words.enumerate(said)),)

    def _forms(self, above_zero: Sequence[FormAdvice], advice: Advice) -> Sequence[str]:
        if not above_zero:
            return (self._sentences.nothing,)
        first, *others = (self._form(form.form) for form in above_zero)
        template = self._sentences.best_with_others if others else self._sentences.best
        best = template.format(form=first, Form=capitalised(first), others=self._words.enumerate(others))
        rationale = self._heaviest_rationale(advice.forms[0])
        return (best, self._sentences.because.format(rationale=rationale)) if rationale else (best,)

    def _heaviest_rationale(self, form: FormAdvice) -> str:
        heaviest = max(
            (reason for reason in form.reasons if reason.rule is not None),
            key=lambda reason: reason.amount or 0,
            default=None,
        )
        if heaviest is None or heaviest.rule is None:
            return ""
        return self._words.text(self._compiled.rule_base.rules[heaviest.rule].rationale)

    def _intended(self, advice: Advice) -> Sequence[str]:
        intended = advice.evaluation.known.get(self._compiled.roles.intended_forms, frozenset())
        names = cast("frozenset[str]", intended)
        return [self._standing(form, len(advice.forms)) for form in advice.forms if form.form in names]

    def _standing(self, form: FormAdvice, count: int) -> str:
        name = self._form(form.form)
        if form.rank is None:
            return self._sentences.intended_excluded.format(form=name)
        if form.score <= 0 and not form.reasons:
            return self._sentences.intended_none.format(form=name)
        return self._sentences.intended.format(form=name, rank=form.rank, count=count)

    def _risks(self, advice: Advice) -> Sequence[str]:
        standings = [risk.standing for risk in advice.risks]
        high = [self._risk(one.risk) for one in standings if one.level == HIGH][:MOST_RISKS_SAID]
        possible = [one.risk for one in standings if one.could_reach == HIGH]
        said = [self._sentences.risks.format(risks=self._words.enumerate(high))] if high else []
        if possible:
            template = self._sentences.possible_many if len(possible) > 1 else self._sentences.possible_one
            said.append(template.format(count=len(possible), risk=self._risk(possible[0])))
        return said

    def _next(self, above_zero: Sequence[FormAdvice], advice: Advice) -> Sequence[str]:
        musts = [one.target for one in advice.anchoring_measures if one.level == HIGH]
        if above_zero and musts:
            labels = [
                self._words.text(self._catalogue[Kind.ANCHORING_MEASURES][name].label)
                for name in musts[:MOST_RISKS_SAID]
            ]
            return (self._sentences.start.format(measures=self._words.enumerate(labels)),)
        if not advice.unknowns:
            return ()
        question = self._compiled.rule_base.facts[advice.unknowns[0].fact].question
        template = self._sentences.ask if above_zero else self._sentences.nothing_ask
        return (template.format(question=self._words.text(cast("Text", question))),)

    def _risk(self, name: str) -> str:
        return self._phrase(self._catalogue[Kind.RISKS][name])

    def _form(self, name: str) -> str:
        return self._phrase(self._catalogue[Kind.FORMS][name])

    def _phrase(self, item: Item) -> str:
        return self._words.text(item.phrase or item.label)
