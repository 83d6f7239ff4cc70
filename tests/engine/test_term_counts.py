"""Counted term by term, rules are unknown whose conditions say so one by one."""

import random
from collections.abc import Callable, Mapping

from hypothesis import example, given, settings
from hypothesis import strategies as st
from librt.vecs import vec
from mypy_extensions import i64

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons, compile_condition
from service.engine.term_counts import Counts, TermCounts
from service.knowledge.model import AllOf, Comparison, Condition, Not, Operator, Profile, Value
from tests.engine.test_matcher import COMPARISONS, CONDITIONS, FACTS, MEMBERS, PROFILES


def counted(term_counts: TermCounts, known: Mapping[str, Value]) -> Counts:
    counts = Counts(term_counts)
    for fact, value in known.items():
        counts.learn(term_counts.compared[fact], value)
    return counts


def unknown_to(term_counts: TermCounts, known: Mapping[str, Value]) -> list[int]:
    return list(counted(term_counts, known).unknown_among(vec[i64](range(len(term_counts.missing)))))


@settings(max_examples=300, deadline=None)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=8), known=PROFILES)
def test_unknown_and_true_are_the_rules_whose_outcome_is_so(
    conditions: list[Condition], known: dict[str, Value]
) -> None:
    asks = [frozenset(part.fact for part in comparisons(condition)) for condition in conditions]
    term_counts = TermCounts(conditions, asks, FACTS)
    outcomes = [compile_condition(condition, FACTS)(known) for condition in conditions]
    unknown, true = ([place for place, one in enumerate(outcomes) if one is sought] for sought in (None, True))

    assert unknown == unknown_to(term_counts, known)
    assert unknown == unknown_to(term_counts, known), "what was kept says the same"
    assert true == list(counted(term_counts, known).true_among(vec[i64](range(len(conditions)))))


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
    term_counts = TermCounts([condition], [frozenset(part.fact for part in comparisons(condition))], FACTS)
    is_unknown = compile_condition(condition, FACTS)(given_facts) is None

    assert [0] * is_unknown == unknown_to(term_counts, given_facts)


def test_unknown_rules_of_the_rule_base_are_those_whose_outcome_is_unknown(
    compiled: CompiledRuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(4)
    for _ in range(500):
        known = compiled.derivations.known(profile_by_chance(chance, chance.random()))
        unknown = [place for place, test in enumerate(compiled.tests) if test(known) is None]

        assert unknown == unknown_to(compiled.term_counts, known)


def test_missing_are_the_facts_that_a_rule_asks_for_and_that_are_not_known(
    compiled: CompiledRuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(5)
    for _ in range(50):
        known = compiled.derivations.known(profile_by_chance(chance, chance.random()))
        missing = [len(names - known.keys()) for names in compiled.asks]

        assert missing == list(counted(compiled.term_counts, known).missing)
