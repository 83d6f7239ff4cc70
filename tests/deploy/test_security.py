"""What SECURITY.md claims: each threat has a test that is there, and nothing is installed but what is locked."""

import ast
import re

import pytest

from tests.serving import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
THREATS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.partition("## Threat model")[2].splitlines()
    if line.startswith("|") and not line.startswith(("| threat |", "|---"))
]


def every_test() -> set[str]:
    return {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_threat_is_held_off_and_has_a_test_that_is_there() -> None:
    there = every_test()

    assert len(THREATS) >= 25
    assert [] == [cells[0] for cells in THREATS if len(cells) != 3 or not all(cells)]
    assert {} == {
        cells[0]: missing for cells in THREATS if (missing := _named(cells[2]) - there) or not _named(cells[2])
    }


def _named(cell: str) -> set[str]:
    return set(re.findall(r"`(test_\w+)`", cell))


@pytest.mark.parametrize("file", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda file: file.name)
def test_everything_that_is_installed_is_locked_with_hashes(file: object) -> None:
    pinned = re.compile(r"[A-Za-z0-9_.\[\]-]+==\S+( ; .+)?( --hash=sha256:[0-9a-f]{64})+")
    text = (ROOT / "requirements" / str(file)).read_text(encoding="utf-8")
    entries = [" ".join(entry.split()) for entry in text.replace("\\\n", " ").splitlines() if entry.strip()]

    assert entries
    assert [] == [entry[:80] for entry in entries if not pinned.fullmatch(entry)]


@pytest.mark.parametrize("name", ["Dockerfile", "Makefile"])
def test_nothing_is_installed_but_from_a_lock(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for definition, value in re.findall(r"(?m)^(INSTALL := (.*)\n)", text):
        text = text.replace(definition, "").replace("$(INSTALL)", value)
    installs = re.findall(r"(?:pip|\(PIP\)) (?:--\S+ )*install .*?(?=;|$)", text, re.MULTILINE)

    assert installs
    assert [] == [one for one in installs if "--require-hashes" not in one or " -r " not in one]
