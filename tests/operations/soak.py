"""Asks a server for very long, all kinds of things, and watches its workers; exit status 1 when they grow.

    .venv/bin/python -m tests.operations.soak --requests 500000

After each tenth of the requests it takes down the memory, descriptors and threads of every worker, and how long
answers took. A worker that was replaced on schedule, after some hundred thousand requests, is another worker.
"""

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from bench.profiles import plain, profiles, query
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Kind, RuleBase
from tests.processes import descriptors, memory, resident, threads, workers
from tests.serving import serving

CLIENTS = 4
PARTS = 10
ADVICE = "/v1/recommendations"
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
MIX = {"full": 30, "brief": 30, "get": 20, "invalid": 14, "batch": 3, "explain": 2, "interview": 1}
"""Of a hundred requests."""
RIGHT = {"invalid": (400,), "batch": (200, 429)}
"""Statuses of kinds whose answers are not all 200; a process has two batches at once and no more."""
MOST_GROWTH_KB = 3072
"""Of a worker from the second time it is looked at: what the allocator keeps back goes up and down by as much."""
MOST_SLOWER = 1.25
"""The median p99 of the last three tenths against that of the second to fourth."""

Ask = tuple[str, str, bytes | None, dict[str, str]]
Seen = tuple[str, int, float]


class Mix:
    """Requests by chance, a kind as often as MIX says."""

    def __init__(self, rule_base: RuleBase) -> None:
        self._profiles = profiles(rule_base, 2000)
        self._bodies = [json.dumps(plain(one)).encode() for one in self._profiles]
        self._forms = list(rule_base.catalogue[Kind.FORMS])

    def any(self, chance: random.Random) -> tuple[str, Ask]:
        kind = chance.choices([*MIX], [*MIX.values()])[0]
        number = chance.randrange(len(self._bodies))
        body = self._bodies[number]
        match kind:
            case "get":
                return kind, ("GET", f"{ADVICE}?{query(self._profiles[number])}", None, {})
            case "invalid":
                return kind, ("POST", ADVICE, body[: chance.randrange(len(body))], JSON)
            case "batch":
                return kind, ("POST", f"{ADVICE}/_batch", b'{"profile": %s}\n' % body * 10, LINES)
            case "explain":
                asked = b'{"profile": %s, "form": "%s"}' % (body, chance.choice(self._forms).encode())
                return kind, ("POST", f"{ADVICE}/_explain", asked, JSON)
            case "interview":
                return kind, ("POST", f"{ADVICE}/_interview", b'{"profile": %s}' % body, JSON)
        return kind, ("POST", f"{ADVICE}?detail={kind}", body, JSON)


def ask_many(port: int, mix: Mix, count: int, seed: int) -> list[Seen]:
    """Ask one after another on a kept connection; give the kind, the status (0 when lost) and the seconds of each."""
    chance, seen = random.Random(seed), []
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(count):
        kind, (method, path, body, headers) = mix.any(chance)
        began = monotonic()
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            line.close()
            status = 0
        seen.append((kind, status, monotonic() - began))
    line.close()
    return seen


def at_once(many: Sequence[Callable[[], list[Seen]]]) -> list[Seen]:
    found: list[Seen] = []
    running = [threading.Thread(target=lambda one=one: found.extend(one())) for one in many]
    for one in running:
        one.start()
    for one in running:
        one.join()
    return found


def workers_now(pid: int) -> dict[int, dict[str, int]]:
    return {
        one: {
            "memory, kB": memory(one),
            "resident, kB": resident(one),
            "descriptors": descriptors(one),
            "threads": threads(one),
        }
        for one in workers(pid)
    }


def p99(seen: Sequence[Seen]) -> float:
    """Return the 99th percentile of the seconds of advice on one profile, as kinds that take longer are few."""
    seconds = sorted(second for kind, _, second in seen if kind in ("full", "brief", "get"))
    return seconds[int(0.99 * len(seconds))]


def growth(tenths: Sequence[dict[int, dict[str, int]]], what: str) -> int:
    """Return by how much a worker grew at most from the second time it was looked at."""
    most = 0
    for pid in {pid for tenth in tenths for pid in tenth}:
        values = [tenth[pid][what] for tenth in tenths if pid in tenth][1:]
        most = max([most, *(later - values[0] for later in values[1:])])
    return most


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=500_000)
    asked = parser.parse_args()
    mix = Mix(load_rule_base(default_rules_directory()))
    looks, slow, statuses = [], [], Counter[tuple[str, int]]()
    with tempfile.TemporaryDirectory() as work, serving(Path(work) / "log") as (address, pid):
        port = int(address.rpartition(":")[2])
        for part in range(PARTS):
            share = asked.requests // PARTS // CLIENTS
            began = monotonic()
            seen = at_once([partial(ask_many, port, mix, share, part * CLIENTS + one) for one in range(CLIENTS)])
            pace = len(seen) / (monotonic() - began)
            looks.append(workers_now(pid))
            slow.append(p99(seen))
            statuses.update((kind, status) for kind, status, _ in seen)
            figures = {"tenth": part + 1, "a second": round(pace), "p99, ms": round(slow[-1] * 1000, 1)}
            print(json.dumps({**figures, "workers": looks[-1]}), flush=True)  # noqa: T201 -- the report is what the script is for
    slower = sorted(slow[-3:])[1] / sorted(slow[1:4])[1]
    grown = {what: growth(looks, what) for what in ("memory, kB", "descriptors", "threads")}
    right = all(status in RIGHT.get(kind, (200,)) for kind, status in statuses)
    holds = right and grown["memory, kB"] <= MOST_GROWTH_KB and slower <= MOST_SLOWER
    holds = holds and grown["descriptors"] <= CLIENTS and not grown["threads"]  # a connection may just be closing
    summary: dict[str, Any] = {
        "answers": {f"{kind} {status}": count for (kind, status), count in sorted(statuses.items())},
        "most growth of a worker": grown,
        "p99 at the end against the beginning": round(slower, 2),
        "holds": holds,
    }
    print(json.dumps(summary, indent=2))  # noqa: T201 -- the same
    sys.exit(not holds)


if __name__ == "__main__":
    main()
