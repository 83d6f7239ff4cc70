"""What goes over the line, and in how many pieces."""

import socket
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidResponseHeader

from service.web.patience import PatientLine
from service.web.serving.reply import Reply


class Line:
    """A line that keeps the pieces that are sent on it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.pieces.append(data)


class Counting(socket.socket):
    """A socket that counts how often something is sent."""

    sendings = 0

    def sendmsg(self, buffers: Iterable[bytes], *others: Any) -> int:  # type: ignore[override]
        self.sendings += 1
        return super().sendmsg(buffers, *others)

    def sendall(self, *_: object) -> None:
        raise AssertionError


def reply_on(line: object, method: str, status: str, headers: list[tuple[str, str]], *items: Any) -> None:
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    reply = Reply(request, line, Config())
    reply.start_response(status, headers)
    for item in items:
        reply.write(item)
    reply.close()


def sent(method: str, status: str, headers: list[tuple[str, str]], *items: bytes | list[bytes]) -> list[bytes]:
    line = Line()
    reply_on(line, method, status, headers, *items)
    return line.pieces


def test_a_head_goes_with_its_body() -> None:
    (piece,) = sent("POST", "200 OK", [("Content-Length", "3")], b"abc")
    head, _, body = piece.partition(b"\r\n\r\n")

    assert (b"HTTP/1.1 200 OK", b"abc") == (head.split(b"\r\n")[0], body)
    assert b"Content-Length: 3" in head
    assert b"Server:" not in head


def test_a_stream_goes_in_chunks_the_first_with_the_head() -> None:
    first, second, end = sent("POST", "200 OK", [], b"", b"abc", b"0123456789abcdef")

    assert b"Transfer-Encoding: chunked" in first
    assert first.endswith(b"\r\n\r\n3\r\nabc\r\n")
    assert (b"10\r\n0123456789abcdef\r\n", b"0\r\n\r\n") == (second, end)


def test_a_head_and_all_parts_of_a_body_go_at_once() -> None:
    ours, theirs = socket.socketpair()
    with theirs, Counting(fileno=ours.detach()) as counting:
        parts = [bytes([letter]) * 9_000 for letter in range(9)]
        reply_on(PatientLine(counting), "POST", "200 OK", [("Content-Length", "81000")], parts)
        body = theirs.recv(100_000, socket.MSG_WAITALL | socket.MSG_DONTWAIT).partition(b"\r\n\r\n")[2]

    assert b"".join(parts) == body
    assert 1 == counting.sendings


def test_of_parts_as_much_is_sent_as_goes_with_the_head() -> None:
    assert b"\r\n\r\n" == b"".join(sent("HEAD", "200 OK", [("Content-Length", "6")], [b"abc", b"def"]))[-4:]
    assert b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n" in b"".join(sent("POST", "200 OK", [], [b"abc", b"def"]))


@pytest.mark.parametrize(
    ("method", "status", "headers"),
    [("HEAD", "200 OK", [("Content-Length", "3")]), ("GET", "304 Not Modified", []), ("GET", "204 No Content", [])],
)
def test_a_head_without_a_body_goes_alone(method: str, status: str, headers: list[tuple[str, str]]) -> None:
    (piece,) = sent(method, status, headers)

    assert piece.endswith(b"\r\n\r\n")
    assert 1 == piece.count(b"\r\n\r\n")
    assert (b"Content-Length: 3" in piece) == (method == "HEAD")


def test_an_empty_body_is_sent_as_its_head_says() -> None:
    (piece,) = sent("GET", "200 OK", [("Content-Length", "0")], b"")

    assert piece.endswith(b"Content-Length: 0\r\n\r\n")


def test_a_header_that_many_answers_have_is_judged_before_it_is_taken_as_it_is() -> None:
    for _ in range(2):
        with pytest.raises(InvalidResponseHeader):
            sent("GET", "200 OK", [("Vary", "a\r\nb")], b"")
        (piece,) = sent("GET", "200 OK", [("Vary", "Accept"), ("Content-Length", "0")], b"")
        assert piece.count(b"\r\nVary: Accept\r\n") == 1
