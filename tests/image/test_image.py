"""The image, run as Kubernetes would: without root, and with nothing to write to but /tmp."""

import json
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.knowledge.loading import default_rules_directory, load_rule_base
from tests.serving import ROOT, free_port

BASE, IMAGE = "localhost/co-creation-advisor-base:test", "localhost/co-creation-advisor:test"
SECONDS_TO_BUILD = 1800  # a base, a compiler and everything that is locked, over the network
BUILDAH = ("buildah", "--storage-driver", "vfs")
USER = 10001
# Bind mounts stand in for what a container runtime does; the shell is this machine's, not the image's.
ISOLATED = """
set -eu
mount --bind "$1" "$1"
for folder in proc sys dev; do mount --rbind "/$folder" "$1/$folder"; done
mount -o remount,bind,ro "$1"
mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"
root=$1
shift
exec chroot --userspec=10001:10001 "$root" "$@"
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS_TO_BUILD)]


def readme_request() -> bytes:
    """Return the profile of the README's first request."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.partition(" -d '")[2].partition("}'")[0].encode() + b"}"


@dataclass(frozen=True, slots=True)
class Image:
    """The root file system of the image and what its configuration says."""

    root: Path
    configuration: Any

    def command(self, *command: str, **variables: str) -> list[str]:
        """Return a command that runs another in the image, in namespaces of its own for mounts."""
        environment = dict(one.split("=", 1) for one in self.configuration["Env"]) | variables
        within = ["/usr/bin/env", "-i", f"--chdir={self.configuration['WorkingDir']}"]
        there = [*within, *(f"{name}={value}" for name, value in environment.items()), *command]
        return ["unshare", "--mount", "sh", "-c", ISOLATED, "sh", str(self.root), *there]

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*command, **variables), check=False, capture_output=True, text=True)

    @contextmanager
    def serving(self, log: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """Run what the image runs; give its address and its process."""
        port = free_port()
        command = self.command(*self.configuration["Cmd"], HOST="127.0.0.1", PORT=str(port), WORKERS="2")
        with log.open("wb") as written:
            process = subprocess.Popen(command, stdout=written, stderr=written)
        try:
            for _ in range(300):
                if process.poll() is not None:
                    pytest.fail(log.read_text(encoding="utf-8"))
                if self.healthy(port):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(timeout=40)

    def healthy(self, port: int) -> bool:
        """Ask as the image says it is to be asked."""
        kind, *command = self.configuration["Healthcheck"]["Test"]
        assert "CMD" == kind  # and so without a shell
        return self.run(*command, PORT=str(port)).returncode == 0


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    subprocess.run([str(ROOT / "tests" / "image" / "build"), BASE, IMAGE], check=True)
    said = subprocess.run([*BUILDAH, "inspect", "--type", "image", IMAGE], check=True, capture_output=True, text=True)
    configuration = json.loads(said.stdout)["Docker"]["config"]
    made = subprocess.run([*BUILDAH, "from", IMAGE], check=True, capture_output=True, text=True)
    container = made.stdout.strip()
    try:
        mounted = subprocess.run([*BUILDAH, "mount", container], check=True, capture_output=True, text=True)
        yield Image(Path(mounted.stdout.strip()), configuration)
    finally:
        subprocess.run([*BUILDAH, "rm", container], check=True, capture_output=True)


def test_it_answers_the_request_of_the_readme(image: Image, tmp_path: Path) -> None:
    headers = {"Content-Type": "application/json"}
    with image.serving(tmp_path / "log") as (address, _):
        asked = urllib.request.Request(f"{address}/v1/recommendations?language=en", readme_request(), headers)
        with urllib.request.urlopen(asked, timeout=30) as response:
            advice = json.load(response)

    assert load_rule_base(default_rules_directory()).digest == advice["ruleBase"]["digest"]
    assert ("listening", 24) == (advice["forms"][0]["id"], len(advice["forms"]))


def test_a_large_batch_finds_room_where_nothing_else_may_be_written(image: Image, tmp_path: Path) -> None:
    line = b'{"profile": {"goals": []}}' + b" " * 2000 + b"\n"
    headers = {"Content-Type": "application/x-ndjson"}
    with image.serving(tmp_path / "log") as (address, _):
        asked = urllib.request.Request(f"{address}/v1/recommendations/_batch", line * 600, headers)
        with urllib.request.urlopen(asked, timeout=120) as response:
            assert 600 == len(response.read().splitlines())


def test_its_health_follows_the_service(image: Image, tmp_path: Path) -> None:
    with image.serving(tmp_path / "log") as (address, _):
        port = int(address.rsplit(":", 1)[1])
        assert image.healthy(port)
    assert not image.healthy(port)


def test_it_stops_when_it_is_told_to(image: Image, tmp_path: Path) -> None:
    with image.serving(tmp_path / "log") as (_, process):
        process.send_signal(getattr(signal, image.configuration.get("StopSignal", "SIGTERM")))

        assert 0 == process.wait(timeout=40)


def test_it_runs_as_a_number_and_can_write_nothing(image: Image) -> None:
    tried = "import os; print(os.getuid(), os.getgid(), os.access('/opt/advisor', os.W_OK), os.access('/tmp', os.W_OK))"

    assert f"{USER}:{USER}" == image.configuration["User"]
    assert f"{USER} {USER} False True\n" == image.run("python3", "-c", tried).stdout


def test_it_holds_what_runs_and_nothing_that_builds(image: Image) -> None:
    listed = "from importlib.metadata import distributions as d; print(*sorted({one.name.lower() for one in d()}))"
    names = image.run("/opt/venv/bin/python3", "-c", listed).stdout.split()
    installed = {path.name for path in (image.root / "opt/advisor").iterdir()}

    assert "flask" in names
    assert not {"mypy", "pip", "setuptools", "wheel", "pytest", "hypothesis"} & set(names)
    assert [*(image.root / "opt/advisor/service/advice").glob("render.*.so")], "advice is compiled"
    assert {"LICENSE", "openapi.yaml", "rules", "service"} <= installed
    assert not {"build", "compile.py", "tests", "requirements", "docs"} & installed
    assert not [*(image.root / "opt/venv").rglob("tests")]
    assert not [*(image.root / "usr/bin").glob("*gcc*")]


def test_it_says_what_it_is(image: Image) -> None:
    labels = image.configuration["Labels"]

    assert ("Co-creation Advisor", "EUPL-1.2", "test") == tuple(
        labels[f"org.opencontainers.image.{name}"] for name in ("title", "licenses", "version")
    )
