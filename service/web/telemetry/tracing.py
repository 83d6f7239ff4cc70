"""Traces by OpenTelemetry: a span for each request, with one for each phase of an advice. An extra.

Where they go and how many are kept is set the way OpenTelemetry has it, by ``OTEL_…`` in the environment. Spans are
made when all is over, from times that were noted on the way, so that no request waits for them.
"""

from __future__ import annotations

import threading
import time
from multiprocessing.util import Finalize
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, format_span_id, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AnyValue

from service import __version__
from service.web.telemetry.exchange import FAILURE, Exchange

NAME: Final = "co-creation-advisor"
UNNAMED: Final = "unknown_service"
"""What OpenTelemetry calls a service that the environment gives no name."""
LEAVE_SECONDS: Final = 2.0
"""What a process that ends gives to the sending of what is left."""


class Tracing:
    """Makes spans, for one process. Safe to share between threads."""

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        """Hand spans to the processor; by default to one that sends them by OTLP from a thread of its own."""
        processor = processor or BatchSpanProcessor(OTLPSpanExporter())
        resource = Resource.create({"service.version": __version__})
        if str(resource.attributes[SERVICE_NAME]).startswith(UNNAMED):
            resource = resource.merge(Resource({SERVICE_NAME: NAME}))
        provider = TracerProvider(resource=resource)
        provider.add_span_processor(processor)
        self._tracer = provider.get_tracer(NAME, __version__)
        self._propagator = TraceContextTextMapPropagator()
        if isinstance(processor, BatchSpanProcessor):
            # Not atexit: a process that multiprocessing has started ends without it.
            Finalize(None, _send_what_is_left, (processor,), exitpriority=0)

    def tell(self, exchange: Exchange) -> str:
        """Make the spans of a request that is over; return the ``traceparent`` of its own span."""
        course = exchange.course
        began = time.time_ns() - course.nanoseconds()
        above = self._propagator.extract({"traceparent": exchange.traceparent}) if exchange.traceparent else None
        said: dict[str, AnyValue] = {
            "http.request.method": exchange.method,
            "http.route": exchange.route,
            "http.response.status_code": exchange.status,
            "adviser.request_id": exchange.request_id,
            "adviser.rule_base": exchange.rule_base,
        }
        name = f"{exchange.method} {exchange.route}"
        span = self._tracer.start_span(name, above, SpanKind.SERVER, said, start_time=began)
        inside, before = set_span_in_context(span), course.began
        for phase, ended in course.phases:
            part = self._tracer.start_span(phase, inside, start_time=began + before - course.began)
            part.end(began + ended - course.began)
            before = ended
        if exchange.status >= FAILURE:
            span.set_status(Status(StatusCode.ERROR))
        span.end()
        made = span.get_span_context()
        return f"00-{format_trace_id(made.trace_id)}-{format_span_id(made.span_id)}-{made.trace_flags:02x}"


def _send_what_is_left(processor: SpanProcessor) -> None:
    """Send it, while there is time: a collector that does not answer would keep the process from ending."""
    sending = threading.Thread(target=processor.shutdown, daemon=True)
    sending.start()
    sending.join(LEAVE_SECONDS)
