"""The decision log: for each advice what was asked and what came out, so that it can be accounted for and replayed.

The one place where profiles are kept, and only where whoever runs the service asks for it. Each process writes a file
of its own, which is turned over when it is full.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from io import BufferedWriter, FileIO, TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import time_ns
from typing import Final, TextIO, cast

from service import __version__
from service.advice.json_text import Fragment, encode
from service.knowledge.findings import did_you_mean
from service.knowledge.model import RuleBase
from service.web.bodies import MEBIBYTE
from service.web.settings import STANDARD_OUTPUT, Settings, SettingsError
from service.web.telemetry import logs
from service.web.telemetry.course import Answer, Given
from service.web.telemetry.exchange import Exchange
from service.web.telemetry.outlet import Outlet
from service.web.telemetry.slots import Slots
from service.web.telemetry.writing import written

MOST_WAITING: Final = 2_000
MOST_BYTES: Final = 16 * 2**20
"""Some hundred answers with all their reasons; more only wait when the disk stands still."""
RECORD_BYTES: Final = 4096
"""What a record weighs besides the answer it is about."""
AT_ONCE: Final = 2047
"""Bytes to hash at once. For more, Python lets other threads go first, and under load a record would wait for them."""
MASK: Final = "ADVISER_DECISION_LOG_MASK"
SLOTS: Final = ".processes"


@dataclass(slots=True)
class _Decision:
    time: int
    given: Given
    answer: Answer
    request_id: str
    key: str


class DecisionLog:
    """Keeps decisions until they are written. Safe to share between threads and across a fork."""

    def __init__(self, write: Callable[[Sequence[bytes]], None], *, whole: bool, masked: Collection[str]) -> None:
        """Hand finished lines to ``write``; profiles are kept ``whole`` or as a hash, without the ``masked`` facts."""
        self._write, self._whole, self._masked = write, whole, frozenset(masked)
        self.outlet: Outlet[_Decision] = Outlet(self._write_all, MOST_WAITING, MOST_BYTES)

    def note(self, given: Given, answer: Answer, exchange: Exchange) -> bool:
        """Take a decision; false when it has to be dropped."""
        weight = sum(map(len, answer.parts)) + RECORD_BYTES
        decision = _Decision(time_ns(), given, answer, exchange.request_id, exchange.key)
        return self.outlet.put(decision, weight)

    def _write_all(self, decisions: Sequence[_Decision]) -> None:
        self._write([encode(self._record(one)) + b"\n" for one in decisions])

    def _record(self, decision: _Decision) -> dict[str, object]:
        given, answer = decision.given, decision.answer
        kept = {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in sorted(answer.profile.items())
            if name not in self._masked
        }
        masked = sorted(self._masked & answer.profile.keys())
        return {
            "time": written(decision.time),
            "event": "decision",
            "decision": decision.request_id,
            **({"line": answer.line} if answer.line else {}),
            **({"key": decision.key} if decision.key else {}),
            "software": __version__,
            "ruleBase": {"version": given.rule_base.version, "digest": given.rule_base.digest},
            "language": answer.language,
            "detail": answer.detail,
            **({"profile": kept} if self._whole else {"profileHash": hash_of(json.dumps(kept).encode())}),
            **({"masked": masked} if masked else {}),
            "outcome": Fragment(given.outcome or b"null"),
            "answerHash": hash_of(b"".join(answer.parts)),
        }


class _PrivateFile(RotatingFileHandler):
    """A file that only its owner and the owner's group may read."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        return TextIOWrapper(BufferedWriter(FileIO(descriptor, "a")), encoding=self.encoding)

    def write(self, lines: Sequence[bytes]) -> None:
        """Write lines to the file."""
        cast("TextIO", self.stream).write(b"".join(lines).decode())
        self.flush()


class DecisionFiles:
    """Files of decisions in a directory, one a process; a full one makes room, and the oldest goes."""

    def __init__(self, directory: Path, most_bytes: int, files: int) -> None:
        """Keep at most ``files`` files of ``most_bytes`` for each process."""
        self._directory, self._most_bytes, self._files = directory, most_bytes, files
        places = directory / SLOTS
        places.mkdir(exist_ok=True)
        self._slots = Slots(places)
        self._number = -1
        self._file: _PrivateFile | None = None

    def __call__(self, lines: Sequence[bytes]) -> None:
        """Write whole lines, as many at once as fit: between two writes, other threads may take their time."""
        file, waiting = self._opened(), list[bytes]()
        size = cast("TextIO", file.stream).tell()
        for line in lines:
            if size and size + len(line) > self._most_bytes:
                file.write(waiting)
                file.doRollover()
                waiting, size = [], 0
            waiting.append(line)
            size += len(line)
        file.write(waiting)

    def close(self) -> None:
        """Close the file; the next lines open it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> _PrivateFile:
        number = self._slots.own()
        if self._file is None or self._number != number:
            path = self._directory / f"decisions-{number}.ndjson"
            self._number = number
            self._file = _PrivateFile(path, maxBytes=self._most_bytes, backupCount=self._files - 1, encoding="utf-8")
            if _torn(path):  # by a process that was killed while it wrote
                cast("TextIO", self._file.stream).write("\n")
        return self._file


def decision_log(settings: Settings, rule_base: RuleBase) -> DecisionLog | None:
    """Make the log that the settings ask for, if they do.

    Raises:
        SettingsError: when it is to mask what is no fact.
    """
    target, masked = settings.decision_log, settings.decision_log_mask
    unknown = [name for name in masked if name not in rule_base.facts]
    if unknown:
        said = (f"{MASK} has {one!r}, which is no fact. {did_you_mean(one, rule_base.facts)}" for one in unknown)
        raise SettingsError("\n".join(said))
    if target is None:
        return None
    write: Callable[[Sequence[bytes]], None] = _to_standard_output
    if target != STANDARD_OUTPUT:
        write = DecisionFiles(target, settings.decision_log_mib * MEBIBYTE, settings.decision_log_files)
    return DecisionLog(write, whole=settings.decision_log_profile == "whole", masked=masked)


def _to_standard_output(lines: Sequence[bytes]) -> None:
    """Write decisions among the lines of the log."""
    for line in lines:
        logs.OUTPUT.put(line, len(line))


def _torn(path: Path) -> bool:
    with path.open("rb") as file:
        return file.seek(0, os.SEEK_END) > 0 and file.seek(-1, os.SEEK_END) >= 0 and file.read() != b"\n"


def hash_of(content: bytes) -> str:
    """Return the hash of what is not kept itself."""
    found = hashlib.sha256()
    for start in range(0, len(content), AT_ONCE):
        found.update(content[start : start + AT_ONCE])
    return f"sha256:{found.hexdigest()}"
