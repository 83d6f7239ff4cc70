"""What is told of each request that was answered: it is counted and logged, in as little time as can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from mypy_extensions import i64

from service.web.telemetry.exchange import Exchange
from service.web.telemetry.tallies import Seconds, Tallies
from service.web.telemetry.writing import Form, Log

MOST_KINDS: Final = 1024
"""More than there are, unless names of keys come and go."""


class _Kind:
    """What is the same for all requests of a kind: where they are counted, and how the line about them is written."""

    def __init__(self, place: int, seconds: Seconds, form: Form) -> None:
        self.place: i64 = place
        self.seconds = seconds
        self.form = form


class Telling:
    """Tells of requests. Safe to share between threads."""

    def __init__(
        self,
        tallies: Tallies,
        requests: Callable[[str, str, int], int],
        seconds: Callable[[str], Seconds],
        log: Log,
    ) -> None:
        """Count requests, by method, route and status, and how long they took, by route; and log them."""
        self._tallies = tallies
        self._requests = requests
        self._seconds = seconds
        self._log = log
        self._kinds: dict[tuple[str, str, int, str, str], _Kind] = {}

    def told(self, exchange: Exchange, nanoseconds: int, traceparent: str) -> None:
        """Tell of a request that took so long, with its advice, and of the trace that it is part of."""
        names = (exchange.method, exchange.route, exchange.status, exchange.rule_base, exchange.key)
        kind = self._kinds.get(names)
        if kind is None:
            kind = self._kind(exchange)
            if len(self._kinds) >= MOST_KINDS:
                self._kinds.clear()
            self._kinds[names] = kind
        self._tallies.answered(exchange.course, kind.place, kind.seconds, nanoseconds)
        self._log.request(kind.form, nanoseconds, exchange.request_id, traceparent)

    def _kind(self, exchange: Exchange) -> _Kind:
        place = self._requests(exchange.method, exchange.route, exchange.status)
        return _Kind(place, self._seconds(exchange.route), Form(exchange))
