import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from service.advice import fired
from service.advice.adviser import Adviser
from service.engine.compiled import TallyError
from service.knowledge.model import Comparison, Effect, Kind, Operator, Profile, RuleBase

ROOT = Path(__file__).resolve().parents[2]
Maker = Callable[[random.Random, float], Profile]


def ids(found: list[Any]) -> list[str]:
    return [str(one["id"]) for one in found]


def test_the_reasons_of_a_form_add_up_to_its_score(adviser: Adviser, profile_by_chance: Maker) -> None:
    chance = random.Random(7)
    for _ in range(150):
        profile = profile_by_chance(chance, chance.random())
        for form in json.loads(adviser.advise(profile, language="nl"))["forms"]:
            assert form["score"] == sum(reason["effect"].get("weight", 0) for reason in form["reasons"])


def test_points_weights_and_levels_follow_from_their_reasons(adviser: Adviser, profile_by_chance: Maker) -> None:
    chance = random.Random(8)
    for _ in range(80):
        advice = json.loads(adviser.advise(profile_by_chance(chance, 0.7), language="en"))
        for risk in advice["risks"]:
            assert risk["points"] == sum(reason["effect"]["points"] for reason in risk["reasons"])
            assert (risk["state"] == "present") is (risk["points"] >= 2)
            assert risk.get("level", 0) == sum(risk["points"] >= least for least in (2, 3, 5))
        for tool in advice["tools"]:
            assert tool["score"] == sum(reason["effect"]["weight"] for reason in tool["reasons"])
        for target in advice["metrics"] + advice["anchoringMeasures"]:
            assert target["level"] == max(reason["effect"]["level"] for reason in target["reasons"])


def test_forms_stand_best_first_with_a_verdict_that_follows(adviser: Adviser, profile_by_chance: Maker) -> None:
    chance = random.Random(9)
    for _ in range(80):
        forms = json.loads(adviser.advise(profile_by_chance(chance, 0.6), language="en"))["forms"]
        ranked = [form for form in forms if not form["excluded"]]

        assert 24 == len(forms)
        assert list(range(1, len(ranked) + 1)) == [form["rank"] for form in ranked]
        assert sorted((form["score"] for form in ranked), reverse=True) == [form["score"] for form in ranked]
        for form in forms:
            if form["excluded"]:
                assert (None, "excluded") == (form["rank"], form["verdict"])
                assert any(reason["effect"] == {"excluded": True} for reason in form["reasons"])
            else:
                above = "recommended" if form["rank"] <= 3 else "possible"
                expected = above if form["score"] > 0 else "unsupported" if form["score"] == 0 else "discouraged"
                assert expected == form["verdict"]


def test_a_cut_is_a_line_of_its_own(advise: Callable[..., Any]) -> None:
    advice = advise(
        questionType="technical-problem",
        evaluation="objective",
        knowledgeLocation="unknown-external",
        scope="narrow",
        knowledgeNeed="solution",
    )
    form = next(one for one in advice["forms"] if one["id"] == "challenge-prize")
    (cut,) = [reason for reason in form["reasons"] if reason.get("cap")]

    assert {"weight": -1} == cut["effect"]
    assert ("question", [], []) == (cut["step"], cut["because"], cut["sources"])
    assert "at most 6 points" in cut["rationale"]


def test_a_reason_names_the_facts_and_says_them(advise: Callable[..., Any]) -> None:
    advice = advise(scope="broad", maturityResources=2)
    risk = next(one for one in advice["risks"] if one["id"] == "overload")
    reason = next(one for one in risk["reasons"] if one["rule"] == "broad-call-few-resources")

    assert [("scope", "broad"), ("maturityResources", 2)] == [(one["fact"], one["value"]) for one in reason["because"]]
    assert [
        "The scope of the call is ‘Broad’.",
        "The rating of resources is 2 of 5, at most 2 is asked for.",
    ] == [one["text"] for one in reason["because"]]


def test_every_advice_is_whole_in_both_languages(adviser: Adviser, profile_with_everything: Profile) -> None:
    dutch, english = (
        json.loads(adviser.advise(profile_with_everything, language=language)) for language in ("nl", "en")
    )

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(one) for key, one in value.items()}
        if isinstance(value, list):
            return [shape(one) for one in value]
        return "text" if isinstance(value, str) else value

    assert shape(dutch) == shape(english)
    assert dutch["summary"] != english["summary"]
    assert dutch["firedRules"] == english["firedRules"]


