"""Checking what the files refer to: ids that exist, once each, effects that make no circle."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from service.knowledge.condition_checks import asked_facts, check_condition, check_value
from service.knowledge.declared import Declared, Ids
from service.knowledge.fact_checks import check_facts
from service.knowledge.findings import choose_from
from service.knowledge.model import Kind
from service.knowledge.parts import Part, Report

FORM_EFFECTS: Final = ("forms", "excludeForms", "allFormsExcept", "formsOnRungs")


def check_unique(parts: Iterable[Part], what: str, report: Report) -> None:
    """Report ids that stand twice among the entries, at the second."""
    seen: dict[object, Part] = {}
    for part in parts:
        name = part["id"].data
        first = seen.setdefault(name, part)
        if name is not None and first is not part:
            report.add(
                part,
                "duplicate-id",
                f"The {what} '{name}' is there twice, first in {first.document.file}:{first.line}.",
                "An id stands for one thing.",
                "Give one of the two another id, or remove it.",
            )


def check_sources(part: Part, declared: Declared, report: Report) -> None:
    """Report sources that are not in the bibliography."""
    for source in part["sources"].items():
        check_id(source, declared.sources, "a source", "sources.yaml", "unknown-source", report)


def check_id(part: Part, known: Ids, what: str, where: str, check: str, report: Report) -> None:
    """Report an id that is not among the known ones; ids that could not be read are left alone."""
    if known is None or part.data is None or str(part.data) in known:
        return
    report.add(
        part,
        check,
        f"'{part.data}' is not {what}.",
        f"Ids come from {where}.",
        choose_from(str(part.data), known, f"Look it up in {where}."),
    )


def check_vocabulary(document: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with facts and groups."""
    check_facts(document, declared, report)
    check_unique(document["groups"].items(), "group", report)
    for _, fact in document["facts"].entries():
        check_sources(fact, declared, report)


