from typing import Any

import pytest
from flask.testing import FlaskClient

PATH = "/v1/recommendations/_explain"
PROFILE = {"goals": ["talent"]}


def mistakes(client: FlaskClient, body: Any) -> list[tuple[str, str]]:
    answer = client.post(PATH, json=body)
    assert 400 == answer.status_code
    return [(error["pointer"], error["code"]) for error in answer.get_json()["errors"]]


@pytest.mark.parametrize("aim", [{}, {"aim": "first"}, {"aim": "first-three"}, {"aim": {"withoutRisk": "overload"}}])
def test_a_form_is_explained_for_every_aim(client: FlaskClient, aim: dict[str, Any]) -> None:
    answer = client.post(PATH, json={"profile": PROFILE, "form": "living-lab", **aim})

    assert 200 == answer.status_code
    assert "living-lab" == answer.get_json()["form"]
    assert "no-store" == answer.headers["Cache-Control"]


def test_the_language_is_that_of_the_query(client: FlaskClient) -> None:
    answer = client.post(f"{PATH}?language=en", json={"profile": PROFILE, "form": "living-lab"})

    assert "en" == answer.headers["Content-Language"]
    assert "Living lab" in answer.get_json()["label"]


def test_all_mistakes_are_told_at_once_with_their_places(client: FlaskClient) -> None:
    body = {"profile": {"goals": ["x"], "stakes": 9}, "form": "living-labs", "aim": {"withoutRisk": 3}, "extra": 1}

    assert [
        ("/extra", "unknown-property"),
        ("/profile/goals/0", "not-allowed"),
        ("/profile/stakes", "out-of-range"),
        ("/form", "not-allowed"),
        ("/aim/withoutRisk", "wrong-type"),
    ] == mistakes(client, body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], [("", "wrong-type")]),
        ({}, [("/profile", "required"), ("/form", "required")]),
        ({"profile": [], "form": "living-lab"}, [("/profile", "wrong-type")]),
        ({"profile": {}, "form": "living-lab"}, [("/profile/goals", "required")]),
        ({"profile": PROFILE, "form": None}, [("/form", "wrong-type")]),
        ({"profile": PROFILE, "form": "living-lab", "aim": None}, [("/aim", "wrong-type")]),
        ({"profile": PROFILE, "form": "living-lab", "aim": "last"}, [("/aim", "not-allowed")]),
        ({"profile": PROFILE, "form": "living-lab", "aim": {}}, [("/aim/withoutRisk", "required")]),
        (
            {"profile": PROFILE, "form": "living-lab", "aim": {"withoutRisk": "overload", "of": 1}},
            [("/aim/of", "unknown-property")],
        ),
        (
            {"profile": PROFILE, "form": "living-lab", "aim": {"withoutRisk": "x"}},
            [("/aim/withoutRisk", "not-allowed")],
        ),
    ],
)
def test_a_body_that_asks_nothing_is_refused(client: FlaskClient, body: Any, expected: list[tuple[str, str]]) -> None:
    assert expected == mistakes(client, body)


def test_a_form_that_does_not_exist_is_guessed_and_listed(client: FlaskClient) -> None:
    answer = client.post(f"{PATH}?language=en", json={"profile": PROFILE, "form": "living-labs"}).get_json()

    assert (
        "‘living-labs’ is not a value of ‘form’. Did you mean ‘living-lab’? The values are listed at /v1/forms."
        == (answer["errors"][0]["detail"])
    )


def test_a_key_of_the_query_that_does_not_exist_here_is_refused(client: FlaskClient) -> None:
    answer = client.post(f"{PATH}?detail=brief", json={"profile": PROFILE, "form": "living-lab"})

    assert 400 == answer.status_code
