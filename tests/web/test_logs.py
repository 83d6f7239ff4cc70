"""The log: a line a request, nothing of what a client sends, and nobody who waits for it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.advice.json_text import encode
from service.web.telemetry.course import Course
from service.web.telemetry.exchange import Exchange, new_id
from service.web.telemetry.outlet import Outlet
from service.web.telemetry.writing import Form, written
from tests.serving import ROOT, free_port, serving

MARK = "of-a-client"
TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OFTEN = {"time", "level", "event", "method", "route", "status", "durationMs", "requestId"}
SOMETIMES = {"traceparent", "ruleBase", "key"}
Line = dict[str, Any]


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    log = tmp_path_factory.mktemp("logged") / "log"
    with serving(log) as (address, _):
        yield address, log


def ask(address: str, method: str, target: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)) as line:
        line.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.read()
        return answer


def requests_in(log: Path, *ids: str | None) -> list[Line]:
    """Return the lines about these requests, as soon as there is one for each."""
    end = time.monotonic() + 20
    while True:
        lines = [json.loads(one) for one in log.read_text(encoding="utf-8").splitlines()]
        found = [one for one in lines if one.get("requestId") in ids]
        if len(found) >= len(ids) or time.monotonic() > end:
            return found
        time.sleep(0.02)


def id_of(answer: http.client.HTTPResponse) -> str | None:
    return answer.headers["X-Request-Id"]


def test_a_request_is_one_line_that_says_what_it_was_by_our_own_names(logged: tuple[str, Path]) -> None:
    answer = ask(logged[0], "GET", "/v1/forms/living-lab", traceparent=TRACEPARENT)
    (line,) = requests_in(logged[1], id_of(answer))

    assert OFTEN | {"traceparent", "ruleBase"} == line.keys()
    assert ["time", "level", "event"] == list(line)[:3]
    assert ("info", "request", "GET", 200) == (line["level"], line["event"], line["method"], line["status"])
    assert line["route"].startswith("/v1/forms/<")
    assert (TRACEPARENT, answer.headers["Rule-Base-Version"]) == (line["traceparent"], line["ruleBase"])


def test_the_lines_of_a_stream_and_of_a_problem_come_too(logged: tuple[str, Path]) -> None:
    batch = ask(
        logged[0], "POST", "/v1/recommendations/_batch", b'{"profile": {}}\n', Content_Type="application/x-ndjson"
    )
    wrong = ask(logged[0], "POST", "/v1/recommendations", b"{", Content_Type="application/json")
    lines = requests_in(logged[1], id_of(batch), id_of(wrong))

    assert [("/v1/recommendations/_batch", 200), ("/v1/recommendations", 400)] == sorted(
        ((one["route"], one["status"]) for one in lines), reverse=True
    )


def test_nothing_that_a_client_sends_is_logged_but_a_well_formed_traceparent(logged: tuple[str, Path]) -> None:
    address, log = logged
    body = json.dumps({"goals": [MARK], MARK: MARK}).encode()
    answers = [
        ask(address, "GET", f"/{MARK}?{MARK}={MARK}"),
        ask(address, "GET", f"/v1/goals?{MARK}={MARK}"),
        ask(address, "GET", f"/v1/forms/{MARK}"),
        ask(address, "GET", f"/v1/recommendations?goals={MARK}&ruleBase={MARK}"),
        ask(address, "GET", f"/v1/recommendations?goals=talent&ruleBase={MARK}"),
        ask(address, MARK.upper(), "/v1/goals"),
        ask(address, "POST", "/v1/recommendations", body, Content_Type="application/json"),
        ask(address, "POST", "/v1/recommendations", body, Content_Type=f"{MARK}/json"),
        ask(address, "POST", "/v1/recommendations/_batch", body + b"\n" + body, Content_Type="application/x-ndjson"),
        ask(address, "GET", "/v1/goals", traceparent=MARK, tracestate=MARK, User_Agent=MARK, X_Request_Id=MARK),
        ask(address, "GET", "/v1/goals", Authorization=MARK, Cookie=MARK, Referer=MARK, X_Api_Key=MARK, Origin=MARK),
        ask(address, "GET", "/v1/goals", Accept=f"{MARK}/{MARK}", Accept_Language=MARK, If_None_Match=f'"{MARK}"'),
    ]
    host, port = address.removeprefix("http://").split(":")
    for sent in (f"{MARK}\r\n\r\n", f"GET /{MARK} HTTP/1.1\r\n{MARK}\r\n\r\n", f"GET / HTTP/{MARK}\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(sent.encode())
            head = b"".join(iter(lambda line=line: line.recv(65536), b"")).split(b"\r\n\r\n")[0].decode()
            answers.append(http.client.HTTPResponse(line))
            answers[-1].headers = http.client.HTTPMessage()
            for field in head.split("\r\n")[1:]:
                answers[-1].headers.add_header(*field.split(": ", 1))
    lines = requests_in(log, *map(id_of, answers))

    assert len(answers) == len(lines)
    assert all(OFTEN <= one.keys() <= OFTEN | SOMETIMES for one in lines)
    assert MARK not in log.read_text(encoding="utf-8").lower()


def test_lines_of_many_requests_at_once_are_whole_and_none_is_missing(logged: tuple[str, Path]) -> None:
    ids: list[str | None] = []

    def many() -> None:
        ids.extend(id_of(ask(logged[0], "GET", "/v1/goals")) for _ in range(40))

    threads = [threading.Thread(target=many) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert 160 == len(requests_in(logged[1], *ids)) == len(set(ids))


def test_health_is_logged_only_for_those_who_want_to_know_everything(tmp_path: Path) -> None:
    with serving(tmp_path / "log", ADVISER_LOG_LEVEL="debug", WORKERS="1") as (address, _):
        answer = ask(address, "GET", "/health/live")
        (line,) = requests_in(tmp_path / "log", id_of(answer))

    assert ("debug", "/health/live") == (line["level"], line["route"])


def test_health_is_not_logged_usually(logged: tuple[str, Path]) -> None:
    health, after = ask(logged[0], "GET", "/health/live"), ask(logged[0], "GET", "/v1/goals")

    assert [id_of(after)] == [one["requestId"] for one in requests_in(logged[1], id_of(after))]
    assert id_of(health) not in logged[1].read_text(encoding="utf-8")


def test_the_log_can_be_for_people_and_about_failures_only(tmp_path: Path) -> None:
    with serving(tmp_path / "text", ADVISER_LOG_FORMAT="text", WORKERS="1") as (address, _):
        ask(address, "GET", "/v1/goals")
    with serving(tmp_path / "errors", ADVISER_LOG_LEVEL="error", WORKERS="1") as (address, _):
        ask(address, "GET", "/v1/goals")

    assert "request" in (tmp_path / "text").read_text(encoding="utf-8")
    assert not (tmp_path / "text").read_text(encoding="utf-8").startswith("{")
    assert "" == (tmp_path / "errors").read_text(encoding="utf-8")


def test_requests_are_answered_while_nobody_reads_the_log() -> None:
    port = free_port()
    settings = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "1"}
    stuck = subprocess.Popen([sys.executable, "-m", "service", "serve"], cwd=ROOT, env=settings, stdout=subprocess.PIPE)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"{address}/health/live", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        with closing(http.client.HTTPConnection(f"127.0.0.1:{port}", timeout=20)) as line:
            statuses = set()
            for _ in range(1000):  # a pipe holds 64 KiB, about 250 lines
                line.request("GET", "/nowhere")
                answer = line.getresponse()
                answer.read()
                statuses.add(answer.status)
    finally:
        stuck.kill()
        stuck.communicate(timeout=20)

    assert {404} == statuses


MIXING = """
import os
from service.web.telemetry import logs
logs.configure("info", "json")
logs.tell("info", "before")
children = []
for child in range(4):
    pid = os.fork()
    if not pid:
        for number in range(50):
            logs.tell("info", "line", child=child, number=number, padding="x" * 20_000)
        logs.OUTPUT.empty(60)
        os._exit(0)
    children.append(pid)
