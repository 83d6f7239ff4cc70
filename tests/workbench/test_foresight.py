import random
from collections.abc import Callable

import pytest

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.engine.many import ManyRules, compile_for_many
from service.engine.proof import not_proved_idle
from service.knowledge.model import Profile
from service.workbench.foresight import FITTED, Truth, fewest_proving, fewest_told, fitted_order

Maker = Callable[[random.Random, float], Profile]


@pytest.fixture(scope="module")
def many(compiled: CompiledRuleBase) -> ManyRules:
    return compile_for_many(compiled)


def first_and_three(compiled: CompiledRuleBase, profile: Profile) -> tuple[object, ...]:
    evaluation = evaluate(compiled, profile)
    three = [form for form in evaluation.ranking[:3] if evaluation.scores[form] > 0]
    return tuple(three[:1]), frozenset(three)


def test_what_is_told_gives_the_first_three_of_the_whole_and_no_answer_of_it_is_needless(
    compiled: CompiledRuleBase, many: ManyRules, profile_by_chance: Maker
) -> None:
    chance = random.Random(51)
    for number in range(4):
        whole = profile_by_chance(chance, 0.4)
        truth = Truth(many, whole, str(number))
        told = fewest_told(truth)
        part = {name: value for name, value in whole.items() if name in told or name == "goals"}

        assert first_and_three(compiled, whole) == first_and_three(compiled, part)
        assert [1.0] == truth.likeness([told])
        assert all(truth.likeness([told - {name}])[0] < 1 for name in told)


def test_the_fitted_order_has_every_fact_once_and_begins_with_one_that_helps(
    many: ManyRules, profile_by_chance: Maker
) -> None:
    chance = random.Random(52)
    truth = Truth(many, profile_by_chance(chance, 0.4), "one")
    names = truth.names[: FITTED // 3]
    order = fitted_order([truth], names)
    before, first = truth.likeness([frozenset(), frozenset(order[:1])])

    assert sorted(names) == sorted(order)
    assert before <= first


def test_the_answers_that_prove_are_enough_and_each_is_needed(
    compiled: CompiledRuleBase, many: ManyRules, profile_by_chance: Maker
) -> None:
    chance = random.Random(53)
    whole = profile_by_chance(chance, 1.0)
    facts = [name for name, fact in compiled.rule_base.facts.items() if fact.is_sent and not fact.required]
    needed = fewest_proving(many, whole, facts)

    def proved(answered: frozenset[str]) -> bool:
        told = {name: value for name, value in whole.items() if name in answered or name == "goals"}
        return not not_proved_idle(many, told, [name for name in facts if name not in answered])

    assert proved(needed)
    assert len(needed) < len(facts)
    assert not any(proved(needed - {name}) for name in sorted(needed)[:3])
