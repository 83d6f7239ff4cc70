"""Tells of every request what is to be told: the one place where the edge meets logs and metrics.

Nothing of a request goes further than this, except the names that the service itself gave: method, route, status,
ids; and a well-formed ``traceparent``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from flask import Flask, Response, g, request

from service.advice.adviser import Adviser
from service.web.telemetry import logs
from service.web.telemetry.answered import Answered
from service.web.telemetry.course import NANOSECONDS, Course
from service.web.telemetry.decisions import DecisionLog, Who
from service.web.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from service.web.telemetry.tracing import Tracing

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
OTHER_METHOD: Final = "other"
"""Stands for what a client made up."""
NO_ROUTE: Final = "none"
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
        logs.OUTPUT.on_drop = self.metrics.dropped.labels("log").inc

    def begin(self) -> None:
        """Count this process among those that answer, and trace in it; to be called in each of them."""
        if self._trace is not None:
            self.tracing = self._trace()
        rule_base = self._advisers[0].rule_base
        self.metrics.rule_base.labels(rule_base.version, rule_base.digest).set(1)

    def register(self, app: Flask) -> None:
        """Watch the requests of an app; to be called before all else, so that what others do is seen."""

        @app.before_request
        def begin() -> None:
            g.course = self.course()

        @app.after_request
        def end(response: Response) -> Response:
            try:
                self._end(response, g.course)
            except Exception as error:  # noqa: BLE001 -- that nothing could be told of an answer is no reason to withhold it
                logs.fault(error, requestId=g.request_id)
            return response

    def _end(self, response: Response, course: Course) -> None:
        answered = Answered(
            method=request.method if request.method in METHODS else OTHER_METHOD,
            route=request.url_rule.rule if request.url_rule else NO_ROUTE,
            status=response.status_code,
            rule_base=response.headers.get("Rule-Base-Version", ""),
            traceparent=g.traceparent,
            problem=g.get("problem", ""),
            who=self.who(),
        )
        recorded = self.advised(course, answered.who)
        if recorded or (self.decisions is not None and response.is_streamed):  # a stream is recorded line by line
            response.headers[DECISION_ID] = answered.who.request_id
        if response.is_streamed:
            response.call_on_close(lambda: self.told(answered, course))
        else:
            self.told(answered, course)

    def course(self) -> Course:
        """Return the course of an advice that is about to be worked out."""
        return Course(keeps_outcome=self.decisions is not None)

    def who(self) -> Who:
        """Return who asks in the request that is being answered."""
        return Who(g.request_id, g.get("key", ""))

    def told(self, answered: Answered, course: Course) -> None:
        """Tell of a request that was answered, all of it."""
        seconds = course.seconds()
        self._count(answered, seconds)
        said = {
            "method": answered.method,
            "route": answered.route,
            "status": answered.status,
            "durationMs": round(seconds * 1000, 2),
            "requestId": answered.who.request_id,
        }
        traceparent = answered.traceparent
        if self.tracing is not None:
            own = self.tracing.tell(answered, course)
            traceparent = traceparent or own
        more = {"traceparent": traceparent, "ruleBase": answered.rule_base, "key": answered.who.key}
        logs.tell(answered.level, "request", **said, **{name: value for name, value in more.items() if value})

    def advised(self, course: Course, who: Who) -> bool:
        """Tell of an advice, if one was given, and of what led to it; true when it is logged as a decision."""
        metrics, before = self.metrics, course.began
        for phase, ended in course.phases:
            metrics.seconds_of_phase(phase).observe((ended - before) * NANOSECONDS)
            before = ended
        if course.from_memory is not None:
            (metrics.answered_from_memory if course.from_memory else metrics.not_in_memory).inc()
        if course.given is not None:
            metrics.fired(course.given.fired)
        faults = sum(one.engine_faults for one in self._advisers)
        if faults > self._faults:
            self._faults, more = faults, faults - self._faults
            metrics.engine_faults.inc(more)
        if self.decisions is None or course.given is None or course.answer is None:
            return False
        return self.decisions.note(course.given, course.answer, who)

    def _count(self, answered: Answered, seconds: float) -> None:
        metrics = self.metrics
        metrics.request(answered.method, answered.route, answered.status).inc()
        metrics.seconds_of_request(answered.route).observe(seconds)
        if answered.problem:
            metrics.problems.labels(answered.problem).inc()

    def refused(self, status: int, problem: str, request_id: str) -> None:
        """Tell of what the server itself refused, because it could not be read as a request."""
        self.told(Answered(OTHER_METHOD, NO_ROUTE, status, Who(request_id), problem=problem), Course())
