import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from service.advice.compose import Composer
from service.advice.risk_states import Standing, risk_level
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import Evaluation, amount, change, evaluate
from service.knowledge.model import Comparison, FactType, Kind, Operator, Profile, RuleBase, Value

Maker = Callable[[random.Random, float], Profile]
Standings = Callable[[Evaluation], Mapping[str, Standing]]
MEDIUM = 2
CONTEST = {
    "goals": ["product-ideas"],
    "intendedForms": ["idea-contest"],
    "selectionRulesPublished": True,
    "stakes": 2,
    "questionType": "ideation-open",
}


@pytest.fixture(scope="session")
def standings(compiled: CompiledRuleBase) -> Standings:
    composer = Composer(compiled)

    def told(evaluation: Evaluation) -> dict[str, Standing]:
        return {one.standing.risk: one.standing for one in composer.compose(evaluation).risks}

    return told


def levels(compiled: CompiledRuleBase, evaluation: Evaluation) -> dict[str, int]:
    points = (amount(compiled, evaluation, Kind.RISKS, position) for position in range(len(compiled.risks)))
    return {risk: risk_level(compiled, one) for risk, one in zip(compiled.risks, points, strict=True)}


def left_open(rule_base: RuleBase, profile: Profile) -> list[str]:
    empty = [name for name, fact in rule_base.facts.items() if fact.empty_means_absent and not profile.get(name)]
    return [name for name, fact in rule_base.facts.items() if fact.is_sent and (name not in profile or name in empty)]


def every_value(rule_base: RuleBase, name: str) -> list[Value | None]:
    fact = rule_base.facts[name]
    if fact.type is FactType.FLAG:
        return [None, True, False]
    if fact.type in (FactType.SCALE, FactType.INTEGER):
        return [None, *range(fact.minimum or 0, min(fact.maximum or 0, 5) + 1)]
    ids = [option.id for option in fact.options]
    return [None, *(frozenset({one}) for one in ids)] if fact.type is FactType.SET else [None, *ids]


def by_state(found: Iterable[Any], state: str) -> list[Any]:
    return [risk for risk in found if risk["state"] == state]


def test_what_is_not_called_present_or_possible_is_reached_by_no_completion_of_a_profile(
    compiled: CompiledRuleBase, rule_base: RuleBase, standings: Standings, profile_by_chance: Maker
) -> None:
    chance, tried, wrong = random.Random(21), 0, []
    for _ in range(150):
        profile = profile_by_chance(chance, chance.choice((0.2, 0.5, 0.8, 0.95)))
        evaluation = evaluate(compiled, profile)
        told, unknown = standings(evaluation), left_open(rule_base, profile)
        impossible = [risk for risk in compiled.risks if risk not in told or told[risk].state == "ruled-out"]
        for _ in range(15):
            other, some = profile_by_chance(chance, 1), chance.random()
            more = {name: other[name] for name in unknown if chance.random() < some}
            reached = levels(compiled, change(compiled, evaluation, more))
            wrong += [(profile, more, risk) for risk in impossible if reached[risk] >= MEDIUM]
            tried += len(impossible)

    assert [] == wrong
    assert tried > 10_000


def test_no_completion_goes_beyond_the_level_that_a_possible_risk_could_reach(
    compiled: CompiledRuleBase, rule_base: RuleBase, standings: Standings, profile_by_chance: Maker
) -> None:
    chance, reached_at_all = random.Random(22), 0
    for _ in range(150):
        profile = profile_by_chance(chance, 0.4)
        evaluation = evaluate(compiled, profile)
        told, unknown = standings(evaluation), left_open(rule_base, profile)
        for _ in range(10):
            other = profile_by_chance(chance, 1)
            reached = levels(compiled, change(compiled, evaluation, {name: other[name] for name in unknown}))
            for risk, one in told.items():
                if one.state == "possible":
                    assert MEDIUM <= one.could_reach
                    assert reached[risk] <= one.could_reach
                    reached_at_all += reached[risk] >= MEDIUM

    assert reached_at_all > 100


