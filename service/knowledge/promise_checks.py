"""Checking what is claimed about the rules as a whole: promises, confirmed tensions, waived findings.

Knows what they refer to and when they expire, not whether they are so: proving it is the workbench's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from service.knowledge.condition_checks import check_condition
from service.knowledge.declared import Declared, FactOutline
from service.knowledge.model import FactType
from service.knowledge.parts import Part, Report
from service.knowledge.reference_checks import check_date, check_id, check_unique, review_due

KINDS: Final = (("someFormAbove",), ("formFirst",), ("raising", "neverRaises"), ("raising", "neverAdds"))
"""What a promise can say, each as the keys that say it."""
ORDERED: Final = frozenset({FactType.ORDINAL, FactType.SCALE, FactType.INTEGER})


def check_promises(document: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong with the references of the promises."""
    check_unique(document["promises"].items(), "promise", report)
    facts, forms, risks = tuple(declared.facts or {}), declared.catalogue.get("forms"), declared.catalogue.get("risks")
    for promise in document["promises"].items():
        _check_kind(promise, report)
        if "when" in promise:
            check_condition(promise["when"], declared, report)
        for fact in promise["known"].items():
            check_id(fact, facts, "a fact", "vocabulary.yaml", "unknown-fact", report)
        for fact in promise["raising"].items():
            check_id(fact, facts, "a fact", "vocabulary.yaml", "unknown-fact", report)
            _check_ordered(fact, (declared.facts or {}).get(fact.text), report)
        for form in promise["formFirst"].items():
            check_id(form, forms, "a form", "catalogue/forms.yaml", "unknown-target", report)
        for risk in promise["neverAdds"].items():
            check_id(risk, risks, "a risk", "catalogue/risks.yaml", "unknown-target", report)


def check_tensions(document: Part, rules: Sequence[Part], declared: Declared, report: Report, today: date) -> None:
    """Report everything that is wrong with the references of confirmed tensions, and those that expired."""
    names = tuple(rule["id"].text for rule in rules)
    for entry in document["confirmed"].items():
        kind = entry["kind"].text
        for target in entry["targets"].items():
            known = declared.catalogue.get(kind)
            check_id(target, known, f"one of {kind}", f"the catalogue of {kind}", "unknown-target", report)
        for rule in (*entry["for"].items(), *entry["against"].items()):
            check_id(rule, names, "a rule", "the rule files", "unknown-rule", report)
        _check_last_day(entry["until"], report, today)


def check_waivers_of_findings(holder: Part, report: Report, today: date) -> None:
    """Report waivers of a rule, an item or a promise that expired."""
    for waiver in holder["waived"].items():
        _check_last_day(waiver["until"], report, today)


def _check_kind(promise: Part, report: Report) -> None:
    said = {key for kind in KINDS for key in kind if key in promise}
    if not any(said == set(kind) for kind in KINDS):
        report.add(
            promise,
            "wrong-shape",
            f"The promise '{promise['id'].text}' does not say exactly one thing.",
            "It promises 'someFormAbove', or 'formFirst', or of 'raising' facts what it 'neverRaises' or 'neverAdds'.",
            "Keep one of them, and make another promise of the rest.",
        )


def _check_ordered(fact: Part, outline: FactOutline | None, report: Report) -> None:
    if outline is None or outline.type is None or (outline.type in ORDERED and not outline.derived_only):
        return
    report.add(
        fact,
        "value-outside-type",
        f"'{fact.text}' cannot be raised.",
        "Only a fact that is sent and whose answers have an order can be.",
        "Name an ordinal, a scale or an integer.",
    )


def _check_last_day(until: Part, report: Report, today: date) -> None:
    check_date(until, report)
    if review_due(until, today):
        report.add(
            until,
            "expired-waiver",
            f"This was to stay until {until.text}.",
            "Whether it is still right has not been looked at since.",
            "Mend what it is about, or look at it again and give it a new day.",
        )
