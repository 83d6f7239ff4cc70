import random
from collections.abc import Callable

import pytest

from service.engine.columns import columns_of, with_changes
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, amount, evaluate
from service.engine.many import ManyRules, Rankings, compile_for_many, rank_many
from service.knowledge.model import Kind, Profile, RuleBase

Maker = Callable[[random.Random, float], Profile]


@pytest.fixture(scope="module")
def many(compiled: CompiledRuleBase) -> ManyRules:
    return compile_for_many(compiled)


def in_short(compiled: CompiledRuleBase, evaluation: Evaluation) -> tuple[object, ...]:
    above = tuple(form for form in evaluation.ranking[:3] if evaluation.scores[form] > 0)
    ranks = [evaluation.ranking.index(form) + 1 if form in evaluation.ranking else 0 for form in range(24)]
    points = [amount(compiled, evaluation, Kind.RISKS, risk) for risk in range(len(compiled.risks))]
    return above, ranks, list(evaluation.scores), points


def all_in_short(rankings: Rankings) -> list[tuple[object, ...]]:
    ranks = list(zip(*(rankings.ranks(form) for form in range(24)), strict=True))
    scores = list(zip(*(rankings.scores_of(form) for form in range(24)), strict=True))
    rows = zip(rankings.heads(3), ranks, scores, rankings.risk_points().tolist(), strict=True)
    return [(head, list(rank), list(score), points) for head, rank, score, points in rows]


def test_many_profiles_come_out_as_each_by_itself(
    many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker, profile_with_everything: Profile
) -> None:
    chance = random.Random(4)
    profiles = [profile_by_chance(chance, chance.random()) for _ in range(1500)]
    profiles += [profile_with_everything, {"goals": frozenset[str]()}]
    rankings = rank_many(many, columns_of(profiles, compiled.rule_base.facts))

    assert [in_short(compiled, evaluate(compiled, profile)) for profile in profiles] == all_in_short(rankings)


def test_changes_come_out_as_the_changed_profiles_by_themselves(
    many: ManyRules, compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(5)
    names = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    profiles = [profile_by_chance(chance, 0.6) for _ in range(7)]
    others = [profile_by_chance(chance, 0.6) for _ in range(60)]
    changes = [{name: other.get(name) for name in chance.sample(names, 3)} for other in others]
    changed: list[Profile] = [
        {name: value for name, value in {**profile, **change}.items() if value is not None}
        for change in changes
        for profile in profiles
    ]
    columns = with_changes(columns_of(profiles, rule_base.facts), changes, rule_base.facts)

    assert [in_short(compiled, evaluate(compiled, one)) for one in changed] == all_in_short(rank_many(many, columns))


def test_facts_that_all_profiles_share_are_kept_once(rule_base: RuleBase) -> None:
    profile: Profile = {"goals": frozenset({"talent"}), "stakes": 3, "scope": "broad"}
    columns = with_changes(columns_of([profile], rule_base.facts), [{"stakes": 1}, {"stakes": None}], rule_base.facts)

    assert {"goals": 1, "stakes": 2, "scope": 1} == {name: column.size for name, column in columns.sent.items()}


def test_no_profile_is_no_ranking(many: ManyRules, rule_base: RuleBase) -> None:
    rankings = rank_many(
        many, with_changes(columns_of([{"goals": frozenset[str]()}], rule_base.facts), [], rule_base.facts)
    )

    assert [] == rankings.heads(3)
