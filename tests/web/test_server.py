"""The real server: what only shows on a socket."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.web.problem_kinds import KINDS
from service.web.responses import SECURITY
from tests.serving import errors_in

Server = tuple[str, Path]
Line = http.client.HTTPConnection


@pytest.fixture
def line(server: Server) -> Iterator[http.client.HTTPConnection]:
    host, port = server[0].removeprefix("http://").split(":")
    with closing(http.client.HTTPConnection(host, int(port), timeout=10)) as opened:
        yield opened


def raw(server: Server, sent: bytes) -> bytes:
    host, port = server[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65536), b""))


def test_a_chunked_body_is_read(line: Line) -> None:
    headers = {"Content-Type": "application/json"}
    line.request("POST", "/v1/recommendations", iter([b'{"goals"', b": []}"]), headers, encode_chunked=True)

    assert 200 == line.getresponse().status


def test_a_chunked_body_over_the_limit_is_too_large(line: Line) -> None:
    headers = {"Content-Type": "application/json"}
    body = iter([b" " * 65536] * 20)
    try:
        line.request("POST", "/v1/recommendations", body, headers, encode_chunked=True)
        status = line.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        status = 413  # the server may hang up before the rest was sent

    assert 413 == status


@pytest.mark.parametrize(
    "sent",
    [
        (
            b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/json\r\n\r\nof-a-client\r\n"
        ),
        b"\x00\x01garbage-from-a-client\r\n\r\n",
        b"GET /v1/goals-of-a-client HTTP/9.9\r\n\r\n",
        b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Length: of-a-client\r\n\r\n",
        b"GET /" + b"of-a-client" * 1000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        (
            b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"
            b"Content-Type: application/json\r\n\r\n0\r\n\r\nof-a-client"
        ),
    ],
)
def test_garbage_is_refused_and_neither_breaks_nor_fills_the_log(server: Server, line: Line, sent: bytes) -> None:
    answer = raw(server, sent)
    line.request("GET", "/health/ready")

    assert not answer.startswith(b"HTTP/1.1 5")
    assert 200 == line.getresponse().status
    assert "client" not in server[1].read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize(
    ("sent", "status", "slug"),
    [
        (b"GARBAGE\r\n\r\n", 400, "invalid-request"),
        (b"GET /v1/goals HTTP/9.9\r\n\r\n", 400, "invalid-request"),
        (b"GET /v1/goals HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", 400, "invalid-request"),
        (b"GET /v1/goals HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 400, "invalid-request"),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri-too-long"),
        (b"GET /v1/goals HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431, "header-fields-too-large"),
        (b"GET /v1/goals HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100 + b"\r\n", 431, "header-fields-too-large"),
        (b"POST /v1/goals HTTP/1.1\r\nHost: a\r\nExpect: much\r\n\r\n", 417, "expectation-failed"),
    ],
    ids=["line", "version", "header-name", "coding", "long-line", "long-header", "many-headers", "expectation"],
)
def test_what_the_server_cannot_read_is_answered_by_a_problem(
    server: Server, sent: bytes, status: int, slug: str
) -> None:
    head, _, body = raw(server, sent).partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    problem = json.loads(body)

    assert f"HTTP/1.1 {status} " in f"{first} "
    assert ("application/problem+json", "close", "nl") == tuple(
        headers[name] for name in ("Content-Type", "Connection", "Content-Language")
    )
    assert (f"/problems/{slug}", status) == (problem["type"], problem["status"])
    assert f"urn:uuid:{headers['X-Request-Id']}" == problem["instance"]
    assert SECURITY.items() <= headers.items()


def test_every_kind_of_problem_that_the_server_names_has_its_page(line: Line) -> None:
    for kind in KINDS:
        line.request("GET", kind.type)
        answer = line.getresponse()

        assert (200, True) == (answer.status, b"<h1>" in answer.read())


def test_many_requests_on_one_connection_get_the_same_bytes(line: Line) -> None:
    bodies = set()
    for _ in range(30):
        line.request("GET", "/v1/recommendations?goals=talent&scope=broad")
        bodies.add(line.getresponse().read())

    assert 1 == len(bodies)


def test_answers_of_a_batch_come_in_pieces_while_the_rest_is_worked_on(line: Line) -> None:
    body = b'{"profile": {"goals": ["talent"]}}\n' * 300
    line.request("POST", "/v1/recommendations/_batch", body, {"Content-Type": "application/x-ndjson"})
    answer = line.getresponse()

    assert "chunked" == answer.headers["Transfer-Encoding"]
    assert list(range(1, 301)) == [json.loads(one)["line"] for one in answer]


def test_a_client_that_goes_away_frees_its_place(server: Server, line: Line) -> None:
    host, port = server[0].removeprefix("http://").split(":")
    body = b'{"profile": {"goals": ["talent"]}}\n' * 20_000
    head = (
        b"POST /v1/recommendations/_batch HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    for _ in range(6):  # more than all workers answer at once
        with socket.create_connection((host, int(port)), timeout=10) as gone:
            gone.sendall(head + body)
            gone.recv(1000)
    for _ in range(100):
        line.request("POST", "/v1/recommendations/_batch", b"", {"Content-Type": "application/x-ndjson"})
        answer = line.getresponse()
        answer.read()
        if answer.status == 200:
            break
        time.sleep(0.1)

    assert 200 == answer.status
    assert [] == errors_in(server[1])
