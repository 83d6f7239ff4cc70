"""The log: a line for each request and each message of the server, as JSON or as text, to standard output.

The one module that knows structlog, which writes for people. Nothing that a client sends comes into the log, except a
well-formed ``traceparent``: of an exception its class and its place, never its message, which could quote a client.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import time_ns
from types import TracebackType
from typing import Any, Final

from service.advice.json_text import encode
from service.web.telemetry.outlet import Outlet

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
STANDARD_OUTPUT: Final = 1
MOST_LINES: Final = 10_000
MOST_BYTES: Final = 4 * 2**20
"""Some seconds of lines at full load, until a reader that was stuck goes on."""
MOST_FRAMES: Final = 12
NANOSECONDS: Final = 1_000_000_000

with tempfile.TemporaryFile() as _file:
    _guard: Final = os.dup(_file.fileno())  # for as long as the process lives; made before any worker is forked


class LockedOutput:
    """Standard output, written to by one process at a time: a pipe mixes what is longer than a page."""

    def __call__(self, lines: Sequence[bytes]) -> None:
        """Write whole lines."""
        data = memoryview(b"".join(lines))
        fcntl.lockf(_guard, fcntl.LOCK_EX)  # belongs to the process, so a fork shares the file and not the lock
        try:
            while data:
                data = data[os.write(STANDARD_OUTPUT, data) :]
        finally:
            fcntl.lockf(_guard, fcntl.LOCK_UN)


OUTPUT: Final = Outlet(LockedOutput(), MOST_LINES, MOST_BYTES)
"""What all that is logged goes through."""


_least: int = sys.maxsize
"""The lowest level that is logged; none before ``configure``, so that whoever only uses the application as a library
hears nothing.
"""
_second: tuple[int, str] = (0, "1970-01-01T00:00:00.")
"""The last second that was written, since the epoch and as text."""
_line: Callable[[dict[str, Any]], bytes] = encode
"""How a line is written."""


def configure(level: str, format_: str) -> None:
    """Log from ``level`` on, one of LEVELS, as ``json`` or ``text``; in this process and its children."""
    global _least, _line
    _least, _line = LEVELS[level], _as_text() if format_ == "text" else encode
    others = logging.getLogger()
    others.handlers = [one for one in others.handlers if not isinstance(one, ServerHandler)]
    others.addHandler(ServerHandler(quoting=True))


def tell(level: str, event: str, **said: Any) -> None:
    """Log one event."""
    if LEVELS[level] >= _least:
        line = _line({"time": written(time_ns()), "level": level, "event": event, **said}) + b"\n"
        OUTPUT.put(line, len(line))


def fault(error: BaseException, **said: Any) -> None:
    """Log which fault happened where, and nothing of what was sent."""
    tell("error", "fault", **said, **_described(type(error), error.__traceback__))


def written(nanoseconds: int) -> str:
    """Write a time, which is counted since the epoch, as it stands in the log: in UTC, to the millisecond."""
    global _second  # noqa: PLW0603 -- most of what is told is told in the same second as what was told before it
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    known, text = _second
    if seconds != known:
        text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        _second = seconds, text
    return f"{text}{str(1000 + rest // 1_000_000)[1:]}Z"


class ServerHandler(logging.Handler):
    """Takes what is logged the way of the standard library: by gunicorn, and by libraries.

    ``quoting`` is for those that may quote a client: only the fixed part of their messages is logged.
    """

    def __init__(self, *, quoting: bool = False) -> None:
        """Take messages of every level; the logger chooses."""
        super().__init__()
        self._quoting = quoting

    def emit(self, record: logging.LogRecord) -> None:
        """Log a message."""
        said: dict[str, Any] = {"logger": record.name.removesuffix(".error"), "process": record.process}
        if record.exc_info and record.exc_info[0] is not None:
            said |= _described(record.exc_info[0], record.exc_info[2])
        level = record.levelname.lower()
        tell(level if level in LEVELS else "error", str(record.msg) if self._quoting else record.getMessage(), **said)


def _described(kind: type[BaseException], trace: TracebackType | None) -> dict[str, Any]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return {
        "exception": kind.__name__,
        "at": [f"{os.path.basename(one.filename)}:{one.lineno} {one.name}" for one in frames],  # noqa: PTH119 -- text
    }


def _as_text() -> Callable[[dict[str, Any]], bytes]:
    import structlog  # noqa: PLC0415 -- for people only: a server starts without it

    rendered = structlog.dev.ConsoleRenderer(
        colors=sys.stdout.isatty(), timestamp_key="time", sort_keys=False, pad_event_to=12
    )
    return lambda said: rendered(None, said["level"], said).encode()
