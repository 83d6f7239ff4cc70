"""A request and what becomes of it, by names that the service itself gives."""

from __future__ import annotations

import os
import re
from typing import Final

from librt.strings import BytesWriter
from mypy_extensions import i64, mypyc_attr

from service.web.telemetry.course import Course

METRICS: Final = "/metrics"
QUIET: Final = frozenset({"/health/live", "/health/ready", METRICS})
"""Asked every few seconds by machines: logged as debug when all is well."""
FAILURE: Final = 500
UNAVAILABLE: Final = 503
"""Said on purpose, and often when it is said: a warning, no error."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
OTHER_METHOD: Final = "other"
"""Stands for what a client made up."""
NO_ROUTE: Final = "none"
TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


ID_BYTES: Final = 16
ID_LENGTH: Final = 36
VERSION: Final = 6
VARIANT: Final = 8
"""The octets that begin by how the id is made, and by how it is laid out."""
DASHED: Final = 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10
"""The octets with a dash before them."""
DIGITS: Final = b"0123456789abcdef"
DASH: Final = 45
AT_ONCE: Final = 64
"""Ids that are made at once: to ask the system for chance takes long, however little is asked for."""
_ids: Final[list[str]] = []


def new_id() -> str:
    """Return a UUID by chance."""
    while True:
        try:
            return _ids.pop()  # which no other thread gets
        except IndexError:
            _ids.extend(_new_ids())


def _new_ids() -> list[str]:
    """Return some UUIDs.

    Source: RFC 9562, section 5.4.
    """
    chance, written = os.urandom(ID_BYTES * AT_ONCE), BytesWriter()
    size: i64 = len(chance)
    for place in range(size):
        number: i64 = chance[place]
        octet = place % ID_BYTES
        if DASHED >> octet & 1:
            written.append(DASH)
        if octet == VERSION:
            number = 0x40 | number & 0x0F
        elif octet == VARIANT:
            number = 0x80 | number & 0x3F
        written.append(DIGITS[number >> 4])
        written.append(DIGITS[number & 15])
    text = written.getvalue().decode()
    return [text[start : start + ID_LENGTH] for start in range(0, len(text), ID_LENGTH)]


os.register_at_fork(after_in_child=_ids.clear)  # those that are left are the parent's


@mypyc_attr(acyclic=True)
class Exchange:
    """A request and what becomes of it; filled in while it is answered.

    ``rule_base`` is the version that answers, ``problem`` the slug of the kind of problem, ``key`` the name of the API
    key. What is not known, or not there, is empty.
    """

    def __init__(
        self, course: Course, method: str = "", route: str = "", traceparent: str = "", rule_base: str = ""
    ) -> None:
        """Begin, with a new id; what a client gives as method or ``traceparent`` counts when it is well-formed."""
        self.course = course
        self.method = method if method in METHODS else OTHER_METHOD
        self.route = route or NO_ROUTE
        self.traceparent = traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else ""
        self.request_id = new_id()
        self.rule_base, self.key, self.problem = rule_base, "", ""
        self.status = 0

    @property
    def level(self) -> str:
        """How loud it is told."""
        if self.status >= FAILURE:
            return "warning" if self.status == UNAVAILABLE else "error"
        return "debug" if self.route in QUIET else "info"