def enumerated(rule_base: RuleBase, unknown: list[str]) -> Iterator[dict[str, Value | None]]:
    values = [every_value(rule_base, name) for name in unknown]
    yield from (dict(zip(unknown, chosen, strict=True)) for chosen in itertools.product(*values))


def test_all_answers_to_two_or_three_open_facts_together_reach_what_is_called_possible_or_less(
    compiled: CompiledRuleBase, rule_base: RuleBase, standings: Standings, profile_by_chance: Maker
) -> None:
    chance, exact, too_high = random.Random(23), 0, 0
    names = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    names = [name for name in names if not rule_base.facts[name].empty_means_absent]
    for _ in range(150):
        unknown = chance.sample(names, chance.choice((2, 3)))
        profile = {name: value for name, value in profile_by_chance(chance, 1).items() if name not in unknown}
        profile |= {
            "intendedForms": frozenset({chance.choice(compiled.forms)}),
            "intendedTools": frozenset({"ip-terms"}),
        }
        evaluation = evaluate(compiled, profile)
        found = [levels(compiled, change(compiled, evaluation, one)) for one in enumerated(rule_base, unknown)]
        told = standings(evaluation)
        for risk in compiled.risks:
            most = max(one[risk] for one in found)
            if risk not in told or told[risk].state == "ruled-out":
                assert most < MEDIUM
            elif told[risk].state == "possible":
                assert most <= told[risk].could_reach
                exact, too_high = exact + (most == told[risk].could_reach), too_high + (most < told[risk].could_reach)

    assert exact > 50
    assert too_high < exact / 5


def test_when_all_facts_that_would_settle_a_risk_are_known_it_is_possible_no_longer(
    compiled: CompiledRuleBase, standings: Standings, profile_by_chance: Maker
) -> None:
    chance, settled, facts = random.Random(24), 0, list(compiled.rule_base.facts)
    for _ in range(120):
        profile, other = profile_by_chance(chance, 0.4), profile_by_chance(chance, 1)
        evaluation = evaluate(compiled, profile)
        for risk, one in standings(evaluation).items():
            more = {name: other[name] for name in (facts[place] for place in one.settled_by)}
            if one.state == "possible" and more.get("intendedForms") != frozenset():
                assert not set(more) & {name for name in profile if profile[name] != frozenset()}
                if all(value != frozenset() for value in more.values()):
                    settled += 1
                    after = standings(change(compiled, evaluation, more)).get(risk)
                    assert after is None or after.state != "possible"

    assert settled > 500


def test_present_risks_come_first_then_possible_ones_then_those_ruled_out(
    compiled: CompiledRuleBase, standings: Standings, profile_by_chance: Maker
) -> None:
    chance, order = random.Random(25), ["present", "possible", "ruled-out"]
    seen: set[str] = set()
    for _ in range(100):
        told = list(standings(evaluate(compiled, profile_by_chance(chance, chance.random()))).values())
        places = [order.index(one.state) for one in told]
        present, possible = ([one for one in told if one.state == state] for state in order[:2])
        seen |= {one.state for one in told}

        assert sorted(places) == places
        assert sorted(present, key=lambda one: (-one.level, -one.points)) == present
        assert sorted(possible, key=lambda one: -one.worth) == possible
        assert {True} >= {one.level > 0 for one in present}
        assert {0} >= {one.level for one in told if one.state != "present"}
    assert set(order) == seen


def test_a_profile_with_only_goals_does_not_call_every_risk_equally_possible(
    compiled: CompiledRuleBase, standings: Standings
) -> None:
    told = standings(evaluate(compiled, {"goals": frozenset({"product-ideas", "talent"})}))
    worth = [one.worth for one in told.values() if one.state == "possible"]

    assert len(worth) < len(compiled.risks) - 3
    assert len(set(worth)) >= 5
    assert max(worth) >= 6 * min(worth)


