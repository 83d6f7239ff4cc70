"""How a line of the log is written, and how that of a request: all of it but time, duration and ids is encoded once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import time_ns
from typing import Any, Final

from librt.strings import BytesWriter
from mypy_extensions import i64

from service.advice.json_text import encode
from service.web.telemetry.exchange import Exchange
from service.web.telemetry.waiting import Waiting

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
POINT: Final = 46
QUOTE: Final = 34
SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000
HUNDREDTH: Final = 10_000
"""Nanoseconds of a hundredth of a millisecond, to which durations are written."""
FRACTIONS: Final = [str(hundredths / 100)[2:].encode() for hundredths in range(100)]
"""What stands behind the point, for each number of hundredths."""
THOUSANDTHS: Final = [f"{thousandths:03}".encode() for thousandths in range(1000)]
MARK: Final = "\x7f"
"""Stands in a form for what is different in each line; no name has it."""
_now: Final = time_ns  # found faster in a compiled module than what is imported


class _Second:
    """A second since the epoch, and as it is written."""

    def __init__(self, number: i64, text: bytes) -> None:
        self.number: i64 = number
        self.text = text


_last = _Second(0, b"1970-01-01T00:00:00.")


def written(nanoseconds: int) -> str:
    """Write a time, which is counted since the epoch, as it stands in the log: in UTC, to the millisecond."""
    time: i64 = nanoseconds
    return (_second(time // SECOND).text + THOUSANDTHS[time % SECOND // MILLISECOND] + b"Z").decode()


def _second(number: i64) -> _Second:
    global _last  # noqa: PLW0603 -- most of what is told is told in the same second as what was told before it
    last = _last
    if number != last.number:
        text = datetime.fromtimestamp(int(number), UTC).strftime("%Y-%m-%dT%H:%M:%S.")
        last = _last = _Second(number, text.encode())
    return last


class Form:
    """What is the same in the lines about all requests of a kind."""

    def __init__(self, exchange: Exchange) -> None:
        """Take what kind of request it was."""
        self._level = exchange.level
        self.loudness: i64 = LEVELS[exchange.level]
        self._first = {"method": exchange.method, "route": exchange.route, "status": exchange.status}
        self._last = {
            **({"ruleBase": exchange.rule_base} if exchange.rule_base else {}),
            **({"key": exchange.key} if exchange.key else {}),
        }
        start, head, between, end = encode(self.said(MARK, MARK, MARK, "")).split(f'"{MARK}"'.encode())
        self._start = start + b'"'
        self._head = b'Z"' + head
        self._between = between + b'"'
        self._end = end + b"\n"

    def said(self, time: str, duration: object, request_id: str, traceparent: str) -> dict[str, object]:
        """Return what a line says."""
        return {
            "time": time,
            "level": self._level,
            "event": "request",
            **self._first,
            "durationMs": duration,
            "requestId": request_id,
            **({"traceparent": traceparent} if traceparent else {}),
            **self._last,
        }

    def written(self, time: i64, hundredths: i64, request_id: str, traceparent: str) -> bytes:
        """Return the line as the encoder would write it; the time is in nanoseconds since the epoch."""
        line = BytesWriter()
        line.write(self._start)
        line.write(_second(time // SECOND).text)
        line.write(THOUSANDTHS[time % SECOND // MILLISECOND])
        line.write(self._head)
        line.write(str(hundredths // 100).encode())
        line.append(POINT)
        line.write(FRACTIONS[hundredths % 100])
        line.write(self._between)
        line.write(request_id.encode())
        if traceparent:
            line.write(b'","traceparent":"')
            line.write(traceparent.encode())
        line.append(QUOTE)
        line.write(self._end)
        return line.getvalue()


class Log:
    """What is logged: from which level on, and as what."""

    def __init__(self, waiting: Waiting) -> None:
        """Let lines wait there; but for ``configure`` there are none, and who uses a library hears nothing."""
        self._waiting = waiting
        self.least: i64 = sys.maxsize
        self._as_text: Callable[[dict[str, Any]], bytes] | None = None

    def configure(self, level: str, as_text: Callable[[dict[str, Any]], bytes] | None) -> None:
        """Log from a level on; as JSON, unless there is something to write a line as text."""
        self.least = LEVELS[level]
        self._as_text = as_text

    def tell(self, level: str, event: str, said: dict[str, Any]) -> None:
        """Log one event."""
        if LEVELS[level] >= self.least:
            self._tell({"time": written(_now()), "level": level, "event": event, **said})

    def request(self, form: Form, nanoseconds: i64, request_id: str, traceparent: str) -> None:
        """Log a request that took so long."""
        if form.loudness < self.least:
            return
        time: i64 = _now()
        hundredths = (nanoseconds + HUNDREDTH // 2) // HUNDREDTH
        if self._as_text is None:
            line = form.written(time, hundredths, request_id, traceparent)
            self._waiting.put(line, len(line))
        else:
            self._tell(form.said(written(time), hundredths / 100, request_id, traceparent))

    def _tell(self, said: dict[str, Any]) -> None:
        line = (self._as_text or encode)(said) + b"\n"
        self._waiting.put(line, len(line))
