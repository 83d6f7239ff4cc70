"""How the service ends: what it has taken is answered, and whoever would send more can tell."""

import http.client
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.operations.clients import JSON, PATH
from tests.processes import family, lives
from tests.rules import rules_in
from tests.serving import serving

pytestmark = pytest.mark.slow
SOON = 30.0
"""Seconds that something may take on a busy machine before it counts as never."""
LINE = b'{"profile": {"goals": ["talent"]}}\n'
BODY = b'{"goals": ["talent"]}'


@contextmanager
def batch(address: str, lines: int) -> Iterator[http.client.HTTPResponse]:
    """Send a batch, and give its answer when that has begun."""
    kind = {"Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{address}/v1/recommendations/_batch", LINE * lines, kind)
    with urllib.request.urlopen(request, timeout=SOON) as answer:
        answer.peek()
        yield answer


def line_to(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(address.removeprefix("http://"), timeout=SOON)


def ended(pid: int) -> int:
    """Wait for a child to end, and leave it to be taken note of; return its exit status."""
    seen = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert seen is not None
    return seen.si_status


def test_after_sigterm_the_service_says_that_it_is_not_ready_and_answers_until_it_takes_no_more(tmp_path: Path) -> None:
    with serving(tmp_path / "log", ADVISER_DRAIN_SECONDS="3") as (address, pid), closing(line_to(address)) as kept:
        kept.request("POST", PATH, BODY, JSON)
        before = kept.getresponse()
        advice = before.read()
        with batch(address, 1000) as lines:
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.5)
            with pytest.raises(urllib.error.HTTPError) as not_ready:
                urllib.request.urlopen(f"{address}/health/ready", timeout=SOON)
            kept.request("POST", PATH, BODY, JSON)
            after = kept.getresponse()
            again = after.read()
            with closing(line_to(address)) as new:
                new.request("GET", "/health/live")
                alive = new.getresponse().status
            answered = len(lines.readlines())

        assert (503, "application/problem+json") == (not_ready.value.code, not_ready.value.headers["Content-Type"])
        assert int(not_ready.value.headers["Retry-After"]) > 0
        assert "/problems/service-unavailable" == json.loads(not_ready.value.read())["type"]
        assert (False, True) == (before.will_close, after.will_close)
        assert advice == again
        assert (200, 1000) == (alive, answered)
        assert 0 == ended(pid)


def test_a_connection_on_which_nothing_comes_holds_nobody_up(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (address, pid):
        host, port = address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))):
            began = time.monotonic()
            os.kill(pid, signal.SIGTERM)
            assert 0 == ended(pid)
            assert time.monotonic() - began < SOON / 2


def test_what_takes_longer_than_its_grace_is_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path / "log", ADVISER_GRACEFUL_SECONDS="1") as (address, pid):
        processes = family(pid)
        with batch(address, 90_000) as lines:
            os.kill(pid, signal.SIGTERM)
            with pytest.raises((http.client.IncompleteRead, OSError)):
                lines.read()
        ended(pid)

        assert [] == [one for one in processes if lives(one)]


def test_a_refused_reload_makes_no_failure_of_the_end_and_sigint_hurries_what_finishes(tmp_path: Path) -> None:
    rules = rules_in(tmp_path / "rules")
    with serving(tmp_path / "log", ADVISER_RULES=str(rules), ADVISER_GRACEFUL_SECONDS="600") as (address, pid):
        (rules / "vocabulary.yaml").unlink()
        os.kill(pid, signal.SIGHUP)
        end = time.monotonic() + SOON
        while "keeps answering" not in (tmp_path / "log").read_text(encoding="utf-8"):
            assert time.monotonic() < end, "it is not refused"
            time.sleep(0.1)
        with batch(address, 90_000):
            os.kill(pid, signal.SIGTERM)
            time.sleep(1)
            os.kill(pid, signal.SIGINT)

            assert 0 == ended(pid)


def test_sigint_ends_the_service_at_once_though_it_was_draining(tmp_path: Path) -> None:
    with serving(tmp_path / "log", ADVISER_DRAIN_SECONDS="300") as (address, pid):
        os.kill(pid, signal.SIGTERM)
        time.sleep(0.5)
        with closing(line_to(address)) as line:
            line.request("GET", "/health/live")
            assert 200 == line.getresponse().status
        os.kill(pid, signal.SIGINT)

        assert 0 == ended(pid)


def test_workers_leave_when_the_process_that_holds_the_sockets_is_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as (_, pid):
        processes = family(pid)[1:]
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + SOON
        while any(map(lives, processes)):
            assert time.monotonic() < end, "they stay"
            time.sleep(0.1)
