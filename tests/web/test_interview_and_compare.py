import json
from typing import Any

import pytest
from flask.testing import FlaskClient

INTERVIEW, COMPARE = "/v1/recommendations/_interview", "/v1/recommendations/_compare"
PROFILE = {"goals": ["talent"]}


def variants(*some: Any) -> dict[str, Any]:
    return {"profile": PROFILE, "variants": list(some)}


def errors(client: FlaskClient, path: str, body: Any) -> list[tuple[str, str]]:
    data = body if isinstance(body, bytes) else json.dumps(body)
    answer = client.post(path, data=data, headers={"Content-Type": "application/json"})

    assert 400 == answer.status_code
    return [(one.get("pointer", one.get("name")), one["code"]) for one in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", [("", "wrong-type")]),
        (b"{", [("", "malformed")]),
        ({}, [("/profile", "required")]),
        ({"profile": 3}, [("/profile", "wrong-type")]),
        ({"profile": {}}, [("/profile/goals", "required")]),
        ({"profile": PROFILE, "skip": "stakes"}, [("/skip", "wrong-type")]),
        ({"profile": PROFILE, "skip": None}, [("/skip", "wrong-type")]),
        ({"profile": PROFILE, "skip": ["stakes", "stakes"]}, [("/skip", "duplicate")]),
        ({"profile": PROFILE, "skip": ["goalCount"]}, [("/skip/0", "not-allowed")]),
        ({"profile": PROFILE, "skip": ["stakes"] * 99}, [("/skip", "too-large"), ("/skip", "duplicate")]),
        (
            {"profil": 1, "profile": {"goals": ["x"], "y": 1}, "skip": ["stake", 3]},
            [
                ("/profil", "unknown-property"),
                ("/profile/goals/0", "not-allowed"),
                ("/profile/y", "unknown-property"),
                ("/skip/0", "not-allowed"),
                ("/skip/1", "not-allowed"),
            ],
        ),
        (b'{"profile": {"goals": []}, "profile": {"goals": []}}', [("/profile", "duplicate")]),
    ],
)
def test_every_mistake_in_a_request_for_an_interview_is_pointed_at(
    client: FlaskClient, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert expected == errors(client, INTERVIEW, body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[]", [("", "wrong-type")]),
        ({}, [("/profile", "required"), ("/variants", "required")]),
        ({"profile": PROFILE, "variants": []}, [("/variants", "required")]),
        ({"profile": PROFILE, "variants": {}}, [("/variants", "wrong-type")]),
        ({"profile": PROFILE, "variants": [3]}, [("/variants/0", "wrong-type")]),
        (
            variants({}),
            [("/variants/0/name", "required"), ("/variants/0/changes", "required")],
        ),
        (variants({"name": "", "changes": {}}), [("/variants/0/name", "required")]),
        (variants({"name": None, "changes": {}}), [("/variants/0/name", "wrong-type")]),
        (
            variants({"name": 3, "changes": []}),
            [("/variants/0/name", "wrong-type"), ("/variants/0/changes", "wrong-type")],
        ),
        (variants({"name": "x" * 201, "changes": {}}), [("/variants/0/name", "too-large")]),
        (variants({"name": "x", "changes": {}, "profile": PROFILE}), [("/variants/0/profile", "not-allowed")]),
        (variants(*[{"name": "x", "changes": {}}] * 21), [("/variants", "too-large")]),
        (variants({"name": "x", "changes": {"goals": None}}), [("/variants/0/changes/goals", "wrong-type")]),
        (
            {
                "profile": {"goals": [], "stakes": 9},
                "variants": [
                    {"name": "a", "changes": {"stakes": 9, "scpoe": None, "sector": "x"}},
                    {"name": "b", "profile": {"temporary": 1}, "z": 1},
                ],
            },
            [
                ("/profile/stakes", "out-of-range"),
                ("/variants/0/changes/scpoe", "unknown-property"),
                ("/variants/0/changes/sector", "not-allowed"),
                ("/variants/0/changes/stakes", "out-of-range"),
                ("/variants/1/z", "unknown-property"),
                ("/variants/1/profile/goals", "required"),
                ("/variants/1/profile/temporary", "wrong-type"),
            ],
        ),
    ],
)
def test_every_mistake_in_a_request_for_a_comparison_is_pointed_at(
    client: FlaskClient, body: Any, expected: list[tuple[str, str]]
) -> None:
    assert expected == errors(client, COMPARE, body)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (INTERVIEW, {"profile": PROFILE}),
        (COMPARE, variants({"name": "x", "changes": {"stakes": 5}})),
    ],
)
def test_language_and_version_are_asked_for_as_of_any_advice(client: FlaskClient, path: str, body: Any) -> None:
    assert "nl" == client.post(path, json=body).headers["Content-Language"]
    assert "en" == client.post(f"{path}?language=en", json=body).headers["Content-Language"]
    assert "no-store" == client.post(path, json=body).headers["Cache-Control"]
    assert 404 == client.post(f"{path}?ruleBase=99.0.0", json=body).status_code
    assert 400 == client.post(f"{path}?detail=brief", json=body).status_code
    assert 415 == client.post(path, data=b"{}").status_code
    assert 405 == client.get(path).status_code


def test_variants_with_one_name_are_answered_in_their_order(client: FlaskClient) -> None:
    body = variants({"name": "x", "changes": {"maturityResources": 1}}, {"name": "x", "changes": {}})
    answer = client.post(COMPARE, json=body).get_json()
    added = [[one["rule"] for one in variant["firedRules"]["added"]] for variant in answer["variants"]]

    assert ["x", "x"] == [variant["name"] for variant in answer["variants"]]
    assert added[0]
    assert [] == added[1]
