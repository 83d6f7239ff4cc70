"""Changes are held against exhaustive enumeration: all values of all facts, in all combinations."""

import dataclasses
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations, islice, product
from math import prod

import pytest

from service.engine.aims import Aim, place_aim, risk_aim
from service.engine.choices import choices, effort, proposed
from service.engine.columns import columns_of, with_changes
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import evaluate
from service.engine.many import ManyRules, Rankings, compile_for_many, rank_many
from service.engine.smallest import MOST_WORK, Found, smallest
from service.engine.variations import vary
from service.knowledge.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Effect,
    Fact,
    FactType,
    Kind,
    Not,
    Operator,
    Place,
    Profile,
    Rule,
    RuleBase,
    Text,
    Value,
)

Maker = Callable[[random.Random, float], Profile]
Reached = Callable[[Rankings], Iterable[bool]]
NUMBERS = range(14)
"""Values of numbers among which the rules tell all apart that they do tell apart; later ones are like the last."""
HELD = {"intendedForms", "intendedTools"}
"""Sets with too many subsets to try them all."""
FEW = (
    *("modularity", "scope", "temporary", "ownership", "participants", "participationNow", "participationWanted"),
    *("maturityStrategy", "maturitySkills", "maturityProcess", "leadTimeWeeks", "concurrentInitiatives", "sector"),
)


@pytest.fixture(scope="module")
def many(compiled: CompiledRuleBase) -> ManyRules:
    return compile_for_many(compiled)


def all_values(fact: Fact) -> list[Value]:
    ids = [option.id for option in fact.options]
    match fact.type:
        case FactType.FLAG:
            return [False, True]
        case FactType.SET:
            return [frozenset(some) for count in range(len(ids) + 1) for some in combinations(ids, count)]
        case FactType.INTEGER:
            return list(NUMBERS)
        case FactType.SCALE:
            return list(range(fact.minimum or 0, (fact.maximum or 0) + 1))
        case _:
            return list(ids)


def ways(compiled: CompiledRuleBase, profile: Profile, name: str) -> list[tuple[Value, int]]:
    fact, before = compiled.rule_base.facts[name], profile.get(name)
    values = (value for value in all_values(fact) if value != before and proposed(compiled, name, before, value))
    return [(value, effort(fact, before, value)) for value in values]


def may_change(facts: Mapping[str, Fact]) -> list[str]:
    return [name for name, fact in facts.items() if fact.is_sent and fact.changeable != "no"]


def enumerated(
    many: ManyRules, profile: Profile, names: Iterable[str], reached: Reached, most: int
) -> list[tuple[int, int]]:
    """Give size and effort of the smallest changes of at most ``most`` facts, alternatives as they are defined."""
    facts = many.compiled.rule_base.facts
    own = {name: found for name in names if (found := ways(many.compiled, profile, name))}
    columns = columns_of([profile], facts)
    chosen: list[tuple[int, int]] = []
    taken: list[frozenset[str]] = []
    for size in range(1, most + 1):
        if len(chosen) == 3 or (chosen and size > chosen[0][0] + 1):
            break
        made: Iterator[tuple[int, dict[str, Value]]] = (
            (sum(cost for _, cost in picked), dict(zip(some, (value for value, _ in picked), strict=True)))
            for some in combinations(own, size)
            if not any(smaller <= set(some) for smaller in taken)
            for picked in product(*(own[name] for name in some))
        )
        good: dict[frozenset[str], int] = {}
        for block in blocks(made):
            rankings = rank_many(many, with_changes(columns, [change for _, change in block], facts))
            for (cost, change), hit in zip(block, reached(rankings), strict=True):
                if hit:
                    names_of = frozenset(change)
                    good[names_of] = min(cost, good.get(names_of, cost))
        while good and len(chosen) < 3:
            used = frozenset[str]().union(*taken)
            best = min(good, key=lambda some: (len(some & used), good[some]))
            chosen.append((size, good.pop(best)))
            taken.append(best)
    return chosen


def blocks(made: Iterator[tuple[int, dict[str, Value]]]) -> Iterator[list[tuple[int, dict[str, Value]]]]:
    while block := list(islice(made, 4000)):
        yield block


def in_short(found: Found) -> list[tuple[int, int]]:
    return [(len(change), sum(choice.effort for choice in change)) for change in found.changes]