def test_brief_keeps_what_matters_most_without_reasons(advise: Callable[..., Any]) -> None:
    facts = {"goals": ["product-ideas"], "scope": "broad", "maturityResources": 2, "sector": "start-up"}
    full, brief = advise(**facts), advise(detail="brief", **facts)

    assert ids(full["forms"])[:3] == ids(brief["forms"])
    assert [risk["id"] for risk in full["risks"] if risk.get("level", 0) >= 2] == ids(brief["risks"])
    assert set(ids(brief["tools"])) <= set(ids(full["tools"]))
    assert '"reasons"' not in json.dumps(brief)
    assert full["summary"] == brief["summary"]


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({}, "no-goals"),
        ({"goals": ["learn-only"]}, "only-learning"),
        ({"goals": ["talent", "commons", "ecosystem", "cost-time"]}, "too-many-goals"),
        ({"goals": ["talent"], "maturityResources": 1}, "nobody-to-follow-up"),
        ({"goals": ["brand-engagement"]}, "only-image"),
    ],
)
def test_what_is_wrong_with_the_goals_is_said(advise: Callable[..., Any], facts: Any, finding: str) -> None:
    found = advise(**facts)["goals"]["findings"]

    assert finding in ids(found)
    assert all(one["facts"] and one["text"] for one in found)


def test_sound_goals_have_no_findings(advise: Callable[..., Any]) -> None:
    assert {"count": 1, "findings": []} == advise(goals=["talent"])["goals"]


DIMENSIONS = ("Leadership", "Strategy", "Culture", "Process", "Resources", "Skills", "Measurement", "Experience")


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({"maturityLevel": 5} | {f"maturity{name}": 1 for name in DIMENSIONS}, "overall-level-above-dimensions"),
        ({"maturityLevel": 1} | {f"maturity{name}": 5 for name in DIMENSIONS}, "overall-level-below-dimensions"),
        ({"stage": "decided", "decisionRoom": "full"}, "decided-yet-room"),
        ({"goals": ["learn-only", "talent"]}, "learning-beside-other-goals"),
        ({"bindingPromise": True, "decisionRoom": "none"}, "promise-without-room"),
        ({"participationNow": "inform", "participationWanted": "co-decide"}, "ladder-gap"),
    ],
)
def test_a_contradiction_in_the_profile_is_said(advise: Callable[..., Any], facts: Any, finding: str) -> None:
    assert finding in ids(advise(**facts)["findings"])
    assert finding not in ids(advise(goals=["talent"])["findings"])


def test_maturity_is_worked_out_with_its_weakest_dimensions(advise: Callable[..., Any]) -> None:
    maturity = advise(maturityProcess=2, maturitySkills=2, maturityCulture=4)["maturity"]

    assert (3, True) == (maturity["level"], maturity["derived"])
    assert ["maturityProcess", "maturitySkills"] == maturity["weakest"]
    assert 9 == len(maturity["dimensions"])
    assert maturity["dimensions"]["maturityProcess"]["meaning"]
    assert maturity["dimensions"]["maturityLeadership"]["rating"] is None


def test_nothing_is_recommended_when_nothing_is_known(advise: Callable[..., Any]) -> None:
    advice = advise()

    assert [] == advice["chosenForms"]
    assert not [form for form in advice["forms"] if form["verdict"] == "recommended"]
    assert advice["summary"].startswith("Too little is known to advise a form.")
    assert advice["nextQuestion"]["question"] in advice["summary"]


def test_the_next_question_is_the_first_unknown_with_its_answers(advise: Callable[..., Any]) -> None:
    advice = advise(goals=["better-policy"], sector="government")

    assert advice["unknowns"][0]["fact"] == advice["nextQuestion"]["fact"]
    assert advice["nextQuestion"]["answers"]


def test_known_facts_are_never_asked_and_each_unknown_could_change_something(
    adviser: Adviser, profile_by_chance: Maker
) -> None:
    chance = random.Random(10)
    for _ in range(60):
        profile = profile_by_chance(chance, 0.6)
        unknowns = json.loads(adviser.advise(profile, language="en", detail="brief"))["unknowns"]
        empty = {name for name in ("intendedForms", "intendedTools") if profile.get(name) == frozenset()}

        assert not {one["fact"] for one in unknowns} & (set(profile) - empty)
        assert all(one["couldChange"] for one in unknowns)


