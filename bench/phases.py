"""Where the time of one request goes: the application in this process, as it notes the course of each advice."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from bench import echo
from bench.pace import pace
from bench.profiles import plain, profiles
from bench.results import Cell, Part, Table
from bench.scale import Scale
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.web.app import create_app
from service.web.current import EXCHANGE
from service.web.settings import settings_from

SECONDS: Final = 3
"""Of CPU for a request taken apart, for each second of load elsewhere."""
ORDER: Final = ("dispatch", "decode", "match", "explain", "encode", "answer")
Application: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]


def measure(scale: Scale, _work: Path) -> Part:
    """Take full and brief advice apart, and the echo, which is nothing but Flask."""
    given = profiles(load_rule_base(default_rules_directory()), scale.profiles)
    bodies = [json.dumps(plain(one)).encode() for one in given]
    service, size = create_app(settings_from({"ADVISER_CACHE_MIB": "0"})).wsgi_app, 0
    rows: list[tuple[Cell, ...]] = []
    for title, query in (("full", ""), ("brief", "detail=brief")):
        size = max(size, _answer(service, "/v1/recommendations", query, bodies[0]))
        rows.append((title, *_taken_apart(service, query, bodies, SECONDS * scale.seconds)))
    echo.READY["full"] = b"." * size
    whole = 1e6 / pace(lambda body: _answer(echo.app.wsgi_app, "/full", "", body), bodies, SECONDS * scale.seconds)
    rows.append(("echo", whole, *(None for _ in ORDER)))
    note = (
        "Microseconds of CPU of one POST, by phase; gunicorn and the sockets are not in it. A phase has the share that "
        "it has of the time, as the service itself notes it."
    )
    return Part(
        "phases", "Where the time of one request goes", [Table("Phases", note, ("request", "all", *ORDER), rows)], {}
    )


def _answer(app: Application, path: str, query: str, body: bytes) -> int:
    """Send a POST to the application, and return how many bytes it answered."""
    return sum(len(piece) for piece in app(_environment(path, query, body), lambda *_: None))


def _environment(path: str, query: str, body: bytes) -> dict[str, Any]:
    """Return what a server says of a POST."""
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _taken_apart(app: Application, query: str, bodies: Sequence[bytes], seconds: int) -> list[float]:
    """Return microseconds of CPU of a request for advice: all of them, then by phase."""
    spent = dict.fromkeys(ORDER, 0)

    def ask(body: bytes) -> None:
        environ = _environment("/v1/recommendations", query, body)
        before = time.perf_counter_ns()
        app(environ, lambda *_: None)
        ended = time.perf_counter_ns()
        course = environ[EXCHANGE].course
        for phase, end in (("dispatch", course.began), *course.phases, ("answer", ended)):
            spent[phase] += end - before
            before = end

    each = 1e6 / pace(ask, bodies, seconds)
    return [each, *(each * spent[phase] / sum(spent.values()) for phase in ORDER)]
