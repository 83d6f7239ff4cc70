"""Rules as bits say what the conditions say one by one."""

import random
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons, compile_condition
from service.engine.rule_bits import RuleBits, bits_of, rules_in
from service.knowledge.model import AllOf, Comparison, Condition, Not, Operator, Profile, Value
from tests.engine.test_matcher import COMPARISONS, CONDITIONS, FACTS, MEMBERS, PROFILES


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


LITERALS = COMPARISONS | st.builds(Not, COMPARISONS)
BESIDE_SOMETHING_UNKNOWN = st.lists(LITERALS, min_size=1, max_size=3).map(
    lambda some: AllOf((*some, Comparison("flag", Operator.IS, operand=True)))
)


@settings(max_examples=300, deadline=None)
@given(condition=BESIDE_SOMETHING_UNKNOWN, known=PROFILES)
@example(
    condition=AllOf(
        (
            Comparison("few", Operator.INCLUDE_ALL_OF, tuple(MEMBERS[:2])),
            Comparison("flag", Operator.IS, operand=True),
        )
    ),
    known={"few": frozenset(MEMBERS[:1])},
)
def test_a_rule_is_closed_by_each_of_its_comparisons(condition: Condition, known: dict[str, Value]) -> None:
    given_facts = {name: value for name, value in known.items() if name != "flag"}
    bits = RuleBits([condition], [frozenset(part.fact for part in comparisons(condition))], FACTS)
    is_open = compile_condition(condition, FACTS)(given_facts) is None

    assert [0] * is_open == rules_in(bits.open(given_facts, bits.unknown(given_facts)))


def test_open_rules_of_the_rule_base_are_those_whose_outcome_is_unknown(
    compiled: CompiledRuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(4)
    for _ in range(500):
        known = compiled.derivations.known(profile_by_chance(chance, chance.random()))
        unknown = [place for place, test in enumerate(compiled.tests) if test(known) is None]

        assert unknown == rules_in(compiled.bits.open(known, compiled.bits.unknown(known)))


def test_facts_beyond_are_those_that_are_not_named() -> None:
    bits = RuleBits([], [], FACTS)

    assert bits_of(place for place, name in enumerate(FACTS) if name != "flag") == bits.facts_beyond({"flag"})
