import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.engine.compiled import MOST_IN_A_CELL, CompiledRuleBase, TallyError, compile_rule_base
from service.engine.derivation import Derivations
from service.engine.evaluation import change, evaluate
from service.knowledge.model import Effect, Kind, Profile, RuleBase

Maker = Callable[[random.Random, float], Profile]


def test_matcher_and_conditions_agree_on_3000_profiles(
    compiled: CompiledRuleBase, profile_by_chance: Maker, profile_with_everything: Profile
) -> None:
    chance = random.Random(1)
    profiles = [profile_by_chance(chance, chance.random()) for _ in range(2700)]
    profiles += [profile_by_chance(chance, 1) for _ in range(299)]
    profiles.append(profile_with_everything)
    differing = []
    for profile in profiles:
        evaluation = evaluate(compiled, profile)
        true = tuple(place for place, test in enumerate(compiled.tests) if test(evaluation.known) is True)
        holding = [place for place, test in enumerate(compiled.finding_tests) if test(evaluation.known) is True]
        if true != evaluation.fired or holding != evaluation.findings:
            differing.append(profile)

    assert [] == differing


def test_a_change_gives_what_evaluating_the_changed_profile_gives(
    compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(2)
    names = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    for _ in range(300):
        profile, other = profile_by_chance(chance, 0.5), profile_by_chance(chance, 0.7)
        changes = {name: other.get(name) for name in chance.sample(names, 2)}
        changed = {name: value for name, value in {**profile, **changes}.items() if value is not None}

        assert evaluate(compiled, changed) == change(compiled, evaluate(compiled, profile), changes)


def test_the_order_of_facts_does_not_matter(compiled: CompiledRuleBase, profile_by_chance: Maker) -> None:
    profile = profile_by_chance(random.Random(3), 1)
    backwards = dict(reversed(profile.items()))

    assert evaluate(compiled, profile).tally == evaluate(compiled, backwards).tally


def test_maturity_is_the_mean_of_three_known_dimensions_with_halves_up(rule_base: RuleBase) -> None:
    two = {"maturityProcess": 2, "maturitySkills": 3}
    four = {**two, "maturityCulture": 2, "maturityStrategy": 3}

    derivations = Derivations(rule_base.facts)

    assert "maturityLevel" not in derivations.known({"goals": frozenset(), **two})
    assert 3 == derivations.known({"goals": frozenset(), **four})["maturityLevel"]
    assert 1 == derivations.known({"goals": frozenset(), **four, "maturityLevel": 1})["maturityLevel"]


def test_the_ambition_gap_counts_rungs(rule_base: RuleBase) -> None:
    profile = {"goals": frozenset[str](), "participationNow": "inform", "participationWanted": "co-produce"}

    assert 3 == Derivations(rule_base.facts).known(profile)["ambitionGap"]


def test_an_empty_list_of_intended_forms_counts_as_not_sent(compiled: CompiledRuleBase) -> None:
    profile: Profile = {"goals": frozenset({"talent"})}
    empty = {**profile, "intendedForms": frozenset[str](), "intendedTools": frozenset[str]()}

    assert evaluate(compiled, profile).known == evaluate(compiled, empty).known
    assert ("idea-contest",) == evaluate(compiled, empty).chosen


def test_the_intended_forms_are_the_chosen_ones(compiled: CompiledRuleBase) -> None:
    profile = {"goals": frozenset({"talent"}), "intendedForms": frozenset({"living-lab", "coalition"})}

    assert ("living-lab", "coalition") == evaluate(compiled, profile).chosen


def test_no_form_is_chosen_when_none_is_above_zero(compiled: CompiledRuleBase) -> None:
    evaluation = evaluate(compiled, {"goals": frozenset()})

    assert () == evaluation.chosen
    assert "chosenForms" not in evaluation.known


def test_an_excluded_form_is_not_ranked(compiled: CompiledRuleBase) -> None:
    evaluation = evaluate(compiled, {"goals": frozenset({"breakthrough"}), "leadTimeWeeks": 3})
    ranked = {compiled.forms[form] for form in evaluation.ranking}

    assert {"deliberative-panel", "lead-user"} == set(compiled.forms) - ranked


def test_the_sum_of_one_step_is_cut_to_six(compiled: CompiledRuleBase) -> None:
    profile: Profile = {
        "goals": frozenset(),
        "questionType": "technical-problem",
        "evaluation": "objective",
        "knowledgeLocation": "unknown-external",
        "scope": "narrow",
        "knowledgeNeed": "solution",
    }
    evaluation = evaluate(compiled, profile)
    form = compiled.forms.index("challenge-prize")
    step = (
        compiled.layout.steps * form
        + compiled.step_of[
            next(place for place, rule in enumerate(compiled.rule_base.rules) if rule.step == "question")
        ]
    )

    assert 7 == evaluation.tally[step]
    assert 6 == evaluation.scores[form]


def test_rules_that_add_up_to_more_than_a_cell_holds_are_refused(rule_base: RuleBase) -> None:
    risk = next(iter(rule_base.catalogue[Kind.RISKS]))

    def with_points(points: int) -> RuleBase:
        one, other = (replace(rule_base.rules[0], effects=(Effect(Kind.RISKS, risk, most),)) for most in (1, points))
        return replace(rule_base, rules=(one, other))

    compile_rule_base(with_points(MOST_IN_A_CELL - 1))
    with pytest.raises(TallyError, match="32768 in cell"):
        compile_rule_base(with_points(MOST_IN_A_CELL))
