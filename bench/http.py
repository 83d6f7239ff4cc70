"""The service beside a bare Flask echo: the same bodies in, as many bytes out, the same gunicorn, on the same cores."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from bench.load import Load, load, raw, write_requests
from bench.pace import match
from bench.profiles import plain, profiles, query
from bench.results import Cell, Part, Table, shown
from bench.scale import Scale
from bench.servers import SERVICE, Server, as_it_comes, as_served, serving
from service.engine.compiled import compile_rule_base
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Kind, Profile, RuleBase
from service.web.batch import AT_ONCE

ADVICE = "/v1/recommendations"
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
LINES_OF_A_BATCH = 200
KEPT = 100
"""Queries that are asked again and again: their answers fit in what a worker keeps."""
TRIED = 20
"""Requests of each case that are answered before it is measured; they must succeed, and tell how long an answer is."""
COLUMNS = (
    "request", "connections", "a second", "echo, a second", "of the echo", "of the echo as it comes", "p50, ms",
    "p99, ms", "p99 of the echo’s", "CPU, ms", "CPU of the echo’s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of request to the service, and how the ``echo`` is asked the same; ``kept`` ones may be cached.

    ``most`` connections are enough: to a slow answer, more of them only wait.
    """

    title: str
    requests: Sequence[bytes]
    echo: str
    kept: bool = False
    most: int = 1024


def measure(scale: Scale, work: Path) -> Part:
    """Compare the service with the echo; all servers run, only one at a time is under load."""
    rule_base = load_rule_base(default_rules_directory())
    given = profiles(rule_base, scale.profiles)
    with ExitStack() as open_:
        fresh = open_.enter_context(
            serving("service", SERVICE, work / "fresh.log", settings={"ADVISER_CACHE_MIB": "0"})
        )
        kept = open_.enter_context(serving("service, keeping", SERVICE, work / "kept.log"))
        cases = _cases(given, list(rule_base.catalogue[Kind.FORMS]), kept)
        sizes = {_name(index): _size(kept if one.kept else fresh, one) for index, one in enumerate(cases)}
        settings = {"ECHO_SIZES": json.dumps(sizes)}
        echo = open_.enter_context(
            serving("echo", as_served("bench.echo:app"), work / "echo.log", ready="/-", settings=settings)
        )
        usual = open_.enter_context(
            serving("echo as it comes", as_it_comes("bench.echo:app"), work / "usual.log", "/-", settings)
        )
        rows = _rows(cases, fresh, kept, (echo, usual), scale, work)
    note = (
        "Rates are requests a second that two workers answered; the echo decodes the same body and returns as many "
        "bytes. It is served as the service is, and once more as it comes: by gunicorn's own worker with threads. "
        "CPU is that of the workers, a request. The cache is off, except for what is said to be cached."
    )
    said = {_name(index): case.title for index, case in enumerate(cases)}
    lengths = Table(
        "Bytes",
        "Of the body of an answer, on average.",
        ("request", "bytes"),
        [(said[name], size) for name, size in sizes.items()],
    )
    return Part(
        "http",
        "Requests, beside a bare Flask echo",
        [Table("Load", note, COLUMNS, rows), _batch_table(rule_base, given, rows), lengths],
        {},
    )


def _cases(given: Sequence[Profile], forms: Sequence[str], kept: Server) -> list[Case]:
    chance = random.Random(9)
    bodies = [json.dumps(plain(one)).encode() for one in given]
    asked = [json.dumps({"profile": plain(one), "form": chance.choice(forms)}).encode() for one in given]
    about = [json.dumps({"profile": plain(one)}).encode() for one in given]
    batches = [b"\n".join(about[at : at + LINES_OF_A_BATCH]) for at in range(0, len(about), LINES_OF_A_BATCH)]
    addresses = [f"{ADVICE}?{query(one)}" for one in given]
    again = addresses[:KEPT]
    tags = [_tag(kept, address) for address in again]
    posted = [raw("POST", ADVICE, JSON, body) for body in bodies]
    return [
        Case("POST, full", posted, "POST /"),
        Case("POST, brief", [raw("POST", f"{ADVICE}?detail=brief", JSON, body) for body in bodies], "POST /"),
        Case("GET, fresh", [raw("GET", address, {}) for address in addresses], "GET /"),
        Case("GET, cached", [raw("GET", address, {}) for address in again], "GET /", kept=True),
        Case(
            "GET, 304",
            [raw("GET", address, {"If-None-Match": tag}) for address, tag in zip(again, tags, strict=True)],
            "GET /",
            kept=True,
        ),
        Case("_explain", [raw("POST", f"{ADVICE}/_explain", JSON, body) for body in asked], "POST /", most=8),
        Case("_interview", [raw("POST", f"{ADVICE}/_interview", JSON, body) for body in about], "POST /", most=8),
        Case(
            f"_batch of {LINES_OF_A_BATCH}",
            [raw("POST", f"{ADVICE}/_batch", LINES, body) for body in batches],
            "POST /lines/",
            most=AT_ONCE - 1,
        ),
    ]


