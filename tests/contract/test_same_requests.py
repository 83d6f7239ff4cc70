"""What the contract's schemas allow is answered, what they do not allow is refused: bodies and queries by chance."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.web.app import create_app
from tests.contract.checking import contract, validator

PROPERTIES = contract()["components"]["schemas"]["Profile"]["properties"]
PARAMETERS = {
    one["name"]: one
    for one in contract()["paths"]["/recommendations"]["get"]["parameters"]
    if "$ref" not in one and one["in"] == "query"
}
OTHERS = {"detail": ["full", "brief", "long", ""], "language": ["nl", "en", "fr", "NL"]}
INTEGER = re.compile(r"0|-?[1-9][0-9]*")
MANY = settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def plain() -> FlaskClient:
    """Give a client that judges no answers: only whether there is one matters here."""
    return create_app().test_client()


def near(schema: Any) -> st.SearchStrategy[Any]:
    """Values around the edge of what a schema allows."""
    match schema:
        case {"type": "integer", "minimum": low, "maximum": high}:
            return st.sampled_from([low, high, low - 1, high + 1, float(low), high + 0.5, -0.0, 10**30, 1e300])
        case {"type": "boolean"}:
            return st.sampled_from([True, False, 0, 1, "true"])
        case {"type": "array", "items": {"enum": ids}, "maxItems": most}:
            some = st.lists(st.sampled_from([*ids[:3], ids[0].upper(), "", None, 1]), max_size=4)
            return some | st.sampled_from([ids[:most], ids, [*ids, ids[0]], ids[0], {}])
        case {"enum": ids}:
            return st.sampled_from([*ids[:3], ids[-1], ids[0].upper(), f"{ids[0]} ", "", None, [ids[0]], 1])
    message = f"no values for {schema}"
    raise AssertionError(message)


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
BODIES = st.lists(st.sampled_from([*PROPERTIES, "chosenForms", "Goals", ""]), unique=True, max_size=6).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: near(PROPERTIES[name]) | ANYTHING if name in PROPERTIES else ANYTHING for name in names},
        optional={} if "goals" in names else {"goals": st.just(["talent"])},
    )
)


@MANY
@given(body=BODIES | ANYTHING | st.lists(ANYTHING, max_size=2))
def test_validator_and_contract_accept_the_same_bodies(plain: FlaskClient, body: Any) -> None:
    allowed = validator("/components/schemas/Profile").is_valid(body)

    headers = {"Content-Type": "application/json"}
    answer = plain.post("/v1/recommendations?detail=brief", data=json.dumps(body), headers=headers)

    assert (200 if allowed else 400) == answer.status_code


@MANY
@given(profile=BODIES | ANYTHING, extra=st.dictionaries(st.sampled_from(["id", "ids"]), ANYTHING, max_size=2))
def test_validator_and_contract_accept_the_same_lines(plain: FlaskClient, profile: Any, extra: dict[str, Any]) -> None:
    line = {"profile": profile, **extra}
    allowed = validator("/components/schemas/BatchLine").is_valid(line)
    headers = {"Content-Type": "application/x-ndjson"}
    with plain.post("/v1/recommendations/_batch", data=json.dumps(line), headers=headers) as answer:
        assert allowed == (b'"advice":' in answer.data)
        judge = validator("/components/schemas/BatchAnswer")
        assert [] == [error.message for error in judge.iter_errors(json.loads(answer.data))]


FEWER = settings(MANY, max_examples=150)
CHANGED = st.lists(st.sampled_from([*PROPERTIES, "chosenForms"]), unique=True, max_size=4).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: near(PROPERTIES[name]) | st.none() if name in PROPERTIES else ANYTHING for name in names}
    )
)
VARIANTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["n", "", None, 3, "n" * 200, "n" * 201]),
        "changes": CHANGED | ANYTHING,
        "profile": BODIES | ANYTHING,
        "x": ANYTHING,
    },
)
NAMED = st.fixed_dictionaries({"name": st.just("n")}, optional={"changes": CHANGED, "profile": BODIES})


@MANY
@given(variants=st.lists(NAMED | VARIANTS, max_size=3) | ANYTHING | st.just([{"name": "n", "changes": {}}] * 21))
def test_validator_and_contract_accept_the_same_comparisons(plain: FlaskClient, variants: Any) -> None:
    body = {"profile": {"goals": []}, "variants": variants}
    allowed = validator("/components/schemas/ComparisonRequest").is_valid(body)
    headers = {"Content-Type": "application/json"}
    answer = plain.post("/v1/recommendations/_compare", data=json.dumps(body), headers=headers)

    assert (200 if allowed else 400) == answer.status_code


@FEWER
@given(
    skip=st.lists(st.sampled_from([*PROPERTIES, "goalCount", 1, None]), max_size=3) | ANYTHING,
    extra=st.dictionaries(st.sampled_from(["skips", ""]), ANYTHING, max_size=1),
)
def test_validator_and_contract_accept_the_same_interviews(
    plain: FlaskClient, skip: Any, extra: dict[str, Any]
) -> None:
    body = {"profile": {"goals": []}, "skip": skip, **extra}
    allowed = validator("/components/schemas/InterviewRequest").is_valid(body)
    headers = {"Content-Type": "application/json"}
    answer = plain.post("/v1/recommendations/_interview", data=json.dumps(body), headers=headers)

    assert (200 if allowed else 400) == answer.status_code


AIMS = (
    st.sampled_from(["first", "first-three", "last", ""])
    | st.dictionaries(st.sampled_from(["withoutRisk", "risk"]), st.sampled_from(["overload", "x", None, 1]), max_size=2)
    | ANYTHING
)
FORMS = st.sampled_from(["living-lab", "listening", "Listening", ""]) | ANYTHING
QUESTIONS = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.just({"goals": ["talent"]}) | BODIES | ANYTHING,
        "form": st.just("living-lab") | FORMS,
        "aim": AIMS,
        "forms": ANYTHING,
    },
)


@settings(MANY, max_examples=300)
@given(body=QUESTIONS | ANYTHING)
def test_validator_and_contract_accept_the_same_questions_for_an_explanation(plain: FlaskClient, body: Any) -> None:
    allowed = validator("/components/schemas/ExplanationRequest").is_valid(body)

    headers = {"Content-Type": "application/json"}
    answer = plain.post("/v1/recommendations/_explain", data=json.dumps(body), headers=headers)

    assert (200 if allowed else 400) == answer.status_code


def texts(schema: Any) -> st.SearchStrategy[list[str]]:
    """Values of a query key around the edge of what its schema allows, and how often it is sent."""
    match schema:
        case {"type": "array", "items": {"enum": ids}}:
            return st.lists(
                st.sampled_from([*ids[:4], ids[0].upper(), "", ids[0] + "," + ids[1]]), min_size=1, max_size=4
            )
        case {"type": "integer", "minimum": low, "maximum": high}:
            written = [low, high, low - 1, high + 1, "03", "3.0", "", "+3", " 3", "three", "9" * 30]
            one = st.sampled_from([str(value) for value in written])
        case {"type": "boolean"}:
            one = st.sampled_from(["true", "false", "True", "1", ""])
        case _:
            one = st.sampled_from([*schema["enum"][:3], schema["enum"][0].upper(), ""])
    return st.lists(one, min_size=1, max_size=1) | st.lists(one, min_size=2, max_size=2)


def read(schema: Any, values: list[str]) -> Any:
    """Read a key's values as the contract says: sets repeat their key, numbers are plain digits."""
    if schema["type"] == "array":
        return values
    if len(values) > 1:
        return values
    if schema["type"] == "integer" and INTEGER.fullmatch(values[0]):
        return int(values[0])
    return {"true": True, "false": False}.get(values[0], values[0]) if schema["type"] == "boolean" else values[0]


