import json
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.advice.adviser import Adviser
from service.advice.explanation.question import FIRST, FIRST_THREE, Question
from service.advice.explanation.stability import one_step_off
from service.engine.choices import proposed
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import Evaluation, amount, evaluate
from service.knowledge.model import Comparison, FactType, Kind, Profile, Value

Maker = Callable[[random.Random, float], Profile]


def explained(adviser: Adviser, profile: Profile, question: Question, language: str = "nl") -> Any:
    return json.loads(adviser.explain(profile, question, language=language))


def asked(
    compiled: CompiledRuleBase, profile_by_chance: Maker, seed: int, count: int
) -> Iterator[tuple[Profile, Question]]:
    chance = random.Random(seed)
    for _ in range(count):
        profile, form = profile_by_chance(chance, chance.choice((0.1, 0.5, 1.0))), chance.choice(compiled.forms)
        aims = [
            Question(form, FIRST),
            Question(form, FIRST_THREE),
            Question(form, FIRST, chance.choice(compiled.risks)),
        ]
        yield profile, chance.choice(aims)


def changed(profile: Profile, facts: list[Any]) -> Profile:
    return {**profile, **{one["fact"]: typed(one["to"]) for one in facts}}


def typed(value: Any) -> Value:
    result: Value = frozenset(value) if isinstance(value, list) else value
    return result


def points(compiled: CompiledRuleBase, profile: Profile, form: str, risk: str) -> int:
    evaluation = evaluate(compiled, {**profile, "intendedForms": frozenset({form})})
    return amount(compiled, evaluation, Kind.RISKS, compiled.layout.position[Kind.RISKS][risk])


def rank_and_score(compiled: CompiledRuleBase, evaluation: Evaluation, form: str) -> tuple[int | None, int]:
    place = compiled.forms.index(form)
    rank = evaluation.ranking.index(place) + 1 if place in evaluation.ranking else None
    return rank, evaluation.scores[place]


