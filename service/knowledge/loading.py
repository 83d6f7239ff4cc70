"""Loading a rule base from a directory: read, check, build; all findings at once.

Owns which files there are. The clock comes in as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from service.knowledge.building import build_rule_base
from service.knowledge.declared import Declared, declare
from service.knowledge.fact_checks import check_facts
from service.knowledge.findings import Finding, RuleBaseError
from service.knowledge.model import RuleBase
from service.knowledge.parts import Part, Report
from service.knowledge.reference_checks import (
    check_cases,
    check_findings,
    check_id,
    check_rules,
    check_sources,
    check_unique,
    review_due,
)
from service.knowledge.shapes import check_shape
from service.knowledge.yaml_files import read_yaml

SET: Final = "co-creation"
CATALOGUE: Final = {
    "goals": "catalogue/goals.yaml",
    "questionTypes": "catalogue/question-types.yaml",
    "maturityLevels": "catalogue/maturity-levels.yaml",
    "participationLadder": "catalogue/participation-ladder.yaml",
    "participantGroups": "catalogue/participant-groups.yaml",
    "forms": "catalogue/forms.yaml",
    "tools": "catalogue/tools.yaml",
    "anchoringMeasures": "catalogue/anchoring-measures.yaml",
    "metrics": "catalogue/metrics.yaml",
    "risks": "catalogue/risks.yaml",
}
STEPS: Final = ("goals", "organisation", "question", "implementation", "measurement")


def default_rules_directory() -> Path:
    """Return the product's own rules, beside the package."""
    return Path(__file__).resolve().parents[2] / "rules"


def load_rule_base(directory: Path) -> RuleBase:
    """Load the rule base.

    Raises:
        RuleBaseError: with every finding, when there is one.
    """
    files, report = _read_and_check(directory)
    if report.findings:
        raise RuleBaseError(report.findings)
    return files.build()


def check_rule_base(directory: Path, today: date) -> tuple[RuleBase | None, list[Finding]]:
    """Check everything, cases and review dates included; the rule base is None when it cannot be built."""
    files, report = _read_and_check(directory)
    rule_base = None if report.findings else files.build()
    cases = directory / SET / "cases"
    read = [
        _read(directory, f"{SET}/cases/{path.name}", "cases", report)
        for path in sorted(cases.glob("*.yaml"))
    ]
    documents = [document for document in read if document is not None]
    check_unique((one for document in documents for one in document["cases"].items()), "case", report)
    for document in documents:
        check_cases(document, files.declared, report)
    for rule in files.every_rule():
        if review_due(rule, today):
            report.add(
                rule["validUntil"],
                "review-due",
                f"'{rule['id'].text}' was to be reviewed after {rule['validUntil'].text}.",
                "What it says may no longer be right.",
                "Review it, and give it a new date or none.",
            )
    return rule_base, sorted(report.findings)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that were read; None where one could not be."""

    vocabulary: Part | None
    catalogue: Mapping[str, Part | None]
    sources: Part | None
    rule_set: Part | None
    rules: Mapping[str, Part | None]
    findings: Part | None
    declared: Declared

    def every_rule(self) -> list[Part]:
        """List the rules of all steps."""
        documents = [document for document in self.rules.values() if document is not None]
        return [rule for document in documents for rule in document["rules"].items()]

    def build(self) -> RuleBase:
        """Build the rule base from files without findings."""
        whole = (self.vocabulary, self.sources, self.rule_set, self.findings)
        vocabulary, sources, rule_set, findings = (_there(part) for part in whole)
        catalogue = {name: _there(part) for name, part in self.catalogue.items()}
        rules = [_there(part) for part in self.rules.values()]
        return build_rule_base(vocabulary, catalogue, sources, rule_set, rules, findings)


def _there(part: Part | None) -> Part:
    if part is None:
        message = "a file without findings was not read"
        raise AssertionError(message)
    return part


def _read_and_check(directory: Path) -> tuple[_Files, Report]:
    report = Report()
    vocabulary = _read(directory, "vocabulary.yaml", "vocabulary", report)
    catalogue = {
        name: _read(directory, file, "catalogue", report) for name, file in CATALOGUE.items()
    }
    sources = _read(directory, "sources.yaml", "sources", report)
    rule_set = _read(directory, f"{SET}/rule-set.yaml", "rule-set", report)
    rules = {step: _read(directory, f"{SET}/{step}.yaml", "rules", report) for step in STEPS}
    findings = _read(directory, f"{SET}/findings.yaml", "findings", report)
    declared = declare(vocabulary, catalogue, sources, rule_set)
    files = _Files(vocabulary, catalogue, sources, rule_set, rules, findings, declared)
    _check_references(files, report)
    return files, report


def _read(directory: Path, file: str, kind: str, report: Report) -> Part | None:
    document, findings = read_yaml(directory / file, file)
    report.findings.extend(findings)
    if document is None:
        return None
    part = Part(document, (), document.data)
    check_shape(part, kind, directory / "schema", report)
    return part


def _check_references(files: _Files, report: Report) -> None:
    declared = files.declared
    if files.vocabulary is not None:
        check_facts(files.vocabulary, declared, report)
        for _, fact in files.vocabulary["facts"].entries():
            check_sources(fact, declared, report)
        check_unique(files.vocabulary["groups"].items(), "group", report)
    rungs = declared.catalogue.get("participationLadder")
    for section, part in files.catalogue.items():
        if part is None:
            continue
        check_unique(part["items"].items(), "item", report)
        for item in part["items"].items():
            check_sources(item, declared, report)
            check_id(item["rung"], rungs, "a rung", "the participation ladder", "unknown-target", report)
            if section == "forms" and "rung" not in item:
                report.add(
                    item,
                    "wrong-shape",
                    f"The form '{item['id'].text}' has no 'rung'.",
                    "Rules about the participation ladder need it.",
                    "Add 'rung: …', an id of the participation ladder.",
                )
    if files.sources is not None:
        check_unique(files.sources["sources"].items(), "source", report)
        for source in files.sources["sources"].items():
            check_id(source["read"], declared.reading, "a degree of reading", "rule-set.yaml", "unknown-target", report)
    check_unique(files.every_rule(), "rule", report)
    for step, part in files.rules.items():
        if part is not None:
            check_rules(part, step, declared, report)
    if files.findings is not None:
        check_unique(files.findings["findings"].items(), "finding", report)
        check_findings(files.findings, declared, report)
