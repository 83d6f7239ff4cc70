import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import Evaluation, amount, evaluate
from service.knowledge.condition_notation import parse_condition
from service.knowledge.loading import default_rules_directory
from service.knowledge.model import Effect, Kind, Profile, RuleBase
from service.workbench.case_files import waivers
from service.workbench.mutants import Mutant, condition_slips, effect_slips, mutants
from service.workbench.mutation import MutationRun, Unnoticed, again, with_rule

RULE = "broad-call-few-resources"
ByChance = Callable[[random.Random, float], Profile]


def first(names: object, _name: str) -> str:
    return str(next(iter(names)))  # type: ignore[call-overload]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def slips(rule_base: RuleBase, condition: object) -> set[str]:
    found = condition_slips(parse_condition(condition), rule_base.facts, first)
    return {what.rpartition(" -> ")[2] for what, _ in found}


@pytest.mark.parametrize(
    ("expected", "condition"),
    [
        (
            {"trust is: 2", "trust is at least: 2", "trust is at most: 1", "trust is at most: 3"},
            {"trust is at most": 2},
        ),
        ({"trust is at least: 1", "trust is at most: 2"}, {"trust is at most": 1}),
        ({"temporary is: false"}, {"temporary is": True}),
        ({"scope is: narrow"}, {"scope is": "broad"}),
        (
            {
                "goals include all of: [talent, commons]",
                "goals include: talent",
                "goals include: commons",
            },
            {"goals include any of": ["talent", "commons"]},
        ),
        (
            {"any (temporary is: true; legalDuty is: true)", "temporary is: false", "legalDuty is: false"}
            | {"without 'temporary is: true'", "without 'legalDuty is: true'"},
            {"all": [{"temporary is": True}, {"legalDuty is": True}]},
        ),
    ],
)
def test_a_condition_has_these_slips(rule_base: RuleBase, expected: set[str], condition: object) -> None:
    assert expected == slips(rule_base, condition)


def test_a_slip_that_means_the_same_is_not_made(rule_base: RuleBase) -> None:
    assert {"goalCount is: 1", "goalCount is at least: 0"} == slips(rule_base, {"goalCount is": 0})


@pytest.mark.parametrize(
    ("expected", "effect"),
    [
        ({"2", "-2", "1", "3"}, Effect(Kind.FORMS, "coalition", 2)),
        ({"-5", "4"}, Effect(Kind.RISKS, "overload", 5)),
        ({"-1", "2"}, Effect(Kind.TOOLS, "ip-terms", 1)),
        ({"could", "must"}, Effect(Kind.METRICS, "reach", 2)),
        ({"should"}, Effect(Kind.ANCHORING_MEASURES, "training", 3)),
        (set(), Effect(Kind.FORMS, "coalition", None)),
    ],
)
def test_an_effect_is_weighed_otherwise(rule_base: RuleBase, expected: set[str], effect: Effect) -> None:
    found = effect_slips((effect,), rule_base.catalogue, first)
    amounts = {what.rpartition(" -> ")[2] for what, _ in found if ": " in what}

    assert expected - {str(effect.amount)} == amounts


def test_an_effect_goes_or_lands_on_a_target_beside_it(rule_base: RuleBase) -> None:
    effects = (Effect(Kind.FORMS, "coalition", 2), Effect(Kind.FORMS, "complementor-platform", 1))
    found = dict(effect_slips(effects, rule_base.catalogue, lambda names, name: names[names.index(name) + 1]))

    assert effects[1:] == found["without forms coalition"]
    assert "microtask" == found["forms coalition -> microtask"][0].target


def test_the_same_seed_makes_the_same_mutants(rule_base: RuleBase) -> None:
    one, same, other = ([mutant.what for mutant in mutants(rule_base, seed)] for seed in (1, 1, 2))

    assert one == same
    assert one != other


def test_every_rule_has_mutants_and_each_differs_from_it(rule_base: RuleBase) -> None:
    made = list(mutants(rule_base))

    assert set(range(len(rule_base.rules))) == {mutant.index for mutant in made}
    assert all(mutant.rule != rule_base.rules[mutant.index] for mutant in made)
    assert len(made) == len({(mutant.index, mutant.what) for mutant in made})


