"""Replay: the same rule base gives what was logged, another one shows just what it changes."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.advice.adviser import Adviser
from service.cli import main
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Profile
from service.web.app import create_app
from service.web.settings import settings_from
from service.web.telemetry.observer import OBSERVER

PATH = "/v1/recommendations"
ProfileByChance = Callable[[random.Random, float], Profile]
RULE = "    forms: {idea-platform: -2}\n    risks: {overload: 3}\n"


def client_of(log: Path, **more: str) -> FlaskClient:
    return create_app(settings_from({"ADVISER_DECISION_LOG": str(log), **more})).test_client()


def written(client: FlaskClient, log: Path) -> list[dict[str, Any]]:
    assert client.application.extensions[OBSERVER].decisions.outlet.empty(60)
    return [json.loads(line) for file in sorted(log.glob("*.ndjson*")) for line in file.read_text("utf-8").splitlines()]


def sent(profile: Profile) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}


def replayed(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, arguments)])


@pytest.fixture(scope="module")
def profiles(profile_by_chance: ProfileByChance) -> list[dict[str, Any]]:
    chance = random.Random(8)
    return [sent(profile_by_chance(chance, chance.random())) for _ in range(1000)]


@pytest.fixture(scope="module")
def logged(profiles: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a log of a thousand decisions: posted, asked by query, in batches, in both languages and details."""
    log = tmp_path_factory.mktemp("decisions")
    client = client_of(log)
    for number, profile in enumerate(profiles[:500]):
        language, detail = ("nl", "en")[number % 2], ("full", "brief")[number % 3 == 0]
        query = f"{PATH}?language={language}&detail={detail}"
        assert 200 == client.post(query, json=profile).status_code
        if number % 50 == 0:  # in one process, whoever asks can leave the writing no time
            assert client.application.extensions[OBSERVER].decisions.outlet.empty(60)
    for start in range(500, 1000, 250):
        lines = b"\n".join(json.dumps({"profile": one}).encode() for one in profiles[start : start + 250])
        answer = client.post(f"{PATH}/_batch?language=en", data=lines, content_type="application/x-ndjson")
        assert 250 == len(answer.data.splitlines())
        assert client.application.extensions[OBSERVER].decisions.outlet.empty(60)
    assert 1000 == len(written(client, log))
    return log


@pytest.fixture
def changed_rules(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    shutil.copytree(default_rules_directory(), rules)
    path = rules / "co-creation" / "question.yaml"
    text = path.read_text(encoding="utf-8")
    assert 1 == text.count(RULE)
    path.write_text(text.replace(RULE, RULE.replace("-2", "-1").replace("3", "1")), encoding="utf-8")
    return rules


def test_a_thousand_decisions_come_out_the_same_by_the_same_rule_base(logged: Path) -> None:
    done = replayed(logged)

    assert 0 == done.exit_code, done.output
    assert "1000 decisions replayed" in done.output
    assert "0 come out differently" in done.output


def test_by_changed_rules_just_the_decisions_differ_whose_advice_does(
    logged: Path, changed_rules: Path, adviser: Adviser, tmp_path: Path
) -> None:
    lines = (logged / "decisions-0.ndjson").read_text(encoding="utf-8").splitlines()[:250]
    some = tmp_path / "some"
    some.write_text("\n".join(lines), encoding="utf-8")
    other = Adviser(load_rule_base(changed_rules))
    expected = set()
    for record in map(json.loads, lines):
        profile = {n: frozenset(v) if isinstance(v, list) else v for n, v in record["profile"].items()}
        if seen(adviser, profile) != seen(other, profile):
            expected.add(record["decision"])
    done = replayed(some, "--rules", changed_rules, "--format", "json")
    report = json.loads(done.output)

    assert 1 == done.exit_code
    assert 250 == report["replayed"]
    assert 5 < len(expected) < 125
    assert expected == {one["decision"] for one in report["differences"]}
    assert {"forms", "risks"} <= {part for one in report["differences"] for part in one["parts"]}


def seen(adviser: Adviser, profile: Profile) -> Any:
    """Return what a client sees of ids, ranks, scores and levels."""
    advice = json.loads(adviser.advise(profile, language="en"))
    return [
        [[one.get(name) for name in ("id", "rank", "score", "level", "state", "points")] for one in advice[part]]
        for part in ("forms", "tools", "anchoringMeasures", "metrics", "risks")
    ]


def test_a_difference_says_what_was_and_what_is(tmp_path: Path, changed_rules: Path) -> None:
    client = client_of(tmp_path)
    answer = client.post(PATH, json={"goals": ["talent"], "scope": "broad", "maturityResources": 1})
    before = {one["id"]: one["points"] for one in answer.get_json()["risks"] if "points" in one}["overload"]
    written(client, tmp_path)
    done = replayed(tmp_path, "--rules", changed_rules)

    assert 1 == done.exit_code
    assert answer.headers["Decision-Id"] in done.output
    assert f"overload present 2 {before} -> " in done.output or f"overload present 1 {before} -> " in done.output
    assert f" {before - 2}" in done.output


def test_a_profile_that_is_not_valid_any_more_is_a_difference(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    client.post(PATH, json={"goals": ["talent"], "stakes": 2})
    (record,) = written(client, tmp_path)
    log = tmp_path / "other.ndjson"
    log.write_text(json.dumps({**record, "profile": {"goals": ["talent"], "stake": 2}}), encoding="utf-8")
    done = replayed(log)

    assert 1 == done.exit_code
    assert "/stake" in done.output


def test_other_bytes_of_the_same_advice_are_a_difference(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    client.post(PATH, json={"goals": ["talent"]})
    (record,) = written(client, tmp_path)
    log = tmp_path / "other.ndjson"
    log.write_text(json.dumps({**record, "answerHash": "sha256:0"}), encoding="utf-8")

    assert 1 == replayed(log).exit_code


def test_what_is_masked_or_hashed_is_told_and_not_replayed(tmp_path: Path) -> None:
    for name, setting in (("masked", {"MASK": "stakes, scope"}), ("hashed", {"PROFILE": "hash"})):
        log = tmp_path / name
        log.mkdir()
        client = client_of(log, **{f"ADVISER_DECISION_LOG_{key}": value for key, value in setting.items()})
        client.post(PATH, json={"goals": ["talent"], "stakes": 4, "sector": "government"})
        (record,) = written(client, log)
        done = replayed(log)

        assert 2 == done.exit_code
        assert "1 could not be replayed" in done.output
        assert ("stakes" in str(record.get("profile")), "stakes" in str(record.get("masked"))) == (
            False,
            name == "masked",
        )
        assert ("profileHash" in record, "profile" in record) == (name == "hashed", name == "masked")


def test_lines_of_a_log_are_passed_over_and_what_is_neither_is_told(tmp_path: Path) -> None:
    client = client_of(tmp_path)
    client.post(PATH, json={"goals": ["talent"]})
    (record,) = written(client, tmp_path)
    log = tmp_path / "mixed"
    request = json.dumps({"time": "", "level": "info", "event": "request"})
    log.write_text(f"{request}\n{json.dumps(record)}\n\n", encoding="utf-8")
    whole = replayed(log)
    log.write_text(f"{json.dumps(record)}\n{json.dumps(record)[:40]}\n", encoding="utf-8")
    torn = replayed(log)

    assert (0, 2) == (whole.exit_code, torn.exit_code)
    assert "1 lines are no decisions" in torn.output
