"""One run over a file: what is written already is kept, the rest is answered and added in order.

The answers grow in ``OUT.part``; ``OUT.run`` beside it says what they are answers to. Every line that is not
blank has exactly one answer, so the number of whole answers tells where to go on. When all are there,
``OUT.part`` becomes ``OUT``.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Final

from service import __version__
from service.batch.formats import FORMATS
from service.batch.pool import Task, answered
from service.knowledge.model import RuleBase

PIECE: Final = 2**20


class RunError(Exception):
    """A run that cannot begin; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many answers there are, how many were there before, and how many problems this run added."""

    answers: int
    before: int
    problems: int


def run(
    source: Path, target: Path, task: Task, rule_base: RuleBase, processes: int, tell: Callable[[int], object]
) -> Outcome:
    """Answer every line of the source in the target; ``tell`` is told the number of each last line that was.

    Raises:
        RunError: when the target is there, or another run is under way or was begun on something else.
        TableError: when the source is a table that cannot be read.
    """
    if target.exists():
        message = f"{target} is there already. Remove it, or name another file."
        raise RunError(message)
    part, note = (target.with_name(f"{target.name}.{end}") for end in ("part", "run"))
    facts = {name: fact for name, fact in rule_base.facts.items() if fact.is_sent}
    with part.open("a+b") as file:
        _lock(file, part)
        _agree(note, part, _identity(source, task, rule_base))
        before = _whole_answers(file, FORMATS[task.suffix].head)
        lines = FORMATS[source.suffix.lower()].read(source, facts)
        added = problems = 0
        for last, (text, failed) in answered(task, islice(lines, before, None), processes):
            file.write(text)
            file.flush()
            added, problems = added + text.count(b"\n"), problems + failed
            tell(last)
    part.replace(target)
    note.unlink()
    return Outcome(before + added, before, problems)


def count_lines(path: Path) -> int:
    """Count the lines of a file."""
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(PIECE), b""))


def _lock(file: IO[bytes], part: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = f"Another run is writing {part}. Wait for it, or name another file."
        raise RunError(message) from None


def _identity(source: Path, task: Task, rule_base: RuleBase) -> dict[str, str]:
    """Say what the answers follow from: the same identity, the same bytes."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "input": digest,
        "ruleBase": rule_base.digest,
        "software": __version__,
        "language": task.language,
        "detail": task.detail,
    }


def _agree(note: Path, part: Path, identity: dict[str, str]) -> None:
    """Note what this run is about; an earlier part must be about the same."""
    if part.stat().st_size == 0 or not note.exists():
        part.write_bytes(b"")
        note.write_text(json.dumps(identity), encoding="utf-8")
        return
    if json.loads(note.read_text(encoding="utf-8")) != identity:
        message = (
            f"{part} was begun with another input, rule base, software, language or detail. "
            f"Remove {part} and {note} to begin anew."
        )
        raise RunError(message)


def _whole_answers(file: IO[bytes], head: bytes) -> int:
    """Count the answers that are there, drop one that broke off, and stand at the end."""
    file.seek(0)
    whole, count = 0, 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        whole, count = whole + len(line), count + 1
    file.truncate(whole)
    if count == 0:
        file.write(head)
        file.flush()
    return max(0, count - head.count(b"\n"))
