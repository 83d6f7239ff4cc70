"""More requests than the service can do: some are answered soon, the others hear soon that they are not."""

import http.client
import json
import selectors
import socket
import time
import urllib.request
from collections import Counter, deque
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from random import Random
from typing import cast

import pytest

from service.knowledge.loading import default_rules_directory
from service.knowledge.model import Profile
from service.web.responses import SECURITY
from service.web.serving.admission import MOST_LINGERING
from service.web.telemetry.metrics import GATHER_SECONDS
from tests.operations.clients import busy, known
from tests.processes import descriptors, workers
from tests.serving import serving

pytestmark = pytest.mark.slow
UNFINISHED = (
    b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
)
"""A request that keeps a place until the rest of its body comes."""
WHOLE = (
    b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
    b'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"goals":[]}'
)
FEW = {"WORKERS": "1", "ADVISER_MOST_IN_HAND": "2", "ADVISER_CACHE_MIB": "0"}

SLOW = """
import time
from service.web.serving.worker import Worker
answer = Worker.handle_request
def slowly(*asked):
    end = time.thread_time() + 0.003
    while time.thread_time() < end:
        pass
    return answer(*asked)
Worker.handle_request = slowly
"""
"""So that one process of clients can ask for more than is answered."""


def test_what_is_too_much_is_refused_the_rest_is_answered_and_operators_always_are(
    tmp_path: Path, profile_by_chance: Callable[[Random, float], Profile]
) -> None:
    chance = Random(6)
    asked = known([default_rules_directory()], [profile_by_chance(chance, 0.5) for _ in range(20)])
    with serving(tmp_path / "log", **FEW) as (address, pid):
        port = int(address.rpartition(":")[2])
        (worker,) = workers(pid)
        with busy(port, asked, clients=12) as seen:
            health = []
            for _ in range(20):
                with urllib.request.urlopen(f"{address}/health/live", timeout=30) as answer:
                    health.append(answer.status)
                time.sleep(0.1)
        with busy(port, asked, clients=1) as after:
            time.sleep(1)

        assert [200] * 20 == health
        assert [] == seen.wrong
        assert seen.refused > 0
        assert sum(seen.right.values()) > 0
        assert (0, []) == (after.refused, after.wrong)
        assert [worker] == workers(pid)
        assert seen.refused == turned_away(address)


def test_a_refusal_is_a_problem_that_says_when_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path / "log", **FEW) as (address, _), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        for _ in range(2):
            open_.enter_context(socket.create_connection((host, int(port)))).sendall(UNFINISHED)
        end, status = time.monotonic() + 15, 0  # those two are ended after 20 s
        while status != 503 and time.monotonic() < end:  # as soon as the worker has both in hand
            with closing(http.client.HTTPConnection(host, int(port), timeout=30)) as line:
                line.request("POST", "/v1/recommendations", b"x" * 1_000_000, {"Content-Type": "application/json"})
                answer = line.getresponse()
                status, problem = answer.status, json.loads(answer.read())

        assert (503, "/problems/service-unavailable") == (status, problem["type"])
        assert int(answer.headers["Retry-After"]) > 0
        assert "close" == answer.headers["Connection"]
        assert SECURITY.items() <= dict(answer.headers).items()
        assert answer.headers["X-Request-Id"] == problem["instance"].removeprefix("urn:uuid:")
        assert tells_of(tmp_path / "log", answer.headers["X-Request-Id"])
        assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_sudden_crowd_is_answered_to_the_last(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="1", ADVISER_CACHE_MIB="0") as (address, _), ExitStack() as open_:
        port = int(address.rpartition(":")[2])
        lines = [open_.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _ in range(30)]
        for line in lines:
            line.sendall(WHOLE)
        assert {b"HTTP/1.1 200 OK": 30} == Counter(line.makefile("rb").readline().strip() for line in lines)


def crowd(port: int, count: int, seconds: float) -> Counter[bytes]:
    """Ask on so many connections at a time, each for one request, and count the answers by status."""
    seen, waiting, end = Counter[bytes](), selectors.DefaultSelector(), time.monotonic() + seconds

    def ask() -> None:
        line = socket.create_connection(("127.0.0.1", port), 30)
        line.sendall(WHOLE)
        waiting.register(line, selectors.EVENT_READ)

    for _ in range(count):
        ask()
    while time.monotonic() < end:
        for key, _ in waiting.select(1):
            line = cast("socket.socket", key.fileobj)
            seen[line.recv(12)[9:]] += 1
            waiting.unregister(line)
            line.close()
            ask()
    for key in list(waiting.get_map().values()):
        cast("socket.socket", key.fileobj).close()
    return seen


def test_of_a_crowd_in_which_each_opens_a_connection_some_are_answered_and_the_others_refused(tmp_path: Path) -> None:
    with serving(tmp_path / "log", changed=SLOW, WORKERS="1", ADVISER_CACHE_MIB="0") as (address, _):
        seen = crowd(int(address.rpartition(":")[2]), 100, 2)

    assert {b"200", b"503"} == set(seen)


