"""The service beside its peers: the same rules on the same facts; each peer is checked before it is timed."""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import click

from bench.load import Load, load, raw, write_requests
from bench.peers import installed
from bench.peers.json_rules_engine import translated
from bench.peers.normal import known, rules_of
from bench.profiles import plain, profiles
from bench.results import Cell, Part, Table, shown
from bench.scale import Scale
from bench.servers import SERVICE, WORKERS, Server, as_served, serving
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile

JSON = {"Content-Type": "application/json"}
CHECKED = 500
"""Profiles on which a peer must fire the same rules."""
CONNECTIONS = 8
WARM_SECONDS = 2
"""Of load before a peer is measured: Node compiles what is asked for often, in each process."""
FASTIFY = "json-rules-engine (Fastify)"
OPENFISCA = "OpenFisca’s web API"
COLUMNS = ("peer", "a second", "p50, ms", "p99, ms", "CPU, ms", "full advice, to it", "brief advice, to it")


@dataclass(frozen=True, slots=True)
class Question:
    """A profile as the peers are asked about it, and the rules that fire on it."""

    body: bytes
    fires: frozenset[str]


def measure(scale: Scale, work: Path) -> Part:
    """Start every peer beside the service, check it, and compare."""
    if not installed.installed():
        sys.exit("The peers are not installed; `make bench PARTS=peers` does that.")
    compiled = compile_rule_base(load_rule_base(default_rules_directory()))
    given = profiles(compiled.rule_base, scale.profiles)
    asked = questions(compiled, given)
    bodies = [json.dumps(plain(one)).encode() for one in given]
    full = write_requests(work / "full.requests", (raw("POST", "/v1/recommendations", JSON, one) for one in bodies))
    brief = write_requests(
        work / "brief.requests", (raw("POST", "/v1/recommendations?detail=brief", JSON, one) for one in bodies)
    )
    facts = write_requests(work / "facts.requests", (raw("POST", "/", JSON, one.body) for one in asked))
    situations = write_requests(work / "situations.requests", _situations())
    rows: list[tuple[Cell, ...]] = []
    with serving("service", SERVICE, work / "service.log", settings={"ADVISER_CACHE_MIB": "0"}) as service:
        for name, command, settings, requests in _peers(compiled, facts, situations, work):
            with serving(name, command, work / "peer.log", ready="/", settings=settings) as peer:
                if requests is facts:
                    check(peer, asked[:CHECKED])
                load(peer, requests, CONNECTIONS, WARM_SECONDS)
                loads = [
                    [
                        load(server, sent, CONNECTIONS, scale.seconds)
                        for server, sent in ((service, full), (peer, requests), (service, brief))
                    ]
                    for _ in range(scale.rounds)
                ]
            rows.append((name, *_compared(loads)))
            click.echo("  ".join(map(shown, rows[-1])))
    note = (
        f"Requests a second with {WORKERS} processes each and {CONNECTIONS} connections, and how many times as many "
        "the service answered. The service validates a profile, derives facts, explains and finds words in one answer; "
        "the engines are given all facts, the derived ones too, and answer with the ids of the rules that fire. Each "
        f"fired the same rules as the service on {CHECKED} profiles. OpenFisca’s web API calculates taxes and benefits "
        "of a couple by the rules of its own template of a country."
    )
    return Part("peers", "Requests, beside peers", [Table("Peers", note, COLUMNS, rows)], versions())


def questions(compiled: CompiledRuleBase, given: Sequence[Profile]) -> list[Question]:
    """Turn profiles into what peers are asked, with what they must answer."""
    rule_base = compiled.rule_base
    evaluations = [evaluate(compiled, one) for one in given]
    return [
        Question(
            json.dumps(known(one, rule_base.facts)).encode(),
            frozenset(rule_base.rules[index].id for index in one.fired),
        )
        for one in evaluations
    ]


