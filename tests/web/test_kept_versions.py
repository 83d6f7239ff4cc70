"""Older versions of the rule base, kept on purpose: a client that asks for one gets it, all of it, or a clear no."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.advice.adviser import Adviser
from service.knowledge.findings import RuleBaseError
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.versions import load_versions
from service.web.app import create_app
from service.web.settings import settings_from
from tests.contract.checking import CheckedClient
from tests.rules import change, rules_in

PROFILE: dict[str, Any] = {"goals": ["talent"], "stakes": 4}
NOW = load_rule_base(default_rules_directory()).version


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("kept")
    for version in ("0.8.0", "0.9.0"):
        rules_in(directory / version, version)
    rules_in(directory / "now")
    (directory / ".link-of-a-volume").mkdir()
    return directory


@pytest.fixture(scope="module")
def client(kept: Path) -> FlaskClient:
    app = create_app(settings_from({"ADVISER_KEPT_RULES": str(kept)}))
    app.test_client_class = CheckedClient
    return app.test_client()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", PROFILE),
        ("/_interview", {"profile": PROFILE}),
        ("/_explain", {"profile": PROFILE, "form": "living-lab"}),
        ("/_compare", {"profile": PROFILE, "variants": [{"name": "a", "changes": {"stakes": 1}}]}),
    ],
)
@pytest.mark.parametrize(("asked", "version"), [("", NOW), (f"?ruleBase={NOW}", NOW), ("?ruleBase=0.9.0", "0.9.0")])
def test_every_request_about_a_profile_is_answered_by_the_version_it_asks_for(
    client: FlaskClient, path: str, body: dict[str, Any], asked: str, version: str
) -> None:
    answer = client.post(f"/v1/recommendations{path}{asked}", json=body)

    assert (200, version) == (answer.status_code, answer.headers["Rule-Base-Version"])


def test_advice_has_the_bytes_of_the_version_that_is_asked_for_also_from_memory(
    client: FlaskClient, kept: Path
) -> None:
    profile = {"goals": frozenset({"talent"}), "stakes": 4}
    for _ in range(2):
        for version, directory in ((NOW, default_rules_directory()), ("0.8.0", kept / "0.8.0")):
            expected = Adviser(load_rule_base(directory)).advise(profile, language="en")
            answer = client.post(f"/v1/recommendations?language=en&ruleBase={version}", json=PROFILE)

            assert expected == answer.data
            assert version == answer.get_json()["ruleBase"]["version"]


def test_a_query_that_is_asked_again_has_the_headers_of_its_version(client: FlaskClient) -> None:
    seen = {}
    for _ in range(2):
        for asked in ("", "&ruleBase=0.8.0", f"&ruleBase={NOW}", "&language=en"):
            answer = client.get(f"/v1/recommendations?goals=talent&stakes=4{asked}")
            headers = {name: value for name, value in answer.headers if name != "X-Request-Id"}

            assert (answer.data, headers) == seen.setdefault(asked, (answer.data, headers))

    assert "0.8.0" == seen["&ruleBase=0.8.0"][1]["Rule-Base-Version"]
    assert NOW == seen[""][1]["Rule-Base-Version"]


def test_a_batch_is_answered_by_one_version(client: FlaskClient) -> None:
    lines = json.dumps({"profile": PROFILE}).encode() + b"\n"
    kind = {"Content-Type": "application/x-ndjson"}
    answer = client.post("/v1/recommendations/_batch?ruleBase=0.8.0", data=lines * 3, headers=kind)
    versions = [json.loads(one)["advice"]["ruleBase"]["version"] for one in answer.data.splitlines()]

    assert (["0.8.0"] * 3, "0.8.0") == (versions, answer.headers["Rule-Base-Version"])


def test_entity_tags_follow_the_version(client: FlaskClient) -> None:
    path = "/v1/recommendations?goals=talent"
    tags = {version: client.get(f"{path}&ruleBase={version}").headers["ETag"] for version in ("0.8.0", "0.9.0", NOW)}

    assert 3 == len(set(tags.values()))
    assert tags[NOW] == client.get(path).headers["ETag"]
    for version, tag in tags.items():
        unchanged = client.get(f"{path}&ruleBase={version}", headers={"If-None-Match": tag})
        assert (304, version) == (unchanged.status_code, unchanged.headers["Rule-Base-Version"])
        assert 200 == client.get(f"{path}&ruleBase=0.8.0", headers={"If-None-Match": tags["0.9.0"]}).status_code


@pytest.mark.parametrize(
    ("language", "detail"),
    [
        ("nl", f"Versie 7.7.7 van de regelbank wordt niet bewaard. Wel bewaard: {NOW}, 0.8.0, 0.9.0."),
        ("en", f"Version 7.7.7 of the rule base is not kept. Those that are: {NOW}, 0.8.0, 0.9.0."),
    ],
)
def test_a_version_that_is_not_kept_is_not_found_and_those_that_are_kept_are_named(
    client: FlaskClient, language: str, detail: str
) -> None:
    answer = client.get(f"/v1/recommendations?goals=talent&ruleBase=7.7.7&language={language}")

    assert (404, detail, NOW) == (
        answer.status_code,
        answer.get_json()["detail"],
        answer.headers["Rule-Base-Version"],
    )


@pytest.mark.parametrize("path", ["rules", "goals", "facts/stakes", "rule-base"])
def test_the_catalogue_answers_for_the_version_that_is_asked_for(client: FlaskClient, kept: Path, path: str) -> None:
    alone = create_app(settings_from({"ADVISER_RULES": str(kept / "0.8.0")})).test_client()
    expected, answer, now = (
        one.get(f"/v1/{path}{asked}")
        for one, asked in ((alone, ""), (client, "?ruleBase=0.8.0"), (client, f"?ruleBase={NOW}"))
    )

    assert ("0.8.0", NOW) == (answer.headers["Rule-Base-Version"], now.headers["Rule-Base-Version"])
    assert answer.headers["ETag"] != now.headers["ETag"]
    assert now.data == client.get(f"/v1/{path}").data
    assert expected.get_json() == answer.get_json() | ({"kept": ["0.8.0"]} if path == "rule-base" else {})


@pytest.mark.parametrize("path", ["rules", "goals/talent", "rule-base"])
def test_the_catalogue_of_a_version_that_is_not_kept_is_not_found(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/v1/{path}?ruleBase=7.7.7&language=en")

    assert 404 == answer.status_code
    assert answer.get_json()["detail"].startswith("Version 7.7.7 of the rule base is not kept.")


def test_the_identity_of_the_rule_base_lists_what_can_be_asked_for(client: FlaskClient) -> None:
    assert [NOW, "0.8.0", "0.9.0"] == client.get("/v1/rule-base").get_json()["kept"]


def _another_goal(rules: Path) -> None:
    first = r"(?s)(- id: )([a-z-]+)(\n.*?)(?=\n- id: )"
    change(rules / "catalogue" / "goals.yaml", first, r"\1\2\3\n\1a-goal-of-old\3")


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (lambda rules: rules_in(rules, NOW), "old:1: Version .* stands for two rule bases that differ"),
        (_another_goal, "old:1: Its vocabulary is not that of version .*goals: 'a-goal-of-old' is new"),
        (lambda rules: (rules / "vocabulary.yaml").unlink(), "old/vocabulary.yaml:1: "),
    ],
    ids=["version", "vocabulary", "broken"],
)
def test_what_cannot_stand_beside_the_rule_base_is_refused_with_its_directory_and_its_reason(
    tmp_path: Path, alter: Callable[[Path], object], said: str
) -> None:
    alter(rules_in(tmp_path / "old", "0.9.0"))

    with pytest.raises(RuleBaseError, match=said):
        load_versions(default_rules_directory(), tmp_path)