for pid in children:
    os.waitpid(pid, 0)
"""


@pytest.mark.parametrize("nanoseconds", [0, 999_999, 1_000_000, 1_795_000_000_999_999_999, 1_795_000_001_000_000_000])
def test_times_are_written_in_utc_to_the_millisecond(nanoseconds: int) -> None:
    time = datetime.fromtimestamp(nanoseconds // 10**9, UTC).replace(microsecond=nanoseconds % 10**9 // 1000)

    assert time.isoformat(timespec="milliseconds").replace("+00:00", "Z") == written(nanoseconds)


def test_long_lines_of_several_processes_do_not_mix_in_a_pipe_and_none_is_written_twice() -> None:
    ended = subprocess.run([sys.executable, "-c", MIXING], cwd=ROOT, capture_output=True, timeout=120, check=True)
    lines = [json.loads(one) for one in ended.stdout.splitlines()]

    assert 1 == sum(one["event"] == "before" for one in lines)
    assert {(child, number) for child in range(4) for number in range(50)} == {
        (one["child"], one["number"]) for one in lines if one["event"] == "line"
    }
    assert 201 == len(lines)


def test_ids_are_uuids_by_chance_and_none_is_given_twice() -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend(new_id() for _ in range(500))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    made = [uuid.UUID(one) for one in ids]

    assert ids == list(map(str, made))
    assert {(4, uuid.RFC_4122)} == {(one.version, one.variant) for one in made}
    assert 2000 == len(set(ids))


FORKING = """
import os
from service.web.telemetry.exchange import new_id
new_id()
for child in range(2):
    if not os.fork():
        print(*(new_id() for _ in range(100)), sep="\\n", flush=True)
        os._exit(0)
    os.wait()
