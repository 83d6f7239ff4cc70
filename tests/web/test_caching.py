"""What may be kept, by whom, how long, and depending on which headers; and the service's own memory."""

import random
import re
import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.advice.adviser import Adviser
from service.knowledge.model import Profile, RuleBase
from service.web.answers import OVERHEAD, Answers, Memory
from service.web.app import create_app
from service.web.assets import read_assets
from service.web.settings import settings_from
from service.web.telemetry.course import Course

ADVICE = "/v1/recommendations"
LANGUAGE = {"Accept-Language"}
PUBLIC = "public, max-age=300"
COLLECTIONS = ("facts", "goals", "forms", "tools", "metrics", "anchoring-measures", "risks", "rules", "sources")
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}
JSON_WANTED = {"Accept": "application/json"}
ASKED_AGAIN = "no-cache"
FOR_GOOD = "public, max-age=31536000, immutable"
NDJSON = {"Content-Type": "application/x-ndjson"}

TABLE = [
    *[("GET", f"/v1/{name}", {}, PUBLIC, LANGUAGE, True) for name in (*COLLECTIONS, "rule-base")],
    ("GET", "/v1/forms/living-lab", {}, PUBLIC, LANGUAGE, True),
    ("GET", ADVICE, {}, "private, max-age=60", {"Accept", "Accept-Language"}, True),
    ("GET", ADVICE, HTML, "private, max-age=60", {"Accept", "Accept-Language"}, True),
    ("POST", ADVICE, JSON, "no-store", LANGUAGE, False),
    ("POST", f"{ADVICE}/_compare", JSON, "no-store", LANGUAGE, False),
    ("POST", f"{ADVICE}/_interview", JSON, "no-store", LANGUAGE, False),
    ("POST", f"{ADVICE}/_explain", JSON, "no-store", LANGUAGE, False),
    ("POST", f"{ADVICE}/_batch", NDJSON, "no-store", {"Accept-Language", "Accept-Encoding"}, False),
    ("GET", "/v1/openapi.json", {}, PUBLIC, set(), True),
    ("GET", "/v1/openapi.yaml", {}, PUBLIC, set(), True),
    ("GET", "/problems", JSON_WANTED, PUBLIC, {"Accept", "Accept-Language"}, True),
    ("GET", "/problems/not-found", JSON_WANTED, PUBLIC, {"Accept", "Accept-Language"}, True),
    ("GET", "/problems/not-found", HTML, ASKED_AGAIN, {"Accept", "Accept-Language"}, True),
    ("GET", "/", {}, PUBLIC, {"Accept"}, False),
    ("GET", "/", HTML, ASKED_AGAIN, {"Accept", "Accept-Language"}, True),
    ("GET", "/embed", {}, ASKED_AGAIN, LANGUAGE, True),
    *[
        ("GET", f"/reference{path}", {}, ASKED_AGAIN, LANGUAGE, True)
        for path in ("", "/contract", "/embedding", "/rules")
    ],
    ("GET", "/widget/v1/widget.js", {}, ASKED_AGAIN, set(), True),
    ("GET", f"/{read_assets().widget}", {}, FOR_GOOD, set(), True),
    ("GET", f"/{read_assets().address('page.css')}", {}, FOR_GOOD, set(), True),
    ("GET", "/health/live", {}, "no-store", set(), False),
    ("GET", "/health/ready", {}, "no-store", set(), False),
    ("GET", "/metrics", {}, "no-store", set(), False),
    ("GET", "/v1/nowhere", {}, "no-store", LANGUAGE, False),
    ("DELETE", "/v1/goals", {}, "no-store", LANGUAGE, False),
]


@pytest.mark.parametrize(("method", "path", "headers", "cache", "vary", "tagged"), TABLE)
def test_every_resource_says_who_may_keep_it_and_how_long(
    client: FlaskClient, method: str, path: str, headers: dict[str, str], cache: str, vary: set[str], tagged: bool
) -> None:
    body = b'{"goals": []}' if headers == JSON else b""
    answer = client.open(path, method=method, headers=headers, data=body)

    assert (cache, vary) == (answer.headers["Cache-Control"], set(answer.vary))
    assert tagged == ("ETag" in answer.headers)
    assert not answer.headers.get("ETag", "").startswith("W/")


