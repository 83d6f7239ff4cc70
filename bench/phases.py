"""Where the time of one request goes: the application in this process, its stack looked at every so often."""

from __future__ import annotations

import io
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final, TypeAlias

from bench import echo
from bench.pace import pace
from bench.profiles import plain, profiles
from bench.results import Cell, Part, Table
from bench.scale import Scale
from service.advice.adviser import Adviser
from service.advice.compose import Advice
from service.engine.compiled import CompiledRuleBase
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile
from service.web.app import create_app
from service.web.settings import settings_from

BETWEEN_LOOKS: Final = 0.0005
SECONDS: Final = 3
"""Of CPU for a request taken apart, for each second of load elsewhere: a look every few milliseconds has to add up."""
ADVICE: Final = "advice"
"""Match, explain and encode together: machine code, into which no look sees; a watcher tells them apart."""
PHASES: Final[Mapping[str, str]] = {
    "service.web.strict_json": "decode",
    "service.web.schemas": "decode",
    "service.web.bodies": "decode",
    "service.web.asking": "decode",
    "service.web.queries": "decode",
    "service.web.negotiation": "decode",
    "service.web.mistakes": "decode",
    "marshmallow": "decode",
    "service.engine": ADVICE,
    "service.advice": ADVICE,
    "service.web.dispatching": "Flask",
    "service.web": "answer",
    "service.web.telemetry": "record",
    "flask": "Flask",
    "flask_cors": "Flask",
    "werkzeug": "Flask",
}
"""The phase of a module: that of the longest of these names that begins its own; without one, that of its caller."""
ORDER: Final = ("decode", "match", "explain", "encode", "answer", "record", "Flask")
Application: TypeAlias = Callable[[dict[str, Any], Any], Iterable[bytes]]


def measure(scale: Scale, _work: Path) -> Part:
    """Take full and brief advice apart, and the echo, which is nothing but Flask."""
    adviser = Adviser(load_rule_base(default_rules_directory()))
    given = profiles(adviser.rule_base, scale.profiles)
    bodies = [json.dumps(plain(one)).encode() for one in given]
    service, size = create_app(settings_from({"ADVISER_CACHE_MIB": "0"})).wsgi_app, 0
    rows: list[tuple[Cell, ...]] = []
    for title, query in (("full", ""), ("brief", "detail=brief")):
        size = max(size, _answer(service, "/v1/recommendations", query, bodies[0]))
        within = _within_advice(adviser, given, title, scale.seconds)
        seconds = SECONDS * scale.seconds
        rows.append((title, *_taken_apart(service, "/v1/recommendations", query, bodies, seconds, within)))
    echo.READY["full"] = b"." * size
    rows.append(("echo", *_taken_apart(echo.app.wsgi_app, "/full", "", bodies, SECONDS * scale.seconds, {})))
    note = (
        "Microseconds of CPU of one POST, by phase; gunicorn and the sockets are not in it. The stack is looked at "
        f"every {BETWEEN_LOOKS * 1e3:g} ms of CPU; a phase has the share of the looks that found it at work."
    )
    return Part(
        "phases", "Where the time of one request goes", [Table("Phases", note, ("request", "all", *ORDER), rows)], {}
    )


def _answer(app: Application, path: str, query: str, body: bytes) -> int:
    """Send a POST to the application, and return how many bytes it answered."""
    environment: dict[str, Any] = {
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
    return sum(len(piece) for piece in app(environment, lambda *_: None))


def _taken_apart(
    app: Application,
    path: str,
    query: str,
    bodies: Sequence[bytes],
    seconds: int,
    within_advice: Mapping[str, float],
) -> list[float]:
    """Return microseconds of CPU a request: all of them, then by phase."""
    looks: Counter[str] = Counter()

    def look(_signal: int, frame: FrameType | None) -> None:
        looks[_phase(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, BETWEEN_LOOKS, BETWEEN_LOOKS)
    try:
        each = 1e6 / pace(lambda body: _answer(app, path, query, body), bodies, seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    shares = {phase: looks[phase] / looks.total() for phase in {*ORDER, ADVICE}}
    shares |= {phase: shares[ADVICE] * share for phase, share in within_advice.items()}
    return [each, *(each * shares[phase] for phase in ORDER)]


class _Clock:
    """A watcher that adds up the CPU time of each phase of advice."""

    def __init__(self) -> None:
        self.spent = {"match": 0.0, "explain": 0.0, "encode": 0.0}
        self._since = 0.0

    def start(self) -> None:
        self._since = time.thread_time()

    def matched(self) -> None:
        self._end("match")

    def composed(self, _compiled: CompiledRuleBase, _advice: Advice) -> None:
        self._end("explain")

    def rendered(self) -> None:
        self._end("encode")

    def _end(self, phase: str) -> None:
        now = time.thread_time()
        self.spent[phase] += now - self._since
        self._since = now


def _within_advice(adviser: Adviser, given: Sequence[Profile], detail: str, seconds: int) -> dict[str, float]:
    """Return the shares that matching, explaining and encoding have in making an advice."""
    clock = _Clock()

    def advise(profile: Profile) -> int:
        clock.start()
        return len(adviser.advise(profile, language="nl", detail=detail, watcher=clock))

    pace(advise, given, seconds)
    return {phase: spent / sum(clock.spent.values()) for phase, spent in clock.spent.items()}


def _phase(frame: FrameType | None) -> str:
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        while name:
            if name in PHASES:
                return PHASES[name]
            name = name.rpartition(".")[0]
        frame = frame.f_back
    return "Flask"