QUERIES = st.lists(st.sampled_from([*PARAMETERS, "goal"]), unique=True, max_size=5).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: texts(PARAMETERS[name]["schema"]) if name in PARAMETERS else st.just(["talent"]) for name in names},
        optional={name: st.lists(st.sampled_from(values), min_size=1, max_size=1) for name, values in OTHERS.items()},
    )
)


@MANY
@given(query=QUERIES)
def test_validator_and_contract_accept_the_same_queries(plain: FlaskClient, query: dict[str, list[str]]) -> None:
    facts = [
        name in PARAMETERS
        and validator(f"/components/schemas/Profile/properties/{name}").is_valid(
            read(PARAMETERS[name]["schema"], values)
        )
        for name, values in query.items()
        if name not in OTHERS
    ]
    others = [values[0] in OTHERS[name][:2] for name, values in query.items() if name in OTHERS]
    answer = plain.get(f"/v1/recommendations?{urlencode(query, doseq=True)}")

    assert (200 if all(facts + others) else 400) == answer.status_code


def test_the_keys_of_a_query_are_the_properties_of_a_profile_with_the_same_schemas() -> None:
    assert list(PROPERTIES) == list(PARAMETERS)
    for name, property_ in PROPERTIES.items():
        assert {key: value for key, value in property_.items() if key != "description"} == PARAMETERS[name]["schema"]