@pytest.mark.parametrize(
    ("path", "headers"),
    [(path, headers) for method, path, headers, _, _, tagged in TABLE if tagged and method == "GET"],
)
def test_an_answer_that_has_not_changed_says_the_same_of_itself(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    first = client.get(path, headers=headers)
    again = client.get(path, headers={**headers, "If-None-Match": first.headers["ETag"]})

    assert (304, b"") == (again.status_code, again.data)
    for name in ("ETag", "Cache-Control", "Vary"):
        assert first.headers.get(name) == again.headers.get(name)
    assert "Content-Type" not in again.headers


def test_every_route_is_in_the_table(client: FlaskClient) -> None:
    routes = {rule.rule for rule in client.application.url_map.iter_rules() if not rule.arguments}

    assert routes == {path for _, path, *_ in TABLE} & routes


def times_worked_out(client: FlaskClient) -> int:
    """Give how often advice was worked out, as the metrics say."""
    (line,) = re.findall(r'adviser_phase_seconds_count\{phase="match"\} ([0-9.]+)', client.get("/metrics").text)
    return int(float(line))


def test_what_the_client_has_is_not_worked_out_again() -> None:
    client = create_app(settings_from({"ADVISER_CACHE_MIB": "0"})).test_client()
    tag = client.get(f"{ADVICE}?goals=talent").headers["ETag"]
    worked_before = times_worked_out(client)

    assert 304 == client.get(f"{ADVICE}?goals=talent", headers={"If-None-Match": tag}).status_code
    assert worked_before == times_worked_out(client)
    assert 200 == client.get(f"{ADVICE}?goals=commons", headers={"If-None-Match": tag}).status_code
    assert worked_before + 1 == times_worked_out(client)


def test_advice_from_memory_has_the_bytes_that_it_has_without(
    adviser: Adviser, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance, kept, bare = random.Random(3), Answers(adviser, Memory(2**26)), Answers(adviser, Memory(0))
    profiles = [profile_by_chance(chance, 0.5) for _ in range(20)]
    for language in ("nl", "en"):
        for detail in ("brief", "full"):
            first = [kept.advise(one, language, detail, Course()) for one in profiles]

            assert first == [bare.advise(one, language, detail, Course()) for one in profiles]
            assert all(
                one is kept.advise(p, language, detail, Course()) for one, p in zip(first, profiles, strict=True)
            )


def test_profiles_that_say_the_same_share_an_answer(adviser: Adviser) -> None:
    kept = Answers(adviser, Memory(2**20))
    one = kept.advise({"goals": frozenset({"talent", "commons"}), "stakes": 4}, "en", "brief", Course())
    other = kept.advise({"stakes": 4, "goals": frozenset({"commons", "talent"})}, "en", "brief", Course())

    assert one is other
    assert one is not kept.advise({"goals": frozenset({"talent", "commons"})}, "en", "brief", Course())


def test_memory_is_bounded_and_what_is_unused_longest_goes_first(rule_base: RuleBase, adviser: Adviser) -> None:
    goals = list(rule_base.catalogue["goals"])[:4]
    profiles: list[Profile] = [{"goals": frozenset({goal})} for goal in goals]
    largest = max(len(adviser.advise(one, language="nl", detail="brief")) for one in profiles)
    kept = Answers(adviser, Memory(3 * (largest + OVERHEAD)))
    first, second, third = (kept.advise(one, "nl", "brief", Course()) for one in profiles[:3])
    kept.advise(profiles[0], "nl", "brief", Course())
    kept.advise(profiles[3], "nl", "brief", Course())

    assert first is kept.advise(profiles[0], "nl", "brief", Course())
    assert third is kept.advise(profiles[2], "nl", "brief", Course())
    again = kept.advise(profiles[1], "nl", "brief", Course())
    assert second == again
    assert second is not again


def test_an_answer_larger_than_the_memory_is_given_and_not_kept(adviser: Adviser) -> None:
    kept = Answers(adviser, Memory(1000))
    one, other = (kept.advise({"goals": frozenset()}, "nl", "full", Course()) for _ in range(2))

    assert one == other
    assert one is not other


def test_threads_that_ask_the_same_at_once_get_the_same_bytes(adviser: Adviser) -> None:
    kept, found = Answers(adviser, Memory(2**20)), []
    threads = [
        threading.Thread(
            target=lambda: found.append(kept.advise({"goals": frozenset({"talent"})}, "nl", "full", Course()))
        )
        for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert 8 == len(found)
    assert 1 == len({b"".join(one) for one in found})


@pytest.mark.parametrize(("given", "most"), [("", 16), ("0", 0), ("3", 3)])
def test_the_memory_is_set_in_mebibytes(given: str, most: int) -> None:
    assert most == settings_from({"ADVISER_CACHE_MIB": given}).cache_mib
