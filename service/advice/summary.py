"""The summary: the advice in a few sentences, as an adviser would say it.

Owns which things are worth saying and in which order; names come from the rule base.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from service.advice.compose import Advice, FormAdvice, Reason
from service.advice.pieces import Enumeration, around, number, piece
from service.advice.words import Words, capitalised
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Kind, RuleBase

MOST_GOALS_SAID: Final = 3
MOST_RISKS_SAID: Final = 3
HIGH: Final = 3

_QUOTE: Final = b'"'
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
        measures = rule_base.catalogue[Kind.ANCHORING_MEASURES]
        questions = {
            name: words.text(fact.question) for name, fact in rule_base.facts.items() if fact.question is not None
        }
        self._roles, self._goal_places = compiled.roles, {name: place for place, name in enumerate(goals)}
        self._goals = _Naming(sentences.goals, "goals", _pieces(goals), enumeration)
        self._nothing = piece(sentences.nothing)
        self._best = {name: piece(_of_form(sentences.best, said)) for name, said in forms.items()}
        others = _pieces(forms)
        self._best_with_others = {
            name: _Naming(_of_form(sentences.best_with_others, said), "others", others, enumeration)
            for name, said in forms.items()
        }
        self._because = [
            piece(" " + sentences.because.format(rationale=words.text(rule.rationale))) for rule in rule_base.rules
        ]
        self._excluded = {
            name: piece(" " + sentences.intended_excluded.format(form=said)) for name, said in forms.items()
        }
        self._unsupported = {
            name: piece(" " + sentences.intended_none.format(form=said)) for name, said in forms.items()
        }
        self._ranked = {
            name: around(" " + sentences.intended.format(form=said, rank="{rank}", count=len(forms)), "rank")
            for name, said in forms.items()
        }
        self._risks = _Naming("\n" + sentences.risks, "risks", _pieces(risks), enumeration)
        self._one_possible = {name: piece(sentences.possible_one.format(risk=said)) for name, said in risks.items()}
        self._many_possible = {
            name: around(sentences.possible_many.format(count="{count}", risk=said), "count")
            for name, said in risks.items()
        }
        labels = {name: words.text(item.label) for name, item in measures.items()}
        self._start = _Naming("\n" + sentences.start, "measures", _pieces(labels), enumeration)
        self._ask = {name: piece("\n" + sentences.ask.format(question=said)) for name, said in questions.items()}
        self._ask_first = {
            name: piece("\n" + sentences.nothing_ask.format(question=said)) for name, said in questions.items()
        }

    def write(self, advice: Advice, out: list[bytes]) -> None:
        """Write the summary in paragraphs, a line each: what fits and why, the risks, what comes first."""
        out.append(_QUOTE)
        above_zero = [form for form in advice.forms if form.verdict == "recommended"]
        self._write_goals(advice, out)
        if above_zero:
            self._write_best(above_zero, out)
        else:
            out.append(self._nothing)
        self._write_intended(advice, out)
        self._write_risks(advice, out)
        self._write_next(advice, out, advises=bool(above_zero))
        out.append(_QUOTE)

    def _write_goals(self, advice: Advice, out: list[bytes]) -> None:
        goals = cast("frozenset[str]", advice.evaluation.known[self._roles.goals])
        if 0 < len(goals) <= MOST_GOALS_SAID:
            self._goals.write(sorted(goals, key=self._goal_places.__getitem__), out)
            out.append(b" ")

    def _write_best(self, above_zero: list[FormAdvice], out: list[bytes]) -> None:
        first = above_zero[0]
        if len(above_zero) > 1:
            self._best_with_others[first.form].write([form.form for form in above_zero[1:]], out)
        else:
            out.append(self._best[first.form])
        heaviest: Reason | None = None
        for reason in first.reasons:
            if reason.rule is not None and (heaviest is None or (reason.amount or 0) > (heaviest.amount or 0)):
                heaviest = reason
        if heaviest is not None and heaviest.rule is not None:
            out.append(self._because[heaviest.rule])

    def _write_intended(self, advice: Advice, out: list[bytes]) -> None:
        intended = cast("frozenset[str] | None", advice.evaluation.known.get(self._roles.intended_forms))
        if not intended:
            return
        for form in advice.forms:
            if form.form in intended:
                self._write_standing(form, out)

    def _write_standing(self, form: FormAdvice, out: list[bytes]) -> None:
        if form.rank is None:
            out.append(self._excluded[form.form])
        elif form.score <= 0 and not form.reasons:
            out.append(self._unsupported[form.form])
        else:
            before, after = self._ranked[form.form]
            out.append(before)
            out.append(number(form.rank))
            out.append(after)

    def _write_risks(self, advice: Advice, out: list[bytes]) -> None:
        high: list[str] = []
        possible: list[str] = []
        for risk in advice.risks:
            standing = risk.standing
            if standing.level == HIGH:
                high.append(standing.risk)
            elif standing.could_reach == HIGH:
                possible.append(standing.risk)
        if high:
            self._risks.write(high[:MOST_RISKS_SAID], out)
        if possible:
            out.append(b" " if high else _NEW_LINE)
            self._write_possible(possible, out)

    def _write_possible(self, possible: list[str], out: list[bytes]) -> None:
        if len(possible) == 1:
            out.append(self._one_possible[possible[0]])
            return
        before, after = self._many_possible[possible[0]]
        out.append(before)
        out.append(number(len(possible)))
        out.append(after)

    def _write_next(self, advice: Advice, out: list[bytes], *, advises: bool) -> None:
        musts = [one.target for one in advice.anchoring_measures if one.level == HIGH]
        if advises and musts:
            self._start.write(musts[:MOST_RISKS_SAID], out)
        elif advice.unknowns:
            ask = self._ask if advises else self._ask_first
            out.append(ask[advice.unknowns[0].fact])


class _Naming:
    """A sentence that names one or more things where its template has a name in braces."""

    def __init__(self, template: str, where: str, names: Mapping[str, bytes], enumeration: Enumeration) -> None:
        self._before, self._after = around(template, where)
        self._names, self._enumeration = dict(names), enumeration

    def write(self, named: list[str], out: list[bytes]) -> None:
        """Write the sentence with the things that are ``named`` by their ids."""
        out.append(self._before)
        out.append(self._enumeration.of([self._names[name] for name in named]))
        out.append(self._after)


def _phrases(rule_base: RuleBase, kind: str, words: Words) -> dict[str, str]:
    """Say each thing of a kind as inside a sentence."""
    return {name: words.text(item.phrase or item.label) for name, item in rule_base.catalogue[kind].items()}


def _pieces(said: Mapping[str, str]) -> dict[str, bytes]:
    return {name: piece(text) for name, text in said.items()}


def _of_form(template: str, form: str) -> str:
    """Put a form into a sentence; where others are named stays open."""
    return template.format(form=form, Form=capitalised(form), others="{others}")
