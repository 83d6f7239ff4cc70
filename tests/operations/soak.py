"""Asks a server for very long, all kinds of things, and watches its workers; exit status 1 when they grow or err.

    .venv/bin/python -m tests.operations.soak --requests 500000

What is asked comes from a stock of requests whose answers are worked out beforehand, without a server; status and
bytes of every answer are held against them. After each tenth of the requests it takes down the memory, descriptors,
threads and processor time of every worker, and how long answers took. A worker that was replaced on schedule, after
some hundred thousand requests, is another worker.
"""

import argparse
import http.client
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from time import monotonic
from typing import Any

from bench.profiles import plain, profiles, query
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Kind, RuleBase
from service.web.app import create_app
from service.web.settings import settings_from
from tests.processes import descriptors, memory, processor, resident, threads, workers
from tests.serving import serving

CLIENTS = 8
KEPT = 100
"""Requests on a connection before the next one, which another worker may take."""
STOCK = 2000
"""Different requests: the advice among them is several times what a worker keeps in memory."""
PARTS = 10
ADVICE = "/v1/recommendations"
JSON = {"Content-Type": "application/json"}
LINES = {"Content-Type": "application/x-ndjson"}
MIX = {"full": 250, "brief": 300, "get": 200, "invalid": 200, "batch": 25, "explain": 20, "interview": 5}
"""Of a thousand requests."""
LATER = {"batch": 429}
"""What may be said to a kind instead of the answer; a process has two batches at once and no more."""
REQUEST_ID = re.compile(rb"urn:uuid:[0-9a-f-]{36}")
MOST_GROWTH_KB = 3072
"""Of a worker from the second time it is looked at: what the allocator keeps back goes up and down by as much."""
MOST_SLOWER = 1.25
"""The median p99 of the last three tenths against that of the second to fourth."""

Ask = tuple[str, str, bytes | None, dict[str, str]]
Seen = tuple[str, int, bool, float]
"""The kind of a request, its status (0 when it was lost), whether the answer was the known one, and its seconds."""


@dataclass(frozen=True, slots=True)
class Known:
    """A request with its answer, in which the id of the request is left out."""

    kind: str
    ask: Ask
    status: int
    body: bytes

    def right(self, status: int, body: bytes) -> bool:
        """Tell whether this is the answer, or says that there will be one later."""
        return status == LATER.get(self.kind) or (status, _without_id(body)) == (self.status, self.body)


def _without_id(body: bytes) -> bytes:
    return REQUEST_ID.sub(b"", body) if len(body) < 1000 else body  # only problems have one, and they are short


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


def stock(rule_base: RuleBase) -> list[Known]:
    """Work out the answers to a stock of requests, as the service gives them in a process of its own."""
    mix, chance, known = Mix(rule_base), random.Random(0), []
    client = create_app(settings_from({"ADVISER_CACHE_MIB": "0"})).test_client()
    for _ in range(STOCK):
        kind, ask = mix.any(chance)
        method, path, body, headers = ask
        with client.open(path, method=method, data=body, headers=headers) as answer:
            known.append(Known(kind, ask, answer.status_code, _without_id(answer.data)))
    return known


def ask_many(port: int, known: Sequence[Known], count: int, seed: int) -> list[Seen]:
    """Ask one after another, on a connection that is kept for a while."""
    chance, seen = random.Random(seed), []
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in range(count):
        if number % KEPT == 0:
            line.close()
        one = chance.choice(known)
        began = monotonic()
        try:
            line.request(*one.ask)
            answer = line.getresponse()
            status, body = answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            line.close()
            status, body = 0, b""
        seconds = monotonic() - began
        seen.append((one.kind, status, one.right(status, body), seconds))
    line.close()
    return seen


def workers_now(pid: int) -> dict[int, dict[str, int]]:
    return {
        one: {
            "memory, kB": memory(one),
            "resident, kB": resident(one),
            "descriptors": descriptors(one),
            "threads": threads(one),
            "processor, s": processor(one),
        }
        for one in workers(pid)
    }


def p99(seen: Sequence[Seen]) -> float:
    """Return the 99th percentile of the seconds of advice on one profile, as kinds that take longer are few."""
    seconds = sorted(second for kind, _, _, second in seen if kind in ("full", "brief", "get"))
    return seconds[int(0.99 * len(seconds))]


def growth(tenths: Sequence[dict[int, dict[str, int]]], what: str) -> int:
    """Return by how much a worker had more, at most, in the later half of its life than in the earlier half."""
    most = 0
    for pid in {pid for tenth in tenths for pid in tenth}:
        values = [tenth[pid][what] for tenth in tenths if pid in tenth]
        half = len(values) // 2
        if half:
            most = max(most, round(mean(values[-half:]) - mean(values[:half])))
    return most


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=500_000)
    asked = parser.parse_args()
    known = stock(load_rule_base(default_rules_directory()))
    looks, slow, answers = [], [], Counter[tuple[str, int, bool]]()
    with (
        tempfile.TemporaryDirectory() as work,
        serving(Path(work) / "log") as (address, pid),
        ThreadPoolExecutor(CLIENTS) as clients,
    ):
        port = int(address.rpartition(":")[2])
        for part in range(PARTS):
            share = asked.requests // PARTS // CLIENTS
            began = monotonic()
            asking = [clients.submit(ask_many, port, known, share, part * CLIENTS + one) for one in range(CLIENTS)]
            seen = [one for client in asking for one in client.result()]
            pace = len(seen) / (monotonic() - began)
            looks.append(workers_now(pid))
            slow.append(p99(seen))
            answers.update((kind, status, right) for kind, status, right, _ in seen)
            figures = {"tenth": part + 1, "a second": round(pace), "p99, ms": round(slow[-1] * 1000, 1)}
            print(json.dumps({**figures, "workers": looks[-1]}), flush=True)  # noqa: T201 -- the report is what the script is for
    slower = sorted(slow[-3:])[1] / sorted(slow[1:4])[1]
    grown = {what: growth(looks, what) for what in ("memory, kB", "descriptors", "threads")}
    wrong = sum(count for (_, _, right), count in answers.items() if not right)
    holds = not wrong and grown["memory, kB"] <= MOST_GROWTH_KB and slower <= MOST_SLOWER
    holds = holds and grown["descriptors"] <= CLIENTS and not grown["threads"]  # a connection may just be closing
    summary: dict[str, Any] = {
        "answers": {f"{kind} {status}": count for (kind, status, _), count in sorted(answers.items())},
        "not the known answer": wrong,
        "most growth of a worker": grown,
        "p99 at the end against the beginning": round(slower, 2),
        "holds": holds,
    }
    print(json.dumps(summary, indent=2))  # noqa: T201 -- the same
    sys.exit(not holds)


if __name__ == "__main__":
    main()
