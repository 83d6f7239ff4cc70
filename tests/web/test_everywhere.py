"""What holds for every resource."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.knowledge.model import RuleBase
from service.web import responses
from service.web.app import create_app
from service.web.settings import settings_from

COLLECTIONS = ("facts", "goals", "forms", "tools", "metrics", "anchoring-measures", "risks", "rules", "sources")
RESOURCES = [*(f"/v1/{name}" for name in COLLECTIONS), "/v1/rule-base", "/v1/openapi.json", "/v1/openapi.yaml"]
OTHERS = ["/", "/health/live", "/health/ready", "/v1/recommendations", "/nowhere"]


@pytest.mark.parametrize("path", RESOURCES + OTHERS)
def test_every_response_names_versions_request_and_protections(
    client: FlaskClient, path: str, rule_base: RuleBase
) -> None:
    one, other = client.get(path), client.get(path)

    assert responses.API_VERSION == one.headers["API-Version"]
    assert rule_base.version == one.headers["Rule-Base-Version"]
    assert re.fullmatch(r"[0-9a-f-]{36}", one.headers["X-Request-Id"])
    assert one.headers["X-Request-Id"] != other.headers["X-Request-Id"]
    assert responses.SECURITY.items() <= dict(one.headers).items()
    assert "Cache-Control" in one.headers
    assert "Set-Cookie" not in one.headers


@pytest.mark.parametrize("path", RESOURCES)
def test_resources_are_cacheable_and_answered_with_304(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})

    assert (200, "public, max-age=300") == (answer.status_code, answer.headers["Cache-Control"])
    assert (304, b"") == (again.status_code, again.data)


@pytest.mark.parametrize("path", RESOURCES)
def test_other_methods_are_refused_with_those_allowed(client: FlaskClient, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        answer = client.open(path, method=method)

        assert (405, "GET, HEAD, OPTIONS") == (answer.status_code, answer.headers["Allow"])
        assert "application/problem+json" == answer.content_type
    assert 200 == client.options(path).status_code
    assert (200, b"") == (client.head(path).status_code, client.head(path).data)


@pytest.mark.parametrize("path", RESOURCES)
def test_unknown_query_keys_are_refused(client: FlaskClient, path: str) -> None:
    assert 400 == client.get(f"{path}?page=2").status_code


@pytest.mark.parametrize("name", COLLECTIONS)
def test_each_item_of_a_list_is_a_resource_of_its_own(client: FlaskClient, name: str) -> None:
    for item in client.get(f"/v1/{name}?language=en").get_json()["items"]:
        assert item == client.get(f"/v1/{name}/{item['id']}?language=en").get_json()


def test_an_unknown_id_is_not_found_and_the_closest_is_named(client: FlaskClient) -> None:
    problem = client.get("/v1/forms/idea-platfrom?language=en")

    assert 404 == problem.status_code
    assert "Did you mean ‘idea-platform’?" in problem.get_json()["detail"]


@pytest.mark.parametrize("path", ["/v1/facts/", "/v1//facts", "/v1", "/v1/forms/idea-platform/x", "/v1/facts/%00"])
def test_there_is_nothing_beside_the_resources(client: FlaskClient, path: str) -> None:
    answer = client.get(path)

    assert (404, "/problems/not-found") == (answer.status_code, answer.get_json()["type"])
    assert f"urn:uuid:{answer.headers['X-Request-Id']}" == answer.get_json()["instance"]


def test_a_well_formed_traceparent_is_returned_and_another_ignored(client: FlaskClient) -> None:
    good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    assert good == client.get("/v1/goals", headers={"traceparent": good}).headers["traceparent"]
    for bad in ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", "ff" + good[2:], good.upper(), "x"):
        assert "traceparent" not in client.get("/v1/goals", headers={"traceparent": bad}).headers


def test_the_contract_is_open_to_all_and_the_rest_to_those_allowed(app: Flask) -> None:
    allowed = create_app(settings_from({"ADVISER_ALLOWED_ORIGINS": "https://intranet.example.org"})).test_client()
    closed = app.test_client()

    def origin(client: FlaskClient, path: str, origin: str) -> str | None:
        return client.get(path, headers={"Origin": origin}).headers.get("Access-Control-Allow-Origin")

    assert "*" == origin(closed, "/v1/openapi.json", "https://other.example.org")
    assert origin(closed, "/v1/goals", "https://intranet.example.org") is None
    assert "https://intranet.example.org" == origin(allowed, "/v1/goals", "https://intranet.example.org")
    assert origin(allowed, "/v1/goals", "https://other.example.org") is None


def test_a_fault_is_a_problem_without_insides_and_logged_without_content(
    app: Flask, monkeypatch: pytest.MonkeyPatch, log_text: Callable[[], str]
) -> None:
    def fail(*_args: object) -> bytes:
        message = "secret of a client"
        raise RuntimeError(message)

    monkeypatch.setattr("service.web.asking.decoded", fail)
    headers = {"Content-Type": "application/json"}
    answer = app.test_client().post("/v1/recommendations", data=b'{"secret": 1}', headers=headers)

    assert (500, "/problems/internal-error") == (answer.status_code, answer.get_json()["type"])
    assert b"secret" not in answer.data
    logged = log_text()
    assert "RuntimeError" in logged
    assert answer.headers["X-Request-Id"] in logged
    assert "secret" not in logged


def test_a_broken_rule_base_keeps_the_service_from_starting(tmp_path: object) -> None:
    with pytest.raises(SystemExit, match=r"vocabulary\.yaml:1"):
        create_app(settings_from({"ADVISER_RULES": str(tmp_path)}))


def test_health_says_what_answers(client: FlaskClient, rule_base: RuleBase) -> None:
    assert {"status": "live"} == client.get("/health/live").get_json()
    assert rule_base.digest == client.get("/health/ready").get_json()["ruleBase"]["digest"]
