"""A rule base takes the place of another: without a lost request, without a mix, and only when it may."""

import json
import os
import random
import shutil
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.knowledge.loading import default_rules_directory
from service.knowledge.model import Profile
from tests.operations.clients import Known, busy, known
from tests.processes import children, family, memory, resident, workers
from tests.rules import change, rules_in
from tests.serving import serving

pytestmark = pytest.mark.slow
SOON = 30.0
"""Seconds that something may take on a busy machine before it counts as never."""


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.05)


def version(address: str) -> str:
    with urllib.request.urlopen(f"{address}/health/ready", timeout=SOON) as answer:
        return str(json.loads(answer.read())["ruleBase"]["version"])


def port(address: str) -> int:
    return int(address.rpartition(":")[2])


class Server:
    """A server with rules of its own, which tests change."""

    def __init__(self, address: str, pid: int, rules: Path, log: Path) -> None:
        self.address, self.pid, self.rules, self._log = address, pid, rules, log

    def reload(self) -> None:
        os.kill(self.pid, signal.SIGHUP)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Server]:
    rules = rules_in(tmp_path / "rules", "2.0.0")
    with serving(tmp_path / "log", ADVISER_RULES=str(rules), ADVISER_CACHE_MIB="0") as (address, pid):
        server = Server(address, pid, rules, tmp_path / "log")
        until(lambda: "The rule base answers" in server.log())  # all workers are there, not only the first
        yield server


@pytest.fixture(scope="module")
def asked(
    tmp_path_factory: pytest.TempPathFactory, profile_by_chance: Callable[[random.Random, float], Profile]
) -> Known:
    chance = random.Random(5)
    directory = tmp_path_factory.mktemp("known")
    bases = [rules_in(directory / one, one) for one in ("2.0.0", "2.0.1")]
    return known(bases, [profile_by_chance(chance, 0.5) for _ in range(20)])


def test_reloads_lose_no_request_and_every_answer_is_all_of_one_rule_base(serve: Server, asked: Known) -> None:
    with busy(port(serve.address), asked) as seen:
        for number in range(4):
            now = ("2.0.1", "2.0.0")[number % 2]
            rules_in(serve.rules, now)
            serve.reload()
            until(lambda: version(serve.address) == now)  # noqa: B023 -- it is over before the next
            time.sleep(0.3)

    assert [] == seen.wrong
    assert {"2.0.0", "2.0.1"} == set(seen.right)
    until(lambda: len(family(serve.pid)) == 4)


def test_a_batch_that_is_under_way_is_answered_to_its_end_by_the_rule_base_it_began_with(serve: Server) -> None:
    lines = 2000
    body = b'{"profile": {"goals": ["talent"]}}\n' * lines
    request = urllib.request.Request(
        f"{serve.address}/v1/recommendations/_batch", body, {"Content-Type": "application/x-ndjson"}
    )
    with urllib.request.urlopen(request, timeout=SOON) as answer:
        first = answer.readline()
        rules_in(serve.rules, "2.0.1")
        serve.reload()
        until(lambda: version(serve.address) == "2.0.1")
        rest = answer.readlines()

    versions = {json.loads(one)["advice"]["ruleBase"]["version"] for one in (first, *rest)}
    assert (lines - 1, {"2.0.0"}) == (len(rest), versions)


def test_a_broken_rule_base_is_refused_with_its_findings_and_the_old_one_keeps_answering(
    serve: Server, asked: Known
) -> None:
    with busy(port(serve.address), asked, clients=2) as seen:
        change(serve.rules / "co-creation" / "question.yaml", r"(?m)^- id: .*$", "- ids: nonsense")
        serve.reload()
        until(lambda: "keeps answering" in serve.log())

    assert "co-creation/question.yaml:" in serve.log()
    assert "Traceback" not in serve.log()
    assert ([], {"2.0.0"}) == (seen.wrong, set(seen.right))
    rules_in(serve.rules, "2.0.1")
    serve.reload()
    until(lambda: version(serve.address) == "2.0.1")


