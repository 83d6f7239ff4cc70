"""The rule bases that answer side by side: one by default, and older ones that are kept on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from service.knowledge.findings import Finding, RuleBaseError
from service.knowledge.loading import load_rule_base
from service.knowledge.model import RuleBase
from service.knowledge.vocabulary import differences


def load_versions(directory: Path, kept: Path | None = None) -> tuple[RuleBase, ...]:
    """Load the rule base in a directory, and after it those in the directories in ``kept``, by name.

    One that is kept and is the first itself counts once.

    Raises:
        RuleBaseError: with every finding; those on what is kept name its directory. A version that stands for two
            contents is one, and so is a vocabulary that is not that of the first, as a contract has only one.
    """
    found = [load_rule_base(directory)]
    findings: list[Finding] = []
    for path in sorted(one for one in kept.iterdir() if one.is_dir() and not one.name.startswith(".")) if kept else ():
        try:
            one = load_rule_base(path)
        except RuleBaseError as error:
            findings += [replace(finding, file=f"{path.name}/{finding.file}") for finding in error.findings]
            continue
        own = [Finding(path.name, 1, *said) for said in _against(found, one)]
        findings += own
        if not own and one.digest not in {other.digest for other in found}:
            found.append(one)
    if findings:
        raise RuleBaseError(findings)
    return tuple(found)


def _against(found: Sequence[RuleBase], one: RuleBase) -> list[tuple[str, str, str, str]]:
    """Say what keeps a rule base from standing beside others: the check, what, why and how."""
    said = []
    if any(other.version == one.version and other.digest != one.digest for other in found):
        said.append(
            (
                "same-version",
                f"Version {one.version} stands for two rule bases that differ.",
                "Whoever asks for it could get either.",
                "Keep one of them, or raise the version of the newer.",
            )
        )
    moved = differences(found[0], one)
    if moved:
        said.append(
            (
                "other-vocabulary",
                f"Its vocabulary is not that of version {found[0].version}: {'; '.join(moved)}.",
                "There is one contract, and it says what every version takes and gives.",
                "Serve this version by a service of its own.",
            )
        )
    return said
