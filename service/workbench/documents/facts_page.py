"""The page of facts: each with its question, its answers and the rules that ask for it."""

from __future__ import annotations

from collections.abc import Iterable

from service.advice.descriptions import describe_answers
from service.advice.words import capitalised
from service.engine.conditions import comparisons
from service.knowledge.model import (
    ChosenFrom,
    Fact,
    FactType,
    Kind,
    RoundedMeanOf,
    SameAs,
    SizeOf,
    StepsBetween,
)
from service.workbench.documents.markdown import escaped, heading, page, table
from service.workbench.documents.speech import Speech, fact_anchor


def facts_page(speech: Speech) -> str:
    """Return the page with every fact: those to be sent by group, then the derived ones."""
    facts = speech.rule_base.facts.values()
    parts = [*speech.top("facts.md", speech.phrases.facts_title), speech.phrases.facts_intro]
    for group in speech.rule_base.groups:
        parts += [heading(2, speech.text(group.label)), speech.text(group.intro)]
        for fact in facts:
            if fact.group == group.id:
                parts += _fact(fact, speech)
    parts += [heading(2, speech.phrases.derived_title), speech.phrases.derived_intro]
    for fact in facts:
        if fact.group is None:
            parts += _fact(fact, speech)
    return page(parts)


def _fact(fact: Fact, speech: Speech) -> Iterable[str]:
    phrases = speech.phrases
    yield heading(3, f"{speech.text(fact.label)} (`{fact.id}`)", fact_anchor(fact.id))
    if fact.question:
        yield f"**{phrases.question}:** {speech.text(fact.question)}"
        yield speech.text(fact.help)
    yield speech.text(fact.definition)
    yield _derived(fact, speech)
    yield phrases.required if fact.required else ""
    yield from _answers(fact, speech)
    asking = [
        speech.rule(rule)
        for rule in speech.rule_base.rules
        if any(part.fact == fact.id for part in comparisons(rule.when))
    ]
    yield f"**{phrases.asked_by}:** {', '.join(asking)}" if asking else phrases.not_asked
    yield speech.cited(fact.sources)


def _answers(fact: Fact, speech: Speech) -> Iterable[str]:
    phrases = speech.phrases
    if fact.type is FactType.SET and fact.is_sent:
        yield phrases.at_most_answers
    if fact.options_from == Kind.FORMS:
        yield phrases.answers_are_forms.format(forms=", ".join(speech.form(option.id) for option in fact.options))
    elif fact.type is FactType.INTEGER:
        unit = f" {speech.text(fact.unit)}" if fact.unit else ""
        low, high = (_bound(bound) for bound in (fact.minimum, fact.maximum))
        yield phrases.number.format(minimum=low, maximum=high, unit=unit)
    else:
        if fact.low and fact.high:
            yield f"1 = {speech.text(fact.low)}; {fact.maximum} = {speech.text(fact.high)}."
        rows = [
            (
                f"`{_written(answer['value'])}`",
                escaped(str(answer["label"])),
                escaped(capitalised(str(answer["description"]))),
            )
            for answer in describe_answers(fact, speech.words)
        ]
        yield table((phrases.value_head, phrases.answer_head, phrases.meaning_head), rows)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bound(bound: int | None) -> str:
    return "…" if bound is None else f"−{-bound}" if bound < 0 else str(bound)


def _derived(fact: Fact, speech: Speech) -> str:
    phrases = speech.phrases
    match fact.derived:
        case SizeOf(name):
            return phrases.size_of.format(facts=speech.fact(name))
        case RoundedMeanOf(names, least):
            return phrases.mean_of.format(facts=speech.listed(map(speech.fact, names)), least=least)
        case StepsBetween(lower, upper):
            return phrases.steps_between.format(lower=speech.fact(lower), upper=speech.fact(upper))
        case SameAs(name):
            return phrases.same_as.format(facts=speech.fact(name))
        case ChosenFrom(name):
            return phrases.chosen_from.format(facts=speech.fact(name))
        case _:
            return ""
