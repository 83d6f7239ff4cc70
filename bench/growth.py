"""How time and memory grow: with the rules, the facts of a profile, the lines of a batch, and the workers."""

from __future__ import annotations

import http.client
import json
import math
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from bench.larger import write_larger
from bench.load import load, raw, write_requests
from bench.pace import match, pace
from bench.picture import Line, draw
from bench.profiles import FACTS, plain, profiles
from bench.results import Cell, Part, Table, shown
from bench.scale import Scale
from bench.servers import SERVICE, WORKERS, serving
from service.advice.adviser import Adviser
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile

PROFILES = 100
"""Profiles on which an advice is timed; with thousands of rules each takes its time."""
CONNECTIONS = 8
JSON = {"Content-Type": "application/json"}
NDJSON = {"Content-Type": "application/x-ndjson"}
STEPS = ("match, µs", "brief advice, µs", "full advice, µs")


def measure(scale: Scale, work: Path) -> Part:
    """Measure all four, and draw the first."""
    adviser = Adviser(load_rule_base(default_rules_directory()))
    by_rules = _by_rules(adviser, scale, work)
    tables = [by_rules, _by_facts(adviser, scale), _by_lines(adviser, scale, work), _by_workers(adviser, scale, work)]
    return Part("growth", "Growth", tables, {}, {"growth.svg": _picture(by_rules)})


def _by_rules(real: Adviser, scale: Scale, work: Path) -> Table:
    rows: list[tuple[Cell, ...]] = []
    given = profiles(real.rule_base, PROFILES)
    for count in (len(real.rule_base.rules), *scale.rules):
        directory = write_larger(default_rules_directory(), count, work / f"rules-{count}")
        adviser = Adviser(load_rule_base(directory))
        fired = statistics.mean(len(evaluate(adviser.compiled, one).fired) for one in given)
        times = _times(adviser, given, scale)
        settings = {"ADVISER_RULES": str(directory), "ADVISER_CACHE_MIB": "0"}
        requests = write_requests(work / "posts", _posts(given))
        with serving("service", SERVICE, work / "service.log", settings=settings) as server:
            load(server, requests, CONNECTIONS, 1)  # memory is that of workers that have answered
            rows.append((count, fired, *times, server.seconds_to_start, server.memory(), server.memory() / WORKERS))
        click.echo("  ".join(map(shown, rows[-1])))
    rows.append(("grows as rules to the power of", *(slope(rows, column) for column in range(1, 8))))
    note = (
        "The real rules, and others in their style added. An advice is on a profile of "
        f"{FACTS} facts, in one process; start and memory are those of a server with {WORKERS} workers that have "
        "answered, pages that processes share counted once. At a power of 1 something grows as fast as the rules."
    )
    columns = ("rules", "fire", *STEPS, "start, s", "memory, MiB", "a worker, MiB")
    return Table("With the rules", note, columns, rows)


def slope(rows: Sequence[tuple[Cell, ...]], column: int) -> float:
    """Return the power of the first column that another grows with, from the first row to the last."""
    (least, *_), (most, *_) = rows[0], rows[-1]
    start, end = float(rows[0][column] or 0), float(rows[-1][column] or 0)
    return math.log(end / start) / math.log(float(most or 0) / float(least or 0))


def _times(adviser: Adviser, given: Sequence[Profile], scale: Scale) -> tuple[float, float, float]:
    """Return the microseconds of CPU of a match, a brief and a full advice."""
    evaluations = [evaluate(adviser.compiled, one) for one in given]

    def brief(one: Profile) -> bytes:
        return adviser.advise(one, language="nl", detail="brief")

    def full(one: Profile) -> bytes:
        return adviser.advise(one, language="nl")

    for one in given:
        full(one)  # what is kept of the words is kept
    return (
        1e6 / match(adviser.compiled, evaluations, scale.seconds),
        1e6 / pace(brief, given, scale.seconds),
        1e6 / pace(full, given, scale.seconds),
    )


def _by_facts(adviser: Adviser, scale: Scale) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for facts in scale.facts:
        given = profiles(adviser.rule_base, PROFILES, facts)
        fired = statistics.mean(len(evaluate(adviser.compiled, one).fired) for one in given)
        rows.append((facts, fired, *_times(adviser, given, scale)))
        click.echo("  ".join(map(shown, rows[-1])))
    return Table(
        "With the facts of a profile", "The real rules, in one process.", ("facts", "rules that fire", *STEPS), rows
    )


def _by_lines(adviser: Adviser, scale: Scale, work: Path) -> Table:
    rows: list[tuple[Cell, ...]] = []
    lines = [json.dumps({"profile": plain(one)}).encode() for one in profiles(adviser.rule_base, max(scale.lines))]
    settings = {"ADVISER_CACHE_MIB": "0"}
    with (
        serving("service", SERVICE, work / "service.log", settings=settings) as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line,
    ):
        for count in scale.lines:
            batches = [b"\n".join(lines[at : at + count]) for at in range(0, len(lines), count)]
            spent, started = server.cpu_seconds(), time.monotonic()
            for batch in batches:
                line.request("POST", "/v1/recommendations/_batch", batch, NDJSON)
                line.getresponse().read()
            seconds, cpu = time.monotonic() - started, server.cpu_seconds() - spent
            rows.append((count, len(lines) / seconds, cpu / len(lines) * 1e6))
            click.echo("  ".join(map(shown, rows[-1])))
    columns = ("lines of a batch", "advices a second", "CPU an advice, µs")
    return Table(
        "With the lines of a batch",
        "The same profiles in batches, one at a time, so one worker is at work. Brief advice.",
        columns,
        rows,
    )


def _by_workers(adviser: Adviser, scale: Scale, work: Path) -> Table:
    rows: list[tuple[Cell, ...]] = []
    requests = write_requests(work / "posts", _posts(profiles(adviser.rule_base, scale.profiles)))
    for workers in (1, WORKERS):
        settings = {"ADVISER_CACHE_MIB": "0", "WORKERS": str(workers)}
        with serving("service", SERVICE, work / "service.log", settings=settings) as server:
            load(server, requests, CONNECTIONS, 1)
            done = load(server, requests, CONNECTIONS, scale.seconds)
            first = rows[0][1] if rows else done.rate
            rows.append((workers, done.rate, done.rate / float(first or 0), done.p99, server.memory()))
        click.echo("  ".join(map(shown, rows[-1])))
    note = f"Full advice by POST on {CONNECTIONS} connections, cache off. wrk takes its share of the same cores."
    columns = ("workers", "a second", "of one worker", "p99, ms", "memory, MiB")
    return Table("With the workers", note, columns, rows)


def _posts(given: Sequence[Profile]) -> list[bytes]:
    return [raw("POST", "/v1/recommendations", JSON, json.dumps(plain(one)).encode()) for one in given]


def _picture(by_rules: Table) -> str:
    rows = [row for row in by_rules.rows if isinstance(row[0], int)]
    lines = [
        Line(name.removesuffix(", µs"), [(float(row[0] or 0), float(row[2 + index] or 0)) for row in rows])
        for index, name in enumerate(STEPS)
    ]
    return draw(
        "Time of an advice by the number of rules",
        "Both axes are logarithmic. The dashed lines grow as fast as the rules.",
        ("rules", "microseconds"),
        lines,
    )
