"""Hostile input is answered as the contract says: no server error, no hang, no growth."""

import json
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.corpus import Hostile, quick, slow
from tests.processes import resident, workers
from tests.serving import errors_in, serving

pytestmark = pytest.mark.slow
Server = tuple[str, int, Path]
LONGEST = 60
MOST_GROWTH = 30
"""MiB that the workers may grow by over a second round of the corpus: buffers of 20 MB come and go."""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("hostile") / "log"
    with serving(log, WORKERS="1") as (address, pid):
        yield address, pid, log


def answer(server: Server, hostile: Hostile) -> bytes:
    """Send it, and return what comes until the connection closes or an answer is there."""
    host, port = server[0].removeprefix("http://").split(":")
    came, end = b"", time.monotonic() + LONGEST
    with socket.create_connection((host, int(port)), timeout=1) as line:
        try:
            line.settimeout(LONGEST)
            line.sendall(hostile.sent)
            line.settimeout(1)
        except OSError:
            line.settimeout(1)  # refused before all of it was sent; an answer may still be there
        while time.monotonic() < end:
            try:
                piece = line.recv(65_536)
            except TimeoutError:
                if came:
                    return came
                if hostile.drip:
                    try:
                        line.sendall(hostile.drip)
                    except OSError:
                        return came
                continue
            except OSError:
                return came
            if not piece:
                return came
            came += piece
            if b"\r\n\r\n" in came and b"\r\nConnection: close" not in came.partition(b"\r\n\r\n")[0]:
                line.settimeout(0.2)
    pytest.fail(f"{hostile.name}: no answer in {LONGEST} s")


def statuses(came: bytes) -> list[int]:
    return [int(one) for one in re.findall(rb"HTTP/1\.[01] (\d{3}) ", came)]


def judge(server: Server, hostile: Hostile) -> None:
    came = answer(server, hostile)
    found = statuses(came)
    head, _, body = came.partition(b"\r\n\r\n")

    assert (found[0] if found else None) in hostile.statuses, (hostile.name, came[:300])
    assert not [one for one in found if one >= 500], hostile.name
    if found and found[0] >= 400:
        assert b"Content-Type: application/problem+json" in head
        assert b"smuggled" not in body
        if b"Transfer-Encoding" not in head and not hostile.sent.startswith((b"HEAD", b"CONNECT")):
            length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
            assert found[0] == json.loads(body[:length])["status"]


def memory(pid: int) -> int:
    return sum(map(resident, workers(pid))) // 1024


@pytest.mark.parametrize("hostile", quick(), ids=lambda one: one.name)
def test_each_is_answered_as_the_contract_says(attacked: Server, hostile: Hostile) -> None:
    judge(attacked, hostile)


def test_slow_clients_get_an_end_and_hold_nobody_else_up(attacked: Server) -> None:
    found: dict[str, list[int]] = {}
    threads = [
        threading.Thread(target=lambda one=one: found.update({one.name: statuses(answer(attacked, one))}))
        for one in slow()
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert {one.name: [408] for one in slow()} == found
    with urllib.request.urlopen(f"{attacked[0]}/health/ready", timeout=10) as alive:
        assert 200 == alive.status


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="looks at memory as Linux shows it")
def test_the_service_does_not_grow_and_logs_nothing_of_it(attacked: Server) -> None:
    for one in quick():
        judge(attacked, one)
    before = memory(attacked[1])
    for one in quick():
        judge(attacked, one)

    assert memory(attacked[1]) - before < MOST_GROWTH
    log = attacked[2].read_text(encoding="utf-8", errors="replace")
    assert [] == errors_in(attacked[2])
    assert "smuggled" not in log