def test_a_corrected_evaluation_is_what_the_whole_engine_says_of_the_mutant(
    compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: ByChance
) -> None:
    chance = random.Random(7)
    for mutant in chance.sample(list(mutants(rule_base)), 25):
        rules = list(rule_base.rules)
        rules[mutant.index] = mutant.rule
        whole = compile_rule_base(replace(rule_base, rules=tuple(rules)))
        mutated = with_rule(compiled, mutant.index, mutant.rule)
        for _ in range(20):
            profile = profile_by_chance(chance, 0.5)
            expected, found = (
                evaluate(whole, profile),
                again(compiled, mutated, mutant.index, evaluate(compiled, profile)),
            )
            assert expected == found, mutant.what


def shown(compiled: CompiledRuleBase, evaluation: Evaluation) -> object:
    amounts = [
        amount(compiled, evaluation, kind, position)
        for kind in Kind
        if kind is not Kind.FORMS
        for position in range(len(compiled.rule_base.catalogue[kind]))
    ]
    return evaluation.scores, evaluation.ranking, amounts


def by_name(rule_base: RuleBase) -> dict[tuple[str, str], Mutant]:
    return {(mutant.rule.id, mutant.what): mutant for seed in range(8) for mutant in mutants(rule_base, seed)}


def test_every_waiver_names_a_mutant(rule_base: RuleBase) -> None:
    waived = waivers(default_rules_directory())

    assert waived
    assert set() == waived.keys() - by_name(rule_base).keys()


def test_a_waived_mutant_gives_the_same_advice_on_every_profile(
    compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: ByChance
) -> None:
    chance = random.Random(11)
    evaluations = [evaluate(compiled, profile_by_chance(chance, 0.7)) for _ in range(1500)]
    named = by_name(rule_base)
    for name in waivers(default_rules_directory()):
        mutant = named[name]
        mutated = with_rule(compiled, mutant.index, mutant.rule)
        assert any(mutant.index in one.fired for one in evaluations), name
        for evaluation in evaluations:
            after = again(compiled, mutated, mutant.index, evaluation)
            assert shown(compiled, evaluation) == shown(mutated, after), name


def test_every_mutant_of_one_rule_is_noticed_or_waived() -> None:
    report = json.loads(run("mutate", "--rule", RULE, "--format", "json").output)

    assert 18 == report["mutants"]
    assert [] == [one for one in report["unnoticed"] if not one["reason"]]


def test_a_case_that_expects_less_lets_mutants_pass(tmp_path: Path) -> None:
    rules = Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))
    path = rules / "co-creation" / "cases" / "rules-question.yaml"
    head, mark, tail = path.read_text(encoding="utf-8").partition(f"- rule: {RULE}\n")
    path.write_text(head + mark + tail.replace("    risks: {overload: 3}\n", "", 1), encoding="utf-8")
    result = run("mutate", rules, "--rule", RULE)

    assert 1 == result.exit_code
    assert f"Not noticed: {RULE}: risks overload: 3 -> 2" in result.output
    assert f"Not noticed: {RULE}: without risks overload" in result.output
    assert "'alsoWith'" in result.output


def test_enough_are_noticed_only_when_the_others_have_a_reason() -> None:
    without, reasoned = Unnoticed(RULE, "a slip", ""), Unnoticed(RULE, "a slip", "It changes nothing.")

    assert MutationRun(100, (reasoned,) * 5).passed
    assert not MutationRun(100, (reasoned,) * 6).passed
    assert not MutationRun(100, (without,)).passed


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_cases_notice_at_least_95_of_100_mutants(seed: int) -> None:
    report = json.loads(run("mutate", "--seed", str(seed), "--format", "json").output)

    assert report["mutants"] > 3000
    assert report["share"] >= 0.95


@pytest.mark.slow
def test_every_mutant_that_is_not_noticed_has_a_reason() -> None:
    assert 0 == run("mutate").exit_code
