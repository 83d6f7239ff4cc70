"""The real initiatives, over HTTP: the used form, the warnings, and pairs that come out differently."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.knowledge.loading import default_rules_directory
from service.knowledge.yaml_files import read_yaml

HIGH = 3
Ask = Callable[..., Any]


def cases(name: str) -> dict[str, Any]:
    path: Path = default_rules_directory() / "co-creation" / "cases" / f"{name}.yaml"
    document, findings = read_yaml(path, path.name)
    assert document is not None
    assert [] == findings
    listed: Any = document.data
    return {case["id"]: case for case in listed["cases"]}


WITH_HINDSIGHT = cases("with-hindsight")
BEFORE_THE_START = cases("before-the-start")


@pytest.fixture
def ask(client: FlaskClient) -> Ask:
    def asked(case: dict[str, Any], *, intended: bool = False) -> Any:
        more = {"intendedForms": [case["formUsed"]]} if intended else {}
        answer = client.post("/v1/recommendations", json={**case["profile"], **more})
        assert 200 == answer.status_code
        return answer.get_json()

    return asked


def first_three(advice: Any) -> list[str]:
    return [form["id"] for form in advice["forms"][:3]]


def risk_levels(advice: Any) -> dict[str, int]:
    return {risk["id"]: risk["level"] for risk in advice["risks"] if risk["state"] == "present"}


def test_all_cases_are_carried() -> None:
    assert (24, 23) == (len(WITH_HINDSIGHT), len(BEFORE_THE_START))


@pytest.mark.parametrize("name", [name for name, case in WITH_HINDSIGHT.items() if "form" in case["expected"]])
def test_the_form_of_a_success_is_among_the_first_three(ask: Ask, name: str) -> None:
    case = WITH_HINDSIGHT[name]

    assert case["formUsed"] in first_three(ask(case))


@pytest.mark.parametrize("name", [name for name, case in WITH_HINDSIGHT.items() if case["outcome"] == "success"])
def test_no_success_gets_a_high_risk(ask: Ask, name: str) -> None:
    levels = risk_levels(ask(WITH_HINDSIGHT[name], intended=True))

    assert [] == [risk for risk, level in levels.items() if level == HIGH]


@pytest.mark.parametrize("name", [name for name, case in WITH_HINDSIGHT.items() if case["outcome"] == "fail"])
def test_a_failure_is_warned_of_by_an_expected_risk(ask: Ask, name: str) -> None:
    case = WITH_HINDSIGHT[name]
    expected = {one["risk"] for one in case["expected"] if "risk" in one}

    assert expected & set(risk_levels(ask(case, intended=True)))


def test_an_organisation_that_is_answered_for_is_advised_to_support(ask: Ask) -> None:
    (expected,) = [one["anyForm"] for one in WITH_HINDSIGHT["D20"]["expected"] if "anyForm" in one]

    assert expected in first_three(ask(WITH_HINDSIGHT["D20"]))


def test_dell_is_warned_of_overload_and_missing_resources(ask: Ask) -> None:
    advice = ask(WITH_HINDSIGHT["D01"], intended=True)
    risks = {risk["id"]: risk for risk in advice["risks"] if risk["state"] == "present"}

    assert {"overload", "no-resources"} <= set(risks)
    assert all(risks[name]["reasons"] for name in ("overload", "no-resources"))


@pytest.mark.parametrize(("failed", "succeeded"), [("D09", "D10"), ("D15", "D05"), ("D14", "D05"), ("D01", "D07")])
def test_pairs_that_look_alike_come_out_differently(ask: Ask, failed: str, succeeded: str) -> None:
    one, other = (ask(WITH_HINDSIGHT[name], intended=True) for name in (failed, succeeded))
    forms = WITH_HINDSIGHT[failed]["formUsed"], WITH_HINDSIGHT[succeeded]["formUsed"]
    ranks = [
        next(form["rank"] for form in advice["forms"] if form["id"] == used)
        for advice, used in zip((one, other), forms, strict=True)
    ]
    levels, others = risk_levels(one), risk_levels(other)
    worse = [risk for risk, level in levels.items() if level > others.get(risk, 0)]

    assert worse or ranks[0] - ranks[1] >= 3


def test_the_figures_on_cases_coded_before_the_start_are_no_worse_than_recorded(ask: Ask) -> None:
    advices = {name: ask(case) for name, case in BEFORE_THE_START.items()}
    warned = {name: risk_levels(ask(case, intended=True)) for name, case in BEFORE_THE_START.items()}
    acceptable = {name: set(case["acceptableForms"]) for name, case in BEFORE_THE_START.items()}
    wrong = {name: case["wentWrong"] for name, case in BEFORE_THE_START.items() if case["wentWrong"]}

    assert 21 <= sum(first_three(advice)[0] in acceptable[name] for name, advice in advices.items())
    assert 23 <= sum(bool(acceptable[name] & set(first_three(advice))) for name, advice in advices.items())
    assert 11 <= sum(any(risk in warned[name] for risk in risks) for name, risks in wrong.items())
    assert 17 <= sum(risk in warned[name] for name, risks in wrong.items() for risk in risks)