def test_a_changed_vocabulary_is_refused_on_reload_with_its_reason_and_taken_at_a_start(
    serve: Server, tmp_path: Path
) -> None:
    goals = default_rules_directory() / "catalogue" / "goals.yaml"
    text = goals.read_text(encoding="utf-8")
    first = text[text.index("- id: ") :].split("\n- id: ")[0].rstrip("\n")
    more = first.replace(first.splitlines()[0], "- id: a-goal-of-tomorrow")
    (serve.rules / "catalogue" / "goals.yaml").write_text(text.rstrip("\n") + "\n" + more + "\n", encoding="utf-8")
    serve.reload()
    until(lambda: "keeps answering" in serve.log())

    assert "goals: 'a-goal-of-tomorrow' is new" in serve.log()
    assert "2.0.0" == version(serve.address)
    with (
        serving(tmp_path / "other-log", ADVISER_RULES=str(serve.rules)) as (address, _),
        urllib.request.urlopen(f"{address}/v1/goals/a-goal-of-tomorrow", timeout=SOON) as answer,
    ):
        assert 200 == answer.status


def test_changed_files_are_taken_without_a_signal_when_that_is_set(tmp_path: Path) -> None:
    rules = rules_in(tmp_path / "rules", "2.0.0")
    with serving(tmp_path / "log", ADVISER_RULES=str(rules), ADVISER_WATCH_SECONDS="1") as (address, _):
        rules_in(rules, "2.0.1")
        until(lambda: version(address) == "2.0.1")


def test_a_configmap_that_kubernetes_changes_is_taken(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    mounted(volume, rules_in(volume / "..2026_11_26_10_30_00.1", "2.0.0"))
    for name in ("catalogue", "co-creation", "sources.yaml", "vocabulary.yaml"):
        (volume / name).symlink_to(f"..data/{name}")

    with serving(tmp_path / "log", ADVISER_RULES=str(volume), ADVISER_WATCH_SECONDS="1") as (address, _):
        mounted(volume, rules_in(volume / "..2026_11_26_10_31_00.2", "2.0.1"))
        shutil.rmtree(volume / "..2026_11_26_10_30_00.1")
        until(lambda: version(address) == "2.0.1")


def mounted(volume: Path, files: Path) -> None:
    """Turn the link of a volume of Kubernetes to the files, in one step."""
    (volume / "..data_tmp").symlink_to(files.name)
    (volume / "..data_tmp").rename(volume / "..data")


def test_a_worker_that_is_killed_costs_its_own_requests_only_and_is_replaced(serve: Server, asked: Known) -> None:
    clients, kills = 4, 3
    with busy(port(serve.address), asked, clients) as seen:
        for _ in range(kills):
            before = workers(serve.pid)
            os.kill(before[0], signal.SIGKILL)
            until(lambda: before[0] not in workers(serve.pid) and len(workers(serve.pid)) == len(before))  # noqa: B023 -- the same
            time.sleep(0.3)

    assert seen.lost == len(seen.wrong)
    assert seen.lost <= clients * kills
    assert sum(seen.right.values()) > 0
    assert kills == serve.log().count("crashed")


def test_a_generation_that_is_killed_comes_up_again_whatever_the_files_say_by_then(serve: Server, asked: Known) -> None:
    (serve.rules / "vocabulary.yaml").write_text("facts: [\n", encoding="utf-8")
    generation = children(serve.pid)[0]
    os.kill(generation, signal.SIGKILL)
    until(lambda: generation not in children(serve.pid) and len(workers(serve.pid)) == 2)
    with busy(port(serve.address), asked, clients=2) as seen:
        time.sleep(1)

    assert ([], {"2.0.0"}) == (seen.wrong, set(seen.right))


def test_reloads_leave_no_memory_behind(serve: Server) -> None:
    def reloaded(times: int) -> tuple[int, int]:
        for number in range(times):
            now = f"2.1.{number}"
            rules_in(serve.rules, now)
            serve.reload()
            until(lambda: version(serve.address) == now and len(family(serve.pid)) == 4)  # noqa: B023 -- the same
        return resident(serve.pid), sum(map(memory, family(serve.pid)))

    keeper, total = reloaded(2)
    keeper_after, total_after = reloaded(6)

    assert keeper_after - keeper < 2 * 1024
    assert total_after - total < 16 * 1024  # workers copy pages as they answer; a generation that stayed has more
