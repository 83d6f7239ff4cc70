"""One large batch: its pace, the memory of the server meanwhile, and how long other requests wait."""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from bench.profiles import plain, profiles
from bench.results import Part, Table
from bench.scale import Scale
from bench.servers import SERVICE, Server, serving
from service.knowledge.loading import default_rules_directory, load_rule_base

BETWEEN_LOOKS = 0.5
COLUMNS = (
    "profiles", "a second", "first answer, s", "MiB in", "MiB out", "memory before, MiB", "after a tenth, MiB",
    "highest, MiB", "longest wait of another request, s",
)  # fmt: skip


def measure(scale: Scale, work: Path) -> Part:
    """Send the batch to a server with one worker, and ask for something else every now and then."""
    given = profiles(load_rule_base(default_rules_directory()), scale.batch)
    body = b"".join(b'{"profile":%s}\n' % json.dumps(plain(one)).encode() for one in given)
    settings = {"ADVISER_CACHE_MIB": "0", "WORKERS": "1"}
    with serving("service", SERVICE, work / "service.log", settings=settings) as server:
        looks = _Looks(server)
        watcher = threading.Thread(target=looks.take)
        watcher.start()
        try:
            seconds, first, received = _sent(server, body, scale.batch)
        finally:
            looks.over.set()
            watcher.join()
    memory = looks.memory
    row = (
        scale.batch,
        scale.batch / seconds,
        first,
        len(body) / 2**20,
        received / 2**20,
        memory[0],
        memory[len(memory) // 10],
        max(memory),
        max(looks.waits, default=0.0),
    )
    note = "Brief advice, one worker. The memory is that of all processes, pages that they share counted once."
    return Part("batch", "A large batch", [Table("Batch", note, COLUMNS, [row])], {})


class _Looks:
    """What is seen from outside while the batch is answered."""

    def __init__(self, server: Server) -> None:
        self.over = threading.Event()
        self.memory = [server.memory()]
        self.waits: list[float] = []
        self._server = server

    def take(self) -> None:
        """Look until it is over."""
        while not self.over.wait(BETWEEN_LOOKS):
            self.memory.append(self._server.memory())
            started = time.monotonic()
            with closing(http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)) as line:
                line.request("GET", "/health/live")
                line.getresponse().read()
            self.waits.append(time.monotonic() - started)


def _sent(server: Server, body: bytes, count: int) -> tuple[float, float, int]:
    """Return the seconds to the end and to the first answer, and the bytes of all; a wrong answer ends the run."""
    started, first, received = time.monotonic(), 0.0, 0
    numbers = itertools.count(1)
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as line:
        line.request("POST", "/v1/recommendations/_batch", body, {"Content-Type": "application/x-ndjson"})
        for one in line.getresponse():
            first = first or time.monotonic() - started
            received += len(one)
            if not one.startswith(b'{"line":%d,"advice"' % next(numbers)):
                sys.exit(f"a wrong answer: {one[:300]!r}")
    if next(numbers) != count + 1:
        sys.exit("answers are missing")
    return time.monotonic() - started, first, received
