"""Loading a rule base from a directory: read, check, build; all findings at once.

Owns which files there are. The clock comes in as a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from service.knowledge.building import build_rule_base
from service.knowledge.declared import Declared, declare
from service.knowledge.findings import Finding, RuleBaseError, did_you_mean
from service.knowledge.model import RuleBase
from service.knowledge.parts import Part, Report
from service.knowledge.promise_checks import check_promises, check_tensions, check_waivers_of_findings
from service.knowledge.reference_checks import (
    check_bibliography,
    check_cases,
    check_catalogue,
    check_findings,
    check_rule_set,
    check_rules,
    check_unique,
    check_vocabulary,
    review_due,
)
from service.knowledge.rule_case_checks import check_complete, check_rule_cases, check_waivers
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
CLAIMS: Final = ("promises", "tensions")
DATA: Final = "..data"
"""The link in a volume of Kubernetes behind which its files lie; source: its AtomicWriter."""
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
    _check_all_cases(directory, files, report)
    _check_promises(directory, files, report, today)
    for rule in files.every_rule():
        if review_due(rule["validUntil"], today):
            report.add(
                rule["validUntil"],
                "review-due",
                f"'{rule['id'].text}' was to be reviewed after {rule['validUntil'].text}.",
                "What it says may no longer be right.",
                "Review it, and give it a new date or none.",
            )
    return rule_base, sorted(report.findings)


def claim_documents(directory: Path) -> dict[str, Part]:
    """Read the files that say what the rules promise and which tensions are meant: ``promises``, ``tensions``.

    A file that is not there claims nothing.
    """
    return _read_claims(directory, Report())


def waivable_documents(directory: Path) -> list[Part]:
    """Read the files whose entries can say which findings of the proofs are to stay."""
    files = [*(f"{SET}/{step}.yaml" for step in STEPS), *CATALOGUE.values()]
    kinds = ["rules"] * len(STEPS) + ["catalogue"] * len(CATALOGUE)
    read = [_read(directory, file, kind, Report()) for file, kind in zip(files, kinds, strict=True)]
    return [document for document in (*read, *claim_documents(directory).values()) if document is not None]


def case_documents(directory: Path, kind: str) -> list[Part]:
    """Read the files in ``cases/`` of one kind: ``cases``, ``rule-cases`` or ``mutants-waived``."""
    return _read_cases(directory, kind, None)


def checked_cases(directory: Path, paths: Sequence[Path]) -> list[Part]:
    """Read files with real cases, by default the directory's own, and check them against its rule base.

    Raises:
        RuleBaseError: with every finding in them, when there is one.
    """
    files, _ = _read_and_check(directory)
    report = Report()
    own = [directory / file for file in _case_files(directory, "cases")]
    found = [_read(Path(), str(path), "cases", report) for path in paths or own]
    documents = [document for document in found if document is not None]
    _check_real_cases(documents, files.declared, report)
    if report.findings:
        raise RuleBaseError(sorted(report.findings))
    return documents


def _check_real_cases(documents: Sequence[Part], declared: Declared, report: Report) -> None:
    check_unique((one for document in documents for one in document["cases"].items()), "case", report)
    for document in documents:
        check_cases(document, declared, report)


def _read_claims(directory: Path, report: Report) -> dict[str, Part]:
    files = {kind: f"{SET}/{kind}.yaml" for kind in CLAIMS if (directory / SET / f"{kind}.yaml").exists()}
    read = {kind: _read(directory, file, kind, report) for kind, file in files.items()}
    return {kind: document for kind, document in read.items() if document is not None}


def _check_promises(directory: Path, files: _Files, report: Report, today: date) -> None:
    """Report what is wrong with promises, confirmed tensions and waived findings, expired ones included."""
    sound, claims = not report.findings, _read_claims(directory, report)
    rules = files.every_rule()
    if sound and not report.findings:
        if "promises" in claims:
            check_promises(claims["promises"], files.declared, report)
        if "tensions" in claims:
            check_tensions(claims["tensions"], rules, files.declared, report, today)
    items = [item for part in files.catalogue.values() if part is not None for item in part["items"].items()]
    promises = list(claims["promises"]["promises"].items()) if "promises" in claims else []
    for holder in (*rules, *items, *promises):
        check_waivers_of_findings(holder, report, today)


def _read_cases(directory: Path, kind: str, report: Report | None) -> list[Part]:
    read = [_read(directory, file, kind, report or Report()) for file in _case_files(directory, kind)]
    return [document for document in read if document is not None]


def _case_files(directory: Path, kind: str) -> list[str]:
    names = sorted(path.name for path in (directory / SET / "cases").glob("*.yaml"))
    return [f"{SET}/cases/{name}" for name in names if _kind_of_cases(name) == kind]


def _kind_of_cases(name: str) -> str:
    if name.startswith("rules-"):
        return "rule-cases"
    return "mutants-waived" if name == "mutants-waived.yaml" else "cases"


def _check_all_cases(directory: Path, files: _Files, report: Report) -> None:
    """Report what is wrong with cases; whether each rule has one is asked when rules and cases can be read."""
    sound = not report.findings
    _check_real_cases(_read_cases(directory, "cases", report), files.declared, report)
    rules, before = files.every_rule(), len(report.findings)
    of_rules = _read_cases(directory, "rule-cases", report)
    readable = len(report.findings) == before
    waived = _read_cases(directory, "mutants-waived", report)
    if sound:
        for document in of_rules:
            check_rule_cases(document, rules, files.declared, report)
        for document in waived:
            check_waivers(document, rules, report)
    if sound and readable:
        check_complete(rules, of_rules, report)


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
    directory, report = _as_of_one_moment(directory), Report()
    vocabulary = _read(directory, "vocabulary.yaml", "vocabulary", report)
    catalogue = {name: _read(directory, file, "catalogue", report) for name, file in CATALOGUE.items()}
    sources = _read(directory, "sources.yaml", "sources", report)
    rule_set = _read(directory, f"{SET}/rule-set.yaml", "rule-set", report)
    rules = {step: _read(directory, f"{SET}/{step}.yaml", "rules", report) for step in STEPS}
    findings = _read(directory, f"{SET}/findings.yaml", "findings", report)
    declared = declare(vocabulary, catalogue, sources, rule_set)
    files = _Files(vocabulary, catalogue, sources, rule_set, rules, findings, declared)
    _check_references(files, report)
    _report_strangers(directory, report)
    return files, report


def _as_of_one_moment(directory: Path) -> Path:
    """Return where the files lie: a volume of Kubernetes turns one link when they change, even while they are read."""
    return (directory / DATA).resolve() if (directory / DATA).is_symlink() else directory


def _read(directory: Path, file: str, kind: str, report: Report) -> Part | None:
    document, findings = read_yaml(directory / file, file)
    report.findings.extend(findings)
    if document is None:
        return None
    part = Part(document, (), document.data)
    check_shape(part, kind, default_rules_directory() / "schema", report)
    return part


def _check_references(files: _Files, report: Report) -> None:
    declared = files.declared
    if files.vocabulary is not None:
        check_vocabulary(files.vocabulary, declared, report)
    for section, part in files.catalogue.items():
        if part is not None:
            check_catalogue(section, part, declared, report)
    if files.sources is not None:
        check_bibliography(files.sources, declared, report)
    if files.rule_set is not None:
        check_rule_set(files.rule_set, declared, report)
    check_unique(files.every_rule(), "rule", report)
    for step, part in files.rules.items():
        if part is not None:
            check_rules(part, step, declared, report)
    if files.findings is not None:
        check_findings(files.findings, declared, report)


def _report_strangers(directory: Path, report: Report) -> None:
    """Report YAML files that nothing reads, so that a misspelt name is not silently left out."""
    known = {*CATALOGUE.values(), "vocabulary.yaml", "sources.yaml"}
    known |= {f"{SET}/{name}.yaml" for name in (*STEPS, *CLAIMS, "rule-set", "findings")}
    for path in sorted(directory.rglob("*.y*ml")):
        file = path.relative_to(directory).as_posix()
        if file not in known and not file.startswith(f"{SET}/cases/"):
            report.findings.append(
                Finding(
                    file,
                    1,
                    "unknown-file",
                    "Nothing reads this file.",
                    "Rules in it would never fire.",
                    did_you_mean(file, known) or "Move its content to a file that is read, or remove it.",
                )
            )
