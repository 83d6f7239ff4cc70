"""What client and service agree on: media types, languages, origins, methods."""

import pytest
from flask.testing import FlaskClient

from service.web.app import create_app
from service.web.settings import settings_from

ALLOWED = "https://intranet.example.org"


@pytest.fixture(scope="module")
def open_to_one() -> FlaskClient:
    return create_app(settings_from({"ADVISER_ALLOWED_ORIGINS": ALLOWED})).test_client()


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("", 200),
        ("*/*;q=0.1", 200),
        ("application/*", 200),
        ("APPLICATION/JSON", 200),
        ("application/json; charset=utf-8", 200),
        ("text/html, application/json;q=0.1", 200),
        ("application/json, */*;q=0", 200),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("text/html, */*;q=0", 406),
        ("application/yaml", 406),
        ("json", 406),
    ],
)
def test_the_narrowest_range_decides_whether_json_is_accepted(client: FlaskClient, accept: str, status: int) -> None:
    assert status == client.get("/v1/rule-base", headers={"Accept": accept}).status_code


def test_without_a_header_everything_is_accepted(client: FlaskClient) -> None:
    assert 200 == client.get("/v1/rule-base").status_code


@pytest.mark.parametrize(("accept", "status"), [("application/yaml", 200), ("*/*", 200), ("application/json", 406)])
def test_the_contract_in_yaml_is_yaml(client: FlaskClient, accept: str, status: int) -> None:
    assert status == client.get("/v1/openapi.yaml", headers={"Accept": accept}).status_code


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "nl"),
        ("*", "nl"),
        ("de", "nl"),
        ("de, en;q=0.5", "en"),
        ("EN", "en"),
        ("en-GB, nl;q=0.9", "en"),
        ("nl-BE;q=0.8, en;q=0.7", "nl"),
        ("nl;q=0, en;q=0.1", "en"),
        ("garbage;;q=", "nl"),
    ],
)
def test_the_reader_gets_the_language_that_is_preferred(client: FlaskClient, asked: str, language: str) -> None:
    answer = client.get("/v1/rule-base", headers={"Accept-Language": asked})

    assert language == answer.headers["Content-Language"]
    assert "Accept-Language" in answer.vary


def test_a_problem_depends_on_the_language_too(client: FlaskClient) -> None:
    problem = client.get("/v1/nowhere", headers={"Accept-Language": "en"})

    assert ("en", "no-store") == (problem.headers["Content-Language"], problem.headers["Cache-Control"])
    assert "Accept-Language" in problem.vary


def test_advice_in_a_url_is_kept_by_its_reader_only_and_posted_advice_by_no_one(client: FlaskClient) -> None:
    assert "private, max-age=60" == client.get("/v1/recommendations").headers["Cache-Control"]
    assert "no-store" == client.post("/v1/recommendations", json={"goals": []}).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/v1/goals", "/v1/recommendations", "/v1/openapi.json", "/", "/health/live"])
def test_options_name_the_methods_and_have_no_body(client: FlaskClient, path: str) -> None:
    answer = client.options(path)

    assert (200, b"") == (answer.status_code, answer.data)
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.allow)
    assert "Content-Type" not in answer.headers


def test_options_of_what_is_not_there_are_answered_by_a_problem(client: FlaskClient) -> None:
    answer = client.options("/v1/nowhere")

    assert (404, "application/problem+json") == (answer.status_code, answer.content_type)


def test_every_answer_that_an_origin_can_change_says_so(open_to_one: FlaskClient) -> None:
    for headers in ({}, {"Origin": ALLOWED}, {"Origin": "https://other.example.org"}):
        assert "Origin" in open_to_one.get("/v1/goals", headers=headers).vary
    assert "Origin" not in open_to_one.get("/v1/openapi.json", headers={"Origin": ALLOWED}).vary


def test_problems_can_be_read_by_the_allowed_origin(open_to_one: FlaskClient) -> None:
    problem = open_to_one.get("/v1/nowhere", headers={"Origin": ALLOWED})

    assert (404, ALLOWED) == (problem.status_code, problem.headers["Access-Control-Allow-Origin"])
    assert "X-Request-Id" in problem.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in problem.headers


def test_a_preflight_allows_what_the_service_does_and_no_more(open_to_one: FlaskClient) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, x-api-key, x-other",
    }
    allowed = open_to_one.options("/v1/recommendations", headers={"Origin": ALLOWED} | asked)
    refused = open_to_one.options("/v1/recommendations", headers={"Origin": "https://other.example.org"} | asked)

    assert "GET, HEAD, OPTIONS, POST" == allowed.headers["Access-Control-Allow-Methods"]
    assert "content-type, x-api-key" == allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in refused.headers