def check_catalogue(section: str, document: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of one catalogue."""
    rungs = declared.catalogue.get("participationLadder")
    check_unique(document["items"].items(), "item", report)
    for item in document["items"].items():
        check_sources(item, declared, report)
        check_id(item["rung"], rungs, "a rung", "the participation ladder", "unknown-target", report)
        if section == Kind.FORMS and "rung" not in item:
            report.add(
                item,
                "wrong-shape",
                f"The form '{item['id'].text}' has no 'rung'.",
                "Rules about the participation ladder need it.",
                "Add 'rung: …', an id of the participation ladder.",
            )
        _check_typical(item, section == Kind.RISKS, declared, report)


def _check_typical(item: Part, risk: bool, declared: Declared, report: Report) -> None:
    """Report a risk that does not say with which forms it comes, or says it wrongly; and others that say it."""
    typical = item["typicalOf"]
    if risk is not ("typicalOf" in item):
        name = item["id"].text
        report.add(
            item if risk else typical,
            "wrong-shape",
            f"The risk '{name}' has no 'typicalOf'." if risk else f"'{name}' has 'typicalOf' and is not a risk.",
            "It says how likely a risk is with a form.",
            "Add 'typicalOf: {often: […], sometimes: […]}' with ids of forms." if risk else "Take it away.",
        )
    seen: set[str] = set()
    for form in (one for _, forms in typical.entries() for one in forms.items()):
        check_id(form, declared.catalogue.get(Kind.FORMS), "a form", "the catalogue of forms", "unknown-target", report)
        if form.text in seen:
            report.add(
                form,
                "repeated-target",
                f"'typicalOf' names '{form.text}' more than once.",
                "A risk comes with a form either often or sometimes.",
                "Name each form once.",
            )
        seen.add(form.text)


def check_rule_set(document: Part, declared: Declared, report: Report) -> None:
    """Report a level from which risks are possible, and a fact that cases are grouped by, that is not there."""
    grouped = document["evaluation"]["groupedBy"]
    check_id(grouped, _sent(declared), "a fact that is sent", "vocabulary.yaml", "unknown-fact", report)
    risks = document["risks"]
    levels = tuple(level["id"].text for level in risks["levels"].items())
    if report.sound(risks):
        check_id(risks["possibleFrom"], levels, "a level of risk", "the levels above it", "unknown-target", report)


def check_bibliography(document: Part, declared: Declared, report: Report) -> None:
    """Report sources that stand twice, or were read to a degree that is not declared."""
    check_unique(document["sources"].items(), "source", report)
    for source in document["sources"].items():
        check_id(source["read"], declared.reading, "a degree of reading", "rule-set.yaml", "unknown-target", report)


def check_rules(document: Part, file_step: str, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of one file of rules."""
    if document["step"].text not in ("", file_step):
        report.add(
            document["step"],
            "wrong-step",
            f"The file of '{file_step}' says that its step is '{document['step'].text}'.",
            "A rule belongs to the step that its file is named after.",
            f"Write 'step: {file_step}', or move the rules to the file of their step.",
        )
    for rule in document["rules"].items():
        if "when" in rule:
            check_condition(rule["when"], declared, report)
        check_sources(rule, declared, report)
        check_id(rule["evidence"], declared.evidence, "a grade", "rule-set.yaml", "unknown-evidence", report)
        _check_effects(rule, declared, report)
        check_date(rule["validUntil"], report)


def check_findings(document: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of the findings."""
    check_unique(document["findings"].items(), "finding", report)
    chosen = _chosen(declared)
    for finding in document["findings"].items():
        if "when" not in finding:
            continue
        check_condition(finding["when"], declared, report)
        if chosen & asked_facts(finding["when"]):
            report.add(
                finding["when"],
                "circular-effect",
                f"A finding cannot ask about '{next(iter(chosen))}'.",
                "Findings are about the profile, before any form is chosen.",
                "Ask about other facts, or write a rule.",
            )


def check_cases(document: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of the cases."""
    forms, risks = declared.catalogue.get("forms"), declared.catalogue.get("risks")
    for case in document["cases"].items():
        check_profile(case["profile"], declared, report)
        expected = list(case["expected"].items())
        any_forms = [one["anyForm"] for one in expected]
        used = [case["formUsed"], *case["acceptableForms"].items(), *any_forms]
        for form in used:
            check_id(form, forms, "a form", "catalogue/forms.yaml", "unknown-target", report)
        for risk in [*case["wentWrong"].items(), *(one["risk"] for one in expected)]:
            check_id(risk, risks, "a risk", "catalogue/risks.yaml", "unknown-target", report)
        check_sources(case, declared, report)


def review_due(last_day: Part, today: date) -> bool:
    """Tell whether the last day without a review has passed; a day that is not there never does."""
    written = last_day.text
    return bool(written) and _is_date(written) and date.fromisoformat(written) < today


def check_date(part: Part, report: Report) -> None:
    """Report a last day that is not in the calendar."""
    if part.text and not _is_date(part.text):
        report.add(
            part,
            "wrong-shape",
            f"'{part.text}' is not a day of the calendar.",
            "After this day it has to be reviewed.",
            "Write it as year-month-day, like 2027-06-30.",
        )


def _check_effects(rule: Part, declared: Declared, report: Report) -> None:
    then = rule["then"]
    for kind in Kind:
        where = f"the catalogue of {kind}"
        for name, part in then[kind].entries():
            key = Part(part.document, part.path, name)
            check_id(key, declared.catalogue.get(kind), f"one of {kind}", where, "unknown-target", report)
    forms = declared.catalogue.get(Kind.FORMS)
    for form in [*then["excludeForms"].items(), *then["allFormsExcept"]["forms"].items()]:
        check_id(form, forms, "one of forms", "the catalogue of forms", "unknown-target", report)
    rungs = declared.catalogue.get("participationLadder")
    for name, part in then["formsOnRungs"].entries():
        key = Part(part.document, part.path, name)
        check_id(key, rungs, "a rung", "the participation ladder", "unknown-target", report)
    if not report.sound(then):
        return
    _check_circle(rule, declared, report)
    _check_repeated(then, declared, report)


def _check_circle(rule: Part, declared: Declared, report: Report) -> None:
    chosen = _chosen(declared) & asked_facts(rule["when"])
    touched = [key for key in FORM_EFFECTS if key in rule["then"]]
    if chosen and touched:
        report.add(
            rule["then"][touched[0]],
            "circular-effect",
            f"A rule that asks about '{next(iter(chosen))}' cannot touch forms.",
            "The chosen forms follow from the ranking, so this would go in a circle.",
            "Take the forms away here, or ask about other facts.",
        )


def _check_repeated(then: Part, declared: Declared, report: Report) -> None:
    forms = declared.catalogue.get(Kind.FORMS) or ()
    untouched = {one.text for one in then["allFormsExcept"]["forms"].items()}
    weighted = list(then["forms"].mapping)
    if "allFormsExcept" in then:
        weighted += [form for form in forms if form not in untouched]
    on_rungs = then["formsOnRungs"].mapping
    weighted += [form for form in forms if declared.rungs.get(form) in on_rungs]
    weighted += [one.text for one in then["excludeForms"].items()]
    twice = sorted({form for form in weighted if weighted.count(form) > 1})
    if twice:
        report.add(
            then,
            "repeated-target",
            f"The rule reaches {', '.join(repr(form) for form in twice)} more than once.",
            "What it then does to them is hard to see.",
            "Name each form once, or leave it out of the group.",
        )


def _is_date(written: str) -> bool:
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def check_profile(profile: Part, declared: Declared, report: Report) -> None:
    """Report facts of a profile that are not sent, and values outside their type."""
    for name, part in profile.entries():
        key = Part(part.document, part.path, name)
        check_id(key, _sent(declared), "a fact that is sent", "vocabulary.yaml", "unknown-fact", report)
        if declared.facts and name in declared.facts:
            check_value(name, declared.facts[name], part, report)


def _chosen(declared: Declared) -> set[str]:
    return {name for name, fact in (declared.facts or {}).items() if fact.chosen}


def _sent(declared: Declared) -> Ids:
    if not declared.facts:
        return None
    return tuple(name for name, fact in declared.facts.items() if not fact.derived_only)
