"""The number of the contract says what its changes since the last release mean for those who use it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service import CONTRACT
from service.knowledge.yaml_files import read_yaml
from service.workbench.contract_changes import Level, asked_version, changes
from tests.contract.checking import contract

RELEASED = CONTRACT.parent / "contract" / "released"
Edit = Callable[[Any], object]


def number(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split("."))


def released() -> Any:
    path = max(RELEASED.glob("openapi-*.yaml"), key=lambda one: number(one.stem.removeprefix("openapi-")))
    document, findings = read_yaml(Path(path), path.name)
    assert document is not None
    assert [] == findings
    return document.data


def test_the_number_is_at_least_what_the_changes_since_the_last_release_ask_for() -> None:
    last = released()
    found = changes(last, contract())
    asked = asked_version(last["info"]["version"], found)

    assert number(asked) <= number(contract()["info"]["version"]), [str(one) for one in found[:20]]
    assert found == [] or contract()["info"]["version"] != last["info"]["version"]


def schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


def post(document: Any) -> Any:
    return document["paths"]["/recommendations"]["post"]


@pytest.mark.parametrize(
    ("edit", "level"),
    [
        (lambda _: None, Level.NONE),
        (lambda d: schema(d, "Profile").update(description="other words"), Level.NONE),
        (lambda d: d["paths"].pop("/goals"), Level.MAJOR),
        (lambda d: d["paths"].update({"/new": {"get": copy.deepcopy(d["paths"]["/goals"]["get"])}}), Level.MINOR),
        (lambda d: post(d).update(operationId="ask"), Level.MAJOR),
        (lambda d: post(d)["responses"].pop("413"), Level.MAJOR),
        (lambda d: post(d)["responses"].update({"422": {"description": "new"}}), Level.MINOR),
        (lambda d: post(d)["parameters"].pop(), Level.MAJOR),
        (
            lambda d: post(d)["parameters"].append({"in": "query", "name": "x", "schema": {"type": "string"}}),
            Level.MINOR,
        ),
        (
            lambda d: post(d)["parameters"].append(
                {"in": "query", "name": "x", "required": True, "schema": {"type": "string"}}
            ),
            Level.MAJOR,
        ),
        (lambda d: schema(d, "Profile")["required"].append("sector"), Level.MAJOR),
        (lambda d: schema(d, "Profile")["required"].clear(), Level.MINOR),
        (lambda d: schema(d, "Profile")["properties"].pop("sector"), Level.MAJOR),
        (lambda d: schema(d, "Profile")["properties"].update(x={"type": "string"}), Level.MINOR),
        (lambda d: schema(d, "Profile")["properties"]["sector"]["enum"].pop(), Level.MAJOR),
        (lambda d: schema(d, "Profile")["properties"]["sector"]["enum"].append("x"), Level.MINOR),
        (lambda d: schema(d, "Profile")["properties"]["stakes"].update(maximum=4), Level.MAJOR),
        (lambda d: schema(d, "Profile")["properties"]["stakes"].update(maximum=6), Level.MINOR),
        (lambda d: schema(d, "Profile")["properties"]["stakes"].update(minimum=0), Level.MINOR),
        (lambda d: schema(d, "Profile")["properties"]["stakes"].update(minimum=2), Level.MAJOR),
        (lambda d: schema(d, "Profile")["properties"]["stakes"].update(type="number"), Level.MAJOR),
        (lambda d: schema(d, "Condition")["oneOf"].reverse(), Level.NONE),
        (lambda d: schema(d, "Condition")["oneOf"].pop(), Level.MAJOR),
        (lambda d: schema(d, "Advice")["required"].remove("forms"), Level.MAJOR),
        (lambda d: schema(d, "Advice")["required"].append("x"), Level.MINOR),
        (lambda d: schema(d, "FormAdvice")["properties"].pop("rank"), Level.MAJOR),
        (lambda d: schema(d, "FormAdvice")["properties"].update(x={"type": "string"}), Level.MINOR),
    ],
)
def test_each_change_asks_for_the_number_that_it_means(edit: Edit, level: Level) -> None:
    new = copy.deepcopy(contract())
    edit(new)
    found = changes(contract(), new)

    assert level == max((one.level for one in found), default=Level.NONE), [str(one) for one in found]
