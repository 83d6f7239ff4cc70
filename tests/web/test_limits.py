"""Bounds that keep one request from costing more than it may: numbers, sizes, counts and echoes."""

import json
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.knowledge.model import FactType, RuleBase
from service.web.mistakes import MOST_LISTED
from service.web.strict_json import BEYOND, NOT_WHOLE, read_json

PATH = "/v1/recommendations"
SOON = 5.0  # seconds of work, whatever else the machine does


def post(client: FlaskClient, body: bytes | dict[str, Any], query: str = "?language=en") -> Any:
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    return client.post(PATH + query, data=data, headers={"Content-Type": "application/json"})


def codes(answer: Any) -> list[tuple[str, str]]:
    assert 400 == answer.status_code
    return [(one.get("pointer", one.get("name")), one["code"]) for one in answer.get_json()["errors"]]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("3.0", 3.0),
        ("30e-1", 3.0),
        ("-0.0", 0.0),
        ("0e99999999999999999999", 0.0),
        ("1e-400", NOT_WHOLE),
        ("1e-99999999999999999999", NOT_WHOLE),
        ("3.0000000000000000000000001", NOT_WHOLE),
        ("2.9999999999999999999999999", NOT_WHOLE),
        ("1e300", 1e300),
        ("1e99999999999999999999", float("inf")),
        ("9" * 5000, BEYOND),
        ("-" + "9" * 5000, -BEYOND),
    ],
)
def test_no_number_becomes_whole_by_rounding_and_none_is_too_long_to_read(text: str, read: float) -> None:
    assert (read, []) == read_json(text.encode())


@pytest.mark.parametrize(
    ("number", "code"),
    [("3.0000000000000000000000001", "wrong-type"), ("1e-400", "wrong-type"), ("-1e400", "out-of-range")],
)
def test_a_number_that_only_rounding_would_allow_is_refused(client: FlaskClient, number: str, code: str) -> None:
    assert [("/stakes", code)] == codes(post(client, f'{{"goals": [], "stakes": {number}}}'.encode()))


@pytest.mark.parametrize("digits", ["9" * 20, "9" * 5000, "-" + "9" * 5000])
def test_a_long_integer_in_a_query_is_out_of_range(client: FlaskClient, digits: str) -> None:
    assert [("stakes", "out-of-range")] == codes(client.get(f"{PATH}?stakes={digits}"))


def test_a_byte_order_mark_is_named_as_such(client: FlaskClient) -> None:
    problem = post(client, b'\xef\xbb\xbf{"goals": []}').get_json()

    assert "byte order mark" in problem["errors"][0]["detail"]


def test_a_set_over_its_size_is_too_large_and_judged_no_further(client: FlaskClient, rule_base: RuleBase) -> None:
    sets = [fact for fact in rule_base.facts.values() if fact.is_sent and fact.type is FactType.SET]
    for fact in sets:
        ids = [option.id for option in fact.options]
        found = codes(post(client, {"goals": []} | {fact.id: [*ids, "one-too-many", 3]}))

        assert [(f"/{fact.id}", "too-large")] == found


@pytest.mark.parametrize(
    "body",
    [
        b'{"goals": [' + b"1," * 500_000 + b"1]}",
        json.dumps({"goals": [f"talenx{number}" for number in range(60_000)]}).encode(),
        b'{"goals": [],' + b",".join(b'"g%x":0' % number for number in range(90_000)) + b"}",
        b'{"goals": [],' + b",".join(b'"g%x":0,"g%x":1' % (number, number) for number in range(45_000)) + b"}",
        b"[" * 1_048_576,
        b"[" + b"{}," * 340_000 + b"1]",
        b'{"goals": [], "stakes": 3.' + b"0" * 1_000_000 + b"1}",
        b'{"goals": [], "stakes": 1' + b"0" * 1_000_000 + b"}",
        b'{"goals": "' + b"\\ud800" * 170_000 + b'"}',
    ],
    ids=["numbers", "members", "unknown", "repeated", "lists", "objects", "decimals", "digits", "surrogates"],
)
def test_a_large_body_of_junk_gets_a_small_answer_soon(client: FlaskClient, body: bytes) -> None:
    start = time.thread_time()
    answer = post(client, body)

    assert 400 == answer.status_code
    assert time.thread_time() - start < SOON
    assert len(answer.data) < 100_000


