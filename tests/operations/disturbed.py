"""Disturbs a server under load and counts what its clients see of that; exit status 1 when it is more than may be.

    .venv/bin/python -m tests.operations.disturbed --seconds 60

The clients hold every answer against the one that its rule base gives; beside them, wrk keeps the server busy if it
is installed. Nothing may be wrong, refused or lost; of a worker that is killed, only what its connections asked.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.profiles import profiles
from service.knowledge.loading import default_rules_directory, load_rule_base
from tests.operations.clients import Known, busy, known
from tests.operations.proxy import proxy
from tests.processes import workers
from tests.rules import change, rules_in
from tests.serving import serving

CLIENTS = 4
CONNECTIONS = 8
"""Of wrk; with the clients, less than what two workers take at once."""
DRAIN_SECONDS = 2
UNCACHED = {"ADVISER_CACHE_MIB": "0"}
SAID_BY_WRK = ("Requests/sec", "Socket errors", "Non-2xx or 3xx responses")

Report = dict[str, Any]


@contextmanager
def under_load(port: int, asked: Known, work: Path, seconds: float) -> Iterator[Report]:
    """Load a port within the block; after it, the report says what clients and wrk saw."""
    report: Report = {}
    with busy(port, asked, CLIENTS) as seen, pressed(port, asked, work, seconds) as wrk:
        yield report
    report |= {
        "right answers": dict(seen.right),
        "refused": seen.refused,
        "lost": seen.lost,
        "wrong": [one for one in seen.wrong if not one.startswith("lost")],
        "wrk": wrk,
    }


@contextmanager
def pressed(port: int, asked: Known, work: Path, seconds: float) -> Iterator[dict[str, str]]:
    """Keep the server busy with wrk for so many seconds, if there is one; it says what failed."""
    said: dict[str, str] = {}
    if shutil.which("wrk") is None:
        yield said
        return
    script = work / "post.lua"
    body = asked.bodies[0].decode()
    script.write_text(
        f"wrk.method = 'POST'\nwrk.headers['Content-Type'] = 'application/json'\nwrk.body = [==[{body}]==]"
    )
    address = f"http://127.0.0.1:{port}/v1/recommendations"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{int(seconds)}s", "-s", str(script), address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        yield said
        output = running.communicate()[0]
    for line in map(str.strip, output.splitlines()):
        name, _, value = line.partition(":")
        if name in SAID_BY_WRK:
            said[name] = value.strip()


def every(pause: float, seconds: float, do: Callable[[], None]) -> int:
    """Do something again and again for so long; return how often."""
    times, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        do()
        times += 1
        time.sleep(pause)
    return times


def unharmed(report: Report) -> bool:
    return bool(report["right answers"]) and not report["lost"] and not report["wrong"] and not report["refused"]


def reloaded(rules: Path, asked: Known, work: Path, seconds: float) -> Report:
    """Other rules and SIGHUP, every second."""
    versions = iter(["2.0.1", "2.0.0"] * 10_000)
    with serving(work / "log", ADVISER_RULES=str(rules), **UNCACHED) as (address, pid):

        def reload() -> None:
            rules_in(rules, next(versions))
            os.kill(pid, signal.SIGHUP)

        with under_load(port_of(address), asked, work, seconds) as report:
            times = every(1, seconds, reload)
    taken = (work / "log").read_text().count('"The rule base answers."') - 1
    return {"signals": times, "reloads": taken, **report, "holds": unharmed(report) and taken > 0}


def broken(rules: Path, asked: Known, work: Path, seconds: float) -> Report:
    """Broken rules and SIGHUP, every second."""
    with serving(work / "log", ADVISER_RULES=str(rules), **UNCACHED) as (address, pid):

        def spoil() -> None:
            rules_in(rules, "2.0.1")
            change(rules / "co-creation" / "question.yaml", r"(?m)^- id: .*$", "- ids: nonsense")
            os.kill(pid, signal.SIGHUP)

        with under_load(port_of(address), asked, work, seconds) as report:
            times = every(1, seconds, spoil)
    refusals = (work / "log").read_text().count("The reload is refused")
    holds = unharmed(report) and {"2.0.0"} == set(report["right answers"]) and refusals > 0
    return {"signals": times, "refusals": refusals, **report, "holds": holds}


def killed(rules: Path, asked: Known, work: Path, seconds: float) -> Report:
    """The end of a worker by kill -9, every two seconds."""
    chance = random.Random(1)
    with serving(work / "log", ADVISER_RULES=str(rules), **UNCACHED) as (address, pid):

        def kill() -> None:
            os.kill(chance.choice(workers(pid)), signal.SIGKILL)

        with under_load(port_of(address), asked, work, seconds) as report:
            times = every(2, seconds, kill)
    holds = bool(report["right answers"]) and not report["wrong"] and report["lost"] <= times * CLIENTS
    return {"kills": times, **report, "holds": holds}


def replaced(rules: Path, asked: Known, work: Path, seconds: float) -> Report:
    """SIGTERM with a replacement behind a proxy, again and again."""
    settings = {"ADVISER_RULES": str(rules), "ADVISER_DRAIN_SECONDS": str(DRAIN_SECONDS), **UNCACHED}
    times, now = 0, ExitStack()
    address, _ = now.enter_context(serving(work / "log-0", **settings))
    with now, proxy([port_of(address)]) as between:
        with under_load(between.port, asked, work, seconds) as report:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                times += 1
                following = ExitStack()
                address, _ = following.enter_context(serving(work / f"log-{times}", **settings))
                between.servers.append(port_of(address))
                time.sleep(0.5)  # until the proxy has seen it
                now.close()  # SIGTERM, and waits for the end
                between.servers.pop(0)
                now = following
        now.close()
    return {"replacements": times, **report, "holds": unharmed(report) and times > 0}


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


SCENES = {"reload": reloaded, "broken": broken, "kill": killed, "replace": replaced}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scene", choices=[*SCENES], action="append")
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    some, holds = profiles(load_rule_base(default_rules_directory()), 50), True
    for name in asked.scene or SCENES:
        with tempfile.TemporaryDirectory() as directory:
            work = Path(directory)
            answers = known([rules_in(work / version, version) for version in ("2.0.0", "2.0.1")], some)
            report = SCENES[name](rules_in(work / "rules", "2.0.0"), answers, work, asked.seconds)
        print(json.dumps({"what": SCENES[name].__doc__, **report}, indent=2), flush=True)  # noqa: T201 -- the report
        holds &= report["holds"]
    sys.exit(not holds)


if __name__ == "__main__":
    main()
