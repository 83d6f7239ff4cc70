"""Load from wrk: as many requests as a server answers on so many connections, and what that costs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server

LONGEST = 30
"""Seconds that nothing has to come back for the server to count as silent."""
SCRIPT = Path(__file__).with_name("wrk.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load: requests a second, latencies in ms, seconds of CPU a request."""

    rate: float
    p50: float
    p99: float
    cpu: float


def raw(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as it goes over the line."""
    fields = {"Host": "127.0.0.1", **headers}
    if body:
        fields["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def write_requests(path: Path, requests: Iterable[bytes]) -> Path:
    """Write the file that the script of wrk reads."""
    path.write_bytes(b"".join(b"%d\n%s" % (len(one), one) for one in requests))
    return path


def load(server: Server, requests: Path, connections: int, seconds: int) -> Load:
    """Send the requests in turn over and over; a single refused one ends the run.

    One thread of wrk, so that it takes as little as it can from the cores that the server runs on.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", str(SCRIPT)]
    before = server.cpu_seconds()
    done = subprocess.run([*command, server.address, "--", str(requests)], capture_output=True, text=True, check=False)
    spent = server.cpu_seconds() - before
    if done.returncode:
        sys.exit(f"wrk failed: {done.stderr or done.stdout}")
    said = json.loads(done.stdout.splitlines()[-1])
    if not any(said[what] for what in ("requests", "refused", "broken")) and seconds < LONGEST:
        return load(server, requests, connections, 4 * seconds)  # no answer came within that time
    if said["refused"] or said["broken"] or not said["requests"]:
        sys.exit(f"{server.name} did not answer all of {requests.name}: {said}")
    rate = said["requests"] / said["microseconds"] * 1e6
    return Load(rate, said["p50"] / 1e3, said["p99"] / 1e3, spent / said["requests"])