def test_a_risk_is_as_likely_as_with_the_likeliest_of_the_chosen_forms(advise: Callable[..., Any]) -> None:
    def likelihood(*forms: str) -> str:
        risks = advise(goals=["talent"], intendedForms=list(forms))["risks"]
        return next(str(risk["likelihood"]) for risk in risks if risk["id"] == "no-resources")

    assert "seldom" == likelihood("expert-circle")
    assert "sometimes" == likelihood("idea-contest")
    assert "often" == likelihood("expert-circle", "idea-contest", "citizen-proposals")


def test_a_likelier_a_graver_and_a_nearer_risk_stands_before_others(advise: Callable[..., Any]) -> None:
    facts: dict[str, Any] = {"goals": ["talent"], "digitalReach": 4, "sector": "education"}
    with_vote = [risk["id"] for risk in advise(**facts, intendedForms=["citizen-proposals"])["risks"]]
    with_circle = [risk["id"] for risk in advise(**facts, intendedForms=["expert-circle"])["risks"]]

    assert with_vote.index("hijack") < with_vote.index("initiative-overload")
    assert "hijack" not in with_circle
    # Both could become high and come seldom; one rule with one fact makes the first, the other asks for two.
    assert with_circle.index("traditional-culture") < with_circle.index("ambition-too-high")


def test_a_possible_risk_says_what_it_depends_on(advise: Callable[..., Any]) -> None:
    facts = {"goals": ["product-ideas"], "intendedForms": ["idea-platform"], "scope": "broad", "size": "large"}
    facts |= {"budget": "fair", "sector": "consumer-market", "maturityExperience": 3}
    risk = next(one for one in advise(**facts)["risks"] if one["id"] == "no-resources")
    dutch = next(one for one in advise(language="nl", **facts)["risks"] if one["id"] == "no-resources")

    assert ("possible", 3, "High", "often") == (
        risk["state"],
        risk["couldReach"],
        risk["couldReachLabel"],
        risk["likelihood"],
    )
    assert ["maturityResources"] == [one["fact"] for one in risk["settledBy"]]
    assert risk["settledBy"][0]["question"]
    assert "Cannot be ruled out yet: it depends on the rating of resources." == risk["text"]
    assert "Nog niet uit te sluiten: dat hangt af van de score op middelen." == dutch["text"]
    assert "level" not in risk


def test_of_many_facts_the_sentence_names_the_first_three(advise: Callable[..., Any]) -> None:
    risk = next(one for one in advise(goals=["talent"])["risks"] if one["id"] == "initiative-overload")

    assert 10 == len(risk["settledBy"])
    assert risk["text"].startswith("Cannot be ruled out yet: it depends on the number of concurrent initiatives, ")
    assert risk["text"].endswith(" and 7 other facts.")


def test_a_risk_that_a_mitigation_keeps_down_is_ruled_out_with_both_sides(advise: Callable[..., Any]) -> None:
    (risk,) = [one for one in advise(**CONTEST)["risks"] if one["id"] == "unfair-selection"]
    dutch = next(one for one in advise(language="nl", **CONTEST)["risks"] if one["id"] == "unfair-selection")
    points = {reason["rule"]: reason["effect"]["points"] for reason in risk["reasons"]}

    assert ("ruled-out", -1) == (risk["state"], risk["points"])
    assert {"risks-of-idea-contest": 1, "selection-rules-published": -2} == points
    assert "Ruled out, thanks to the publication of the selection rules." == risk["text"]
    assert dutch["text"].startswith("Uitgesloten, dankzij ")


def test_without_the_mitigation_the_risk_is_present(advise: Callable[..., Any]) -> None:
    advice = advise(**{**CONTEST, "selectionRulesPublished": False})

    assert "present" == next(one["state"] for one in advice["risks"] if one["id"] == "unfair-selection")


def test_a_mitigated_risk_is_possible_only_while_what_is_unknown_outweighs_the_mitigation(
    advise: Callable[..., Any],
) -> None:
    def state(*unknown: str) -> str:
        facts = {name: value for name, value in CONTEST.items() if name not in unknown}
        risks = advise(**facts)["risks"]
        return next(str(risk["state"]) for risk in risks if risk["id"] == "unfair-selection")

    assert "ruled-out" == state("stakes")
    assert "ruled-out" == state("questionType")
    assert "possible" == state("stakes", "questionType")


