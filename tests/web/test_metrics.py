"""The metrics of a real server: all workers together, dead ones too, and no label that a client can make grow."""

import contextlib
import fcntl
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import durable_rules_engine as engine
import pytest
import yaml
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from service.knowledge.model import RuleBase
from service.web.app import create_app
from service.web.settings import settings_from
from service.web.telemetry.course import Course, Given
from service.web.telemetry.metrics import GATHER_SECONDS, Metrics
from service.web.telemetry.numbers import Number, Numbers
from service.web.telemetry.observer import OBSERVER
from service.web.telemetry.tallies import Tallies
from tests.serving import ROOT, serving

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
PROFILE = json.dumps({"goals": ["talent"], "scope": "broad", "maturityResources": 1}).encode()
DEPLOY = ROOT / "deploy"
MADE_UP = "of-a-client"


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[tuple[str, int]]:
    with serving(tmp_path / "log") as served:
        yield served


def ask(address: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> bytes:
    asked = urllib.request.Request(address + path, body, {"Content-Type": media_type, "Connection": "close"})
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


def samples(text: str) -> Samples:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def scraped(address: str) -> Samples:
    """Return what is counted of all that was answered until now, also by the workers that are not asked for it."""
    time.sleep(2 * GATHER_SECONDS)
    return samples(ask(address, "/metrics").decode())


def value(found: Samples, name: str, **labels: str) -> float:
    return sum(one for (named, said), one in found.items() if named == name and labels.items() <= dict(said).items())


def soon(value_of: Callable[[], object], expected: object) -> object:
    """Return the value, as soon as it is the expected one or after a while."""
    end = time.monotonic() + 20
    while (found := value_of()) != expected and time.monotonic() < end:
        time.sleep(0.05)
    return found


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def workers_of(pid: int) -> list[int]:
    (generation,) = children_of(pid)
    return children_of(generation)


def test_what_all_workers_answered_is_counted_once(counted: tuple[str, int], rule_base: RuleBase) -> None:
    address, _ = counted
    answers = [json.loads(ask(address, "/v1/recommendations", PROFILE)) for _ in range(20)]
    ask(address, "/v1/recommendations", b"{")
    ask(address, "/v1/forms/none")
    line = b'{"profile": %s}\n' % PROFILE
    ask(address, "/v1/recommendations/_batch", line * 10, "application/x-ndjson")
    route = {"method": "POST", "route": "/v1/recommendations"}
    found = scraped(address)

    assert 20 == value(found, "adviser_requests_total", **route, status="200")
    assert 1 == value(found, "adviser_requests_total", **route, status="400")
    assert 1 == value(found, "adviser_problems_total", type="invalid-request")
    assert 1 == value(found, "adviser_problems_total", type="not-found")
    assert 21 == value(found, "adviser_request_seconds_count", route="/v1/recommendations")
    assert 20 == value(found, "adviser_phase_seconds_count", phase="decode")
    misses = value(found, "adviser_cache_lookups_total", result="miss")
    assert 20 == misses + value(found, "adviser_cache_lookups_total", result="hit")
    assert misses in {1, 2}  # a worker has its own memory
    for phase in ("match", "explain", "encode"):
        assert misses + 10 == value(found, "adviser_phase_seconds_count", phase=phase)
    identity = {"version": rule_base.version, "digest": rule_base.digest}
    assert 2 == soon(lambda: value(scraped(address), "adviser_rule_base_info", **identity), 2)
    expected = 30.0 * len(answers[0]["firedRules"])
    assert expected == soon(lambda: value(scraped(address), "adviser_rules_fired_total"), expected)
    assert set(answers[0]["firedRules"]) == {
        dict(labels)["rule"] for (name, labels) in scraped(address) if name == "adviser_rules_fired_total"
    }


def directory_of(server: int) -> Path:
    """Give the directory in which the processes of a server count."""
    maps = Path(f"/proc/{workers_of(server)[0]}/maps").read_text(encoding="utf-8")
    return next(Path(one.split()[-1]).parent for one in maps.splitlines() if one.endswith(".db"))


def test_what_a_killed_worker_counted_stays_and_its_place_is_taken_over(
    counted: tuple[str, int], rule_base: RuleBase
) -> None:
    address, server = counted
    for _ in range(5):
        ask(address, "/v1/goals")
    goals = {"route": "/v1/goals", "status": "200"}
    assert 5 == soon(lambda: value(scraped(address), "adviser_requests_total", **goals), 5)
    for killed in range(3):
        victim = workers_of(server)[0]
        os.kill(victim, signal.SIGKILL)
        assert soon(lambda gone=victim: (left := workers_of(server)) and gone not in left and len(left) == 2, True)
        assert 2 == soon(lambda: value(scraped(address), "adviser_rule_base_info", digest=rule_base.digest), 2)
        with contextlib.suppress(OSError):
            ask(address, "/v1/goals")
        counted_now = 6 + killed
        assert counted_now == soon(lambda: value(scraped(address), "adviser_requests_total", **goals), counted_now)
    files = sorted(one.name for one in directory_of(server).glob("counter_*.db"))

    assert 4 == len(files), files  # the server itself, what starts the workers, and two of these, after five
    assert 3 == value(scraped(address), "adviser_worker_deaths_total")


def test_reloads_are_counted_and_the_counts_go_on(counted: tuple[str, int], rule_base: RuleBase) -> None:
    address, server = counted
    ask(address, "/v1/goals")
    for reload in (1, 2):
        os.kill(server, signal.SIGHUP)
        assert reload == soon(
            lambda: value(scraped(address), "adviser_rule_base_reloads_total", result="taken"), reload
        )
    assert 2 == soon(lambda: value(scraped(address), "adviser_rule_base_info", version=rule_base.version), 2)
    found = scraped(address)

    assert 0 == value(found, "adviser_rule_base_reloads_total", result="refused")
    assert 1 == value(found, "adviser_requests_total", route="/v1/goals")


SHARING = """
import sys
from pathlib import Path
from service.web.telemetry import metrics
metrics.MEMORY = Path(sys.argv[1])
metrics.share()
print(*sorted(one.name for one in Path(sys.argv[1]).iterdir()))
"""


FORKING = """
import os
from service.web.telemetry.course import Course
from service.web.telemetry import metrics
metrics.share()
made = metrics.Metrics()
def count():
    made.rule_base.labels("1", "a").set(1)
    for route in [f"/{number}" * 40 for number in range(100)]:  # more than a file has room for at first
        for nanoseconds in (4_000_000, 99_000_000_000):
            place, seconds = made.request("GET", "/", 200), made.seconds_of_request(route)
            made.tallies.answered(Course(), place, seconds, nanoseconds)
count()
if child := os.fork():
    os.waitpid(child, 0)
    count()
    print(made.exposed().decode())
else:
    count()
    made.exposed()
    os._exit(0)
"""


def test_what_a_process_counts_before_and_after_a_fork_is_added_up() -> None:
    ended = subprocess.run([sys.executable, "-c", FORKING], cwd=ROOT, capture_output=True, text=True, check=True)
    found = samples(ended.stdout)

    assert 600 == value(found, "adviser_requests_total", method="GET", route="/", status="200")
    assert 1 == value(found, "adviser_rule_base_info")  # of those that live
    assert 600 == value(found, "adviser_request_seconds_count")
    assert 0 == value(found, "adviser_request_seconds_bucket", le="0.0025")
    assert 300 == value(found, "adviser_request_seconds_bucket", le="0.005")
    assert 600 == value(found, "adviser_request_seconds_bucket", le="+Inf")
    assert round(300 * 99.004) == round(value(found, "adviser_request_seconds_sum"))


def test_seconds_are_counted_as_the_client_counts_them() -> None:
    metrics = Metrics()
    place, ours = metrics.request("GET", "/ours", 200), metrics.seconds_of_request("/ours")
    theirs = metrics.request_seconds.labels("/theirs")
    for seconds in (0.0, 0.001, 0.0011, 0.3, 10.0, 11.0, 0.002499999, 0.0025, 0.002500001):
        metrics.tallies.answered(Course(), place, ours, round(seconds * 1e9))
        theirs.observe(seconds)
    found = samples(metrics.exposed().decode())
    of_ours, of_theirs = (
        {
            (name, said - {("route", route)}): one
            for (name, said), one in found.items()
            if ("route", route) in said and name.startswith("adviser_request_seconds")
        }
        for route in ("/ours", "/theirs")
    )

    assert pytest.approx(of_theirs) == of_ours
    assert of_ours


def test_nothing_is_lost_that_many_threads_count_while_it_is_poured() -> None:
    metrics = Metrics()
    place, seconds = metrics.request("GET", "/", 200), metrics.seconds_of_request("/")
    course = Course()
    course.decoded()
    going = threading.Event()

    def count() -> None:
        for _ in range(5000):
            metrics.tallies.answered(course, place, seconds, 1_000_000)

    def pour() -> None:
        while not going.is_set():
            metrics.exposed()

    counting = [threading.Thread(target=count) for _ in range(4)]
    pouring = [threading.Thread(target=pour) for _ in range(2)]
    for one in (*pouring, *counting):
        one.start()
    for one in counting:
        one.join()
    going.set()
    for one in pouring:
        one.join()
    found = samples(metrics.exposed().decode())

    assert 20_000 == value(found, "adviser_requests_total")
    assert 20_000 == value(found, "adviser_request_seconds_bucket", le="0.001")
    assert 20_000 == value(found, "adviser_phase_seconds_count", phase="decode")
    assert pytest.approx(20) == value(found, "adviser_request_seconds_sum")


def test_what_could_not_be_added_is_added_the_next_time(rule_base: RuleBase) -> None:
    fired, failures = Number(), [OSError("no space left")]

    def find() -> Number:
        if failures:
            raise failures.pop()
        return fired

    phases = [Numbers(Number(), [Number(), Number()], [1.0, math.inf])] * 4
    tallies = Tallies(phases, [Number(), Number()], lambda _rule_base: [find], lambda: None)
    course = Course()
    course.given = Given(rule_base, (0,), None)
    tallies.advised(course)

    with pytest.raises(OSError, match="no space left"):
        tallies.pour()
    assert 0 == fired.get()
    tallies.pour()
    tallies.pour()
    assert 1 == fired.get()


def test_what_a_killed_server_counted_is_cleared_away_and_of_none_that_lives(tmp_path: Path) -> None:
    for name in ("held", "left", "new"):
        (tmp_path / f"adviser-metrics-{name}").mkdir()
    (tmp_path / "adviser-metrics-left" / "0.lock").touch()
    (tmp_path / "adviser-metrics-held" / "0.lock").touch()
    with (tmp_path / "adviser-metrics-held" / "0.lock").open("r+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        ended = subprocess.run(
            [sys.executable, "-c", SHARING, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True
        )
    names = {one.removeprefix("adviser-metrics-") for one in ended.stdout.split()}

    assert {"held", "new"} < names
    assert "left" not in names
    assert 3 == len(names)  # and its own
    assert {"held", "new"} == {one.name.removeprefix("adviser-metrics-") for one in tmp_path.iterdir()}


def test_a_process_that_is_just_making_its_file_does_not_keep_metrics_from_being_read(
    counted: tuple[str, int],
) -> None:
    address, server = counted
    before = value(scraped(address), "adviser_requests_total", route="/metrics")
    (directory_of(server) / "counter_99.db").touch()

    assert before + 1 == value(scraped(address), "adviser_requests_total", route="/metrics")


def test_no_label_grows_by_what_clients_make_up(counted: tuple[str, int]) -> None:
    address, _ = counted
    host, port = address.removeprefix("http://").split(":")

    def send(number: int) -> None:
        name = f"{MADE_UP}-{number}"
        for path in (f"/{name}", f"/v1/forms/{name}", f"/v1/goals?{name}={name}", f"/v1/recommendations?goals={name}"):
            ask(address, path)
        ask(address, "/v1/recommendations", json.dumps({"goals": [name], name: name}).encode())
        ask(address, "/v1/recommendations", PROFILE, f"{name}/json")
        for sent in (f"{name} /v1/goals HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", f"{name}\r\n\r\n"):
            with socket.create_connection((host, int(port)), timeout=20) as line:
                line.sendall(sent.encode())
                line.recv(65536)

    def all_series() -> set[object]:
        return set(scraped(address))

    send(0)
    send(0)
    all_series()
    before = all_series()
    for number in range(1, 10):
        send(number)
    after = all_series()

    assert before == after
    assert MADE_UP not in str(after).lower()


def test_a_request_that_never_was_one_is_counted_too(counted: tuple[str, int]) -> None:
    address, _ = counted
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as line:
        line.sendall(b"GARBAGE\r\n\r\n")
        while line.recv(65536):
            pass
    refused = {"method": "other", "route": "none", "status": "400"}

    assert 1 == soon(lambda: value(scraped(address), "adviser_requests_total", **refused), 1)


def test_metrics_are_not_served_when_they_are_switched_off() -> None:
    client = create_app(settings_from({"ADVISER_METRICS": "off"})).test_client()

    assert 404 == client.get("/metrics").status_code


def test_a_failure_of_the_matcher_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    made: Flask = create_app(settings_from({"ADVISER_CACHE_MIB": "0"}))
    client, failed = made.test_client(), []

    def failing(_handle: object, fact: str) -> None:
        failed.append(fact)
        raise engine.error

    with monkeypatch.context() as patched:
        patched.setattr(engine, "assert_fact", failing)
        status = client.post("/v1/recommendations", data=PROFILE, content_type="application/json").status_code
    found = samples(client.get("/metrics").get_data(as_text=True))

    assert (500, 2) == (status, len(failed))  # it is tried once more
    assert 1 == value(found, "adviser_engine_faults_total")
    assert 1 == value(found, "adviser_problems_total", type="internal-error")


def expressions() -> dict[str, str]:
    """Return what dashboard and alerts ask for, by where it stands."""
    dashboard = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    alerts = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
    asked = {f"{one['title']} {each['refId']}": each["expr"] for one in dashboard["panels"] for each in one["targets"]}
    asked |= {one["query"]["query"]: one["query"]["query"] for one in dashboard["templating"]["list"][1:]}
    return asked | {rule["alert"]: rule["expr"] for group in alerts["groups"] for rule in group["rules"]}


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """Give the labels of every metric that is exported, by its name."""
    client = create_app(settings_from({})).test_client()
    client.post("/v1/recommendations", data=PROFILE, content_type="application/json")
    client.get("/nowhere")
    client.application.extensions[OBSERVER].begin()
    found: dict[str, set[str]] = {}
    for name, labels in samples(client.get("/metrics").get_data(as_text=True)):
        found.setdefault(name, set()).update(dict(labels))
    return found


@pytest.mark.parametrize(("where", "expression"), expressions().items(), ids=expressions())
def test_what_dashboard_and_alerts_name_is_exported(exported: dict[str, set[str]], where: str, expression: str) -> None:
    named = set(re.findall(r"\badviser_\w+", expression))
    of_all = {"job"}.union(*(exported.get(name, set()) for name in named))
    selected = re.findall(r"(adviser_\w+)\{([^}]*)\}", expression)
    grouped = {one.strip() for group in re.findall(r"\bby \(([^)]*)\)", expression) for one in group.split(",")}

    assert named, where
    assert named <= exported.keys()
    assert grouped <= of_all
    for name, matchers in selected:
        assert set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers)) <= exported[name] | {"job"}


def test_every_metric_is_on_the_page_that_says_how_to_observe(exported: dict[str, set[str]]) -> None:
    page = (DEPLOY.parent / "docs" / "how-to" / "observe.md").read_text(encoding="utf-8")
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exported if name.startswith("adviser_")}

    assert ours == set(re.findall(r"^\| `(adviser_\w+)`", page, re.MULTILINE))


def test_an_answer_goes_out_even_when_nothing_can_be_told_of_it(
    monkeypatch: pytest.MonkeyPatch, log_text: Callable[[], str]
) -> None:
    made = create_app(settings_from({}))

    class Failing:
        def tell(self, _exchange: object) -> str:
            message = "no space left"
            raise OSError(message)

    monkeypatch.setattr(made.extensions[OBSERVER], "tracing", Failing())
    answer = made.test_client().post("/v1/recommendations", data=PROFILE, content_type="application/json")

    assert (200, True) == (answer.status_code, "forms" in answer.get_json())
    assert '"exception":"OSError"' in log_text()
