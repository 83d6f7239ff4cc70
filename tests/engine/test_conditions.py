import pytest

from service.engine.conditions import compile_condition, decisive_parts
from service.knowledge.model import AllOf, Always, AnyOf, Comparison, Condition, Not, Operator, Profile, RuleBase

BROAD = Comparison("scope", Operator.IS, "broad")
RICH = Comparison("maturityResources", Operator.IS_AT_LEAST, 4)


@pytest.mark.parametrize(
    ("condition", "known", "outcome"),
    [
        (BROAD, {}, None),
        (BROAD, {"scope": "narrow"}, False),
        (Not(BROAD), {}, None),
        (Not(BROAD), {"scope": "narrow"}, True),
        (AllOf((BROAD, RICH)), {"scope": "narrow"}, False),
        (AllOf((BROAD, RICH)), {"scope": "broad"}, None),
        (AnyOf((BROAD, RICH)), {"scope": "broad"}, True),
        (AnyOf((BROAD, RICH)), {"scope": "narrow"}, None),
        (AnyOf((BROAD, RICH)), {"scope": "narrow", "maturityResources": 3}, False),
        (Comparison("decisionRoom", Operator.IS_AT_MOST, "little"), {"decisionRoom": "none"}, True),
        (Comparison("decisionRoom", Operator.IS_AT_LEAST, "some"), {"decisionRoom": "little"}, False),
        (Comparison("sector", Operator.IS_ONE_OF, ("media", "health")), {"sector": "health"}, True),
        (Comparison("goals", Operator.INCLUDE, "talent"), {"goals": frozenset()}, False),
        (Comparison("goals", Operator.INCLUDE_ALL_OF, ("talent", "commons")), {"goals": frozenset({"talent"})}, False),
        (Comparison("goals", Operator.INCLUDE_ANY_OF, ("talent", "commons")), {"goals": frozenset({"talent"})}, True),
        (Always(), {}, True),
    ],
)
def test_unknown_is_not_false(condition: Condition, known: Profile, outcome: object, rule_base: RuleBase) -> None:
    assert outcome is compile_condition(condition, rule_base.facts)(known)


def test_the_parts_that_decide_are_those_with_the_outcome(rule_base: RuleBase) -> None:
    either = AnyOf((BROAD, RICH))
    known = {"scope": "broad", "maturityResources": 2}

    assert (BROAD,) == tuple(part.comparison for part in decisive_parts(either, known, rule_base.facts))
    assert (RICH,) == tuple(
        part.comparison for part in decisive_parts(AllOf((BROAD, RICH)), known, rule_base.facts, outcome=False)
    )
    assert () == decisive_parts(AllOf((BROAD, RICH)), known, rule_base.facts)


def test_a_part_under_a_negation_says_that_it_does_not_hold(rule_base: RuleBase) -> None:
    (part,) = decisive_parts(Not(BROAD), {"scope": "narrow"}, rule_base.facts)

    assert part.holds is False
