"""Tells of every request what is to be told: the one place where the edge meets logs and metrics.

Nothing of a request goes further than this, except the names that the service itself gave: method, route, status,
ids; and a well-formed ``traceparent``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Response

from service.advice.adviser import Adviser
from service.web.problem_kinds import kind_of
from service.web.telemetry import logs
from service.web.telemetry.course import NANOSECONDS, Course
from service.web.telemetry.decisions import DecisionLog
from service.web.telemetry.exchange import NO_ROUTE, OTHER_METHOD, Exchange
from service.web.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from service.web.telemetry.tracing import Tracing

OBSERVER: Final = "observer"
"""Under which an app keeps its observer among its extensions."""
DECISION_ID: Final = "Decision-Id"


class Observer:
    """Watches an application that answers by advisers, the first by default. Safe to share between threads."""

    def __init__(
        self,
        advisers: Sequence[Adviser],
        decisions: DecisionLog | None = None,
        trace: Callable[[], Tracing] | None = None,
    ) -> None:
        """Begin to count; decisions are logged and traces made where there is something to do it."""
        self._trace = trace
        self.tracing: Tracing | None = None
        self.metrics = Metrics()
        self.decisions = decisions
        if decisions is not None:
            decisions.outlet.on_drop = self.metrics.dropped.labels("decisions").inc
        self._advisers, self._faults = advisers, 0
        self._usual = advisers[0].rule_base.version
        logs.OUTPUT.on_drop = self.metrics.dropped.labels("log").inc

    def begin(self) -> None:
        """Count this process among those that answer, and trace in it; to be called in each of them."""
        if self._trace is not None:
            self.tracing = self._trace()
        rule_base = self._advisers[0].rule_base
        self.metrics.rule_base.labels(rule_base.version, rule_base.digest).set(1)

    def asked(self, environ: WSGIEnvironment, route: str) -> Exchange:
        """Begin the exchange of a request that has come, and is answered by a route, empty when by none."""
        exchange = Exchange(self.course(), environ["REQUEST_METHOD"], route, environ.get("HTTP_TRACEPARENT", ""))
        exchange.rule_base = self._usual
        return exchange

    def answered(self, exchange: Exchange, response: Response) -> None:
        """Tell of the answer; a stream, which is recorded line by line, is told of when it ends."""
        try:
            exchange.status = response.status_code
            streamed = response.is_streamed
            recorded = self.advised(exchange.course, exchange)
            if recorded or (streamed and self.decisions is not None):
                response.headers[DECISION_ID] = exchange.request_id
            if streamed:
                response.call_on_close(lambda: self.told(exchange))
            else:
                self.told(exchange)
        except Exception as error:  # noqa: BLE001 -- that nothing could be told of an answer is no reason to withhold it
            logs.fault(error, requestId=exchange.request_id)

    def course(self) -> Course:
        """Return the course of an advice that is about to be worked out."""
        return Course(keeps_outcome=self.decisions is not None)

    def told(self, exchange: Exchange) -> None:
        """Tell of a request that was answered, all of it."""
        seconds = exchange.course.seconds()
        self._count(exchange, seconds)
        traceparent = exchange.traceparent
        if self.tracing is not None:
            own = self.tracing.tell(exchange)
            traceparent = traceparent or own
        said: dict[str, object] = {
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "durationMs": round(seconds * 100_000) / 100,
            "requestId": exchange.request_id,
        }
        if traceparent:
            said["traceparent"] = traceparent
        if exchange.rule_base:
            said["ruleBase"] = exchange.rule_base
        if exchange.key:
            said["key"] = exchange.key
        logs.tell(exchange.level, "request", **said)

    def advised(self, course: Course, exchange: Exchange) -> bool:
        """Tell of an advice, if one was given, and of what led to it; true when it is logged as a decision."""
        metrics, before = self.metrics, course.began
        for phase, ended in course.phases:
            metrics.seconds_of_phase(phase).observe((ended - before) * NANOSECONDS)
            before = ended
        if course.from_memory is not None:
            (metrics.answered_from_memory if course.from_memory else metrics.not_in_memory).inc(1)
        if course.given is not None:
            metrics.given(course.given)
        faults = 0
        for one in self._advisers:
            faults += one.engine_faults
        if faults > self._faults:
            self._faults, more = faults, faults - self._faults
            metrics.engine_faults.inc(more)
        if self.decisions is None or course.given is None or course.answer is None:
            return False
        return self.decisions.note(course.given, course.answer, exchange)

    def _count(self, exchange: Exchange, seconds: float) -> None:
        metrics = self.metrics
        metrics.request(exchange.method, exchange.route, exchange.status).inc(1)
        metrics.seconds_of_request(exchange.route).observe(seconds)
        if exchange.problem:
            metrics.problems.labels(exchange.problem).inc()

    def refused(self, status: int, problem: str, request_id: str) -> None:
        """Tell of what the server itself refused, because it could not be read as a request."""
        exchange = Exchange(Course())
        exchange.status, exchange.problem, exchange.request_id = status, problem, request_id
        self.told(exchange)

    def turned_away(self, request_ids: Sequence[str]) -> None:
        """Tell of requests that the server refused unread because it has too many, all of them in one line."""
        kind = kind_of(HTTPStatus.SERVICE_UNAVAILABLE)
        self.metrics.request(OTHER_METHOD, NO_ROUTE, kind.status).inc(len(request_ids))
        self.metrics.problems.labels(kind.slug).inc(len(request_ids))
        logs.tell("warning", "turned away", status=kind.status, requestIds=request_ids)
