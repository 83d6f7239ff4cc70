"""Sends a server ten times what it can answer, and looks at those it answers; exit status 1 when they wait too long.

    .venv/bin/python -m tests.operations.overload --seconds 30

The load comes from wrk, each request on a connection of its own. Beside it a few requests come at a fixed pace, however
slow answers are; their time counts from when they were due, so this script has to have little else to do. What is taken
are the latency without load, the pace of which the server is capable, the latency of what it answers under ten times
that, and how soon afterwards it is as quick as before.
"""

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from bench.load import SCRIPT, write_requests
from bench.profiles import plain, profiles
from service.knowledge.loading import default_rules_directory, load_rule_base
from tests.serving import serving

TIMES = 10
MOST_SLOWER = 10
"""Of the p99 of what is answered under overload against that without load."""
RECOVERY_SECONDS = 5
RECOVERED = 2
"""Times the p99 without load that counts as quick again: of fifty requests it is the slowest but one."""
WINDOW = 50
CONNECTIONS = 16
"""That keep the server just busy, to find of what it is capable."""
FLOOD_CONNECTIONS = 128
"""Of wrk: enough for as many requests as it can send; with more, they only wait longer for one another."""
PROBES = 60
"""A second: enough for a p99, and few beside the flood."""
PATIENCE = 10.0


@dataclass
class Seen:
    """Answers by status, 0 for none, with the seconds of those that were 200."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def p99(self) -> float:
        ordered = sorted(self.seconds)
        return ordered[int(0.99 * len(ordered))] if ordered else float("nan")


async def ask(port: int, request: bytes, due: float, seen: Seen) -> None:
    """Ask on a new connection, and take down what came."""
    status = 0
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status = int((await reader.readline()).split()[1])
            await reader.read()
            writer.close()
    except (OSError, TimeoutError, IndexError):
        pass
    seen.statuses[status] += 1
    if status == 200:
        seen.seconds.append(monotonic() - due)


async def in_turn(port: int, requests: Iterator[bytes], count: int) -> Seen:
    """Ask one request after another."""
    seen = Seen()
    for _ in range(count):
        await ask(port, next(requests), monotonic(), seen)
    return seen


async def pace_of(port: int, requests: Iterator[bytes], seconds: float) -> float:
    """Return how many requests a second are answered when as many are asked at once as keep the server busy."""
    end, seen = monotonic() + seconds, Seen()

    async def keep_asking() -> None:
        while monotonic() < end:
            await ask(port, next(requests), monotonic(), seen)

    await asyncio.gather(*(keep_asking() for _ in range(CONNECTIONS)))
    return seen.statuses[200] / seconds


async def at_pace(port: int, requests: Iterator[bytes], pace: float, seconds: float) -> Seen:
    """Ask so many a second."""
    seen, began, asking = Seen(), monotonic(), set()
    for number in range(int(pace * seconds)):
        due = began + number / pace
        await asyncio.sleep(max(0, due - monotonic()))
        task = asyncio.create_task(ask(port, next(requests), due, seen))
        asking.add(task)
        task.add_done_callback(asking.discard)
    await asyncio.gather(*asking)
    return seen


async def flooded(port: int, requests: Iterator[bytes], flood: Path, seconds: int) -> tuple[Seen, int]:
    """Ask at a fixed pace under a flood of the requests in a file; return what came, and how many wrk sent a second."""
    load = ("-t1", f"-c{FLOOD_CONNECTIONS}", f"-d{seconds + 2}s", "-s", str(SCRIPT), f"http://127.0.0.1:{port}")
    wrk = await asyncio.create_subprocess_exec("wrk", *load, "--", str(flood), stdout=asyncio.subprocess.PIPE)
    await asyncio.sleep(1)
    seen = await at_pace(port, requests, PROBES, seconds)
    said = json.loads((await wrk.communicate())[0].splitlines()[-1])
    return seen, round(said["requests"] / said["microseconds"] * 1e6)


async def recovery(port: int, requests: Iterator[bytes], most: float) -> float:
    """Return after how many seconds a window of requests is all answered, and quickly."""
    began = monotonic()
    while monotonic() < began + 10 * RECOVERY_SECONDS:
        since = monotonic()
        seen = await in_turn(port, requests, WINDOW)
        if seen.statuses[200] == WINDOW and seen.p99() <= most:
            return since - began
    return float("inf")


async def measure(port: int, requests: Sequence[bytes], flood: Path, seconds: float) -> dict[str, object]:
    again = itertools.cycle(requests)
    await in_turn(port, again, 20)
    quiet = await in_turn(port, again, max(100, int(seconds * 20)))
    pace = await pace_of(port, again, max(2, seconds / 6))
    seen, sent = await flooded(port, again, flood, int(seconds))
    after = await recovery(port, again, RECOVERED * quiet.p99())
    slower = seen.p99() / quiet.p99()
    return {
        "p99 without load, ms": round(quiet.p99() * 1000, 1),
        "capable of, a second": round(pace),
        "sent by wrk, a second": sent,
        "statuses of the others": dict(seen.statuses),
        "p99 of what was answered, ms": round(seen.p99() * 1000, 1),
        "times the p99 without load": round(slower, 1),
        "recovered after, s": round(after, 1),
        "holds": (
            sent >= TIMES * pace
            and slower < MOST_SLOWER
            and after <= RECOVERY_SECONDS
            and set(seen.statuses) <= {200, 503}
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", default="2", help="1 leaves the other of two cores to the flood")
    asked = parser.parse_args()
    head = "POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
    bodies = [json.dumps(plain(one)) for one in profiles(load_rule_base(default_rules_directory()), 2000)]
    requests = [f"{head}Content-Length: {len(one)}\r\n\r\n{one}".encode() for one in bodies]
    settings = {"ADVISER_CACHE_MIB": "0", "WORKERS": asked.workers}
    with tempfile.TemporaryDirectory() as work, serving(Path(work) / "log", **settings) as (address, _):
        flood = write_requests(Path(work) / "requests", requests)
        report = asyncio.run(measure(int(address.rpartition(":")[2]), requests, flood, asked.seconds))
    print(json.dumps(report, indent=2))  # noqa: T201 -- the report is what the script is for
    sys.exit(not report["holds"])


if __name__ == "__main__":
    main()
