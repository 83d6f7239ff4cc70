"""Walking through a file piece by piece, and collecting what is wrong with the pieces.

Owns the bookkeeping that keeps one mistake one finding: a piece with a finding in it is not sound, and
checks that would stumble over it leave it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.knowledge.findings import Finding
from service.knowledge.yaml_files import Document, KeyPath


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a file: its data, and the way to it."""

    document: Document
    path: KeyPath
    data: object

    def __getitem__(self, key: str) -> Part:
        """Return the part under the key; its data are None when there is none."""
        return Part(self.document, (*self.path, key), self.mapping.get(key))

    def __contains__(self, key: str) -> bool:
        """Tell whether the part is a mapping that has the key."""
        return key in self.mapping

    @property
    def mapping(self) -> dict[str, object]:
        """The data as a mapping; empty when they are something else."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def text(self) -> str:
        """The data as a text; empty when they are something else."""
        return self.data if isinstance(self.data, str) else ""

    @property
    def line(self) -> int:
        """The line of the part's key or item, from 1."""
        return self.document.line(self.path)

    def entries(self) -> Iterator[tuple[str, Part]]:
        """Yield the keys of a mapping with their parts; nothing when it is something else."""
        for key, value in self.mapping.items():
            yield key, Part(self.document, (*self.path, key), value)

    def items(self) -> Iterator[Part]:
        """Yield the items of a list; nothing when it is something else."""
        for index, value in enumerate(self.data if isinstance(self.data, list) else ()):
            yield Part(self.document, (*self.path, index), value)


class Report:
    """The findings so far. Not shared between threads: each loading has its own."""

    def __init__(self) -> None:
        """Start without findings."""
        self.findings: list[Finding] = []
        self._touched: set[tuple[str, KeyPath]] = set()

    def add(self, part: Part, check: str, what: str, why: str, how: str) -> None:
        """Report something about a part; the part and everything around it are no longer sound."""
        file = part.document.file
        self.findings.append(Finding(file, part.line, check, what, why, how))
        self._touched.update((file, part.path[:end]) for end in range(len(part.path) + 1))

    def sound(self, part: Part) -> bool:
        """Tell whether nothing was reported about the part or anything in it."""
        return (part.document.file, part.path) not in self._touched