def test_reasons_for_and_against_account_for_the_score(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    cuts = 0
    for profile, question in asked(compiled, profile_by_chance, 1, 120):
        said = explained(adviser, profile, question)
        given = [reason for side in ("for", "against") for reason in said[side]]
        cuts += sum("cap" in reason for reason in given)
        rank, score = rank_and_score(compiled, evaluate(compiled, profile), question.form)

        assert (rank, score) == (said["rank"], said["score"])
        assert said["score"] == sum(reason["effect"].get("weight", 0) for reason in given)
        assert all(reason["effect"]["weight"] > 0 for reason in said["for"] if "cap" not in reason)
        assert all(reason["effect"].get("weight", -1) < 0 for reason in said["against"] if "cap" not in reason)
    assert cuts > 0


def test_the_contrast_adds_up_to_the_difference_with_the_neighbour(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    for profile, question in asked(compiled, profile_by_chance, 2, 120):
        said, evaluation = explained(adviser, profile, question), evaluate(compiled, profile)
        if said["excluded"]:
            assert said["contrast"] is None
            continue
        rank, score = said["rank"], said["score"]
        other = evaluation.ranking[rank - 2 if rank > 1 else 1]
        contrast = said["contrast"]

        assert compiled.forms[other] == contrast["form"]
        assert score - evaluation.scores[other] == contrast["difference"]
        assert contrast["difference"] == sum(reason["effect"]["weight"] for reason in contrast["reasons"])
        assert all(
            reason["effect"]["weight"] == reason["effect"]["own"] - reason["effect"]["other"] != 0
            for reason in contrast["reasons"]
        )


def test_missed_rules_are_those_that_speak_for_the_form_and_did_not_fire_and_the_parts_are_why(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    rules = {rule.id: rule for rule in compiled.rule_base.rules}
    for profile, question in asked(compiled, profile_by_chance, 3, 60):
        said, evaluation = explained(adviser, profile, question), evaluate(compiled, profile)
        speaking = {
            rule.id
            for number, rule in enumerate(compiled.rule_base.rules)
            if number not in evaluation.fired
            and any(
                effect.kind is Kind.FORMS and effect.target == question.form and (effect.amount or 0) > 0
                for effect in rule.effects
            )
        }

        assert speaking == {missed["rule"] for missed in said["missed"]}
        for missed in said["missed"]:
            outcome = compile_condition(rules[missed["rule"]].when, compiled.rule_base.facts)(evaluation.known)

            assert {False: "false", None: "unknown"}[outcome] == missed["outcome"]
            assert missed["because"]
            if missed["outcome"] == "unknown":
                assert all(part["value"] is None for part in missed["because"])
            if isinstance(rules[missed["rule"]].when, Comparison):
                assert [rules[missed["rule"]].when.fact] == [part["fact"] for part in missed["because"]]  # type: ignore[union-attr]


def height(standing: dict[str, Any]) -> tuple[bool, int]:
    """Order standings: a form that is ranked before one that is excluded, then by score."""
    return standing["rank"] is not None, standing["score"]


def test_a_change_gives_what_its_result_says_and_reaches_the_aim(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    seen = {"place": 0, "risk": 0, "smaller": 0, "nearer": 0}
    for profile, question in asked(compiled, profile_by_chance, 4, 250):
        said = explained(adviser, profile, question)
        for change in [*said["changes"], *said["easing"]]:
            after = changed(profile, change["facts"])
            rank, score = rank_and_score(compiled, evaluate(compiled, after), question.form)

            assert {"rank": rank, "score": score} == {key: change["result"][key] for key in ("rank", "score")}
            assert change["effort"] == sum(fact["effort"] for fact in change["facts"])
            if question.without_risk:
                assert points(compiled, after, question.form, question.without_risk) == change["result"]["points"]
        for change in said["changes"]:
            if question.without_risk:
                seen["risk"] += 1
                assert change["result"]["points"] < compiled.risk_thresholds[0]
            else:
                seen["place"] += 1
                assert change["result"]["rank"] <= (1 if question.place == FIRST else 3)
                assert change["result"]["score"] > 0
        for change in said["easing"]:
            if question.without_risk:
                seen["smaller"] += 1
                assert compiled.risk_thresholds[0] <= change["result"]["points"]
                assert change["result"]["points"] < points(compiled, profile, question.form, question.without_risk)
            else:
                seen["nearer"] += 1
                assert 1 == len(change["facts"])
                assert height(said) < height(change["result"])
    assert min(seen.values()) > 0, seen


def test_no_change_of_one_fact_brings_a_form_nearer_than_the_first_that_is_said(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    facts, tried = compiled.rule_base.facts, 0
    flags = [name for name, fact in facts.items() if fact.type is FactType.FLAG and fact.changeable != "no"]
    for profile, question in asked(compiled, profile_by_chance, 12, 60):
        said = explained(adviser, profile, question)
        if question.without_risk or said["changes"] or said["aimReached"]:
            continue
        best = said["easing"][0]["result"] if said["easing"] else said
        for name in flags:
            for value in (True, False):
                if proposed(compiled, name, profile.get(name), value):
                    tried += 1
                    after = evaluate(compiled, {**profile, name: value})
                    rank, score = rank_and_score(compiled, after, question.form)

                    assert height(best) >= height({"rank": rank, "score": score})
    assert tried > 50


def test_an_aim_that_is_reached_asks_for_no_change_and_one_out_of_reach_says_what_is_in_the_way(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    unchangeable = {name for name, fact in compiled.rule_base.facts.items() if fact.changeable == "no"}
    reached = blocked = 0
    for profile, question in asked(compiled, profile_by_chance, 5, 150):
        said = explained(adviser, profile, question)
        if said["aimReached"]:
            reached += 1
            assert ([], [], []) == (said["changes"], said["blockedBy"], said["easing"])
        elif not said["changes"]:
            blocked += 1
            assert said["blockedBy"]
            assert {one["fact"] for one in said["blockedBy"] if "fact" in one} <= unchangeable
        else:
            assert said["blockedBy"] == []
    assert reached > 5
    assert blocked > 5


def test_every_step_of_growth_gains_what_it_says(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    steps = 0
    for profile, question in asked(compiled, profile_by_chance, 6, 80):
        path = explained(adviser, profile, question)["growth"]
        before = {**profile, "intendedForms": frozenset({question.form})}
        for step in path:
            steps += 1
            fact = compiled.rule_base.facts[step["fact"]]
            assert before[step["fact"]] == typed(step["from"])
            assert typed(step["to"]) in set(one_step_off(fact, before[step["fact"]]))
            after = {**before, step["fact"]: typed(step["to"])}
            forms, risks = gained(compiled, before, after)

            assert (forms, risks) == (set(step["opens"]), set(step["removes"]))
            before = after
        if path:
            assert path[-1]["opens"] or path[-1]["removes"]
    assert steps > 30


def gained(compiled: CompiledRuleBase, before: Profile, after: Profile) -> tuple[set[str], set[str]]:
    old, new = evaluate(compiled, before), evaluate(compiled, after)

    def above(evaluation: Evaluation, most: int) -> set[str]:
        return {compiled.forms[form] for form in evaluation.ranking[:most] if evaluation.scores[form] > 0}

    def present(evaluation: Evaluation) -> set[str]:
        numbers, lowest = range(len(compiled.risks)), compiled.risk_thresholds[0]
        return {compiled.risks[risk] for risk in numbers if amount(compiled, evaluation, Kind.RISKS, risk) >= lowest}

    return (above(new, 24) - above(old, 24)) | (above(new, 3) - above(old, 3)), present(old) - present(new)


def test_the_rung_grows_no_further_than_is_wanted(adviser: Adviser) -> None:
    profile: Profile = {
        "goals": frozenset({"better-policy"}),
        "participationNow": "consult",
        "participationWanted": "consult",
    }

    assert [] == explained(adviser, profile, Question("deliberative-panel"))["growth"]


def test_what_unseats_the_first_form_are_just_the_steps_with_which_another_comes_first(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    chance, seen = random.Random(7), 0
    for _ in range(25):
        profile = profile_by_chance(chance, chance.choice((0.1, 0.5)))
        ranking = evaluate(compiled, profile)
        form = compiled.forms[ranking.ranking[0]]
        said = explained(adviser, profile, Question(form))["stability"]
        if ranking.scores[ranking.ranking[0]] <= 0:
            assert said is None
            continue
        expected = set()
        for name, value in profile.items():
            for other in one_step_off(compiled.rule_base.facts[name], value):
                after = evaluate(compiled, {**profile, name: other})
                first = after.ranking[0]
                if compiled.forms[first] != form or after.scores[first] <= 0:
                    expected.add((name, other, compiled.forms[first] if after.scores[first] > 0 else None))
        seen += len(expected)

        assert expected == {(one["fact"], typed(one["to"]), one["first"]) for one in said}
    assert seen > 20


def test_another_form_than_the_first_has_no_stability(adviser: Adviser, compiled: CompiledRuleBase) -> None:
    profile: Profile = {"goals": frozenset({"talent"})}
    second = compiled.forms[evaluate(compiled, profile).ranking[1]]

    assert explained(adviser, profile, Question(second))["stability"] is None


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_explanation_is_a_sentence(
    adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker, language: str
) -> None:
    for profile, question in asked(compiled, profile_by_chance, 8, 60):
        said = explained(adviser, profile, question, language)
        for text in texts(said):
            assert text.endswith(".")
            assert text[:1].isupper() or text[:1] in "‘0123456789"
            assert not set("{}") & set(text)
            assert not re.search(r"(?<!‘)\bNone\b", text)


def texts(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        yield from (value for key, value in said.items() if key in ("text", "summary"))
        for value in said.values():
            yield from texts(value)
    elif isinstance(said, list):
        for value in said:
            yield from texts(value)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nl", "De score op proces is 2 van 5, gevraagd is ten minste 3."),
        ("en", "The rating of process is 2 of 5, at least 3 is asked for."),
    ],
)
def test_a_part_that_fails_says_what_is_and_what_was_asked(adviser: Adviser, language: str, expected: str) -> None:
    profile: Profile = {
        "goals": frozenset({"better-policy"}),
        "sector": "government",
        "decisionRoom": "substantial",
        "maturityProcess": 2,
    }
    missed = explained(adviser, profile, Question("citizen-proposals"), language)["missed"]

    assert [expected] == [
        part["text"] for one in missed if one["rule"] == "government-room-and-process" for part in one["because"]
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("nl", ["De beslisruimte is niet bekend, gevraagd is ten minste ‘Veel’."]),
        ("en", ["The room to decide is not known, at least ‘Substantial’ is asked for."]),
    ],
)
def test_a_part_that_is_unknown_says_so(adviser: Adviser, language: str, expected: list[str]) -> None:
    profile: Profile = {"goals": frozenset({"better-policy"}), "sector": "government", "maturityProcess": 3}
    missed = explained(adviser, profile, Question("citizen-proposals"), language)["missed"]

    assert expected == [
        part["text"] for one in missed if one["rule"] == "government-room-and-process" for part in one["because"]
    ]