def test_a_fact_that_changes_the_first_form_was_listed_as_unknown(
    adviser: Adviser, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(11)
    names = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    moved = 0
    for _ in range(200):
        profile, other = profile_by_chance(chance, 0.4), profile_by_chance(chance, 1)
        fact = chance.choice([name for name in names if name not in profile and name != "intendedForms"])
        before, after = (
            json.loads(adviser.advise(one, language="en", detail="brief"))
            for one in (profile, {**profile, fact: other[fact]})
        )
        if before["forms"][0]["id"] != after["forms"][0]["id"]:
            moved += 1
            could = {one["fact"]: one["couldChange"] for one in before["unknowns"]}
            assert "first" in could[fact]

    assert moved > 5


def test_confidence_counts_lead_evidence_and_what_is_known(advise: Callable[..., Any]) -> None:
    advice = advise(goals=["breakthrough"])
    first, second = advice["forms"][:2]

    assert first["score"] - second["score"] == advice["confidence"]["margin"]
    assert 1 == advice["confidence"]["evidence"]
    assert 0 < advice["confidence"]["known"] < 0.5


def test_confidence_shares_the_weight_between_strong_and_weak_evidence(advise: Callable[..., Any]) -> None:
    advice = advise(goals=["talent"], questionType="ideation-open")
    reasons = [one for one in advice["forms"][0]["reasons"] if one["effect"]["weight"] > 0]
    strong = sum(one["effect"]["weight"] for one in reasons if one["evidence"] in "AB")
    weight = sum(one["effect"]["weight"] for one in reasons)

    assert 0 < strong < weight
    assert round(strong / weight, 2) == advice["confidence"]["evidence"]


def test_an_overall_level_that_was_worked_out_can_still_be_given(advise: Callable[..., Any]) -> None:
    rated = {f"maturity{name}": 2 for name in DIMENSIONS}
    asked = {"goals": ["commons"], **rated}

    assert "maturityLevel" in [one["fact"] for one in advise(**asked)["unknowns"]]
    assert "maturityLevel" not in [one["fact"] for one in advise(maturityLevel=2, **asked)["unknowns"]]


def test_the_same_profile_gives_the_same_bytes_in_every_process() -> None:
    code = (
        "import sys; from service.advice.adviser import Adviser;"
        "from service.knowledge.loading import *;"
        "adviser = Adviser(load_rule_base(default_rules_directory()));"
        "profile = {'goals': frozenset(['talent', 'commons', 'product-ideas']), 'participants': frozenset(['experts',"
        " 'employees', 'partners']), 'scope': 'broad', 'maturityResources': 2};"
        "sys.stdout.buffer.write(adviser.advise(profile, language='nl'))"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert 1 == len(answers)
    assert len(answers.pop()) > 10_000


def test_a_rule_may_ask_about_many_members_of_a_set(rule_base: RuleBase) -> None:
    fact = next(fact for fact in rule_base.facts.values() if fact.id == "intendedTools")
    tools, form = [option.id for option in fact.options], next(iter(rule_base.catalogue[Kind.FORMS]))
    asking = replace(
        rule_base.rules[0],
        id="asks-about-all-tools",
        when=Comparison(fact.id, Operator.INCLUDE_ANY_OF, tuple(tools)),
        effects=(Effect(Kind.FORMS, form, 1),),
    )
    adviser = Adviser(replace(rule_base, rules=(asking,)))
    given = frozenset((tools[3], tools[-1]))
    advice = json.loads(adviser.advise({"goals": frozenset(), fact.id: given}, language="en"))

    (because,) = next(one for one in advice["forms"] if one["id"] == form)["reasons"][0]["because"]
    assert [tools[3], tools[-1]] == because["value"]


def test_rules_with_more_effects_than_have_a_number_are_refused(rule_base: RuleBase) -> None:
    with mock.patch.object(fired, "MOST_EFFECTS", 10), pytest.raises(TallyError, match="the most is 10"):
        Adviser(rule_base)
