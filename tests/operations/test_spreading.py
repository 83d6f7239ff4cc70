"""Connections that are opened at once are held by all workers alike."""

import os
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest

from service.knowledge.loading import default_rules_directory
from service.knowledge.model import Profile
from tests.operations.clients import busy, known
from tests.processes import connections, states, workers
from tests.serving import free_port, serving

pytestmark = pytest.mark.slow
SOON = 30.0
"""Seconds that something may take on a busy machine before it counts as never."""
ASKED = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"


def held(pid: int, port: int, count: int) -> list[int]:
    """Return how many connections each worker holds, as soon as they hold so many together."""
    end = time.monotonic() + SOON
    while sum(found := [connections(one, port) for one in workers(pid)]) != count:
        assert time.monotonic() < end, f"{found} are held, not {count}"
        time.sleep(0.02)
    return found


def opened(open_: ExitStack, port: int, count: int) -> list[socket.socket]:
    """Open connections at once, before anything is asked on one."""
    lines = [open_.enter_context(socket.socket()) for _ in range(count)]
    for line in lines:
        line.connect(("127.0.0.1", port))
    return lines


def all_there(pid: int, count: int) -> list[int]:
    end = time.monotonic() + SOON
    while len(found := workers(pid)) != count:
        assert time.monotonic() < end, "they do not come"
        time.sleep(0.05)
    time.sleep(1)  # they were forked; soon they listen
    return found


def until_stopped(pid: int) -> None:
    end = time.monotonic() + SOON
    while set(states(pid)) != {"T"}:
        assert time.monotonic() < end, "it does not stop"
        time.sleep(0.01)


def spread(pid: int, port: int, count: int) -> list[int]:
    """Open connections, ask on each, and return how many each worker holds."""
    held(pid, port, 0)
    with ExitStack() as open_:
        lines = opened(open_, port, count)
        found = held(pid, port, count)
        for line in lines:
            line.sendall(ASKED)
            assert line.recv(12) == b"HTTP/1.1 200"
        assert found == held(pid, port, count)
    return found


def opened_early(open_: ExitStack, port: int, count: int) -> list[socket.socket]:
    """Open connections at once, as soon as the port takes any."""
    end = time.monotonic() + SOON
    while True:
        try:
            return opened(open_, port, count)
        except ConnectionRefusedError:
            assert time.monotonic() < end, "nobody listens"
            time.sleep(0.005)


def test_connections_that_are_opened_during_the_start_are_shared_out(tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as open_, ThreadPoolExecutor(1) as beside:
        early = beside.submit(opened_early, open_, port, 8)
        _, pid = open_.enter_context(serving(tmp_path / "log", port))
        for line in early.result():
            line.sendall(ASKED)
            assert line.recv(12) == b"HTTP/1.1 200"

        assert max(held(pid, port, 8)) <= 5


@pytest.mark.parametrize("count", [2, 8, 16])
def test_connections_that_are_opened_at_once_are_shared_out(tmp_path: Path, count: int) -> None:
    with serving(tmp_path / "log") as (address, pid):
        port = int(address.rpartition(":")[2])
        all_there(pid, 2)
        most = [max(spread(pid, port, count)) for _ in range(5)]

    assert sorted(most)[-2] <= count // 2 + (count > 2)  # on a busy machine a worker may sleep too long once


def test_a_worker_that_took_the_place_of_another_has_its_share(tmp_path: Path) -> None:
    with serving(tmp_path / "log", WORKERS="3") as (address, pid):
        port = int(address.rpartition(":")[2])
        for ended in all_there(pid, 3)[:2]:
            os.kill(ended, signal.SIGKILL)
            time.sleep(0.5)
        all_there(pid, 3)
        found = [spread(pid, port, 12) for _ in range(3)]

    assert max(map(max, found)) <= 5


def test_connections_that_are_kept_are_handed_on_to_a_worker_that_took_the_place_of_another(
    tmp_path: Path, profile_by_chance: Callable[[Random, float], Profile]
) -> None:
    chance = Random(8)
    asked = known([default_rules_directory()], [profile_by_chance(chance, 0.5) for _ in range(20)])
    with serving(tmp_path / "log") as (address, pid):
        port = int(address.rpartition(":")[2])
        leaves, stays = all_there(pid, 2)
        with busy(port, asked, clients=8) as seen:
            os.kill(leaves, signal.SIGTERM)
            end = time.monotonic() + SOON
            while leaves in (there := workers(pid)) or len(there) != 2 or connections(stays, port) > 5:
                assert time.monotonic() < end, "they stay"
                time.sleep(0.05)
            time.sleep(1)
            found = held(pid, port, 8)

    assert max(found) <= 5
    assert (0, 0, []) == (seen.lost, seen.refused, seen.wrong)


def test_a_worker_of_a_new_rule_base_has_its_share(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (address, pid):
        port = int(address.rpartition(":")[2])
        before = all_there(pid, 2)
        os.kill(pid, signal.SIGHUP)
        end = time.monotonic() + SOON
        while len(workers(pid)) != 2 or set(workers(pid)) & set(before):
            assert time.monotonic() < end, "no reload"
            time.sleep(0.05)
        found = [spread(pid, port, 8) for _ in range(3)]

    assert max(map(max, found)) <= 5


def test_a_worker_that_hangs_holds_up_no_connection_for_long(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (address, pid), ExitStack() as open_:
        port = int(address.rpartition(":")[2])
        hung, _ = all_there(pid, 2)
        os.kill(hung, signal.SIGSTOP)
        try:
            until_stopped(hung)
            began = time.monotonic()
            for line in opened(open_, port, 20):
                line.sendall(ASKED)
                assert line.recv(12) == b"HTTP/1.1 200"
            assert time.monotonic() - began < 5
        finally:
            os.kill(hung, signal.SIGCONT)