def test_more_mistakes_than_are_listed_are_counted(client: FlaskClient) -> None:
    body = {"goals": []} | {f"x{number}": 0 for number in range(MOST_LISTED + 50)}
    problem = post(client, body).get_json()

    assert MOST_LISTED == len(problem["errors"])
    assert f"has {MOST_LISTED + 50} mistakes; the first {MOST_LISTED} are listed" in problem["detail"]


def test_every_fact_can_be_wrong_at_once_and_all_are_listed(client: FlaskClient, rule_base: RuleBase) -> None:
    sent = [name for name, fact in rule_base.facts.items() if fact.is_sent]

    assert [(f"/{name}", "wrong-type") for name in sorted(sent)] == codes(post(client, dict.fromkeys(sent)))


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\n", "\u2028", "\u202e", "\ud800"])
def test_what_a_client_sent_is_shown_short_and_harmless(client: FlaskClient, letter: str) -> None:
    answer = post(client, {"goals": [letter + "secret" * 100], letter + "y" * 500: 1, "sector": letter})

    assert 400 == answer.status_code
    for error in answer.get_json()["errors"]:
        assert letter not in error["detail"] + error["pointer"]
        assert len(error["detail"]) < 200
        assert len(error["pointer"]) < 80


def test_the_same_mistakes_are_said_the_same_way(client: FlaskClient) -> None:
    body = {"zz": 1, "goals": ["x", "y"], "aa": 2, "stakes": 9}
    backwards = dict(reversed(body.items()))

    assert post(client, body).get_json()["errors"] == post(client, backwards).get_json()["errors"]


@pytest.mark.parametrize(
    ("body", "cure"),
    [
        ({"goals": ["talnt"]}, "Did you mean ‘talent’? The values are listed at /v1/facts/goals."),
        ({"goals": ["zzz"]}, "The values are listed at /v1/facts/goals."),
        ({"goals": [], "scope": "brod"}, "Did you mean ‘broad’? Choose one of: narrow, broad."),
        ({"goals": [], "scope": 1}, "Choose one of: narrow, broad."),
        ({"goals": [], "scpoe": "broad"}, "Did you mean ‘scope’?"),
        ({"goals": [], "zzz": 1}, "Leave it out, or find the name that was meant in /v1/facts."),
        ({"goals": [], "stakes": "3"}, "a whole number from 1 to 5"),
        ({"goals": [], "stakes": None}, "Leave the property out when the answer is unknown."),
        ({}, "Send a list, which may be empty."),
    ],
)
def test_every_mistake_says_how_to_mend_it(client: FlaskClient, body: dict[str, Any], cure: str) -> None:
    assert cure in post(client, body).get_json()["errors"][0]["detail"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON, name=st.sampled_from(["goals", "stakes", "scope", "temporary", "leadTimeWeeks", "x"]))
def test_no_value_of_a_fact_makes_a_server_error(client: FlaskClient, value: Any, name: str) -> None:
    assert post(client, {"goals": [], name: value}).status_code in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=40)
    | st.tuples(
        st.sampled_from(["goals", "stakes", "scope", "detail", "language", "ruleBase"]), st.text(max_size=10)
    ).map("=".join)
)
def test_no_query_makes_a_server_error(client: FlaskClient, query: str) -> None:
    assert client.get(PATH, query_string=query).status_code in (200, 400, 404)
    assert client.get("/v1/goals", query_string=query).status_code in (200, 400)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["Accept", "Accept-Language", "If-None-Match", "Content-Type", "Content-Encoding", "traceparent", "Origin"]
    ),
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
)
def test_no_header_makes_a_server_error(client: FlaskClient, name: str, value: str) -> None:
    headers = {"Content-Type": "application/json", name: value}

    assert client.post(PATH, data=b'{"goals": []}', headers=headers).status_code in (200, 406, 415)
    assert client.get("/v1/goals", headers=headers).status_code in (200, 304, 406)
