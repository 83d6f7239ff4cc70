"""The formats of a batch in a file, known by the end of the file's name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from service.batch.tables import COLUMNS, row, rows_as_lines, written
from service.knowledge.model import Fact
from service.web.lines import read_lines

Numbered: TypeAlias = Iterator[tuple[int, bytes | None]]


@dataclass(frozen=True, slots=True)
class Format:
    """How lines are read from a file and answers written to one.

    ``head`` stands before the first answer; ``write`` turns the answer to a line into one line of the file.
    """

    read: Callable[[Path, Mapping[str, Fact]], Numbered]
    head: bytes
    write: Callable[[bytes], bytes]


def _read_lines(path: Path, _facts: Mapping[str, Fact]) -> Numbered:
    with path.open("rb") as file:
        yield from read_lines(file)


def _read_rows(path: Path, facts: Mapping[str, Fact]) -> Numbered:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from rows_as_lines(file, facts)


def _as_row(answer: bytes) -> bytes:
    return row(json.loads(answer)).encode()


_NDJSON: Final = Format(_read_lines, b"", lambda answer: answer)
_CSV: Final = Format(_read_rows, written(COLUMNS).encode(), _as_row)
FORMATS: Final[Mapping[str, Format]] = {".ndjson": _NDJSON, ".jsonl": _NDJSON, ".csv": _CSV}


def format_of(path: Path) -> Format | None:
    """Return the format that the file's name ends in; None when it is none of FORMATS."""
    return FORMATS.get(path.suffix.lower())
