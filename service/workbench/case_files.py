"""The cases as objects: those beside rules, the real ones, and the mutants that are waived.

Trusts files that ``check`` has passed. Knows nothing of running them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Final

from service.knowledge.loading import case_documents
from service.knowledge.model import Place, Profile
from service.knowledge.parts import Part

WITH_HINDSIGHT: Final = "expected"
"""The key of a real case that says what the advice has to show."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A profile of a case: the change that makes it, and the whole."""

    change: Mapping[str, Any]
    profile: Profile


@dataclass(frozen=True, slots=True)
class RuleCase:
    """A rule's case: profiles it fires with, near misses, and what the first profile shows.

    ``shows`` is as the file has it (see ``rules/schema/rule-cases.schema.json``).
    """

    rule: str
    profile: Profile
    also: tuple[Variant, ...]
    near: tuple[Variant, ...]
    shows: Mapping[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class RealCase:
    """A real initiative. ``expected`` is empty for one that was coded before the start.

    ``confidence`` says how sure the coding is, and is empty where nobody said so.
    """

    id: str
    profile: Profile
    form_used: str
    outcome: str
    expected: tuple[str | Mapping[str, str], ...]
    acceptable: tuple[str, ...]
    went_wrong: tuple[str, ...]
    name: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Coded:
    """Who coded a file of real cases and when, and what they went by."""

    by: str
    on: str
    rules_seen: bool
    with_hindsight: bool
    how: str


@dataclass(frozen=True, slots=True)
class CaseSet:
    """A file of real cases; ``coded`` is None where it does not say who coded it."""

    file: str
    coded: Coded | None
    cases: tuple[RealCase, ...]


def rule_cases(directory: Path) -> list[RuleCase]:
    """Read the cases beside the rules, in the order of files."""
    documents = case_documents(directory, "rule-cases")
    return [_rule_case(part) for document in documents for part in document["cases"].items()]


def real_cases(directory: Path) -> list[RealCase]:
    """Read the real cases, in the order of files."""
    return [case for one in case_sets(case_documents(directory, "cases")) for case in one.cases]


def case_sets(documents: Iterable[Part]) -> list[CaseSet]:
    """Take the real cases from files that have been checked."""
    return [
        CaseSet(
            PurePath(document.document.file).name,
            _coded(document["coded"].mapping) if "coded" in document else None,
            tuple(_real_case(part.mapping) for part in document["cases"].items()),
        )
        for document in documents
    ]


def waivers(directory: Path) -> dict[tuple[str, str], str]:
    """Read the mutants that are waived: from rule and mutant to the reason."""
    found: dict[tuple[str, str], str] = {}
    for document in case_documents(directory, "mutants-waived"):
        for waiver in document["waived"].items():
            for mutant in waiver["mutants"].items():
                found[waiver["rule"].text, mutant.text] = waiver["reason"].text
    return found


def typed(profile: Mapping[str, Any]) -> Profile:
    """Turn a profile of a file into one that can be evaluated; facts that are null are left out."""
    return {
        name: frozenset(value) if isinstance(value, list) else value
        for name, value in profile.items()
        if value is not None
    }


def _rule_case(part: Part) -> RuleCase:
    data: Any = part.mapping
    profile = data["firesWith"]
    return RuleCase(
        rule=data["rule"],
        profile=typed(profile),
        also=tuple(Variant(change, typed(profile | change)) for change in data.get("alsoWith", ())),
        near=tuple(Variant(change, typed(profile | change)) for change in data.get("notWith", ())),
        shows=data["shows"],
        place=Place(part.document.file, part.line),
    )


def _real_case(data: Any) -> RealCase:
    return RealCase(
        id=data["id"],
        profile=typed(data["profile"]),
        form_used=data["formUsed"],
        outcome=data["outcome"],
        expected=tuple(data.get(WITH_HINDSIGHT, ())),
        acceptable=tuple(data.get("acceptableForms", ())),
        went_wrong=tuple(data.get("wentWrong", ())),
        name=data["name"],
        confidence=data.get("confidence", ""),
    )


def _coded(data: Any) -> Coded:
    return Coded(data["by"], data.get("on", ""), data["rulesSeen"], data["withHindsight"], data.get("how", ""))
