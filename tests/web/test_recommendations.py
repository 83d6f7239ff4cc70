import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.knowledge.model import RuleBase
from service.web.mistakes import MistakesError
from service.web.schemas import ProfileSchema
from service.web.serving.reply import base_environ

PATH = "/v1/recommendations"


def post(client: FlaskClient, body: bytes | str | dict[str, Any], query: str = "", **headers: str) -> Any:
    data = json.dumps(body) if isinstance(body, dict) else body
    named = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(PATH + query, data=data, headers=named)


def errors(answer: Any) -> list[tuple[str, str, str]]:
    assert 400 == answer.status_code
    assert "application/problem+json" == answer.content_type
    return [(one["in"], one.get("pointer", one.get("name")), one["code"]) for one in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", [("", "malformed")]),
        (b"{", [("", "malformed")]),
        (b'{"goals": []} x', [("", "malformed")]),
        (b'{"goals": [], "stakes": NaN}', [("", "malformed")]),
        (b'{"goals": [], "stakes": -Infinity}', [("", "malformed")]),
        (b"\xff\xfe", [("", "malformed")]),
        (b'\xef\xbb\xbf{"goals": []}', [("", "malformed")]),
        (b"[]", [("", "wrong-type")]),
        (b"null", [("", "wrong-type")]),
        (b'"goals"', [("", "wrong-type")]),
        (b"[" * 33 + b"]" * 33, [("", "too-deep")]),
        (b"[" * 100_000, [("", "too-deep")]),
        (b"{}", [("/goals", "required")]),
        (b'{"goals": null}', [("/goals", "wrong-type")]),
        (b'{"goals": "talent"}', [("/goals", "wrong-type")]),
        (b'{"goals": ["talnt"]}', [("/goals/0", "not-allowed")]),
        (b'{"goals": ["talent", 3]}', [("/goals/1", "wrong-type")]),
        (b'{"goals": ["talent", "talent"]}', [("/goals", "duplicate")]),
        (b'{"goals": [], "goals": []}', [("/goals", "duplicate")]),
        (b'{"goals": [], "sector": "x"}', [("/sector", "not-allowed")]),
        (b'{"goals": [], "sector": null}', [("/sector", "wrong-type")]),
        (b'{"goals": [], "sector": ["media"]}', [("/sector", "wrong-type")]),
        (b'{"goals": [], "stakes": 3.5}', [("/stakes", "wrong-type")]),
        (b'{"goals": [], "stakes": "3"}', [("/stakes", "wrong-type")]),
        (b'{"goals": [], "stakes": true}', [("/stakes", "wrong-type")]),
        (b'{"goals": [], "stakes": 6}', [("/stakes", "out-of-range")]),
        (b'{"goals": [], "stakes": 1e400}', [("/stakes", "out-of-range")]),
        (b'{"goals": [], "stakes": ' + b"9" * 5000 + b"}", [("/stakes", "out-of-range")]),
        (b'{"goals": [], "temporary": 1}', [("/temporary", "wrong-type")]),
        (b'{"goals": [], "temporary": "true"}', [("/temporary", "wrong-type")]),
        (b'{"goals": [], "scpoe": "broad"}', [("/scpoe", "unknown-property")]),
        (b'{"goals": [], "chosenForms": []}', [("/chosenForms", "unknown-property")]),
        (b'{"goals": [], "a/b~c": 1}', [("/a~1b~0c", "unknown-property")]),
        (b'{"goals": [], "\\ud800": 1}', [("/?", "unknown-property")]),
    ],
)
def test_a_bad_body_is_refused_with_place_and_code(
    client: FlaskClient, body: bytes, expected: list[tuple[str, str]]
) -> None:
    assert [("body", *one) for one in expected] == errors(post(client, body))


def test_all_mistakes_are_named_at_once_with_their_cure(client: FlaskClient) -> None:
    body = (
        b'{"goals": ["talnt", "talent", "talent"], "scope": "brod", "stakes": 9, "temporary": 0, "scpoe": 1,'
        b' "sector": "media", "sector": "health"}'
    )
    answer = post(client, body, "?language=en&detail=short&x=1")
    details = {one.get("pointer", one.get("name")): one["detail"] for one in answer.get_json()["errors"]}

    assert {
        ("body", "/goals", "duplicate"),
        ("body", "/goals/0", "not-allowed"),
        ("body", "/scope", "not-allowed"),
        ("body", "/scpoe", "unknown-property"),
        ("body", "/sector", "duplicate"),
        ("body", "/stakes", "out-of-range"),
        ("body", "/temporary", "wrong-type"),
        ("query", "detail", "not-allowed"),
        ("query", "x", "unknown-property"),
    } == set(errors(answer))
    assert "Did you mean ‘talent’?" in details["/goals/0"]
    assert "Did you mean ‘scope’?" in details["/scpoe"]
    assert "‘stakes’ must be from 1 to 5." == details["/stakes"]
    assert "Choose one of: full, brief." in details["detail"]


def test_an_integer_may_be_written_as_json_schema_has_it(client: FlaskClient) -> None:
    whole, with_point = (post(client, f'{{"goals": [], "stakes": {number}}}').data for number in ("4", "4.0"))

    assert whole == with_point


def test_the_order_of_properties_never_changes_a_byte(client: FlaskClient) -> None:
    facts = {"goals": ["talent", "commons"], "scope": "broad", "stakes": 4, "temporary": True}
    backwards = {name: facts[name] for name in reversed(facts)} | {"goals": ["commons", "talent"]}

    assert post(client, facts).data == post(client, backwards).data


