"""The product as it is served: on a port of its own."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECONDS_TO_START = 30


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(log: Path, port: int = 0, changed: str = "", **settings: str) -> Iterator[tuple[str, int]]:
    """Give the address and the process id of a server, which ends with the block; it writes to the log.

    ``changed`` is Python that runs in it beforehand.
    """
    port = port or free_port()
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "WORKERS": "2", **settings}
    command = [sys.executable, "-m", "service", "serve"]
    if changed:
        command[1:3] = ["-c", f"{changed}\nimport service.__main__"]
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=written, stderr=written)
    try:
        _wait(f"http://127.0.0.1:{port}/health/ready", process)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def errors_in(log: Path) -> list[str]:
    """Return the lines of a log that tell of an error, or that are none of its own, such as a traceback."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line for line in lines if '"level":"error"' in line or not line.startswith('{"time":')]


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
