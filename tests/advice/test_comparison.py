import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from service.advice.adviser import Adviser
from service.advice.comparison import Variant
from service.knowledge.model import LANGUAGES, Profile, RuleBase, Value

Maker = Callable[[random.Random, float], Profile]


def advice(adviser: Adviser, profile: Profile) -> Any:
    return json.loads(adviser.advise(profile, language="en"))


def compared(adviser: Adviser, profile: Profile, *variants: Variant, language: str = "en") -> Any:
    return json.loads(adviser.compare(profile, variants, language=language))


def changes_by_chance(rule_base: RuleBase, maker: Maker, chance: random.Random) -> dict[str, Value | None]:
    names = [name for name, fact in rule_base.facts.items() if fact.is_sent and not fact.required]
    other = maker(chance, 0.7)
    return {name: other.get(name) for name in chance.sample(names, chance.randint(0, 4))}


def moved(before: Any, after: Any, part: str, *numbers: str) -> dict[str, list[Any]]:
    """Give by id, before and after, the numbers of what differs in two pieces of advice."""
    was, now = ({one["id"]: [one.get(number) for number in numbers] for one in side[part]} for side in (before, after))
    nothing = [None] * len(numbers)
    ids = was.keys() | now.keys()
    return {one: [was.get(one, nothing), now.get(one, nothing)] for one in ids if was.get(one) != now.get(one)}


def said(items: Any, *numbers: str) -> dict[str, list[Any]]:
    return {
        one["id"]: [[one[f"{number}{side}"] for number in numbers] for side in ("Before", "After")] for one in items
    }


def test_what_is_said_to_move_is_what_two_pieces_of_advice_show(
    adviser: Adviser, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance = random.Random(51)
    touching = {rule.id: {(effect.kind.value, effect.target) for effect in rule.effects} for rule in rule_base.rules}
    for _ in range(150):
        profile = profile_by_chance(chance, chance.random())
        changes = changes_by_chance(rule_base, profile_by_chance, chance)
        whole = {name: value for name, value in {**profile, **changes}.items() if value is not None}
        before, after = advice(adviser, profile), advice(adviser, whole)
        by_changes, by_profile = compared(
            adviser, profile, Variant("changes", changes), Variant("profile", profile=whole)
        )["variants"]

        assert {**by_changes, "name": ""} == {**by_profile, "name": ""}
        assert moved(before, after, "forms", "rank", "score") == said(by_changes["forms"], "rank", "score")
        assert moved(before, after, "tools", "score") == said(by_changes["tools"], "score")
        for part in ("anchoringMeasures", "metrics"):
            assert moved(before, after, part, "level") == said(by_changes[part], "level")

        fired = set(before["firedRules"]) ^ set(after["firedRules"])
        named = by_changes["firedRules"]

        assert {one["rule"] for one in named["added"]} == set(after["firedRules"]) - set(before["firedRules"])
        assert {one["rule"] for one in named["removed"]} == set(before["firedRules"]) - set(after["firedRules"])
        parts = {part: by_changes[part] for part in ("forms", "tools", "anchoringMeasures", "metrics")}
        parts["risks"] = [one for some in by_changes["risks"].values() for one in some]
        for part, items in parts.items():
            for one in items:
                assert sorted(rule for rule in fired if (part, one["id"]) in touching[rule]) == one["rules"]


def test_risks_come_go_and_change_as_two_pieces_of_advice_show(adviser: Adviser, profile_by_chance: Maker) -> None:
    chance, seen = random.Random(52), {"added": 0, "removed": 0, "changed": 0}
    for _ in range(120):
        profile, other = profile_by_chance(chance, 0.7), profile_by_chance(chance, 0.7)
        was, now = (
            {one["id"]: (one["level"], one["points"]) for one in advice(adviser, side)["risks"] if "level" in one}
            for side in (profile, other)
        )
        risks = compared(adviser, profile, Variant("other", profile=other))["variants"][0]["risks"]
        found = {part: {one["id"] for one in some} for part, some in risks.items()}

        assert {"added": now.keys() - was.keys(), "removed": was.keys() - now.keys()} == {
            part: found[part] for part in ("added", "removed")
        }
        assert {risk for risk in was.keys() & now.keys() if was[risk] != now[risk]} == found["changed"]
        for part, risk_ids in found.items():
            seen[part] += len(risk_ids)

    assert all(seen.values())


def test_a_form_that_moves_without_a_rule_of_its_own_keeps_its_score(
    adviser: Adviser, rule_base: RuleBase, profile_by_chance: Maker
) -> None:
    chance, passed = random.Random(53), 0
    for _ in range(60):
        profile = profile_by_chance(chance, 0.5)
        changes = changes_by_chance(rule_base, profile_by_chance, chance)
        for form in compared(adviser, profile, Variant("", changes))["variants"][0]["forms"]:
            if not form["rules"]:
                assert form["scoreBefore"] == form["scoreAfter"]
                passed += 1

    assert passed > 0


def test_the_base_is_the_advice_in_short(adviser: Adviser, profile_with_everything: Profile) -> None:
    whole = advice(adviser, profile_with_everything)
    base = compared(adviser, profile_with_everything, Variant("same", {}))["base"]

    assert [one["id"] for one in whole["forms"][:3]] == [one["id"] for one in base["forms"]]
    assert whole["chosenForms"] == base["chosenForms"]
    assert [one["id"] for one in whole["risks"] if one["state"] == "present"] == [one["id"] for one in base["risks"]]


@pytest.mark.parametrize(
    ("language", "changes", "expected"),
    [
        ("en", {}, "This changes nothing in the advice."),
        ("nl", {}, "Dit verandert niets aan het advies."),
        ("nl", {"maturityResources": 4}, "Niet langer aanwezig is het risico"),
        ("en", {"maturityResources": 4}, "No longer present is the risk"),
    ],
)
def test_the_summary_says_what_changes(
    adviser: Adviser, language: str, changes: dict[str, Value], expected: str
) -> None:
    profile: Profile = {"goals": frozenset({"product-ideas"}), "scope": "broad", "maturityResources": 2}
    summary = compared(adviser, profile, Variant("", changes), language=language)["variants"][0]["summary"]

    assert expected in summary


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_summary_names_the_form_that_comes_first(adviser: Adviser, language: str) -> None:
    nothing: Profile = {"goals": frozenset()}
    some: Profile = {"goals": frozenset({"product-ideas"}), "questionType": "ideation-open"}
    first = json.loads(adviser.advise(some, language=language))["forms"][0]
    there = compared(adviser, nothing, Variant("", profile=some), language=language)["variants"][0]["summary"]
    back = compared(adviser, some, Variant("", profile=nothing), language=language)["variants"][0]["summary"]
    phrase = adviser.rule_base.catalogue["forms"][first["id"]].phrase

    assert phrase is not None
    assert phrase.in_language(language).lower() in there.lower()
    assert phrase.in_language(language) in back