def searched(aim: Aim, profile: Profile, most_work: int = MOST_WORK, only: Iterable[str] | None = None) -> Found:
    compiled = aim.many.compiled
    held = HELD if only is None else compiled.rule_base.facts.keys() - set(only)
    evaluation = evaluate(compiled, profile)
    return smallest(vary(aim, evaluation, choices(compiled, evaluation, aim.rules, held)), most_work)


def placed(form: int, within: int) -> Reached:
    return lambda rankings: [
        0 < rank <= within and score > 0
        for rank, score in zip(rankings.ranks(form), rankings.scores_of(form), strict=True)
    ]


def without(compiled: CompiledRuleBase, risk: int) -> Reached:
    return lambda rankings: [
        points < compiled.risk_thresholds[0] for points in rankings.risk_points()[:, risk].tolist()
    ]


def promised(found: Found, profile: Profile) -> Profile:
    return {**profile, **{choice.fact: choice.value for choice in found.changes[0]}}


@pytest.mark.parametrize("within", [1, 3])
def test_with_the_real_rules_no_change_of_one_or_two_facts_is_smaller(
    many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker, within: int
) -> None:
    chance = random.Random(within)
    names = [name for name in may_change(compiled.rule_base.facts) if name not in HELD]
    for _ in range(30):
        profile = profile_by_chance(chance, chance.choice((0.1, 0.5, 1.0)))
        ranking = evaluate(compiled, profile).ranking
        form = chance.choice(ranking[within : within + 8])
        expected = enumerated(many, profile, names, placed(form, within), 2)
        found = in_short(searched(place_aim(many, form, within), profile))

        assert expected == [change for change in found if change[0] <= 2]


