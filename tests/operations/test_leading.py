"""Threads that take the lead from each other all the time lose nothing and mix nothing up."""

import random
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPResponse
from pathlib import Path

import pytest

from service.knowledge.loading import default_rules_directory
from service.knowledge.model import Profile
from tests.operations.clients import busy, known
from tests.processes import threads, workers
from tests.serving import errors_in, serving

pytestmark = pytest.mark.slow
RESTLESS = """
from service.web.serving import lead
lead.HOLD_SECONDS, lead.REST_SECONDS = 0.0002, 0.001
"""
"""In the usual five milliseconds a test would hardly see the lead change hands."""
FIRST = b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"
SECOND = b'"goals":[]}'


class SlowClient(threading.Thread):
    """Asks on a connection for as long as it is kept, in two parts with a pause between them."""

    def __init__(self, port: int, seed: int) -> None:
        super().__init__()
        self._port, self._chance = port, random.Random(seed)
        self.stop, self.statuses = threading.Event(), set[int]()

    def run(self) -> None:
        while not self.stop.is_set():
            with socket.create_connection(("127.0.0.1", self._port), timeout=30) as line:
                while not self.stop.is_set() and self._is_kept(line):
                    pass

    def _is_kept(self, line: socket.socket) -> bool:
        line.sendall(FIRST)
        time.sleep(self._chance.random() * 0.03)
        line.sendall(SECOND)
        answer = HTTPResponse(line)
        answer.begin()
        answer.read()
        self.statuses.add(answer.status)
        return not answer.will_close


def test_every_answer_is_right_while_the_lead_changes_hands_all_the_time(
    tmp_path: Path, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(7)
    asked = known([default_rules_directory()], [profile_by_chance(chance, 0.5) for _ in range(20)])
    with serving(tmp_path / "log", changed=RESTLESS, ADVISER_CACHE_MIB="0", ADVISER_MOST_IN_HAND="64") as (
        address,
        pid,
    ):
        port = int(address.rpartition(":")[2])
        slow = [SlowClient(port, seed) for seed in range(6)]
        for one in slow:
            one.start()
        with busy(port, asked, clients=8) as seen:
            time.sleep(5)
        for one in slow:
            one.stop.set()
            one.join()
        most = max(threads(worker) for worker in workers(pid))

    assert (0, 0, []) == (seen.lost, seen.refused, seen.wrong)
    assert sum(seen.right.values()) > 0
    assert [{200}] * len(slow) == [one.statuses for one in slow]
    assert most < 12
    assert [] == errors_in(tmp_path / "log")