def _name(index: int) -> str:
    return f"answer-{index}"


def _echoed(case: Case, name: str) -> list[bytes]:
    """Return the same requests for the echo: another path, the same query, headers and body."""
    echoed = []
    for one in case.requests:
        start, _, rest = one.partition(b"\r\n")
        asked = start.split(b" ")[1].partition(b"?")[2]
        echoed.append(b"%s%s?%s HTTP/1.1\r\n%s" % (case.echo.encode(), name.encode(), asked, rest))
    return echoed


def _tag(server: Server, address: str) -> str:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request("GET", address)
    answer = line.getresponse()
    answer.read()
    line.close()
    return str(answer.headers["ETag"])


def _size(server: Server, case: Case) -> int:
    """Return the mean bytes of an answer; ends the run when one is refused."""
    sizes = []
    for one in case.requests[:TRIED]:
        head, _, body = one.partition(b"\r\n\r\n")
        start, *fields = head.decode("ascii").split("\r\n")
        method, path, _ = start.split(" ")
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        line.request(method, path, body or None, dict(field.split(": ", 1) for field in fields))
        answer = line.getresponse()
        said = answer.read()
        line.close()
        if answer.status not in (200, 304) or b'"problem"' in said:
            sys.exit(f"{case.title} was refused: {answer.status} {said[:500]!r}")
        sizes.append(len(said))
    return round(statistics.mean(sizes))


def _rows(
    cases: Sequence[Case], fresh: Server, kept: Server, echoes: tuple[Server, Server], scale: Scale, work: Path
) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for index, case in enumerate(cases):
        server = kept if case.kept else fresh
        ours = write_requests(work / f"service-{index}.requests", case.requests)
        theirs = write_requests(work / f"echo-{index}.requests", _echoed(case, _name(index)))
        load(server, ours, min(8, case.most), 1)  # what is kept gets kept, what is made once is made
        for connections in sorted({min(one, case.most) for one in scale.connections}):
            asked = [(echo, theirs) for echo in echoes] + [(server, ours)]
            rounds = [
                [load(one, requests, connections, scale.seconds) for one, requests in asked]
                for _ in range(scale.rounds)
            ]
            rows.append((case.title, connections, *_compared(rounds)))
            click.echo("  ".join(map(shown, rows[-1])))
    return rows


def _compared(rounds: Sequence[Sequence[Load]]) -> tuple[float, ...]:
    """Return medians over the rounds; a ratio is that of one round."""
    each = [
        (
            ours.rate,
            echo.rate,
            ours.rate / echo.rate,
            ours.rate / usual.rate,
            ours.p50,
            ours.p99,
            ours.p99 / echo.p99,
            ours.cpu * 1e3,
            ours.cpu / echo.cpu,
        )
        for echo, usual, ours in rounds
    ]
    return tuple(statistics.median(column) for column in zip(*each, strict=True))


def _batch_table(rule_base: RuleBase, given: Sequence[Profile], rows: Sequence[tuple[Cell, ...]]) -> Table:
    """Set the advices of a batch beside the bare matcher, each on a core of its own."""
    compiled = compile_rule_base(rule_base)
    matched = match(compiled, [evaluate(compiled, one) for one in given[:1000]], 1)
    cpu = next(row[-2] for row in rows if str(row[0]).startswith("_batch"))
    advised = LINES_OF_A_BATCH * 1e3 / float(cpu or 0)
    return Table(
        "Batches, beside the bare matcher",
        "Brief advices of a batch, and profiles matched in this process, a second of CPU.",
        ("advices", "matched", "of the matcher"),
        [(advised, matched, advised / matched)],
    )
