"""What to ask next: the facts whose answers can still change the advice, the one that tells most first.

Owns which facts are worth asking, their order, and when nothing is left to ask; the engine counts. Each
call stands by itself: what was asked before is in the profile, or among the facts that are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.advice.descriptions import describe_question
from service.advice.json_text import encode, fragment
from service.advice.undecided import OpenRules
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.completions import answers_of
from service.engine.evaluation import evaluate
from service.engine.information import Information, outlook
from service.engine.many import ManyRules
from service.engine.proof import not_proved_idle
from service.knowledge.model import Kind, Profile

FIRST: Final = "first"
FIRST_THREE: Final = "firstThree"
RISK: Final = "risk:"
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A fact worth asking: how likely another answer changes the advice (0 to 1), and what of it."""

    fact: str
    value: float
    could_change: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interview:
    """What is left to ask, most telling first.

    ``settled`` when no answers to open questions change the recommended forms or their order; ``exact``
    when the values rest on every completion of the profile.
    """

    settled: bool
    exact: bool
    questions: tuple[OpenQuestion, ...]


class Interviewer:
    """Finds what to ask next on one rule base. Safe to share between threads."""

    def __init__(self, rules: ManyRules) -> None:
        """Work out the answers to every question once."""
        self._rules, self._answers = rules, answers_of(rules)
        self._compiled = rules.compiled
        self._open_rules = OpenRules(rules.compiled, rules.compiled.second_indexes)

    def ask(self, profile: Profile, left_out: Collection[str] = ()) -> Interview:
        """Return what to ask about a profile; facts that are ``left_out`` stay unknown."""
        rules, open_ = self._open(profile, left_out)
        found = outlook(self._rules, self._answers, profile, open_, rules)
        moving = [one for one in found.facts if one.first_three]
        pending = () if moving else not_proved_idle(self._rules, profile, open_)
        place = {name: place for place, name in enumerate(pending)}
        worth = [one for one in found.facts if one.any or one.fact in place]
        worth.sort(key=lambda one: (-one.first - one.first_three, place.get(one.fact, len(place)), -one.any))
        questions = tuple(self._question(one, one.fact in place) for one in worth)
        return Interview(not moving and not pending, found.exact, questions)

    def _open(self, profile: Profile, left_out: Collection[str]) -> tuple[Sequence[int], list[str]]:
        """List the open rules, and the facts that they ask for, in the vocabulary's order."""
        compiled = self._compiled
        found = self._open_rules.after(evaluate(compiled, profile))
        rules = (*found.rules, *found.other_forms)
        asked = frozenset[str]().union(*(compiled.asked_of[rule] for rule in rules))
        given = {*profile, *left_out}
        return rules, [name for name in self._answers.of if name in asked and name not in given]

    def _question(self, found: Information, pending: bool) -> OpenQuestion:
        could = [FIRST] * bool(found.first) + [FIRST_THREE] * bool(found.first_three or pending)
        could += [f"{RISK}{self._compiled.risks[risk]}" for risk in sorted(found.risks)]
        return OpenQuestion(found.fact, found.any, tuple(could))


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one language."""

    could_change: str
    first: str
    first_three: str
    risk: str


SENTENCES: Final[Mapping[str, Sentences]] = {
    "nl": Sentences(
        could_change="Van het antwoord hangt nog af: {what}.",
        first="welke vorm vooraan staat",
        first_three="wat de eerste drie vormen zijn",
        risk="of het risico {risk} hoog is",
    ),
    "en": Sentences(
        could_change="What still depends on the answer: {what}.",
        first="which form stands first",
        first_three="which are the first three forms",
        risk="whether the risk {risk} is high",
    ),
}


class InterviewRenderer:
    """Says in one language what to ask next."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write the questions beforehand."""
        rule_base = compiled.rule_base
        self._words, self._sentences = words, SENTENCES[words.language]
        asked = [fact for fact in rule_base.facts.values() if fact.question]
        self._questions = {fact.id: fragment(describe_question(fact, words)) for fact in asked}
        self._texts = {fact.id: words.text(fact.question) for fact in asked if fact.question}
        self._risks = {
            f"{RISK}{name}": self._sentences.risk.format(risk=words.text(risk.phrase or risk.label))
            for name, risk in rule_base.catalogue[Kind.RISKS].items()
        }

    def render(self, interview: Interview) -> bytes:
        """Return what to ask next as UTF-8 JSON."""
        questions = interview.questions
        return encode(
            {
                "settled": interview.settled,
                "exact": interview.exact,
                "nextQuestion": self._questions[questions[0].fact] if questions else None,
                "unknowns": [self._said(one) for one in questions],
            }
        )

    def _said(self, question: OpenQuestion) -> dict[str, object]:
        named = {FIRST: self._sentences.first, FIRST_THREE: self._sentences.first_three, **self._risks}
        what = self._words.enumerate([named[one] for one in question.could_change])
        return {
            "fact": question.fact,
            "question": self._texts[question.fact],
            "value": round(question.value, DIGITS),
            "couldChange": question.could_change,
            "text": self._sentences.could_change.format(what=what),
        }
