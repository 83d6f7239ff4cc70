"""A risk is high only where several things come together, or where the profile says the risk itself."""

from collections.abc import Iterator
from itertools import product

import pytest

from service.advice.risk_states import risk_level
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons
from service.engine.evaluation import amount, evaluate
from service.knowledge.model import Fact, FactType, Kind, Profile, RuleBase, Value

SAYING_IT = {
    "goals": {"no-goals"},
    "communityStrength": {"low-participation"},
    "concurrentInitiatives": {"initiative-overload"},
    "confidentiality": {"ip-loss"},
    "decisionRoom": {"token-participation"},
    "feedbackPlanned": {"no-feedback"},
    "maturityCulture": {"traditional-culture"},
    "maturityProcess": {"no-internal-link"},
    "maturityResources": {"no-resources"},
    "stage": {"token-participation"},
}
"""Facts of which an answer says outright what the risk is about, such as that nobody will hear anything back, or that
there is nobody to take part; the question is secret, and the form that comes first is open."""


def high_risks(compiled: CompiledRuleBase, profile: Profile) -> set[str]:
    evaluation = evaluate(compiled, profile)
    found = (amount(compiled, evaluation, Kind.RISKS, place) for place in range(len(compiled.risks)))
    top = len(compiled.risk_thresholds)
    return {risk for risk, points in zip(compiled.risks, found, strict=True) if risk_level(compiled, points) == top}


def answers(fact: Fact, rule_base: RuleBase) -> Iterator[Value]:
    """Yield every answer; of a set each member alone, of a number those around what rules compare it with."""
    if fact.type is FactType.FLAG:
        yield from (True, False)
    elif fact.type is FactType.SET:
        yield from (frozenset({option.id}) for option in fact.options)
    elif fact.options:
        yield from (int(option.id) if fact.type is FactType.SCALE else option.id for option in fact.options)
    else:
        asked = {one.operand for rule in rule_base.rules for one in comparisons(rule.when) if one.fact == fact.id}
        near = {operand + step for operand in asked if isinstance(operand, int) for step in (-1, 0, 1)}
        yield from sorted({one for one in near | {fact.minimum, fact.maximum} if fact.minimum <= one <= fact.maximum})


def test_no_fact_beside_a_goal_makes_a_risk_high_unless_it_says_that_risk(compiled: CompiledRuleBase) -> None:
    facts = compiled.rule_base.facts
    found: dict[str, set[str]] = {}
    for goal in [frozenset(), *answers(facts["goals"], compiled.rule_base)]:
        alone = high_risks(compiled, {"goals": goal})
        found.setdefault("goals", set()).update(alone)
        for fact in facts.values():
            if fact.is_sent and fact.id != "goals":
                for answer in answers(fact, compiled.rule_base):
                    more = high_risks(compiled, {"goals": goal, fact.id: answer}) - alone
                    found.setdefault(fact.id, set()).update(more)

    assert SAYING_IT == {name: risks for name, risks in found.items() if risks}


@pytest.mark.parametrize("goal", ["customer-insight", "better-policy", "product-ideas"])
def test_no_wish_to_rise_on_the_ladder_makes_a_risk_high(compiled: CompiledRuleBase, goal: str) -> None:
    rungs = list(compiled.rule_base.catalogue["participationLadder"])
    profiles = [
        {"goals": frozenset({goal}), "participationNow": now, "participationWanted": wanted, "temporary": True}
        for now, wanted in product(rungs, rungs)
    ]

    assert [] == [profile for profile in profiles if high_risks(compiled, profile)]
