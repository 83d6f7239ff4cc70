"""How long one answer of each slow operation takes: asked one after another, of a service with one worker.

What a person waits for, on a service that does nothing else: the median, the time that 95 of 100 answers stay
within, and the slowest.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.profiles import plain, profiles
from bench.results import Cell, Part, Table
from bench.scale import Scale
from bench.servers import SERVICE, serving
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Kind, RuleBase

ADVICE: Final = "/v1/recommendations"
JSON: Final = {"Content-Type": "application/json"}
ALL: Final = 1000
"""More facts than there are."""
KNOWN: Final = {"all facts": ALL, "20 facts": 20, "5 facts": 5, "goals only": 1}
REQUESTS_OF_PROFILES: Final = 20
"""One request of each kind for so many profiles of the scale."""
VARIANTS: Final = 4
TITLE: Final = "Answers one by one"
COLUMNS: Final = ("request", "profile", "p50, ms", "p95, ms", "slowest, ms", "CPU, ms")


def measure(scale: Scale, work: Path) -> Part:
    """Ask for explanations, next questions and comparisons, about profiles of which much and little is known."""
    rule_base = load_rule_base(default_rules_directory())
    count = scale.profiles // REQUESTS_OF_PROFILES
    rows: list[tuple[Cell, ...]] = []
    with serving(
        "service", SERVICE, work / "answers.log", settings={"WORKERS": "1", "ADVISER_CACHE_MIB": "0"}
    ) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for known, facts in KNOWN.items():
            for operation, bodies in _bodies(rule_base, count, facts).items():
                before = server.cpu_seconds()
                times = list(_times(connection, operation, bodies))
                rows.append((operation, known, *_spread(times), (server.cpu_seconds() - before) / len(times) * 1e3))
        connection.close()
    note = (
        f"Milliseconds from request to answer, one at a time, one worker, {count} profiles of each kind; CPU is "
        "that of the worker, on average."
    )
    return Part("answers", "How long an answer takes", [Table(TITLE, note, COLUMNS, rows)], {})


def _bodies(rule_base: RuleBase, count: int, facts: int) -> Mapping[str, Sequence[bytes]]:
    chance = random.Random(facts)
    given = [plain(one) for one in profiles(rule_base, count, facts, seed=facts)]
    forms, risks = (list(rule_base.catalogue[kind]) for kind in (Kind.FORMS, Kind.RISKS))
    others = [plain(one) for one in profiles(rule_base, count, ALL, seed=facts + 1)]
    asked: Mapping[str, list[dict[str, object]]] = {
        "_explain": [{"profile": one, "form": chance.choice(forms)} for one in given],
        "_explain, withoutRisk": [
            {"profile": one, "form": chance.choice(forms), "aim": {"withoutRisk": chance.choice(risks)}}
            for one in given
        ],
        "_interview": [{"profile": one} for one in given],
        f"_compare of {VARIANTS}": [
            {"profile": one, "variants": [_variant(other, name) for name in chance.sample(list(other), VARIANTS)]}
            for one, other in zip(given, others, strict=True)
        ],
    }
    return {operation: [json.dumps(body).encode() for body in bodies] for operation, bodies in asked.items()}


def _variant(other: Mapping[str, object], name: str) -> dict[str, object]:
    return {"name": name, "changes": {name: other[name]}}


def _times(connection: http.client.HTTPConnection, operation: str, bodies: Sequence[bytes]) -> Iterator[float]:
    """Yield the milliseconds of each answer; a refused request ends the run."""
    address = f"{ADVICE}/{operation.partition(',')[0].partition(' ')[0]}"
    for body in bodies:
        started = time.perf_counter()
        connection.request("POST", address, body, JSON)
        answer = connection.getresponse()
        said = answer.read()
        yield (time.perf_counter() - started) * 1e3
        if answer.status != http.client.OK:
            sys.exit(f"{operation} was refused: {said.decode()}")


def _spread(times: Sequence[float]) -> tuple[float, float, float]:
    in_order = sorted(times)
    return in_order[len(in_order) // 2], in_order[len(in_order) * 95 // 100], in_order[-1]
