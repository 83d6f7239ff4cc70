import random
from collections.abc import Callable
from itertools import combinations, product

import pytest

from service.engine.columns import columns_of
from service.engine.compiled import CompiledRuleBase
from service.engine.completions import SAMPLE, Answers, answers_of, completions
from service.engine.evaluation import Evaluation, amount, evaluate
from service.engine.information import outlook
from service.engine.many import ManyRules, compile_for_many
from service.engine.proof import not_proved_idle
from service.knowledge.model import Fact, FactType, Kind, Profile, RuleBase, Value

Maker = Callable[[random.Random, float], Profile]
SETS = 6


@pytest.fixture(scope="module")
def many(compiled: CompiledRuleBase) -> ManyRules:
    return compile_for_many(compiled)


@pytest.fixture(scope="module")
def answers(many: ManyRules) -> Answers:
    return answers_of(many)


def values(fact: Fact, chance: random.Random) -> list[Value | None]:
    """List every value of a fact, of large sets and integers some, and that it is not known."""
    ids = [option.id for option in fact.options]
    if fact.type is FactType.FLAG:
        return [None, False, True]
    if fact.type is FactType.SET and len(ids) <= SETS:
        return [None, *(frozenset(some) for size in range(len(ids) + 1) for some in combinations(ids, size))]
    if fact.type is FactType.SET:
        return [None, *(frozenset(chance.sample(ids, min(size, len(ids)))) for size in range(SETS))]
    if fact.type in (FactType.CHOICE, FactType.ORDINAL):
        return [None, *ids]
    least, most = fact.minimum or 0, fact.maximum or 0
    return [None, *range(least, min(most, least + 6) + 1)]


def recommended(evaluation: Evaluation) -> tuple[int, ...]:
    return tuple(form for form in evaluation.ranking[:3] if evaluation.scores[form] > 0)


def with_facts(profile: Profile, facts: dict[str, Value | None]) -> Profile:
    return {**profile, **{name: value for name, value in facts.items() if value is not None}}


def almost_whole(
    rule_base: RuleBase, answers: Answers, maker: Maker, chance: random.Random, open_: int
) -> tuple[Profile, list[str]]:
    profile = dict(maker(chance, 1.0))
    for name in chance.sample(sorted(rule_base.facts), chance.randint(0, 25)):
        if not rule_base.facts[name].required:
            profile.pop(name, None)
    names = chance.sample(sorted(name for name in answers.of if name != "goals"), open_)
    return {name: value for name, value in profile.items() if name not in names}, names


def test_what_is_proved_is_what_every_completion_gives(
    rule_base: RuleBase, compiled: CompiledRuleBase, many: ManyRules, answers: Answers, profile_by_chance: Maker
) -> None:
    chance, proved, refuted = random.Random(31), 0, 0
    for _ in range(120):
        profile, names = almost_whole(rule_base, answers, profile_by_chance, chance, 3)
        before = recommended(evaluate(compiled, profile))
        ways = product(*(values(rule_base.facts[name], chance) for name in names))
        completed = (with_facts(profile, dict(zip(names, way, strict=True))) for way in ways)
        moved = any(recommended(evaluate(compiled, one)) != before for one in completed)
        idle = not not_proved_idle(many, profile, names)

        assert not (idle and moved)
        proved, refuted = proved + idle, refuted + moved

    assert proved > 20
    assert refuted > 20
    assert 115 <= proved + refuted  # what stands on other facts is taken to vary by itself


def test_what_is_proved_about_many_open_facts_holds_in_thousands_of_completions(
    rule_base: RuleBase, compiled: CompiledRuleBase, many: ManyRules, answers: Answers, profile_by_chance: Maker
) -> None:
    chance, proved = random.Random(32), 0
    for _ in range(80):
        profile, names = almost_whole(rule_base, answers, profile_by_chance, chance, 5)
        if not_proved_idle(many, profile, names):
            continue
        proved += 1
        before = recommended(evaluate(compiled, profile))
        for _ in range(150):
            way = {name: chance.choice(values(rule_base.facts[name], chance)) for name in names}

            assert before == recommended(evaluate(compiled, with_facts(profile, way)))

    assert proved >= 5


def test_values_are_those_of_every_completion_where_these_are_few(
    rule_base: RuleBase, compiled: CompiledRuleBase, many: ManyRules, answers: Answers, profile_by_chance: Maker
) -> None:
    chance, told = random.Random(33), 0.0
    high = rule_base.method.risk_levels[-1].from_points
    flags = sorted(name for name in answers.of if rule_base.facts[name].type is FactType.FLAG)
    for _ in range(25):
        scales = sorted(name for name in answers.of if rule_base.facts[name].type is FactType.SCALE)
        names = [*chance.sample(flags, 2), chance.choice(scales)]
        whole = profile_by_chance(chance, 0.6)
        profile = {name: value for name, value in whole.items() if name not in names}
        found = outlook(many, answers, profile, names, range(len(rule_base.rules)))
        ways = {name: values(rule_base.facts[name], chance) for name in names}

        def shown(way: tuple[Value | None, ...], profile: Profile = profile, names: list[str] = names) -> list[object]:
            evaluation = evaluate(compiled, with_facts(profile, dict(zip(names, way, strict=True))))
            points = [amount(compiled, evaluation, Kind.RISKS, risk) for risk in range(len(compiled.risks))]
            return [recommended(evaluation)[:1], recommended(evaluation), [point >= high for point in points]]

        grid = {way: shown(way) for way in product(*ways.values())}
        for place, one in enumerate(found.facts):
            pairs = [
                (shown_, grid[(*way[:place], other, *way[place + 1 :])])
                for way, shown_ in grid.items()
                for other in ways[names[place]]
            ]
            expected = [
                sum(a != b for a, b in pairs) / len(pairs),
                sum(a[0] != b[0] for a, b in pairs) / len(pairs),
                sum(a[1] != b[1] for a, b in pairs) / len(pairs),
            ]

            assert found.exact
            assert expected == pytest.approx([one.any, one.first, one.first_three])
            told += one.any

    assert told > 1


def test_the_sample_holds_every_answer_as_often_as_it_is_likely(answers: Answers) -> None:
    for name, given in answers.of.items():
        column = answers.samples[name].tolist()

        assert SAMPLE == len(column)
        assert pytest.approx(1) == sum(answer.likelihood for answer in given)
        for answer in given:
            assert abs(column.count(answer.value) - SAMPLE * answer.likelihood) <= 1


def test_a_grid_holds_every_combination_once(many: ManyRules, answers: Answers, rule_base: RuleBase) -> None:
    names = ["questionType", "temporary"]
    made = completions(answers, many.compiled, {"goals": frozenset({"talent"})}, names)
    rows = list(zip(*(made.columns.sent[name].tolist() for name in names), strict=True))

    assert made.exact
    assert made.columns.count == len(rows) == len(set(rows)) == len(answers.of[names[0]]) * len(answers.of[names[1]])
    assert pytest.approx(1) == float(made.likelihood.sum())
    assert columns_of([{"goals": frozenset({"talent"})}], rule_base.facts).sent["goals"] == made.columns.sent["goals"]
