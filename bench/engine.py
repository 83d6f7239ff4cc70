"""The engine alone, in one process: the matcher, what is built on it, and the peers' engines on the same facts."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from bench.pace import match, pace
from bench.peers import installed
from bench.peers.measure import CHECKED, FASTIFY, questions, versions, write_rules_for_node
from bench.peers.normal import rules_of
from bench.profiles import profiles
from bench.results import Cell, Part, Table, shown
from bench.scale import Scale
from service.advice.adviser import Adviser
from service.engine.conditions import decisive_parts
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile

COLUMNS = ("what", "a second of CPU", "microseconds", "of the matcher")
OURS = "the matcher (durable_rules)"


def measure(scale: Scale, work: Path) -> Part:
    """Time the service's own steps, and every engine that has the rules."""
    adviser = Adviser(load_rule_base(default_rules_directory()))
    given = profiles(adviser.rule_base, scale.profiles)
    evaluations = [evaluate(adviser.compiled, one) for one in given]
    steps: dict[str, Callable[[], float]] = {
        OURS: lambda: match(adviser.compiled, evaluations, scale.seconds),
        "evaluation": lambda: pace(lambda one: evaluate(adviser.compiled, one), given, scale.seconds),
        "evaluation with trace": lambda: pace(lambda one: _traced(adviser, one), given, scale.seconds),
        "whole advice, brief": lambda: pace(lambda one: _advise(adviser, one, "brief"), given, scale.seconds),
        "whole advice, full": lambda: pace(lambda one: _advise(adviser, one, "full"), given, scale.seconds),
    }
    steps |= _peers(adviser, given, scale, work) if installed.installed() else {}
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(scale.rounds):
        for name, step in steps.items():
            rates[name].append(step())
    rows: list[tuple[Cell, ...]] = []
    for name, found in rates.items():
        rate = statistics.median(found)
        ratio = statistics.median(one / ours for one, ours in zip(found, rates[OURS], strict=True))
        rows.append((name, rate, 1e6 / rate, ratio))
        click.echo("  ".join(map(shown, rows[-1])))
    note = (
        "In one process, without HTTP, on one core. The matcher tells which rules fire, in two passes, and asks "
        "durable_rules for what it has not answered before; an evaluation also derives facts and ranks the forms; "
        "the trace tells the comparisons that made each rule fire; a whole advice has all the words and is JSON. The "
        "engines below have the same rules, and each fired the same on "
        f"{CHECKED} profiles; those in Rust decode JSON in their own way, the others get the facts decoded."
    )
    return Part("engine", "The engine alone", [Table("Engines", note, COLUMNS, rows)], versions())


def _traced(adviser: Adviser, profile: Profile) -> None:
    evaluation, rule_base = evaluate(adviser.compiled, profile), adviser.rule_base
    for rule in evaluation.fired:
        decisive_parts(rule_base.rules[rule].when, evaluation.known, rule_base.facts)


def _advise(adviser: Adviser, profile: Profile, detail: str) -> bytes:
    return adviser.advise(profile, language="nl", detail=detail)


def _peers(adviser: Adviser, given: list[Profile], scale: Scale, work: Path) -> dict[str, Callable[[], float]]:
    """Return how each engine is timed; the ones in this process are checked first."""
    rules, asked = rules_of(adviser.rule_base), questions(adviser.compiled, given)
    steps: dict[str, Callable[[], float]] = {}
    for name in installed.ENGINES:
        engine = installed.make(name, rules)
        read = [engine.read(one.body) for one in asked]
        for question, facts in zip(asked[:CHECKED], read[:CHECKED], strict=True):
            if set(engine.fired(facts)) != question.fires:
                sys.exit(f"{name} fires other rules on {question.body.decode()}")
        steps[name] = lambda engine=engine, read=read: pace(engine.fired, read, scale.seconds)  # type: ignore[misc]
    bodies = work / "facts.json"
    bodies.write_text(json.dumps([json.loads(one.body) for one in asked]))
    command = ["node", str(installed.NODE_SCRIPT), str(write_rules_for_node(adviser.compiled, work))]
    steps[FASTIFY.partition(" (")[0]] = lambda: float(
        subprocess.run(
            [*command, "time", str(bodies), str(scale.seconds)], capture_output=True, text=True, check=True
        ).stdout
    )
    return steps
