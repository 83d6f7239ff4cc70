import json
import random
from collections.abc import Callable

import pytest

from service.advice.adviser import Adviser
from service.advice.interview import Interview, Interviewer
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, evaluate
from service.engine.many import compile_for_many
from service.knowledge.model import LANGUAGES, Profile, RuleBase

Maker = Callable[[random.Random, float], Profile]


@pytest.fixture(scope="module")
def interviewer(compiled: CompiledRuleBase) -> Interviewer:
    return Interviewer(compile_for_many(compiled))


def first_three(evaluation: Evaluation) -> tuple[int, ...]:
    return tuple(form for form in evaluation.ranking[:3] if evaluation.scores[form] > 0)


def followed(
    interviewer: Interviewer, truth: Profile, known: frozenset[str]
) -> tuple[list[Interview], dict[str, object], list[str]]:
    """Follow the interview from the goals until nothing is asked; the truth knows only some facts."""
    profile: dict[str, object] = {"goals": truth["goals"]}
    unknown: list[str] = []
    held: list[Interview] = []
    while True:
        held.append(interviewer.ask(profile, unknown))  # type: ignore[arg-type]
        if not held[-1].questions:
            return held, profile, unknown
        fact = held[-1].questions[0].fact

        assert fact not in profile
        assert fact not in unknown
        if fact in known:
            profile[fact] = truth[fact]
        else:
            unknown.append(fact)


def test_an_interview_ends_and_settled_advice_stays(
    interviewer: Interviewer, compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(41)
    for likely in (1.0, 0.5):
        truth = profile_by_chance(chance, 1.0)
        known = frozenset(name for name in truth if chance.random() < likely)
        held, profile, unknown = followed(interviewer, truth, known)
        settled = [one.settled for one in held]

        assert len(held) <= sum(1 for fact in rule_base.facts.values() if fact.is_sent)
        assert settled == sorted(settled)
        assert settled[-1]
        asked = [one.questions[0].fact for one in held if one.questions]
        at = {name: truth[name] for name in asked[: settled.index(True)] if name in known} | {"goals": truth["goals"]}
        every = {name: value for name, value in truth.items() if name not in unknown[: settled.index(True)]}
        final = first_three(evaluate(compiled, profile))  # type: ignore[arg-type]

        assert final == first_three(evaluate(compiled, at))
        assert final == first_three(evaluate(compiled, every))


def test_every_fact_that_is_listed_can_change_what_it_says(interviewer: Interviewer, profile_by_chance: Maker) -> None:
    chance = random.Random(42)
    for _ in range(15):
        profile = profile_by_chance(chance, chance.random())
        for question in interviewer.ask(profile).questions:
            assert question.could_change
            assert 0 <= question.value <= 1


def test_facts_that_change_the_first_forms_come_before_those_that_change_a_risk_only(interviewer: Interviewer) -> None:
    found = interviewer.ask({"goals": frozenset({"talent"})})
    forms = ["firstThree" in question.could_change for question in found.questions]

    assert forms == sorted(forms, reverse=True)
    assert {True, False} == set(forms)


def test_a_fact_that_is_skipped_or_sent_is_not_asked(
    interviewer: Interviewer, profile_with_everything: Profile
) -> None:
    profile: Profile = {"goals": frozenset({"talent"})}
    first, second = (question.fact for question in interviewer.ask(profile).questions[:2])
    answered = {**profile, second: profile_with_everything[second]}
    asked = {question.fact for question in interviewer.ask(answered, [first]).questions}

    assert asked.isdisjoint({first, second})


def test_with_everything_skipped_the_forms_are_settled_and_nothing_is_asked(
    interviewer: Interviewer, rule_base: RuleBase
) -> None:
    assert Interview(settled=True, exact=True, questions=()) == interviewer.ask(
        {"goals": frozenset({"talent"})}, list(rule_base.facts)
    )


def test_two_facts_that_only_matter_together_are_both_asked(adviser: Adviser, rule_base: RuleBase) -> None:
    by_itself = Interviewer(compile_for_many(adviser.compiled))
    every = [name for name, fact in rule_base.facts.items() if fact.is_sent and name != "goals"]
    rule = next(one for one in rule_base.rules if one.id == "broad-call-few-resources")
    open_ = ["scope", "maturityResources"]
    left_out = [name for name in every if name not in open_]
    found = by_itself.ask({"goals": frozenset({"customer-insight"})}, left_out)

    assert rule.effects
    assert set(open_) == {question.fact for question in found.questions}
    assert found.exact


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_next_question_is_the_first_unknown_and_comes_with_its_answers(adviser: Adviser, language: str) -> None:
    said = json.loads(adviser.ask({"goals": frozenset({"talent"})}, [], language=language))

    assert said["nextQuestion"]["fact"] == said["unknowns"][0]["fact"]
    assert said["nextQuestion"]["question"] == said["unknowns"][0]["question"]
    assert said["nextQuestion"]["answers"]
    assert all(one["text"].endswith(".") for one in said["unknowns"])