def test_connections_go_to_a_worker_that_has_nothing_in_hand(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (address, pid), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        end = time.monotonic() + 30
        while "The rule base answers" not in (tmp_path / "log").read_text(encoding="utf-8"):  # both are up
            assert time.monotonic() < end, "they do not come up"
            time.sleep(0.1)
        time.sleep(0.5)  # and listen
        before = {worker: descriptors(worker) for worker in workers(pid)}
        open_.enter_context(socket.create_connection((host, int(port)))).sendall(UNFINISHED)
        time.sleep(0.5)
        (idle,) = [worker for worker, count in before.items() if descriptors(worker) == count]
        for _ in range(20):
            line = open_.enter_context(closing(http.client.HTTPConnection(host, int(port), timeout=30)))
            line.request("GET", "/v1/goals")
            assert 200 == line.getresponse().status
            time.sleep(0.02)  # so that it is done with this one, too

        assert descriptors(idle) - before[idle] > 15


def test_clients_that_keep_an_answered_connection_hold_nobody_up(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="1") as (address, _), ExitStack() as open_:
        port = int(address.rpartition(":")[2])
        lines = [open_.enter_context(socket.create_connection(("127.0.0.1", port), 30)) for _ in range(10)]
        for line in lines:
            line.sendall(WHOLE)
        assert {b"HTTP/1.1 200"} == {line.recv(12) for line in lines}
        with urllib.request.urlopen(f"{address}/health/live", timeout=5) as answer:  # 2 s for each would be too long
            assert 200 == answer.status


def test_connections_on_which_nothing_comes_take_no_place(tmp_path: Path) -> None:
    with serving(tmp_path / "log", **FEW) as (address, _), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        for _ in range(50):
            open_.enter_context(socket.create_connection((host, int(port))))
        with urllib.request.urlopen(f"{address}/v1/recommendations?goals=talent", timeout=30) as answer:
            assert 200 == answer.status


def test_a_refused_connection_that_stays_is_cut_and_leaves_no_descriptor(tmp_path: Path) -> None:
    with serving(tmp_path / "log", **FEW) as (address, pid), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        (worker,) = workers(pid)
        time.sleep(2 * GATHER_SECONDS)  # until it has opened the files in which it counts
        before = descriptors(worker)
        for _ in range(2):
            open_.enter_context(socket.create_connection((host, int(port)))).sendall(UNFINISHED)
        time.sleep(0.5)
        for _ in range(20):
            open_.enter_context(socket.create_connection((host, int(port)))).sendall(b"GET / HTTP/1.1\r\n")
        end = time.monotonic() + 30
        while descriptors(worker) > before + 2:
            assert time.monotonic() < end, "they stay open"
            time.sleep(0.2)


def test_clients_that_leave_while_they_are_cut_harm_no_worker(tmp_path: Path) -> None:
    with serving(tmp_path / "log", **FEW) as (address, pid), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        before = workers(pid)
        for _ in range(2):
            open_.enter_context(socket.create_connection((host, int(port)))).sendall(UNFINISHED)
        time.sleep(0.5)
        staying: deque[socket.socket] = deque()
        for number in range(4000):
            line = open_.enter_context(socket.create_connection((host, int(port))))
            line.sendall(b"GET / HTTP/1.1\r\n")
            staying.append(line)
            if number % 20 == 0:  # together, so that some go with others that are cut for them
                while len(staying) > MOST_LINGERING - 10:
                    staying.popleft().close()

        assert before == workers(pid)
        assert "Exception" not in (tmp_path / "log").read_text(encoding="utf-8")


def test_operators_are_answered_while_slow_clients_hold_every_thread(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="1") as (address, _), ExitStack() as open_:
        host, port = address.removeprefix("http://").split(":")
        for _ in range(12):
            open_.enter_context(socket.create_connection((host, int(port)))).sendall(UNFINISHED)
        time.sleep(0.5)
        for path in ("/health/live", "/health/ready", "/metrics"):  # sooner than the others are ended
            with urllib.request.urlopen(f"{address}{path}", timeout=15) as answer:
                assert 200 == answer.status


def turned_away(address: str) -> int:
    """Return how many requests the metrics say were refused."""
    with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
        lines = [line for line in answer.read().decode().splitlines() if 'status="503"' in line]
    return sum(int(float(line.split()[-1])) for line in lines)


def tells_of(log: Path, request_id: str) -> bool:
    """Wait until the log says that a request was turned away; false when it does not."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        lines = [line for line in log.read_text(encoding="utf-8").splitlines() if '"turned away"' in line]
        if any(request_id in json.loads(line)["requestIds"] for line in lines):
            return True
        time.sleep(0.05)
    return False
