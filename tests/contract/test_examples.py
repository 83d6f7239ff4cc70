"""The problems that the contract shows are those that the service gives."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from service import CONTRACT
from service.knowledge.yaml_files import read_yaml
from service.web.problem_kinds import BY_STATUS, problem

JSON = {"Content-Type": "application/json"}
ASKED: dict[str, tuple[str, str, dict[str, str], bytes]] = {
    "InvalidRequest": ("POST", "/v1/recommendations?detail=short", JSON, b"{}"),
    "NotFound": ("GET", "/v1/forms/idea-platfrom", {}, b""),
    "MethodNotAllowed": ("DELETE", "/v1/forms", {}, b""),
    "NotAcceptable": ("GET", "/v1/forms", {"Accept": "text/html"}, b""),
    "PayloadTooLarge": ("POST", "/v1/recommendations", JSON, b" " * 1_048_577),
    "UnsupportedMediaType": ("POST", "/v1/recommendations", {"Content-Type": "text/plain"}, b"{}"),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_problem_in_the_contract_is_the_one_that_is_given(client: FlaskClient, name: str) -> None:
    document, _ = read_yaml(CONTRACT, "openapi.yaml")
    assert document is not None
    contract: Any = document.data
    shown = contract["components"]["responses"][name]["content"]["application/problem+json"]["example"]
    method, path, headers, body = ASKED[name]
    given = client.open(path, method=method, headers={"Accept-Language": "en", **headers}, data=body).get_json()

    if "errors" in shown:
        shown["errors"].sort(key=lambda one: one["in"], reverse=True)
    assert {**shown, "instance": given["instance"]} == given


@pytest.mark.parametrize("name", ["RequestTimeout", "UriTooLong", "HeaderFieldsTooLarge"])
def test_the_problems_of_the_server_itself_are_in_the_contract_as_it_says_them(name: str) -> None:
    document, _ = read_yaml(CONTRACT, "openapi.yaml")
    assert document is not None
    contract: Any = document.data
    shown = contract["components"]["responses"][name]["content"]["application/problem+json"]["example"]
    request_id = shown["instance"].removeprefix("urn:uuid:")

    assert shown == problem(BY_STATUS[shown["status"]], "nl", request_id)
