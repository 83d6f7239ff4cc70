"""Tells of every request what is to be told: the one place where the edge meets logs and metrics.

Nothing of a request goes further than this, except the names that the service itself gave: method, route, status,
ids; and a well-formed ``traceparent``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Protocol

from flask import Response

from service.advice.adviser import Adviser
from service.web.problem_kinds import kind_of
from service.web.telemetry import logs
from service.web.telemetry.course import Course
from service.web.telemetry.decisions import DecisionLog
from service.web.telemetry.exchange import NO_ROUTE, OTHER_METHOD, Exchange
from service.web.telemetry.metrics import Metrics
from service.web.telemetry.telling import Telling

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OBSERVER: Final = "observer"
"""Under which an app keeps its observer among its extensions."""
DECISION_ID: Final = "Decision-Id"


class Tracing(Protocol):
    """Makes traces of what was answered; what it is made of need not be installed."""

    def tell(self, exchange: Exchange) -> str:
        """Tell of a request that was answered, and return the ``traceparent`` that stands for it."""


class Observer:
    """Watches an application that answers by advisers, the first by default. Safe to share between threads."""

    def __init__(
        self,
        advisers: Sequence[Adviser],
        decisions: DecisionLog | None = None,
        trace: Callable[[], Tracing] | None = None,
    ) -> None:
        """Begin to count; decisions are logged and traces made where there is something to do it."""
        self._advisers, self._trace = advisers, trace
        self.tracing: Tracing | None = None
        self.metrics = metrics = Metrics(self._engine_faults)
        self.decisions = decisions
        if decisions is not None:
            decisions.outlet.waiting.on_drop = metrics.dropped.labels("decisions").inc
        self._usual = advisers[0].rule_base.version
        self._telling = Telling(metrics.tallies, metrics.request, metrics.seconds_of_request, logs.LOG)
        logs.OUTPUT.waiting.on_drop = metrics.dropped.labels("log").inc

    def begin(self) -> None:
        """Count this process among those that answer, and trace in it; to be called in each of them."""
        if self._trace is not None:
            self.tracing = self._trace()
        rule_base = self._advisers[0].rule_base
        self.metrics.rule_base.labels(rule_base.version, rule_base.digest).set(1)

    def asked(self, environ: WSGIEnvironment, route: str) -> Exchange:
        """Begin the exchange of a request that has come, and is answered by a route, empty when by none."""
        method, traceparent = environ["REQUEST_METHOD"], environ.get("HTTP_TRACEPARENT", "")
        return Exchange(self.course(), method, route, traceparent, self._usual)

    def answered(self, exchange: Exchange, response: Response) -> None:
        """Tell of the answer; a stream, which is recorded line by line, is told of when it ends."""
        try:
            exchange.status = response._status_code  # noqa: SLF001 -- by its property it takes longer
            streamed = not isinstance(response.response, list)
            if self.decisions is not None and (self._recorded(exchange.course, exchange) or streamed):
                response.headers[DECISION_ID] = exchange.request_id
            if streamed:
                response.call_on_close(partial(self.told, exchange))
            else:
                self.told(exchange)
        except Exception as error:  # noqa: BLE001 -- that nothing could be told of an answer is no reason to withhold it
            logs.fault(error, requestId=exchange.request_id)

    def course(self) -> Course:
        """Return the course of an advice that is about to be worked out."""
        return Course(self.decisions is not None)

    def told(self, exchange: Exchange) -> None:
        """Tell of a request that was answered, all of it, and of the advice that it was given."""
        nanoseconds, traceparent = exchange.course.nanoseconds(), exchange.traceparent
        if exchange.problem:
            self.metrics.problems.labels(exchange.problem).inc()
        if self.tracing is not None:
            own = self.tracing.tell(exchange)
            traceparent = traceparent or own
        self._telling.told(exchange, nanoseconds, traceparent)

    def advised(self, course: Course, exchange: Exchange) -> None:
        """Tell of one of the advices that answer a request."""
        self.metrics.tallies.advised(course)
        self._recorded(course, exchange)

    def _recorded(self, course: Course, exchange: Exchange) -> bool:
        """Log an advice as a decision, if one was given and they are logged; tell whether it is."""
        if self.decisions is None or course.given is None or course.answer is None:
            return False
        return self.decisions.note(course.given, course.answer, exchange)

    def refused(self, status: int, problem: str, request_id: str) -> None:
        """Tell of what the server itself refused, because it could not be read as a request."""
        exchange = Exchange(Course())
        exchange.status, exchange.problem, exchange.request_id = status, problem, request_id
        self.told(exchange)

    def turned_away(self, request_ids: Sequence[str]) -> None:
        """Tell of requests that the server refused unread because it has too many, all of them in one line."""
        kind = kind_of(HTTPStatus.SERVICE_UNAVAILABLE)
        self.metrics.requests.labels(OTHER_METHOD, NO_ROUTE, kind.status).inc(len(request_ids))
        self.metrics.problems.labels(kind.slug).inc(len(request_ids))
        logs.tell("warning", "turned away", status=kind.status, requestIds=request_ids)

    def _engine_faults(self) -> int:
        return sum(one.engine_faults for one in self._advisers)