def test_with_the_real_rules_no_smaller_change_takes_a_risk_away(
    many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(9)
    names = [name for name in may_change(compiled.rule_base.facts) if name not in HELD]
    seen = 0
    for _ in range(60):
        form = chance.choice(compiled.forms)
        profile = {**profile_by_chance(chance, chance.choice((0.3, 1.0))), "intendedForms": frozenset({form})}
        points = rank_many(many, columns_of([profile], compiled.rule_base.facts)).risk_points()[0]
        present = [risk for risk, number in enumerate(points) if number >= compiled.risk_thresholds[0]]
        if not present:
            continue
        risk = chance.choice(present)
        expected = enumerated(many, profile, names, without(compiled, risk), 2)
        found = in_short(searched(risk_aim(many, risk), profile))
        seen += bool(expected)

        assert expected == [change for change in found if change[0] <= 2]
    assert seen > 10


@pytest.mark.parametrize("seed", range(12))
def test_with_small_rule_bases_the_search_finds_what_enumeration_finds(
    rule_base: RuleBase, profile_by_chance: Maker, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        names = affordable(rule_base.facts, chance)
        small = dataclasses.replace(rule_base, rules=tuple(rules_by_chance(rule_base, names, chance)), findings=())
        compiled = compile_rule_base(small)
        many = compile_for_many(compiled)
        everything = profile_by_chance(chance, 0.7)
        profile = {
            name: min(value, max(NUMBERS)) if isinstance(value, int) else value
            for name, value in everything.items()
            if name in (*names, "goals")
        }
        form, within = chance.randrange(5), chance.choice((1, 3))
        if next(iter(placed(form, within)(rank_many(many, columns_of([profile], small.facts))))):
            continue
        changed = [name for name in names if name in may_change(small.facts)]
        expected = enumerated(many, profile, changed, placed(form, within), len(changed))
        found = searched(place_aim(many, form, within), profile, 10**9, changed)

        assert found.exact
        assert expected == in_short(found)


def test_what_is_promised_comes_true(many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker) -> None:
    chance, seen = random.Random(3), 0
    for _ in range(150):
        profile, form = profile_by_chance(chance, chance.random()), chance.randrange(len(compiled.forms))
        within = chance.choice((1, 3))
        found = searched(place_aim(many, form, within), profile)
        if found.changes:
            seen += 1
            evaluation = evaluate(compiled, promised(found, profile))

            assert form in evaluation.ranking[:within]
            assert evaluation.scores[form] > 0
    assert seen > 30


def test_only_what_can_be_changed_is_changed(
    many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    chance, allowed = random.Random(8), set(may_change(compiled.rule_base.facts))
    for _ in range(60):
        profile = profile_by_chance(chance, chance.random())
        for change in searched(place_aim(many, chance.randrange(24), 3), profile).changes:
            assert {choice.fact for choice in change} <= allowed


def test_alternatives_are_at_most_three_and_none_has_all_the_facts_of_another(
    many: ManyRules, profile_by_chance: Maker
) -> None:
    chance, several = random.Random(6), 0
    for _ in range(60):
        profile = profile_by_chance(chance, chance.random())
        facts = [
            {choice.fact for choice in change}
            for change in searched(place_aim(many, chance.randrange(24), 3), profile).changes
        ]
        several += len(facts) > 1

        assert len(facts) <= 3
        assert not any(one <= other for one in facts for other in facts if one is not other)
    assert several > 5


def test_a_bound_that_is_reached_is_told(many: ManyRules, compiled: CompiledRuleBase, profile_by_chance: Maker) -> None:
    chance = random.Random(3)
    for _ in range(200):
        profile, form = profile_by_chance(chance, 0.5), chance.randrange(24)
        aim, evaluation = place_aim(many, form, 1), evaluate(compiled, profile)
        variations = vary(aim, evaluation, choices(compiled, evaluation, aim.rules))
        found = smallest(variations)
        if found.changes and len(found.changes[0]) > 1 and found.work > 500:
            assert found.exact
            assert ((), False) == ((bounded := smallest(variations, 1)).changes, bounded.exact)
            break
    else:
        pytest.fail("no search was long enough")


def affordable(facts: Mapping[str, Fact], chance: random.Random) -> list[str]:
    """Choose facts of which all combinations can be tried."""
    while True:
        names = chance.sample(FEW, 5)
        if prod(len(all_values(facts[name])) + 1 for name in names if name != "sector") <= 6000:
            return names


def rules_by_chance(rule_base: RuleBase, names: list[str], chance: random.Random) -> Iterator[Rule]:
    """Make rules that ask about the facts, alone and together, and speak for and against five forms."""
    forms, steps = list(rule_base.catalogue[Kind.FORMS])[:5], [step.id for step in rule_base.method.steps]
    words = Text("", "")
    maturity = ["maturityLevel"] if sum(name.startswith("maturity") for name in names) > 2 else []
    for number in range(chance.randint(6, 14)):
        some = chance.sample([*names, *maturity], chance.choice((1, 1, 2, 3)))
        parts = tuple(condition_by_chance(rule_base.facts[name], chance) for name in some)
        when: Condition = parts[0] if len(parts) == 1 else chance.choice((AllOf, AnyOf))(parts)
        weights = {form: chance.choice((-3, -2, -1, 1, 2, 3, 5)) for form in chance.sample(forms, 2)}
        effects = [Effect(Kind.FORMS, form, weight) for form, weight in weights.items()]
        if chance.random() < 0.1:
            effects = [Effect(Kind.FORMS, chance.choice(forms), None)]
        step, grade = chance.choice(steps), chance.choice("AD")
        yield Rule(f"r{number}", step, when, tuple(effects), words, (), grade, Place("", number))


def condition_by_chance(fact: Fact, chance: random.Random) -> Condition:
    ids = [option.id for option in fact.options]
    match fact.type:
        case FactType.FLAG:
            part = Comparison(fact.id, Operator.IS, chance.random() < 0.5)
        case FactType.SET:
            operator = chance.choice((Operator.INCLUDE_ANY_OF, Operator.INCLUDE_ALL_OF))
            part = Comparison(fact.id, operator, tuple(chance.sample(ids, 2)))
        case FactType.SCALE | FactType.INTEGER:
            operator = chance.choice((Operator.IS_AT_LEAST, Operator.IS_AT_MOST, Operator.IS))
            part = Comparison(fact.id, operator, chance.randint(2, 5))
        case FactType.ORDINAL:
            part = Comparison(fact.id, chance.choice((Operator.IS_AT_LEAST, Operator.IS_AT_MOST)), chance.choice(ids))
        case _:
            part = Comparison(fact.id, Operator.IS, chance.choice(ids))
    return Not(part) if chance.random() < 0.2 else part
