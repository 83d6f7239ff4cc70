"""Servers under measurement: started on a free port of 127.0.0.1, ended with the block, their CPU and memory read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.web.serving.configuration import BACKLOG, KEEP_ALIVE_SECONDS, THREADS

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
SECONDS_TO_START = 120
"""With thousands of rules a start takes its time; that is a figure, not a fault."""
MANY = {"ADVISER_MOST_IN_HAND": "1000"}
"""Nothing is refused: how long requests wait when too many come is measured, not avoided."""
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Modules are compiled once, as where the service is installed: else half of a start would be that."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers; ``seconds_to_start`` is from its command to its first answer."""

    name: str
    port: int
    pid: int
    seconds_to_start: float

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> list[int]:
        """Return the process and all below it."""
        found = [self.pid]
        for one in found:
            found += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
        return found

    def workers(self) -> list[int]:
        """Return the processes that answer: those below the first, or the only one."""
        return self.processes()[1:] or [self.pid]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the workers so far, of user and system, with that of workers that were replaced."""
        return (sum(map(_ticks, self.workers())) + sum(map(_ticks_of_ended, self.processes()))) / TICKS

    def memory(self) -> float:
        """Return the MiB of all its processes, pages that they share counted once."""
        return sum(_proportional_kib(one) for one in self.processes()) / 1024


def _ticks(pid: int) -> int:
    return sum(_times(pid)[:2])  # utime and stime


def _ticks_of_ended(pid: int) -> int:
    return sum(_times(pid)[2:])  # cutime and cstime: of children that have ended


def _times(pid: int) -> list[int]:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(ticks) for ticks in fields[11:15]]  # fields 14 to 17 of proc(5)


def _proportional_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


SERVICE = (sys.executable, "-m", "service", "serve")


def as_served(app: str) -> list[str]:
    """Return the command that serves another application as the service is served."""
    return [sys.executable, "-m", "bench.as_served", app]


def as_it_comes(app: str) -> list[str]:
    """Return the command that serves an application by gunicorn's own worker, with as much of everything."""
    like = {"--workers": WORKERS, "--threads": THREADS, "--keep-alive": KEEP_ALIVE_SECONDS, "--backlog": BACKLOG}
    options = [part for name, value in like.items() for part in (name, str(value))]
    return [sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--bind", "127.0.0.1:{port}", *options, app]


@contextmanager
def serving(
    name: str,
    command: Sequence[str],
    log: Path,
    ready: str = "/health/ready",
    settings: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Give a server that has answered; it finds its port in PORT, and in the command where that says {port}."""
    port = _free_port()
    own = {"HOST": "127.0.0.1", "PORT": str(port), "WORKERS": str(WORKERS), **MANY, **COMPILED}
    environment = {**os.environ, **own, **(settings or {})}
    started = time.monotonic()
    with log.open("wb") as written:
        process = subprocess.Popen(
            [part.format(port=port) for part in command], cwd=ROOT, env=environment, stdout=written, stderr=written
        )
    try:
        _wait(f"http://127.0.0.1:{port}{ready}", process, name, log)
        yield Server(name, port, process.pid, time.monotonic() - started)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{name} did not start:\n{log.read_text()}")
            time.sleep(0.02)
        else:
            return