def test_the_language_is_asked_for_by_query_then_header_then_dutch(client: FlaskClient) -> None:
    body = {"goals": ["talent"]}

    assert "en" == post(client, body, "?language=en", Accept_Language="nl").headers["Content-Language"]
    assert "en" == post(client, body, Accept_Language="en-GB,nl;q=0.5").headers["Content-Language"]
    assert "nl" == post(client, body, Accept_Language="fr").headers["Content-Language"]
    assert "nl" == post(client, body).get_json()["language"]


def test_problems_are_said_in_the_language_of_the_reader(client: FlaskClient) -> None:
    assert "De vraag is niet geldig" == post(client, b"{").get_json()["title"]
    assert "The request is not valid" == post(client, b"{", Accept_Language="en").get_json()["title"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("goals=", [("goals", "not-allowed")]),
        ("stakes=3.0", [("stakes", "wrong-type")]),
        ("stakes=", [("stakes", "wrong-type")]),
        ("stakes=%2B3", [("stakes", "wrong-type")]),
        ("stakes=03", [("stakes", "wrong-type")]),
        ("stakes=6", [("stakes", "out-of-range")]),
        ("temporary=True", [("temporary", "wrong-type")]),
        ("sector=media&sector=health", [("sector", "duplicate")]),
        ("goals=talent&goals=talent", [("goals", "duplicate")]),
        ("language=fr", [("language", "not-allowed")]),
        ("language=nl&language=en", [("language", "duplicate")]),
        ("ruleBase=latest", [("ruleBase", "malformed")]),
        ("goal=talent", [("goal", "unknown-property")]),
        ("sector=%ff", [("sector", "not-allowed")]),
    ],
)
def test_a_bad_query_is_refused_with_name_and_code(
    client: FlaskClient, query: str, expected: list[tuple[str, str]]
) -> None:
    assert [("query", *one) for one in expected] == errors(client.get(f"{PATH}?{query}"))


def test_get_gives_what_post_gives(client: FlaskClient) -> None:
    query = "goals=talent&goals=commons&sector=government&stakes=4&temporary=true&leadTimeWeeks=0"
    body = {"goals": ["commons", "talent"], "sector": "government", "stakes": 4, "temporary": True, "leadTimeWeeks": 0}

    assert post(client, body).data == client.get(f"{PATH}?{query}").data


def test_without_goals_a_query_has_the_empty_set(client: FlaskClient) -> None:
    assert {"count": 0} == {"count": client.get(PATH).get_json()["goals"]["count"]}


@pytest.mark.parametrize("asked", [{"method": "POST", "json": {"goals": []}}, {"query_string": "detail=full"}])
def test_an_answer_goes_in_its_parts_to_a_server_that_takes_them_together(app: Flask, asked: dict[str, Any]) -> None:
    def answered(**environ: object) -> list[Any]:
        context = app.test_request_context("/v1/recommendations", **asked)
        return list(app.wsgi_app(context.request.environ | environ, lambda *_: lambda _: None))

    parts = answered()
    (together,) = answered(**base_environ(Config()))

    assert len(parts) > 1
    assert parts == together
    assert "forms" in json.loads(b"".join(parts))


def test_a_version_that_is_not_kept_is_not_found(client: FlaskClient) -> None:
    kept = client.get("/v1/rule-base").get_json()["version"]

    assert 200 == client.get(f"{PATH}?ruleBase={kept}").status_code
    assert 404 == client.get(f"{PATH}?ruleBase=99.0.0").status_code
    assert 404 == post(client, {"goals": []}, "?ruleBase=99.0.0").status_code


def test_an_answer_that_the_client_has_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get(f"{PATH}?goals=talent&goals=commons")
    tag = first.headers["ETag"]
    same = f"{PATH}?goals=commons&goals=talent"

    assert 304 == client.get(same, headers={"If-None-Match": tag}).status_code
    assert 304 == client.get(same, headers={"If-None-Match": f'"other", W/{tag}'}).status_code
    assert 304 == client.get(same, headers={"If-None-Match": "*"}).status_code
    assert 200 == client.get(same, headers={"If-None-Match": '"other"'}).status_code
    for changed in ("&language=en", "&detail=brief", "&sector=media"):
        assert tag != client.get(same + changed).headers["ETag"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Accept": "text/html"}, 406),
        ({"Content-Type": "application/json; charset=UTF-8", "Accept": "application/*"}, 200),
    ],
)
def test_media_types_are_agreed_on(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert status == client.post(PATH, data=b'{"goals": []}', headers=headers).status_code


def test_a_body_over_one_mebibyte_is_too_large(client: FlaskClient) -> None:
    fits = b'{"goals": []' + b" " * (1024 * 1024 - 13) + b"}"

    assert 200 == post(client, fits).status_code
    assert 413 == post(client, fits + b" ").status_code


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(max_size=80).map(lambda text: json.dumps({text: text}).encode())))
def test_no_body_makes_a_server_error(client: FlaskClient, body: bytes) -> None:
    assert post(client, body).status_code in (200, 400)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], [("/profile", "wrong-type")]),
        ({"goals": ["x"], "y": 1}, [("/profile/goals/0", "not-allowed"), ("/profile/y", "unknown-property")]),
    ],
)
def test_mistakes_in_a_profile_inside_a_body_are_pointed_at_where_they_stand(
    rule_base: RuleBase, data: object, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(MistakesError) as error:
        ProfileSchema(rule_base).from_body(data, ("profile",))
    said = [mistake.said("body", "en") for mistake in error.value.mistakes]

    assert expected == [(one["pointer"], one["code"]) for one in said]
