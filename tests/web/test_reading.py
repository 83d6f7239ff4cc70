"""Requests are read as gunicorn reads them, whichever way their header fields are taken."""

from unittest import mock

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from hypothesis import example, given
from hypothesis import strategies as st

from service.web.serving.configuration import HEADERS, LINE_BYTES
from service.web.serving.reading import Asked, Parser
from service.web.serving.reply import base_environ

PEER, SERVER = ("192.0.2.1", 1024), ("192.0.2.2", 80)
NAMES = ("Host", "host", "Accept", "X-One", "X_One", "Expect", "Content-Type", "Content-Length", "X~", "", "Bad Name")
VALUES = ("a", " a \t", "a: b", "", "7", "100-continue", "\u00e9", "a\x00", "a\rb", "a\nb", "a\r\n b", "\t")
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=6)


def configuration() -> Config:
    made = Config()
    for name, value in (
        ("limit_request_line", LINE_BYTES),
        ("limit_request_fields", HEADERS),
        ("limit_request_field_size", LINE_BYTES),
        ("forwarder_headers", ""),
        ("secure_scheme_headers", {}),
    ):
        made.set(name, value)
    return made


def read(kind: type[Request], head: bytes) -> object:
    """Return what was read, or what it was refused for."""
    try:
        request = kind(configuration(), IterUnreader([head]), PEER)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is to be the same
        return type(error), str(error)
    line = request.method, request.uri, request.path, request.query, request.fragment, request.version
    return request.headers, line, request.should_close(), type(request.body.reader), request.unreader.take_buffered()


def same(head: bytes) -> object:
    """Return what was read, and hold it against what gunicorn reads."""
    found = read(Asked, head)
    assert read(Request, head) == found
    return found


@given(FIELDS)
@example([("Host", "a"), ("Accept", "b"), ("Accept", "c")])
@example([("Host", "a"), ("HOST", "a")])
@example([("Content-Type", "a"), ("content-type", "a")])
@example([("Host", "a"), ("Expect", "much")])
@example([("Content-Length", "7"), ("Content-Length", "7")])
def test_header_fields_are_read_as_gunicorn_reads_them(fields: list[tuple[str, str]]) -> None:
    lines = "".join(f"{name}:{value}\r\n" for name, value in fields)
    same(f"POST /a HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))


@given(
    st.sampled_from(["GET", "POST", "OPTIONS", "CONNECT", "get", "G-T", "AB", "A" * 20, "A" * 21, ""]),
    st.text("/ab?#%;=&:@[]*.\\\t \u00e9", max_size=8).map(lambda text: f"/{text}") | st.text("/*a:.?#[", max_size=8),
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", ""]),
    st.sampled_from(["", "a", "GET /next HTTP/1.1\r\n"]),
)
@example("GET", "/a?b=c%20d", "HTTP/1.1", "")
@example("GET", "//a/b?c", "HTTP/1.1", "")
@example("GET", "/a?b?c#d", "HTTP/1.0", "")
@example("GET", "/a]", "HTTP/1.1", "")
def test_a_request_line_is_read_as_gunicorn_reads_it(method: str, target: str, version: str, rest: str) -> None:
    same(f"{method} {target} {version}\r\nHost: a\r\n\r\n{rest}".encode("latin-1"))


@given(st.sampled_from(["/a", "/a%20b?c=%20", "//a?", "/%e9"]), FIELDS)
@example("/a", [("Accept", "b"), ("X-One", "c"), ("Accept", "d"), ("Content-Type", "e"), ("Content-Length", "0")])
@example("/a", [("Expect", "100-continue")])
def test_the_application_is_told_what_gunicorn_tells(target: str, fields: list[tuple[str, str]]) -> None:
    lines = "".join(f"{name}:{value}\r\n" for name, value in fields)
    try:
        asked = Asked(configuration(), IterUnreader([f"GET {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")]), PEER)
    except ParseException:
        return
    line, told = mock.Mock(), asked.environ(base_environ(configuration()), SERVER)
    _, environ = wsgi.create(asked, line, PEER, SERVER, configuration())
    for name in ("wsgi.early_hints", "gunicorn.socket"):  # which nobody here uses
        del environ[name]

    assert {**environ, "wsgi.multithread": True, "wsgi.errors": told["wsgi.errors"]} == told
    assert line.send.called == asked.waits_to_be_told


@pytest.mark.parametrize("cut", range(44))
def test_a_head_that_comes_in_two_parts_is_read_as_one_that_comes_at_once(cut: int) -> None:
    head = b"\r\nGET /a?b HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\nc"
    parts = [IterUnreader([part for part in (head[:cut], head[cut:]) if part]) for _ in range(2)]
    asked, request = (kind(configuration(), one, PEER) for kind, one in zip((Asked, Request), parts, strict=True))

    assert (request.headers, request.query) == (asked.headers, asked.query)
    assert [b"c", b"c"] == [b"".join(iter(one.read, b"")) for one in parts]


@pytest.mark.parametrize("length", [LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1])
def test_a_request_line_is_as_long_as_the_limit_says(length: int) -> None:
    found = same(b"GET /" + b"a" * (length - len("GET / HTTP/1.1")) + b" HTTP/1.1\r\nHost: a\r\n\r\n")

    assert ("LimitRequestLine" in str(found)) == (length > LINE_BYTES)


@pytest.mark.parametrize("count", [1, HEADERS, HEADERS + 1])
def test_as_many_fields_are_taken_as_the_limit_says(count: int) -> None:
    found = same(b"GET /a HTTP/1.1\r\n" + b"X: a\r\n" * count + b"\r\n")

    assert ("LimitRequestHeaders" in str(found)) == (count > HEADERS)


@pytest.mark.parametrize("length", [LINE_BYTES - 6, LINE_BYTES - 5, LINE_BYTES - 4, LINE_BYTES - 3])
def test_a_field_is_as_long_as_the_limit_says(length: int) -> None:
    found = same(b"GET /a HTTP/1.1\r\nX: " + b"a" * length + b"\r\n\r\n")

    assert ("LimitRequestHeaders" in str(found)) == (length + len(b"X: \r\n") > LINE_BYTES)


def test_what_is_left_of_a_body_is_read_before_the_next_request() -> None:
    first = b"POST /a HTTP/1.1\r\nContent-Length: 7\r\n\r\n1234567"
    parser = Parser(configuration(), [first + first + b"GET /b HTTP/1.1\r\n\r\n"], PEER)

    paths = [next(parser).path]
    request = next(parser)
    paths.append(request.path)
    assert b"1234567" == request.body.read()
    paths.append(next(parser).path)
    assert ["/a", "/a", "/b"] == paths
