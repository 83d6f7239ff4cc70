"""Traces: a span a request and a phase, under the caller's, and nothing at all when they are off."""

import http.server
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service.web.app import create_app
from service.web.settings import settings_from
from service.web.telemetry.observer import OBSERVER
from service.web.telemetry.tracing import Tracing
from tests.serving import ROOT, serving

TRACE, ABOVE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{ABOVE}-01"
PROFILE = {"goals": ["talent"], "scope": "broad"}
PHASES = ["decode", "match", "explain", "encode"]


@pytest.fixture
def traced() -> tuple[FlaskClient, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    made = create_app(settings_from({}))
    made.extensions[OBSERVER].tracing = Tracing(SimpleSpanProcessor(exporter))
    return made.test_client(), exporter


def test_a_request_is_a_span_with_one_for_each_phase_under_the_caller(
    traced: tuple[FlaskClient, InMemorySpanExporter],
) -> None:
    client, exporter = traced
    answer = client.post("/v1/recommendations", json=PROFILE, headers={"traceparent": TRACEPARENT})
    *phases, whole = exporter.get_finished_spans()
    times = [(one.start_time, one.end_time) for one in phases]

    assert PHASES == [one.name for one in phases]
    assert "POST /v1/recommendations" == whole.name
    assert (TRACE, ABOVE) == (f"{whole.context.trace_id:032x}", f"{whole.parent.span_id:016x}")
    assert {whole.context.span_id} == {one.parent.span_id for one in phases}
    assert all(start <= end for start, end in times)
    assert [end for _, end in times[:-1]] == [start for start, _ in times[1:]]
    assert (200, answer.headers["X-Request-Id"]) == (
        whole.attributes["http.response.status_code"],
        whole.attributes["adviser.request_id"],
    )


def test_a_span_holds_nothing_that_a_client_made_up(traced: tuple[FlaskClient, InMemorySpanExporter]) -> None:
    client, exporter = traced
    client.open("/of-a-client?of-a-client=1", method="OF-A-CLIENT", headers={"traceparent": "of-a-client"})
    client.post("/v1/recommendations", json={"goals": ["of-a-client"]}, headers={"tracestate": "of=a-client"})
    spans = exporter.get_finished_spans()

    assert ["other none", "POST /v1/recommendations"] == [one.name for one in spans]
    assert "a-client" not in "".join(one.to_json() for one in spans).lower()


def test_what_was_asked_without_a_trace_is_found_by_its_line(
    traced: tuple[FlaskClient, InMemorySpanExporter], log_text: Callable[[], str]
) -> None:
    client, exporter = traced
    client.get("/v1/goals")
    (span,) = exporter.get_finished_spans()
    (line,) = [json.loads(one) for one in log_text().splitlines()]

    assert f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}" == line["traceparent"][:-3]


def test_nothing_of_it_is_imported_when_it_is_off() -> None:
    program = (
        "import sys; from service.web.app import create_app; from service.cli import main; create_app();"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "[]\n" == ended.stdout


def test_without_the_extra_the_service_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "service.web.telemetry.tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(SystemExit, match=r"ADVISER_TRACING is on, and OpenTelemetry is not installed\. Install it"):
        create_app(settings_from({"ADVISER_TRACING": "on"}))


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    received: list[bytes] = []

    class Collector(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", received
        server.shutdown()


def test_workers_send_their_spans_also_those_left_when_they_end(
    tmp_path: Path, collector: tuple[str, list[bytes]]
) -> None:
    address_of_collector, received = collector
    settings = {
        "ADVISER_TRACING": "on",
        "OTEL_EXPORTER_OTLP_ENDPOINT": address_of_collector,
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "600000",  # what comes, comes when they end
    }
    with serving(tmp_path / "log", **settings) as (address, _):
        asked = urllib.request.Request(
            f"{address}/v1/recommendations",
            json.dumps(PROFILE).encode(),
            {"Content-Type": "application/json", "traceparent": TRACEPARENT},
        )
        urllib.request.urlopen(asked, timeout=20).close()
    end = time.monotonic() + 20
    names: list[str] = []
    while not names and time.monotonic() < end:
        names = [
            span.name
            for body in list(received)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
            if span.trace_id.hex() == TRACE
        ]
        time.sleep(0.05)

    assert [*PHASES, "POST /v1/recommendations"] == names
