"""The contract and the code are one."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from service import CONTRACT
from service.knowledge.model import Profile, RuleBase
from service.knowledge.yaml_files import read_yaml
from service.web.responses import API_VERSION
from service.workbench.contract import EXPLAIN, filled_contract, request_examples


@pytest.fixture(scope="session")
def contract() -> Any:
    document, findings = read_yaml(CONTRACT, "openapi.yaml")
    assert document is not None
    assert [] == findings
    return document.data


def validator(contract: Any, name: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": contract["components"]}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def as_json(profile: Profile) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}


def test_the_generated_parts_are_fresh(rule_base: RuleBase) -> None:
    assert filled_contract(rule_base) == CONTRACT.read_text(encoding="utf-8")


def test_the_version_in_the_header_is_that_of_the_contract(contract: Any) -> None:
    assert contract["info"]["version"] == API_VERSION


def test_the_contract_is_served_as_it_is(client: FlaskClient, contract: Any) -> None:
    assert contract == client.get("/v1/openapi.json").get_json()
    assert CONTRACT.read_bytes() == client.get("/v1/openapi.yaml").data


def test_only_what_is_served_is_promised(client: FlaskClient, contract: Any) -> None:
    rules = client.application.url_map.iter_rules()
    served = {rule.rule.removeprefix("/v1") for rule in rules if rule.rule.startswith("/v1/")}
    promised = {path[: path.index("{")] + "<name>" if "{" in path else path for path in contract["paths"]}

    assert served == promised


@pytest.mark.parametrize("detail", ["full", "brief"])
def test_every_advice_has_the_shape_of_the_contract(
    client: FlaskClient,
    contract: Any,
    profile_by_chance: Callable[[random.Random, float], Profile],
    detail: str,
) -> None:
    chance, advice = random.Random(12), validator(contract, "Advice")
    for _ in range(12):
        body = as_json(profile_by_chance(chance, chance.random()))
        answer = client.post(f"/v1/recommendations?detail={detail}", json=body).get_json()

        assert [] == [error.message for error in advice.iter_errors(answer)]


def test_every_interview_and_comparison_has_the_shape_of_the_contract(
    client: FlaskClient, contract: Any, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(13)
    for known in (0.0, 0.5, 1.0):
        profile, other = as_json(profile_by_chance(chance, known)), as_json(profile_by_chance(chance, 0.5))
        variants = [{"name": "changes", "changes": {**other, "scope": None}}, {"name": "profile", "profile": other}]
        asked = client.post("/v1/recommendations/_interview", json={"profile": profile}).get_json()
        body = {"profile": profile, "variants": variants}
        compared = client.post("/v1/recommendations/_compare", json=body).get_json()

        assert [] == [error.message for error in validator(contract, "Interview").iter_errors(asked)]
        assert [] == [error.message for error in validator(contract, "Comparison").iter_errors(compared)]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("facts", "FactList"),
        ("goals", "CatalogueItemList"),
        ("forms", "FormList"),
        ("tools", "CatalogueItemList"),
        ("metrics", "CatalogueItemList"),
        ("anchoring-measures", "CatalogueItemList"),
        ("risks", "RiskList"),
        ("rules", "RuleList"),
        ("sources", "SourceList"),
        ("rule-base", "RuleBase"),
    ],
)
def test_every_list_has_the_shape_of_the_contract(client: FlaskClient, contract: Any, path: str, name: str) -> None:
    for language in ("nl", "en"):
        answer = client.get(f"/v1/{path}?language={language}").get_json()

        assert [] == [error.message for error in validator(contract, name).iter_errors(answer)]


@pytest.mark.parametrize("body", [b"{", b'{"goals": ["x"], "y": 1}'])
def test_problems_have_the_shape_of_the_contract(client: FlaskClient, contract: Any, body: bytes) -> None:
    problem = client.post("/v1/recommendations", data=body, headers={"Content-Type": "application/json"}).get_json()

    assert [] == [error.message for error in validator(contract, "InvalidRequestProblem").iter_errors(problem)]


@pytest.mark.parametrize("path", ["", "/_interview", "/_compare", "/_explain"])
def test_the_examples_are_requests_that_are_answered(client: FlaskClient, path: str) -> None:
    for example in request_examples(f"/recommendations{path}").values():
        assert 200 == client.post(f"/v1/recommendations{path}", json=example["value"]).status_code


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_explanation_has_the_shape_of_the_contract(
    client: FlaskClient,
    contract: Any,
    rule_base: RuleBase,
    profile_by_chance: Callable[[random.Random, float], Profile],
    language: str,
) -> None:
    chance, explanation = random.Random(13), validator(contract, "Explanation")
    risks = list(rule_base.catalogue["risks"])
    for form in rule_base.catalogue["forms"]:
        aim = chance.choice(["first", "first-three", {"withoutRisk": chance.choice(risks)}])
        body = {"profile": as_json(profile_by_chance(chance, chance.random())), "form": form, "aim": aim}
        answer = client.post(f"/v1{EXPLAIN}?language={language}", json=body).get_json()

        assert [] == [error.message for error in explanation.iter_errors(answer)]
