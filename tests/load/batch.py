"""Measures a large batch against a running server: pace, memory of the workers, and that other requests are answered.

    .venv/bin/python tests/load/batch.py --profiles 100000

Starts a server of its own on --port. In one run it also takes the pace of single requests on one kept connection
and of the bare matcher, as figures of a busy machine compare only within a run.
"""

import argparse
import http.client
import itertools
import json
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from service.engine.compiled import compile_rule_base
from service.engine.derivation import derive
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile, RuleBase
from tests.conftest import value_by_chance
from tests.processes import family, resident
from tests.serving import serving


def profiles(rule_base: RuleBase, count: int) -> Iterator[Profile]:
    chance = random.Random(6)
    for _ in range(count):
        yield {
            name: value_by_chance(fact, chance)
            for name, fact in rule_base.facts.items()
            if fact.is_sent and (fact.required or chance.random() < 0.4)
        }


def as_json(profile: Profile) -> bytes:
    plain = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}
    return json.dumps(plain, separators=(",", ":")).encode()


def all_of(pid: int) -> int:
    """Return the memory of a server's processes in MiB."""
    return sum(map(resident, family(pid))) // 1024


def ask(port: int, method: str, path: str) -> int:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request(method, path)
    status = line.getresponse().status
    line.close()
    return status


def singly(port: int, bodies: list[bytes]) -> float:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    start = time.monotonic()
    for body in bodies:
        line.request("POST", "/v1/recommendations?detail=brief", body, {"Content-Type": "application/json"})
        line.getresponse().read()
    return len(bodies) / (time.monotonic() - start)


def bare(rule_base: RuleBase, given: list[Profile]) -> float:
    compiled = compile_rule_base(rule_base)
    known = [derive(one, rule_base.facts) for one in given]
    start = time.monotonic()
    for one in known:
        compiled.first_matcher.match(one)
        compiled.second_matcher.match(one)
    return len(given) / (time.monotonic() - start)


def in_one_batch(port: int, pid: int, body: bytes, count: int) -> dict[str, Any]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    memory, waits, over = [all_of(pid)], [], threading.Event()

    def watch() -> None:
        while not over.wait(2):
            memory.append(all_of(pid))
            start = time.monotonic()
            ask(port, "GET", "/health/live")
            waits.append(time.monotonic() - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    line.request("POST", "/v1/recommendations/_batch", body, {"Content-Type": "application/x-ndjson"})
    answer = line.getresponse()
    numbers, first, received = itertools.count(1), 0.0, 0
    for one in answer:
        first = first or time.monotonic() - start
        received += len(one)
        if not one.startswith(b'{"line":%d,"advice"' % next(numbers)):
            sys.exit(f"a wrong answer: {one[:100]!r}")
    seconds = time.monotonic() - start
    over.set()
    watcher.join()
    if next(numbers) != count + 1:
        sys.exit("answers are missing")
    return {
        "a second": count / seconds,
        "seconds to the first answer": first,
        "MiB sent": len(body) / 2**20,
        "MiB received": received / 2**20,
        "MiB of memory at start, after a tenth, highest after that": (
            memory[0],
            memory[len(memory) // 10],
            max(memory[len(memory) // 10 :]),
        ),
        "longest wait of another request, s": max(waits, default=0.0),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--port", type=int, default=8000)
    asked = parser.parse_args()
    rule_base = load_rule_base(default_rules_directory())
    some = list(profiles(rule_base, 1000))
    body = b"".join(b'{"profile":%s}\n' % as_json(one) for one in profiles(rule_base, asked.profiles))
    log = Path(tempfile.gettempdir()) / "load-batch.log"
    with serving(log, asked.port, WORKERS="1", ADVISER_CACHE_MIB="0") as (_, pid):
        report = {
            "bare matcher, a second": bare(rule_base, some),
            "single requests, a second": singly(asked.port, [as_json(one) for one in some]),
            "batch": in_one_batch(asked.port, pid, body, asked.profiles),
            "single requests afterwards, a second": singly(asked.port, [as_json(one) for one in some]),
        }
    print(json.dumps(report, indent=2))  # noqa: T201 -- the report is what the script is for


if __name__ == "__main__":
    main()
