"""A request and what became of it, by names that the service itself gave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from service.web.telemetry.decisions import Who

METRICS: Final = "/metrics"
QUIET: Final = frozenset({"/health/live", "/health/ready", METRICS})
"""Asked every few seconds by machines: logged as debug when all is well."""
FAILURE: Final = 500
UNAVAILABLE: Final = 503
"""Said on purpose, and often when it is said: a warning, no error."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and what became of it; ``problem`` is the slug of its kind."""

    method: str
    route: str
    status: int
    who: Who
    rule_base: str = ""
    traceparent: str = ""
    problem: str = ""

    @property
    def level(self) -> str:
        """How loud it is told."""
        if self.status >= FAILURE:
            return "warning" if self.status == UNAVAILABLE else "error"
        return "debug" if self.route in QUIET else "info"
