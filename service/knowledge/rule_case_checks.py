"""Checking the cases beside the rules: one a rule, near misses in which one fact differs, ids that exist.

Knows what a case refers to, not whether what it claims is so: running it is the workbench's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from service.knowledge.condition_notation import ALWAYS
from service.knowledge.declared import Declared
from service.knowledge.model import Kind
from service.knowledge.parts import Part, Report
from service.knowledge.reference_checks import check_id, check_profile

FORMS_SHOWN: Final = ("formsInFirstThree", "formsExcluded")
RULES_FILE: Final = "the rule files"


def check_rule_cases(document: Part, rules: Sequence[Part], declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of one file of cases beside rules."""
    names = tuple(rule["id"].text for rule in rules)
    for case in document["cases"].items():
        check_id(case["rule"], names, "a rule", RULES_FILE, "unknown-rule", report)
        check_profile(case["firesWith"], declared, report)
        _check_required(case["firesWith"], declared, report)
        for change in [*case["alsoWith"].items(), *case["notWith"].items()]:
            _check_change(change, case["firesWith"], declared, report)
        _check_shown(case["shows"], names, declared, report)


def check_waivers(document: Part, rules: Sequence[Part], report: Report) -> None:
    """Report waivers for rules that there are not."""
    names = tuple(rule["id"].text for rule in rules)
    for waiver in document["waived"].items():
        check_id(waiver["rule"], names, "a rule", RULES_FILE, "unknown-rule", report)


def check_complete(rules: Iterable[Part], documents: Iterable[Part], report: Report) -> None:
    """Report rules without a case or a near miss, and second cases of one rule."""
    cases: dict[str, Part] = {}
    for document in documents:
        for case in document["cases"].items():
            if cases.setdefault(case["rule"].text, case) is not case:
                _report_second(case, cases[case["rule"].text], report)
    for rule in rules:
        found = cases.get(rule["id"].text)
        if found is None:
            _report_missing(rule, report)
        elif rule["when"].data != ALWAYS and report.sound(found) and not any(found["notWith"].items()):
            _report_no_near_miss(found, report)


def _check_required(profile: Part, declared: Declared, report: Report) -> None:
    for name, fact in (declared.facts or {}).items():
        if fact.required and name not in profile:
            report.add(
                profile,
                "wrong-shape",
                f"The profile has no '{name}'.",
                "Nothing can be advised without it.",
                f"Add '{name}: [...]'; the list may be empty.",
            )


def _check_change(change: Part, profile: Part, declared: Declared, report: Report) -> None:
    kept = {name: value for name, value in change.mapping.items() if value is not None}
    check_profile(Part(change.document, change.path, kept), declared, report)
    for name, part in change.entries():
        if part.data == profile[name].data and type(part.data) is type(profile[name].data):
            report.add(
                part,
                "same-value",
                f"'{name}' is the same as in 'firesWith'.",
                "A change shows nothing unless something differs.",
                "Give it another value, or take it away.",
            )


def _check_shown(shows: Part, rules: tuple[str, ...], declared: Declared, report: Report) -> None:
    for kind in Kind:
        _check_keys(shows[kind], kind, declared, report)
    _check_keys(shows["risksAtLeast"], Kind.RISKS, declared, report)
    forms = [shows["formFirst"], *(one for key in FORMS_SHOWN for one in shows[key].items())]
    for form in forms:
        _check_target(form, Kind.FORMS, declared, report)
    for name, hidden in shows["hides"].entries():
        for one in hidden.items():
            _check_target(one, name, declared, report)
    for rule in shows["rulesNotFiring"].items():
        check_id(rule, rules, "a rule", RULES_FILE, "unknown-rule", report)


def _check_keys(part: Part, kind: str, declared: Declared, report: Report) -> None:
    mapping: Mapping[str, object] = part.mapping
    for name in mapping:
        _check_target(Part(part.document, (*part.path, name), name), kind, declared, report)


def _check_target(part: Part, kind: str, declared: Declared, report: Report) -> None:
    known = declared.catalogue.get(kind)
    check_id(part, known, f"one of {kind}", f"the catalogue of {kind}", "unknown-target", report)


def _report_second(case: Part, first: Part, report: Report) -> None:
    report.add(
        case,
        "duplicate-id",
        f"The rule '{case['rule'].text}' has two cases, the first in {first.document.file}:{first.line}.",
        "A rule has one case, with every profile it should fire with.",
        "Put what this one says under 'alsoWith' or 'notWith' of the first.",
    )


def _report_missing(rule: Part, report: Report) -> None:
    report.add(
        rule,
        "missing-case",
        f"The rule '{rule['id'].text}' has no case.",
        "A case shows that it fires when it should, and guards it against slips.",
        f"Add one to cases/rules-{rule.document.file.rpartition('/')[2]}.",
    )


def _report_no_near_miss(case: Part, report: Report) -> None:
    report.add(
        case,
        "missing-case",
        f"The case of '{case['rule'].text}' has no near miss.",
        "A profile in which one fact differs and the rule does not fire shows where it ends.",
        "Add 'notWith', a list of single facts with another value.",
    )
