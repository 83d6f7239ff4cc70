"""A slow client gets an end; a client that keeps sending does not."""

import random
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.web import patience
from service.web.patience import PatientLine, TooSlowError

Pair = tuple[PatientLine, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield PatientLine(ours), theirs


def test_a_request_that_does_not_come_ends(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.05)
    pair[0].begin()

    with pytest.raises(TooSlowError):
        pair[0].recv(10)


def test_a_request_that_comes_in_drops_ends_although_something_keeps_coming(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.05)
    monkeypatch.setattr(patience, "LEAST_BYTES_A_SECOND", 10_000_000)
    pair[1].sendall(b"x" * 100_000)
    pair[0].begin()

    with pytest.raises(TooSlowError):
        list(iter(lambda: pair[0].recv(1), b""))


def test_what_has_come_buys_time_for_the_rest(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair[1].sendall(b"x" * 30_000)
    pair[0].begin()
    received = pair[0].recv(30_000)
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.0)
    pair[1].sendall(b"more")

    assert b"more" == (received + pair[0].recv(10))[-4:]


def test_the_next_request_has_its_own_time(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.0)
    with pytest.raises(TooSlowError):
        pair[0].recv(1)
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 5.0)
    pair[0].begin()
    pair[1].sendall(b"next")

    assert b"next" == pair[0].recv(10)


def test_what_has_come_is_kept_until_it_is_asked_for(pair: Pair) -> None:
    assert pair[0].come() is None
    pair[1].sendall(b"first")
    assert b"first" == pair[0].come()
    pair[1].sendall(b"then")
    assert [b"fi", b"rst", b"then"] == [pair[0].recv(size) for size in (2, 10, 10)]
    pair[1].close()
    assert b"" == pair[0].come()


def test_a_shorter_limit_of_the_socket_itself_holds(pair: Pair) -> None:
    pair[0].settimeout(0.01)

    with pytest.raises(TimeoutError):
        pair[0].recv(1)
    assert 0.01 == pair[0].gettimeout()


def test_a_client_that_does_not_read_counts_as_gone(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWER_SECONDS", 0.05)

    with pytest.raises(BrokenPipeError):
        pair[0].sendall(b"x" * 10_000_000)


@pytest.mark.parametrize("sizes", [(0, 5), (200, 3_000_000), (3_000_000, 200), (3_000_000, 3_000_000)])
def test_parts_are_sent_one_after_the_other_however_much_the_line_takes_at_a_time(
    pair: Pair, sizes: tuple[int, int]
) -> None:
    parts = [random.Random(size).randbytes(size) for size in sizes]
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(pair[0].sendall, *parts)
        received = b""
        while len(received) < sum(sizes):
            received += pair[1].recv(100_000)
        sending.result(10)

    assert b"".join(parts) == received
