"""The summary: the advice in a few sentences, as an adviser would say it.

Owns which things are worth saying and in which order; names come from the rule base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from librt.strings import BytesWriter
from librt.vecs import vec
from mypy_extensions import i64

from service.advice.advised import Forms
from service.advice.compose import Advice
from service.advice.fired import CUT, Reason
from service.advice.pieces import Enumeration, around, in_order, number, piece
from service.advice.words import Words, capitalised
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Kind, RuleBase

MOST_GOALS_SAID: Final = 3
MOST_RISKS_SAID: Final = 3
HIGH: Final = 3

_NEW_LINE: Final = piece("\n")


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
        """Write every sentence beforehand, but for the names that a profile puts into it."""
        sentences, rule_base, enumeration = SENTENCES[words.language], compiled.rule_base, Enumeration(words)
        forms, risks, goals = (_phrases(rule_base, kind, words) for kind in (Kind.FORMS, Kind.RISKS, "goals"))
        questions = [words.text(fact.question) if fact.question else "" for fact in rule_base.facts.values()]
        measures = rule_base.catalogue[Kind.ANCHORING_MEASURES].values()
        self._recommended: i64 = rule_base.method.recommended_ranks
        place, roles = compiled.derivations.place, compiled.roles
        self._place_of_goals, self._place_of_intended = i64(place[roles.goals]), i64(place[roles.intended_forms])
        self._goal_places = {name: place for place, name in enumerate(rule_base.catalogue["goals"])}
        self._goal_names, self._form_names, self._risk_names = (
            [piece(said) for said in kind] for kind in (goals, forms, risks)
        )
        self._form_places = compiled.layout.position[Kind.FORMS]
        self._none_intended = vec[bool]([False] * len(compiled.forms))
        self._measure_names = [piece(words.text(item.label)) for item in measures]
        self._goals = _Naming(sentences.goals, "goals", enumeration)
        self._nothing = piece(sentences.nothing)
        self._best = [piece(_of_form(sentences.best, said)) for said in forms]
        self._best_with_others = [
            _Naming(_of_form(sentences.best_with_others, said), "others", enumeration) for said in forms
        ]
        self._because = [
            piece(" " + sentences.because.format(rationale=words.text(rule.rationale))) for rule in rule_base.rules
        ]
        self._excluded = [piece(" " + sentences.intended_excluded.format(form=said)) for said in forms]
        self._unsupported = [piece(" " + sentences.intended_none.format(form=said)) for said in forms]
        self._ranked = [
            around(" " + sentences.intended.format(form=said, rank="{rank}", count=len(forms)), "rank")
            for said in forms
        ]
        self._risks = _Naming("\n" + sentences.risks, "risks", enumeration)
        self._one_possible = [piece(sentences.possible_one.format(risk=said)) for said in risks]
        self._many_possible = [
            around(sentences.possible_many.format(count="{count}", risk=said), "count") for said in risks
        ]
        self._start = _Naming("\n" + sentences.start, "measures", enumeration)
        self._ask, self._ask_first = (
            [piece("\n" + template.format(question=said)) if said else b"" for said in questions]
            for template in (sentences.ask, sentences.nothing_ask)
        )

    def write(self, advice: Advice, out: BytesWriter) -> None:
        """Write the summary in paragraphs, a line each: what fits and why, the risks, what comes first."""
        self._write_goals(advice, out)
        above_zero = self._above_zero(advice.forms)
        if above_zero:
            self._write_best(advice.forms, above_zero, out)
        else:
            out.write(self._nothing)
        self._write_intended(advice, out)
        self._write_risks(advice, out)
        self._write_next(advice, out, advises=above_zero > 0)

    def _write_goals(self, advice: Advice, out: BytesWriter) -> None:
        goals = cast("frozenset[str]", advice.evaluation.values[self._place_of_goals])
        if 0 < len(goals) <= MOST_GOALS_SAID:
            self._goals.write(in_order(goals, self._goal_places, self._goal_names), out)
            out.write(b" ")

    def _above_zero(self, forms: Forms) -> i64:
        """Count the forms that are recommended, which stand first."""
        above_zero: i64 = 0
        while above_zero < min(forms.ranked, self._recommended) and forms.scores[forms.form(above_zero)] > 0:
            above_zero += 1
        return above_zero

    def _write_best(self, forms: Forms, above_zero: i64, out: BytesWriter) -> None:
        first = forms.form(0)
        if above_zero > 1:
            others = [self._form_names[forms.form(at)] for at in range(1, above_zero)]
            self._best_with_others[first].write(others, out)
        else:
            out.write(self._best[first])
        heaviest: Reason | None = None
        for reason in forms.reasons(first):
            if reason.rule != CUT and (heaviest is None or (reason.amount or 0) > (heaviest.amount or 0)):
                heaviest = reason
        if heaviest is not None:
            out.write(self._because[heaviest.rule])

    def _write_intended(self, advice: Advice, out: BytesWriter) -> None:
        intended = cast("frozenset[str] | None", advice.evaluation.values[self._place_of_intended])
        if not intended:
            return
        is_intended, order = self._none_intended[:], advice.forms.order
        for name in intended:
            is_intended[self._form_places[name]] = True
        for at in range(len(order)):
            if is_intended[i64(order[at])]:
                self._write_standing(advice.forms, at, out)

    def _write_standing(self, forms: Forms, at: i64, out: BytesWriter) -> None:
        form, rank = forms.form(at), forms.rank(at)
        if rank == 0:
            out.write(self._excluded[form])
        elif forms.scores[form] <= 0 and not forms.reasons(form):
            out.write(self._unsupported[form])
        else:
            before, after = self._ranked[form]
            out.write(before)
            out.write(number(rank))
            out.write(after)

    def _write_risks(self, advice: Advice, out: BytesWriter) -> None:
        high: list[bytes] = []
        standings = advice.standings
        for at in range(min(MOST_RISKS_SAID, len(standings.present))):
            risk = i64(standings.present[at])
            if standings.level(risk) == HIGH:
                high.append(self._risk_names[risk])
        if high:
            self._risks.write(high, out)
        if standings.serious:
            out.write(b" " if high else _NEW_LINE)
            self._write_possible(standings.first_serious, standings.serious, out)

    def _write_possible(self, first: i64, count: int, out: BytesWriter) -> None:
        if count == 1:
            out.write(self._one_possible[first])
        else:
            before, after = self._many_possible[first]
            out.write(before)
            out.write(number(count))
            out.write(after)

    def _write_next(self, advice: Advice, out: BytesWriter, *, advises: bool) -> None:
        musts: list[bytes] = []
        measures = advice.anchoring_measures
        for at in range(min(MOST_RISKS_SAID, measures.count)):
            if measures.amounts[at] == HIGH:
                musts.append(self._measure_names[i64(measures.positions[at])])  # noqa: PERF401 -- compiled, faster
        if advises and musts:
            self._start.write(musts, out)
        elif advice.unknowns.count:
            ask = self._ask if advises else self._ask_first
            out.write(ask[i64(advice.unknowns.places[0])])


class _Naming:
    """A sentence that names one or more things where its template has a name in braces."""

    def __init__(self, template: str, where: str, enumeration: Enumeration) -> None:
        self._before, self._after = around(template, where)
        self._enumeration = enumeration

    def write(self, names: list[bytes], out: BytesWriter) -> None:
        """Write the sentence with the names of the things."""
        out.write(self._before)
        self._enumeration.write(names, out)
        out.write(self._after)


def _phrases(rule_base: RuleBase, kind: str, words: Words) -> list[str]:
    """Say each thing of a kind as inside a sentence."""
    return [words.text(item.phrase or item.label) for item in rule_base.catalogue[kind].values()]


def _of_form(template: str, form: str) -> str:
    """Put a form into a sentence; where others are named stays open."""
    return template.format(form=form, Form=capitalised(form), others="{others}")
