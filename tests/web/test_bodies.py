"""A body is read whole, however it comes."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

BODY = b'{"goals": ["talent"], "stakes": 4}'


class Dribbling(io.BytesIO):
    """A stream that gives three bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3 if size is None or size < 0 else min(size, 3))


class Failing(io.BytesIO):
    """A stream that breaks off with an error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, _size: int | None = -1) -> bytes:
        raise self.error


@pytest.fixture
def status_of(app: Flask) -> Callable[..., str]:
    """Give how a POST is answered whose body comes from a stream."""

    def asked(stream: io.BytesIO, length: str | None = str(len(BODY)), **more: Any) -> str:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v1/recommendations",
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": stream,
            **({} if length is None else {"CONTENT_LENGTH": length}),
            **more,
        }
        said: list[Any] = []
        b"".join(app.wsgi_app(environ, lambda *begun: said.extend(begun)))
        return str(said[0][:3])

    return asked


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_a_body_that_comes_in_parts_is_read_whole(status_of: Callable[..., str], terminated: dict[str, bool]) -> None:
    assert "200" == status_of(io.BytesIO(BODY), **terminated)
    assert "200" == status_of(Dribbling(BODY), **terminated)


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_no_more_is_read_than_the_length_says(status_of: Callable[..., str], terminated: dict[str, bool]) -> None:
    stream = io.BytesIO(BODY + b"GET / HTTP/1.1")

    assert "200" == status_of(stream, **terminated)
    assert b"GET / HTTP/1.1" == stream.read()


@pytest.mark.parametrize("terminated", [{}, {"wsgi.input_terminated": True}])
def test_a_body_that_breaks_off_is_a_problem(status_of: Callable[..., str], terminated: dict[str, bool]) -> None:
    assert "400" == status_of(io.BytesIO(BODY[:9]), **terminated)
    assert "400" == status_of(io.BytesIO(), **terminated)
    for error in (OSError(), ValueError()):
        assert "400" == status_of(Failing(error), **terminated)


def test_a_length_that_is_none_is_left_to_werkzeug(status_of: Callable[..., str]) -> None:
    whole = {"wsgi.input_terminated": True}

    assert "400" == status_of(io.BytesIO(BODY), None)
    assert "200" == status_of(io.BytesIO(BODY), None, **whole)
    assert "200" == status_of(io.BytesIO(BODY), "5", HTTP_TRANSFER_ENCODING="chunked", **whole)
    assert "413" == status_of(io.BytesIO(BODY), str(2**20 + 2))
    assert "413" == status_of(io.BytesIO(b" " * (2**20 + 1)), str(2**20 + 1))
    for length in ("", "-1", "1e1", "\u0663", "+34", "9" * 30):
        assert "500" != status_of(io.BytesIO(BODY), length)
