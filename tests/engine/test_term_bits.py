"""Told by the bits of their terms, the rules are unknown, true and false whose conditions say so one by one."""

import random
from collections.abc import Callable, Mapping
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import evaluate
from service.engine.states import States
from service.engine.term_bits import FALSE, TRUE, UNKNOWN, WORD, Outcomes, TermBits
from service.engine.terms import terms
from service.knowledge.model import AllOf, Always, Comparison, Condition, Fact, Not, Operator, Profile, Value
from tests.engine.test_matcher import COMPARISONS, CONDITIONS, FACTS, MEMBERS, PROFILES

OUTCOMES: Final = {False: FALSE, None: UNKNOWN, True: TRUE}


def told(term_bits: TermBits, states: States, facts: Mapping[str, Fact], known: Mapping[str, Value]) -> list[int]:
    """Give the outcomes of all rules, with those that are unknown told both ways."""
    outcomes, own = Outcomes(term_bits), states.told([known.get(name) for name in facts])
    for place, name in enumerate(facts):
        if name in known:
            outcomes.learn(place, own)
        else:
            outcomes.leave(place)
    found = [outcomes.of_rule(rule) for rule in range(len(term_bits.count))]
    assert [one == UNKNOWN for one in found] == list(outcomes.unknown())
    return found


def told_of(conditions: list[Condition], known: Mapping[str, Value]) -> list[int]:
    states = States([term for condition in conditions for term in terms(condition, FACTS, None)], FACTS)
    return told(TermBits(conditions, FACTS, states), states, FACTS, known)


def outcomes_of(conditions: list[Condition], known: Mapping[str, Value]) -> list[int]:
    return [OUTCOMES[compile_condition(condition, FACTS)(known)] for condition in conditions]


@settings(max_examples=300, deadline=None)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=8), known=PROFILES)
def test_outcomes_are_those_of_the_conditions(conditions: list[Condition], known: dict[str, Value]) -> None:
    assert told_of(conditions, known) == outcomes_of(conditions, known)


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
def test_a_rule_is_decided_by_each_of_its_comparisons(condition: Condition, known: dict[str, Value]) -> None:
    given_facts = {name: value for name, value in known.items() if name != "flag"}

    assert told_of([condition], given_facts) == outcomes_of([condition], given_facts)


@settings(max_examples=100, deadline=None)
@given(before=st.integers(0, 2 * WORD), count=st.integers(1, len(MEMBERS)), known=PROFILES)
def test_terms_may_go_on_in_another_word(before: int, count: int, known: dict[str, Value]) -> None:
    flag = Comparison("flag", Operator.IS, operand=True)
    some = Comparison("many", Operator.INCLUDE_ANY_OF, MEMBERS[:count])
    conditions = [*[flag] * before, some, AllOf((some, flag)), Always(), Not(Always())]

    assert told_of(conditions, known) == outcomes_of(conditions, known)


def test_outcomes_of_the_rule_base_are_those_of_its_conditions(
    compiled: CompiledRuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(4)
    for _ in range(500):
        known = evaluate(compiled, profile_by_chance(chance, chance.random())).known
        outcomes = [OUTCOMES[test(known)] for test in compiled.tests]

        assert told(compiled.term_bits, compiled.matcher.states, compiled.rule_base.facts, known) == outcomes
