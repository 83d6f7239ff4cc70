"""A request and what becomes of it, by names that the service itself gives."""

from __future__ import annotations

import os
import re
from typing import Final

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


VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The digit of a UUID that says how it is laid out, for each that chance may give."""


def new_id() -> str:
    """Return a UUID by chance.

    Source: RFC 9562, section 5.4.
    """
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"


class Exchange:
    """A request and what becomes of it; filled in while it is answered.

    ``rule_base`` is the version that answers, ``problem`` the slug of the kind of problem, ``key`` the name of the API
    key. What is not known, or not there, is empty.
    """

    def __init__(self, course: Course, method: str = "", route: str = "", traceparent: str = "") -> None:
        """Begin, with a new id; what a client gives as method or ``traceparent`` counts when it is well-formed."""
        self.course = course
        self.method = method if method in METHODS else OTHER_METHOD
        self.route = route or NO_ROUTE
        self.traceparent = traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else ""
        self.request_id = new_id()
        self.rule_base, self.key, self.problem = "", "", ""
        self.status = 0

    @property
    def level(self) -> str:
        """How loud it is told."""
        if self.status >= FAILURE:
            return "warning" if self.status == UNAVAILABLE else "error"
        return "debug" if self.route in QUIET else "info"
