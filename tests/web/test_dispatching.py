"""The short way from a request to its answer gives what Flask's own way gives."""

import io
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any
from unittest import mock

import pytest
from flask import Blueprint, Flask, Response, current_app, g, request, session

from service.web import current
from service.web.app import create_app
from service.web.dispatching import Service
from service.web.settings import settings_from

ADDRESS = "/v1/recommendations"
ASKED = "goals=talent&stakes=4"
FLASKS_OWN = {"HTTP_UPGRADE": "h2c"}
"""What is asked with this goes Flask's own way."""
HOSTS = [
    None,
    "",
    "localhost",
    "localhost:8000",
    "[::1]:80",
    "advies.example.org",
    "a..b",
    "a" * 64,
    "a:0",
    "a:99999",
    "a b",
    "é",
    "_",
]


def answered(app: Flask, method: str, address: str, body: bytes = b"", **more: str) -> tuple[Any, ...]:
    """Give what is answered, without what differs each time."""
    path, _, query = address.partition("?")
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **more,
    }
    said: list[Any] = []
    content = b"".join(app.wsgi_app(environ, lambda *begun: said.extend(begun)))
    request_id = next(value for name, value in said[1] if name == "X-Request-Id")
    return said[0], [pair for pair in said[1] if pair[1] != request_id], content.replace(request_id.encode(), b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "get", "MADE-UP"])
@pytest.mark.parametrize(
    "address",
    [
        ADDRESS,
        f"{ADDRESS}?{ASKED}",
        f"{ADDRESS}?language=xx",
        "/v1/facts",
        "/v1/facts/stakes",
        "/health/live",
        "/health/",
        "/",
        "",
        "//v1/facts",
        "/nowhere",
        "/v1/f%61cts",
        "/problems",
        "/reference",
    ],
)
@pytest.mark.parametrize("body", [b"", b'{"goals": ["talent"]}', b'{"goals": 1}'])
def test_the_short_way_answers_as_flask_does(app: Flask, method: str, address: str, body: bytes) -> None:
    assert answered(app, method, address, body, **FLASKS_OWN) == answered(app, method, address, body)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_judged_as_flask_does(app: Flask, host: str | None) -> None:
    sent = {} if host is None else {"HTTP_HOST": host}

    assert answered(app, "GET", "/v1/facts", **FLASKS_OWN, **sent) == answered(app, "GET", "/v1/facts", **sent)


@pytest.mark.parametrize("origin", ["https://here.example.org", "https://there.example.org"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_origins_and_keys_are_judged_as_flask_does(origin: str, method: str) -> None:
    app = create_app(settings_from({"ADVISER_ALLOWED_ORIGINS": "https://here.example.org"}))
    for address in (f"{ADDRESS}?{ASKED}", ADDRESS, "/health/live"):
        sent = {"HTTP_ORIGIN": origin, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "GET"}
        assert answered(app, method, address, **FLASKS_OWN, **sent) == answered(app, method, address, **sent)


def test_what_is_asked_most_goes_the_short_way(app: Flask) -> None:
    with mock.patch.object(Flask, "wsgi_app", side_effect=AssertionError):
        for host in ("localhost", "127.0.0.1:8000", "advies.example.org"):
            assert "200 OK" == answered(app, "GET", f"{ADDRESS}?{ASKED}", HTTP_HOST=host)[0]
            assert "200 OK" == answered(app, "POST", ADDRESS, b'{"goals": []}', HTTP_HOST=host)[0]
            assert "400 BAD REQUEST" == answered(app, "POST", ADDRESS, b"{}", HTTP_HOST=host)[0]


def service_of_one(seen: list[str]) -> Service:
    """Give a service with one address, which notes what happens on the way."""
    made, part = Service("one"), Blueprint("part", __name__)
    made.config["PROPAGATE_EXCEPTIONS"] = False

    @part.get("/here")
    def view() -> str:
        seen.append("view")
        return "said"

    @part.get("/nobody")
    def nobody() -> str:
        return str(session["who"])

    def noting(what: str) -> Any:
        return lambda *given: seen.append(what) or (given[0] if given else None)

    made.before_request(noting("before all"))
    made.after_request(noting("after all"))
    part.before_request(noting("before part"))
    part.after_request(noting("after part"))
    made.register_blueprint(part)
    return made


def test_what_comes_before_and_after_is_done_in_flasks_order() -> None:
    for sent in ({}, FLASKS_OWN):
        seen: list[str] = []
        answer = service_of_one(seen).test_client().get("/here", environ_overrides=sent)

        assert "said" == answer.text
        assert ["before all", "before part", "view", "after part", "after all"] == seen


def test_what_answers_before_the_view_answers_in_its_place() -> None:
    seen: list[str] = []
    made = service_of_one(seen)
    made.before_request(lambda: Response("stopped", 418))

    assert "stopped" == made.test_client().get("/here").text
    assert "view" not in seen


def test_a_fault_after_the_view_is_a_fault() -> None:
    for sent in ({}, FLASKS_OWN):
        made = service_of_one([])
        made.after_request(lambda response: (response.status_code == 500 and response) or 1 / 0)

        assert 500 == made.test_client().get("/here", environ_overrides=sent).status_code


def test_there_is_no_session() -> None:
    assert 500 == service_of_one([]).test_client().get("/nobody").status_code


def test_a_service_that_tears_down_goes_flasks_own_way() -> None:
    seen: list[str] = []
    made = service_of_one(seen)
    made.teardown_request(lambda _error: seen.append("torn down"))
    made.test_client().get("/here")

    assert "torn down" == seen[-1]


def test_between_two_requests_there_is_none(app: Flask) -> None:
    answered(app, "GET", "/v1/facts")

    assert not request
    assert not g
    assert not current_app
    with pytest.raises(RuntimeError):
        _ = request.path


def test_what_is_kept_while_a_request_is_answered_is_gone_with_it() -> None:
    made = service_of_one([])
    kept = []
    made.before_request(lambda: kept.append(g.pop("kept", None)))
    made.after_request(lambda response: setattr(g, "kept", request.path) or response)
    for _ in range(2):
        made.test_client().get("/here")

    assert [None, None] == kept


def test_a_request_within_a_request_has_its_own(app: Flask) -> None:
    made, seen = service_of_one([]), []

    def ask_another() -> None:
        seen.append(answered(app, "GET", "/v1/facts/stakes")[0])
        seen.append(answered(app, "POST", ADDRESS, b'{"goals": []}')[0])
        seen.append(request.path)

    made.before_request(ask_another)
    made.test_client().get("/here")

    assert ["200 OK", "200 OK", "/here"] == seen


def test_a_thread_does_not_take_the_context_of_another(app: Flask) -> None:
    answered(app, "GET", "/v1/facts")
    assert current.free() is not None

    with ThreadPoolExecutor(1) as other:
        assert other.submit(copy_context().run, current.free).result() is None


def test_what_a_request_does_not_have_is_missing(app: Flask) -> None:
    with app.test_request_context() as context:
        assert not hasattr(context.request, "nothing")
