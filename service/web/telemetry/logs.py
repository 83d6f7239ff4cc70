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
from types import TracebackType
from typing import Any, Final

from service.web.telemetry.outlet import Outlet
from service.web.telemetry.writing import LEVELS, Log

STANDARD_OUTPUT: Final = 1
MOST_LINES: Final = 10_000
MOST_BYTES: Final = 4 * 2**20
"""Some seconds of lines at full load, until a reader that was stuck goes on."""
GATHER_SECONDS: Final = 0.1
"""Each time lines are written, whoever answers has to let that thread go first, more than once."""
MOST_FRAMES: Final = 12

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


OUTPUT: Final = Outlet(LockedOutput(), MOST_LINES, MOST_BYTES, GATHER_SECONDS)
"""What all that is logged goes through."""


LOG: Final = Log(OUTPUT.waiting)
"""What is logged of it, from which level on."""


def configure(level: str, format_: str) -> None:
    """Log from ``level`` on, one of LEVELS, as ``json`` or ``text``; in this process and its children."""
    LOG.configure(level, _as_text() if format_ == "text" else None)
    others = logging.getLogger()
    others.handlers = [one for one in others.handlers if not isinstance(one, ServerHandler)]
    others.addHandler(ServerHandler(quoting=True))


def tell(level: str, event: str, **said: Any) -> None:
    """Log one event."""
    LOG.tell(level, event, said)


def fault(error: BaseException, **said: Any) -> None:
    """Log which fault happened where, and nothing of what was sent."""
    tell("error", "fault", **said, **_described(type(error), error.__traceback__))


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