def test_a_mitigation_that_another_answer_could_undo_does_not_rule_out(rule_base: RuleBase) -> None:
    mature = Comparison("maturityLevel", Operator.IS_AT_LEAST, 4)
    (broad,) = [rule for rule in rule_base.rules if rule.id == "broad-call-few-resources"]
    less = tuple(replace(one, amount=-5) for one in broad.effects if one.kind is Kind.RISKS)
    rules = (broad, replace(broad, id="mature-enough", when=mature, effects=less))
    compiled = compile_rule_base(replace(rule_base, rules=rules))
    ratings = {name: 5 for name, fact in rule_base.facts.items() if fact.dimension}
    profile: Profile = {"goals": frozenset(), "scope": "broad", **ratings, "maturityResources": 2}

    def state(more: Profile) -> str:
        (one,) = Composer(compiled).compose(evaluate(compiled, {**profile, **more})).risks
        return str(one.standing.state)

    assert "possible" == state({})  # The overall level follows from the ratings, and may still be sent as another.
    assert "ruled-out" == state({"maturityLevel": 4})
    assert "present" == state({"maturityLevel": 3})


def test_only_present_risks_are_warnings_in_a_brief_advice(advise: Callable[..., Any]) -> None:
    facts = {"goals": ["product-ideas"], "scope": "broad", "maturityResources": 2, "selectionRulesPublished": True}
    brief = advise(detail="brief", **facts)["risks"]

    assert {"present"} == {risk["state"] for risk in brief}
    assert all(risk["level"] >= MEDIUM for risk in brief)


def test_the_summary_counts_the_serious_risks_that_are_not_ruled_out_and_names_the_first(
    advise: Callable[..., Any],
) -> None:
    advice = advise(goals=["product-ideas"], intendedForms=["idea-platform"])
    serious = [risk for risk in by_state(advice["risks"], "possible") if risk["couldReach"] == 3]

    assert "no-internal-link" == serious[0]["id"]
    assert (
        f"There are {len(serious)} serious risks that cannot be ruled out yet; "
        "the first is that contributions do not lead to action inside the organisation." in advice["summary"]
    )


def test_one_serious_risk_is_said_as_one_and_none_is_not_said(
    advise: Callable[..., Any], profile_with_everything: Profile
) -> None:
    everything: dict[str, Any] = {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in profile_with_everything.items()
    }
    open_fact = {name: value for name, value in everything.items() if name != "bindingPromise"}

    assert "ruled out yet" not in advise(**everything)["summary"]
    assert (
        "One serious risk cannot be ruled out yet: that the organisation cannot keep its promise to participants."
        in advise(**open_fact)["summary"]
    )
    assert "Eén ernstig risico is nog niet uit te sluiten: dat " in advise(language="nl", **open_fact)["summary"]


def test_of_equally_heavy_questions_the_one_about_a_grave_and_likely_risk_comes_first(
    advise: Callable[..., Any],
) -> None:
    facts = {"goals": ["product-ideas"], "intendedForms": ["idea-platform"]}
    asked = [one["fact"] for one in advise(**facts)["unknowns"]]
    first = [one["fact"] for one in advise(**facts)["unknowns"] if "first" in one["couldChange"]]

    # Both weigh 5 at most and cannot move the first form; with an idea platform participants often hear nothing.
    assert not {"feedbackPlanned", "concurrentInitiatives"} & set(first)
    assert asked.index("feedbackPlanned") < asked.index("concurrentInitiatives")
    assert asked.index("questionType") < asked.index("concurrentInitiatives")


def test_likelihoods_are_filled_in_for_every_risk_and_differ(rule_base: RuleBase) -> None:
    risks = rule_base.catalogue[Kind.RISKS].values()

    assert all({"often", "sometimes"} == set(risk.typical_of) for risk in risks)
    assert all(risk.typical_of["often"] for risk in risks)
    for form in rule_base.catalogue[Kind.FORMS]:
        assert any(form in forms for risk in risks for forms in risk.typical_of.values()), form