def check(peer: Server, asked: Sequence[Question]) -> None:
    """End the run when the peer fires other rules than the service on one of the profiles."""
    line = http.client.HTTPConnection("127.0.0.1", peer.port, timeout=60)
    for one in asked:
        line.request("POST", "/", one.body, JSON)
        answer = json.loads(line.getresponse().read())
        if len(answer) != len(one.fires) or set(answer) != one.fires:
            sys.exit(f"{peer.name} fires other rules: {sorted(one.fires ^ set(answer))}\non {one.body.decode()}")
    line.close()


def write_rules_for_node(compiled: CompiledRuleBase, work: Path) -> Path:
    """Write the rules as json-rules-engine reads them."""
    path = work / "rules.json"
    path.write_text(json.dumps(translated(rules_of(compiled.rule_base))))
    return path


def _peers(
    compiled: CompiledRuleBase, facts: Path, situations: Path, work: Path
) -> Iterator[tuple[str, list[str], dict[str, str], Path]]:
    """Yield each peer: its name, command and settings, and the requests it is sent."""
    yield OPENFISCA, _openfisca(), {}, situations
    rules = str(write_rules_for_node(compiled, work))
    yield FASTIFY, ["node", str(installed.NODE_SCRIPT), rules, "serve", "{port}", str(WORKERS)], {}, facts
    for name in installed.ENGINES:
        yield f"{name} (Flask)", as_served("bench.peers.app:app"), {"PEER": name}, facts


def _openfisca() -> list[str]:
    """Return the command of OpenFisca's server, with workers, threads and patience like those of the service."""
    options = {
        "--country-package": "openfisca_country_template",
        "--bind": "127.0.0.1:{port}",
        "--workers": str(WORKERS),
        "--worker-class": "gthread",
        "--threads": "4",
        "--keep-alive": "15",
        "--timeout": "60",
    }
    program = installed.OPENFISCA.with_name("openfisca")
    return [str(program), "serve", "--preload", *(part for pair in options.items() for part in pair)]


def _situations() -> Iterator[bytes]:
    """Yield the requests of OpenFisca's own example of a couple, each with other salaries."""
    for salary in range(1000, 5000):
        persons = {
            name: {"birth": {"ETERNITY": birth}, "salary": {"2017-01": earned}}
            for name, birth, earned in (("Alicia", "1980-01-01", salary), ("Javier", "1984-01-01", 6000 - salary))
        }
        wanted = {name: {"2017-01": None} for name in ("disposable_income", "total_benefits", "total_taxes")}
        body = {"persons": persons, "households": {"_": {"adults": list(persons), **wanted}}}
        yield raw("POST", "/calculate", JSON, json.dumps(body).encode())


def _compared(rounds: Sequence[Sequence[Load]]) -> tuple[float, ...]:
    """Return medians over the rounds; a ratio is that of a round's own."""
    each = [
        (peer.rate, peer.p50, peer.p99, peer.cpu * 1e3, full.rate / peer.rate, brief.rate / peer.rate)
        for full, peer, brief in rounds
    ]
    return tuple(statistics.median(column) for column in zip(*each, strict=True))


def versions() -> dict[str, str]:
    """Tell the versions of the peers."""
    found = {
        one.name: one.version
        for path in (installed.PACKAGES, *installed.OPENFISCA.parents[1].glob("lib/python*/site-packages"))
        for one in distributions(path=[str(path)])
    }
    asked = ("zen-engine", "datalogic-py", "clipspy", "rule-engine", "openfisca-core", "openfisca-country_template")
    by_name = {name.lower(): version for name, version in found.items()}
    modules = installed.NODE_SCRIPT.parent / "node_modules"
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        **{name: by_name[name.lower()] for name in asked},
        **{
            name: json.loads((modules / name / "package.json").read_text())["version"]
            for name in ("json-rules-engine", "fastify")
        },
        "node": node,
    }
