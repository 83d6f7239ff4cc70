"""Rules as bits say what the conditions say one by one."""

import random
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons, compile_condition
from service.engine.derivation import derive
from service.engine.rule_bits import RuleBits, bits_of, rules_in
from service.knowledge.model import Condition, Profile, RuleBase, Value
from tests.engine.test_matcher import CONDITIONS, FACTS, PROFILES


@settings(max_examples=300, deadline=None)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=8), known=PROFILES)
def test_open_are_the_rules_whose_outcome_is_unknown(conditions: list[Condition], known: dict[str, Value]) -> None:
    asks = [frozenset(part.fact for part in comparisons(condition)) for condition in conditions]
    bits = RuleBits(conditions, asks, FACTS)
    by_meaning = [
        place for place, condition in enumerate(conditions) if compile_condition(condition, FACTS)(known) is None
    ]

    assert by_meaning == rules_in(bits.open(known, bits.unknown(known)))
    assert by_meaning == rules_in(bits.open(known, bits.unknown(known))), "what was kept says the same"


def test_open_rules_of_the_rule_base_are_those_whose_outcome_is_unknown(
    compiled: CompiledRuleBase, rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(4)
    for _ in range(500):
        known = derive(profile_by_chance(chance, chance.random()), rule_base.facts)
        unknown = [place for place, test in enumerate(compiled.tests) if test(known) is None]

        assert unknown == rules_in(compiled.bits.open(known, compiled.bits.unknown(known)))


def test_facts_beyond_are_those_that_are_not_named() -> None:
    bits = RuleBits([], [], FACTS)

    assert bits_of(place for place, name in enumerate(FACTS) if name != "flag") == bits.facts_beyond({"flag"})
