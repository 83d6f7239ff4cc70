"""The reference pages as a whole: which there are, and which on disk are stale or do not belong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from service.knowledge.model import LANGUAGES, RuleBase
from service.workbench.documents.facts_page import facts_page
from service.workbench.documents.forms_page import forms_page
from service.workbench.documents.index_page import index_page
from service.workbench.documents.matrix import matrix
from service.workbench.documents.matrix_picture import matrix_picture
from service.workbench.documents.rules_pages import rules_page
from service.workbench.documents.sources_page import sources_page
from service.workbench.documents.speech import MARK, PICTURE, Speech, rules_file

_PAGES: Final = {
    "index.md": index_page,
    "forms.md": forms_page,
    "facts.md": facts_page,
    "sources.md": sources_page,
}


def documents(rule_base: RuleBase) -> dict[str, str]:
    """Return the text of every file, by its path relative to ``reference_directory``."""
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        speech = Speech(rule_base, language)
        texts |= {f"{language}/{name}": page(speech) for name, page in _PAGES.items()}
        for step in rule_base.method.steps:
            texts[f"{language}/{rules_file(step.id)}"] = rules_page(step, speech)
        texts[f"{language}/{PICTURE}"] = matrix_picture(matrix(rule_base), speech)
    return texts


def reference_directory() -> Path:
    """Return the place of the pages, in ``docs`` beside the package."""
    return Path(__file__).resolve().parents[3] / "docs" / "reference"


def stale(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Return the files that are missing or say something else than ``texts``."""
    return [
        path
        for path, text in ((directory / name, text) for name, text in texts.items())
        if not path.is_file() or path.read_bytes() != text.encode()
    ]


def foreign(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Return the files in the folders of ``texts`` that it does not name, in order of path.

    What stands beside these folders, in ``directory`` itself, is written by hand.
    """
    belonging = {directory / name for name in texts}
    folders = {one.parent for one in belonging} - {directory}
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    return sorted(found - belonging)


def write_documents(directory: Path, texts: Mapping[str, str]) -> list[Path]:
    """Write the texts, and remove generated files that no longer belong.

    Returns the files that do not belong and stay, because they do not carry the mark of a generated file.
    """
    for path in stale(directory, texts):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(texts[path.relative_to(directory).as_posix()].encode())
    staying = []
    for path in foreign(directory, texts):
        if MARK.encode() in path.read_bytes():
            path.unlink()
        else:
            staying.append(path)
    return staying
