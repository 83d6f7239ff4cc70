"""The page of forms: when each fits, when not, and what comes with choosing it."""

from __future__ import annotations

from collections.abc import Iterable

from service.engine.conditions import comparisons
from service.knowledge.model import AllOf, AnyOf, Comparison, Condition, Item, Kind, Operator, Rule
from service.workbench.documents.markdown import bullets, heading, link, page, table
from service.workbench.documents.speech import Speech, by_weight, form_anchor, rule_address

_Weighed = list[tuple[int | None, Rule]]


def forms_page(speech: Speech) -> str:
    """Return the page with every form, those on one rung of the ladder together in the list at its top."""
    forms = speech.rule_base.catalogue[Kind.FORMS]
    parts = [*speech.top("forms.md", speech.phrases.forms_title), speech.phrases.forms_intro, _contents(speech)]
    for form in forms.values():
        parts += _form(form, speech)
    return page(parts)


def _contents(speech: Speech) -> str:
    forms, rungs = speech.rule_base.catalogue[Kind.FORMS].values(), rungs_of_forms(speech)
    return bullets(
        f"{speech.text(rung.label)}: {', '.join(speech.form(form.id) for form in forms if form.rung == rung.id)}"
        for rung in rungs
    )


def rungs_of_forms(speech: Speech) -> list[Item]:
    """Return the rungs of the ladder on which forms stand, lowest first."""
    catalogue = speech.rule_base.catalogue
    used = {form.rung for form in catalogue[Kind.FORMS].values()}
    return [rung for rung in catalogue["participationLadder"].values() if rung.id in used]


def _form(form: Item, speech: Speech) -> list[str]:
    phrases = speech.phrases
    weighed = [
        (effect.amount, rule)
        for rule in speech.rule_base.rules
        for effect in rule.effects
        if effect.kind is Kind.FORMS and effect.target == form.id
    ]
    weighed.sort(key=lambda one: by_weight(one[0]))
    speaking_for: _Weighed = [one for one in weighed if one[0] is not None and one[0] > 0]
    against: _Weighed = [one for one in weighed if one[0] is None or one[0] < 0]
    rung = next((one for one in rungs_of_forms(speech) if one.id == form.rung), None)
    stands = f"**{phrases.rung}:** {speech.text(rung.label)}. {speech.text(rung.definition)}" if rung else ""
    return [
        heading(2, speech.text(form.label), form_anchor(form.id)),
        speech.text(form.definition),
        "  \n".join(line for line in (stands, speech.cited(form.sources)) if line),
        heading(3, phrases.fits),
        _arguments(speaking_for, speech) or phrases.nothing_for,
        heading(3, phrases.fits_not),
        _arguments(against, speech) or phrases.nothing_against,
        heading(3, phrases.comes_with),
        *_coming(form.id, speech),
    ]


def _arguments(weighed: _Weighed, speech: Speech) -> str:
    phrases = speech.phrases
    rows = [
        (speech.amount(Kind.FORMS, amount), _linked(rule, speech), speech.text(rule.rationale))
        for amount, rule in weighed
    ]
    return table((phrases.weight_head, phrases.when, phrases.why), rows) if rows else ""


def _linked(rule: Rule, speech: Speech) -> str:
    return link(speech.condition(rule), rule_address(rule))


def _coming(form: str, speech: Speech) -> Iterable[str]:
    phrases = speech.phrases
    always: list[Rule] = []
    only_if: list[Rule] = []
    for rule in speech.rule_base.rules:
        asked = [part for part in comparisons(rule.when) if part.fact == speech.chosen_forms and _names(part, form)]
        if asked:
            (always if _is_enough(rule.when, speech.chosen_forms, form) else only_if).append(rule)
    if always:
        effects = [(effect, rule) for rule in always for effect in rule.effects]
        effects.sort(key=lambda one: (list(Kind).index(one[0].kind), -(one[0].amount or 0)))
        yield phrases.comes_always
        yield bullets(
            f"{phrases.kinds[effect.kind].capitalize()}: **{speech.text(item.label)}**, "
            f"{link(speech.amount(effect.kind, effect.amount), rule_address(rule))}. {speech.text(item.definition)}"
            for effect, rule in effects
            for item in (speech.rule_base.catalogue[effect.kind][effect.target],)
        )
    if only_if:
        yield phrases.comes_if
        yield bullets("\n".join([_linked(rule, speech), *_nested(rule, speech)]) for rule in only_if)
    if not always and not only_if:
        yield phrases.nothing_comes


def _nested(rule: Rule, speech: Speech) -> Iterable[str]:
    return (f"  - {said}" for said in speech.effects(rule.effects))


def _names(part: Comparison, form: str) -> bool:
    return form in part.operand if isinstance(part.operand, tuple) else form == part.operand


def _is_enough(condition: Condition, fact: str, form: str) -> bool:
    match condition:
        case Comparison(name, operator):
            return name == fact and operator is not Operator.INCLUDE_ALL_OF and _names(condition, form)
        case AnyOf(parts):
            return any(_is_enough(part, fact, form) for part in parts)
        case AllOf(parts):
            return all(_is_enough(part, fact, form) for part in parts)
        case _:
            return False
