"""How much work an answer is: calls are counted, nothing is timed, so that it is the same on every machine.

The bounds leave a third for what is worth its price. Whoever goes beyond has made every request slower: look where
(`make bench PARTS=phases`) before a bound is raised.
"""

import io
import json
import random
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from flask import Flask, Response, request

from service.advice.adviser import Adviser
from service.knowledge.model import Profile, RuleBase
from service.web import strict_json
from service.web.lines import Lines
from service.web.schemas import ProfileSchema
from tests.conftest import value_by_chance
from tests.counting import calls_of_each
from tests.plain import said_by

FACTS_SENT = 20
PROFILES = 25
CALLS_A_RULE = {"full": 17, "brief": 12}
"""Of Python and C functions, for one advice and one rule of the rule base: 13 and 8 when this was written."""
CALLS_OF_A_MATCH_A_RULE = 1
CALLS_OF_A_LINE = 48
"""To read a profile of twenty facts out of a line of a batch, and write the line that answers: 36."""
OF_FLASK = {"304": 0.016, "from memory": 0.016}
"""Times the calls of a bare Flask route, for an answer that the client has already, and for one from memory to a POST:
0.011 both. What is compiled is seen only where it is called from Python.
"""


@pytest.fixture(scope="module")
def given(rule_base: RuleBase) -> list[Profile]:
    chance = random.Random(11)
    required = [name for name, fact in rule_base.facts.items() if fact.required]
    others = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    sent = [[*required, *chance.sample(others, FACTS_SENT - len(required))] for _ in range(PROFILES)]
    return [{name: value_by_chance(rule_base.facts[name], chance) for name in names} for names in sent]


def calls_of_an_advice(plain: Path, *how: str) -> dict[str, float]:
    """Give the calls of a full and of a brief advice, in the sources as they are: in machine code none are seen."""
    full, brief = said_by("tests.web.calls_of_advice", plain, *how).split()
    return {"full": float(full), "brief": float(brief)}


def test_an_advice_takes_few_calls_a_rule(rule_base: RuleBase, plain: Path) -> None:
    calls = calls_of_an_advice(plain)

    assert calls["full"] / len(rule_base.rules) < CALLS_A_RULE["full"]
    assert calls["brief"] / len(rule_base.rules) < CALLS_A_RULE["brief"]


def test_a_match_takes_few_calls_a_rule(adviser: Adviser, rule_base: RuleBase, given: list[Profile]) -> None:
    compiled = adviser.compiled
    known = [compiled.derivations.known(profile) for profile in given]
    calls = calls_of_each(compiled.matcher.match, known)

    assert calls / len(rule_base.rules) < CALLS_OF_A_MATCH_A_RULE


def calls_of_a_line(rule_base: RuleBase, given: list[Profile]) -> float:
    lines = Lines(ProfileSchema(rule_base), "nl", lambda *_: b"{}")
    plain = [
        {name: sorted(one) if isinstance(one, frozenset) else one for name, one in profile.items()} for profile in given
    ]
    return calls_of_each(lambda line: lines.answer(1, line), [json.dumps({"profile": one}).encode() for one in plain])


def test_a_line_takes_few_calls_beside_its_advice(rule_base: RuleBase, given: list[Profile]) -> None:
    assert calls_of_a_line(rule_base, given) < CALLS_OF_A_LINE


def calls_of_own_and_of_flask(app: Flask, method: str, **asked: Any) -> tuple[float, float]:
    """Give the calls of a request to the service, and of the same to a bare route of Flask."""
    bare = Flask("bare")

    @bare.get("/v1/recommendations")
    def get() -> Response:
        return Response(None, 304, headers={"ETag": request.args["goals"]})

    @bare.post("/v1/recommendations")
    def post() -> Response:
        return Response(request.get_json()["goals"][0], content_type="application/json")

    def ask(one: Flask, environ: dict[str, Any]) -> None:
        body = io.BytesIO(environ["wsgi.input"].getvalue())
        b"".join(one.wsgi_app({**environ, "wsgi.input": body}, lambda *_: None))

    environ = app.test_request_context("/v1/recommendations", method=method, **asked).request.environ
    own, flask = (calls_of_each(partial(ask, one), [environ] * 20) for one in (app, bare))
    return own, flask


def test_what_the_client_has_already_takes_few_calls_beside_those_of_flask(app: Flask) -> None:
    asked = {"goals": "talent", "stakes": "4", "scope": "broad"}
    tag = app.test_client().get("/v1/recommendations", query_string=asked).headers["ETag"]
    own, flask = calls_of_own_and_of_flask(app, "GET", query_string=asked, headers={"If-None-Match": tag})

    assert own / flask < OF_FLASK["304"]


def test_advice_from_memory_takes_few_calls_beside_those_of_flask(app: Flask) -> None:
    own, flask = calls_of_own_and_of_flask(app, "POST", json={"goals": ["talent"], "stakes": 4, "scope": "broad"})

    assert own / flask < OF_FLASK["from memory"]


def test_the_bounds_notice_when_work_is_done_twice(rule_base: RuleBase, given: list[Profile], plain: Path) -> None:
    calls = calls_of_an_advice(plain, "twice")
    with mock.patch.object(strict_json, "_at_a_glance", return_value=None):
        of_a_line = calls_of_a_line(rule_base, given)

    assert calls["full"] / len(rule_base.rules) > CALLS_A_RULE["full"]
    assert calls["brief"] / len(rule_base.rules) > CALLS_A_RULE["brief"]
    assert of_a_line > CALLS_OF_A_LINE