print(*(new_id() for _ in range(100)), sep="\\n")
"""


def test_no_id_of_a_parent_is_given_by_its_children() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKING], cwd=ROOT, capture_output=True, text=True, check=True)

    assert 300 == len(set(ended.stdout.split()))


@pytest.mark.parametrize("milliseconds", [0.0, 0.01, 0.1, 0.12, 1.0, 1.5, 99.99, 100.0, 12345.67])
@pytest.mark.parametrize("more", [{}, {"traceparent": TRACEPARENT}, {"ruleBase": "1.0.0"}, {"key": 'of "a" é'}])
def test_the_line_of_a_request_is_as_it_would_be_encoded_whole(milliseconds: float, more: dict[str, str]) -> None:
    exchange, time = Exchange(Course(), "GET", "/v1/forms/<form>"), 1_795_000_000_012_345_678
    exchange.status, exchange.rule_base, exchange.key = 503, more.get("ruleBase", ""), more.get("key", "")
    said = {"time": written(time), "level": "warning", "event": "request", "method": "GET", "route": exchange.route}
    said |= {"status": 503, "durationMs": milliseconds, "requestId": exchange.request_id, **more}
    hundredths = round(milliseconds * 100)
    line = Form(exchange).written(time, hundredths, exchange.request_id, more.get("traceparent", ""))

    assert encode(said) + b"\n" == line


def test_what_comes_on_top_of_what_an_outlet_holds_is_dropped_and_counted() -> None:
    go_on, written = threading.Event(), []

    def write(things: list[int]) -> None:
        go_on.wait(20)
        written.extend(things)

    outlet, dropped = Outlet(write, most=3, most_bytes=100), []
    outlet.waiting.on_drop = dropped.append
    assert outlet.put(0, 10)
    end = time.monotonic() + 20
    while outlet.waiting and time.monotonic() < end:  # until the thread holds the first
        time.sleep(0.01)
    taken = [outlet.put(number, 10) for number in range(1, 6)]
    too_heavy = outlet.put(9, 95)
    go_on.set()

    assert [True, True, True, False, False] == taken
    assert not too_heavy
    assert outlet.empty(20)
    assert ([0, 1, 2, 3], 3) == (written, sum(dropped))


def test_a_writer_that_fails_costs_what_it_was_given_and_no_more() -> None:
    written: list[str] = []

    def write(things: list[str]) -> None:
        if "bad" in things:
            message = "no space left"
            raise OSError(message)
        written.extend(things)

    outlet, dropped = Outlet(write, most=10, most_bytes=100), []
    outlet.waiting.on_drop = dropped.append
    outlet.put("bad", 1)
    assert outlet.empty(20)
    outlet.put("good", 1)

    assert outlet.empty(20)
    assert (["good"], [1]) == (written, dropped)
