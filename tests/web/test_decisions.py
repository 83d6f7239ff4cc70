"""The decision log of a real server: what is recorded, under which id, and that it costs no answer."""

import json
import os
import signal
import time
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.knowledge.loading import default_rules_directory, load_rule_base
from service.web.settings import SettingsError, settings_from
from service.web.telemetry.decisions import DecisionFiles, decision_log
from tests.serving import serving

PROFILE = {"goals": ["talent", "commons"], "scope": "broad", "stakes": 4}
ADVICE = "/v1/recommendations"


def ask(address: str, path: str, body: bytes | None, media_type: str = "application/json", **headers: str) -> Any:
    asked = urllib.request.Request(address + path, body, {"Content-Type": media_type, **headers})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return answer.headers, answer.read()


def recorded(files: Path, count: int) -> list[dict[str, Any]]:
    """Return the decisions in the files of a directory, or in one, as soon as there are so many."""
    end = time.monotonic() + 20
    while True:
        found = files.glob("decisions-*.ndjson*") if files.is_dir() else [files]
        lines = [json.loads(line) for file in found for line in file.read_text(encoding="utf-8").splitlines()]
        decisions = [one for one in lines if one.get("event") == "decision"]
        if len(decisions) >= count or time.monotonic() > end:
            return decisions
        time.sleep(0.05)


def test_nothing_is_recorded_and_no_id_given_unless_it_is_asked_for(client: FlaskClient) -> None:
    assert "Decision-Id" not in client.post(ADVICE, json=PROFILE).headers


def test_each_advice_is_recorded_under_the_id_in_its_answer(tmp_path: Path) -> None:
    decisions = tmp_path / "decisions"
    decisions.mkdir()
    body = json.dumps(PROFILE).encode()
    lines = b'{"profile": %s}\nnonsense\n{"profile": {"goals": []}}\n' % body
    with serving(tmp_path / "log", ADVISER_DECISION_LOG=str(decisions)) as (address, _):
        posted, advice = ask(address, f"{ADVICE}?language=en", body)
        again, same = ask(address, f"{ADVICE}?language=en", body)
        queried, _ = ask(address, f"{ADVICE}?goals=talent&detail=brief", None)
        page, _ = ask(address, f"{ADVICE}?goals=talent", None, Accept="text/html")
        batch, _ = ask(address, f"{ADVICE}/_batch", lines, "application/x-ndjson")
        others = [ask(address, path, None)[0] for path in ("/v1/goals", "/health/ready")]
        found = {(one["decision"], one.get("line")): one for one in recorded(decisions, 6)}
    first = found[posted["Decision-Id"], None]
    advice = json.loads(advice)

    assert advice == json.loads(same)
    assert {
        *((each["Decision-Id"], None) for each in (posted, again, queried, page)),
        (batch["Decision-Id"], 1),
        (batch["Decision-Id"], 3),
    } == found.keys()
    assert posted["X-Request-Id"] == posted["Decision-Id"]
    assert all("Decision-Id" not in each for each in others)
    assert (PROFILE | {"goals": ["commons", "talent"]}, "en", "full") == (
        first["profile"],
        first["language"],
        first["detail"],
    )
    assert advice["ruleBase"] == first["ruleBase"]
    assert {one["id"]: [one["rank"], one["score"]] for one in advice["forms"]} == first["outcome"]["forms"]
    assert advice["firedRules"] == sorted(first["outcome"]["firedRules"])
    assert {one["id"]: one["state"] for one in advice["risks"]} == {
        name: state for name, (state, *_) in first["outcome"]["risks"].items()
    }
    assert first["outcome"] == found[again["Decision-Id"], None]["outcome"]  # from memory, if the same worker answered


def test_decisions_can_go_to_standard_output_among_the_log(tmp_path: Path) -> None:
    with serving(tmp_path / "log", ADVISER_DECISION_LOG="-") as (address, _):
        ids = [ask(address, ADVICE, json.dumps(PROFILE).encode())[0]["Decision-Id"] for _ in range(5)]
        found = recorded(tmp_path / "log", 5)

    assert sorted(ids) == sorted(one["decision"] for one in found)


def test_a_killed_worker_leaves_whole_lines_and_its_file_to_the_next(tmp_path: Path) -> None:
    decisions = tmp_path / "decisions"
    decisions.mkdir()
    (decisions / "decisions-0.ndjson").write_text('{"event": "torn', encoding="utf-8")
    with serving(tmp_path / "log", ADVISER_DECISION_LOG=str(decisions), WORKERS="1") as (address, server):
        ids = [ask(address, ADVICE, json.dumps(PROFILE).encode())[0]["Decision-Id"] for _ in range(3)]
        recorded_ids = set()
        end = time.monotonic() + 20
        while recorded_ids != set(ids) and time.monotonic() < end:
            torn, *lines = (decisions / "decisions-0.ndjson").read_text(encoding="utf-8").splitlines()
            recorded_ids = {json.loads(one)["decision"] for one in lines}
            time.sleep(0.05)
        (generation,) = Path(f"/proc/{server}/task/{server}/children").read_text(encoding="ascii").split()
        children = Path(f"/proc/{generation}/task/{generation}/children").read_text(encoding="ascii")
        os.kill(int(children.split()[0]), signal.SIGKILL)
        while True:
            try:
                ids.append(ask(address, ADVICE, json.dumps(PROFILE).encode())[0]["Decision-Id"])
                break
            except OSError:
                time.sleep(0.1)
        (decisions / "decisions-0.ndjson").write_text(
            "".join(f"{one}\n" for one in (decisions / "decisions-0.ndjson").read_text("utf-8").splitlines()[1:]),
            encoding="utf-8",
        )
        found = recorded(decisions, 4)

    assert '{"event": "torn' == torn
    assert set(ids) == {one["decision"] for one in found}
    assert ["decisions-0.ndjson"] == [one.name for one in decisions.glob("*.ndjson*")]


def test_a_full_file_makes_room_and_the_oldest_goes(tmp_path: Path) -> None:
    with closing(DecisionFiles(tmp_path, most_bytes=1000, files=3)) as write:
        for number in range(100):
            write([b'{"number": %d, "padding": "%s"}\n' % (number, b"x" * 70)])
    files = sorted(tmp_path.glob("*.ndjson*"))
    numbers = [json.loads(line)["number"] for one in files for line in one.read_text(encoding="utf-8").splitlines()]

    assert ["decisions-0.ndjson", "decisions-0.ndjson.1", "decisions-0.ndjson.2"] == [one.name for one in files]
    assert all(one.stat().st_size <= 1000 for one in files)
    assert all(not one.stat().st_mode & 0o027 for one in files)  # it holds profiles
    assert set(range(100 - len(numbers), 100)) == set(numbers)


def test_a_mask_that_is_no_fact_is_a_mistake_in_the_settings() -> None:
    rule_base = load_rule_base(default_rules_directory())

    with pytest.raises(SettingsError, match=r"ADVISER_DECISION_LOG_MASK has 'stake', which is no fact\. Did you mean"):
        decision_log(settings_from({"ADVISER_DECISION_LOG_MASK": "scope, stake"}), rule_base)
