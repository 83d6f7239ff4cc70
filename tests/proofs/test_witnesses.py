"""What the proofs find is so: planted mistakes are found, and every witness does what the finding says."""

import json
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from planted import LINES, PLANTS, Plant, line_of, planted

from service.cli import main
from service.knowledge.loading import default_rules_directory
from service.knowledge.model import RuleBase

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NOT_BY_NAME = {("expired-waiver", "planted-expired"), ("unused-waiver", "planted-measure")}
"""Plants whose finding is about a file or a kind."""
WITH_SEVERAL = ("findings", "notes")


def proved(rules: Path) -> Any:
    return json.loads(CliRunner().invoke(main, ["check", "--proofs", "--format", "json", str(rules)]).output)


def copied(tmp_path_factory: pytest.TempPathFactory, *, mistaken: bool) -> Path:
    rules = Path(shutil.copytree(default_rules_directory(), tmp_path_factory.mktemp("planted") / "rules"))
    planted(rules, [plant.mistaken if mistaken else plant.mended for plant in PLANTS])
    return rules


@pytest.fixture(scope="module")
def own() -> Any:
    return proved(default_rules_directory())


@pytest.fixture(scope="module")
def mistaken_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory, mistaken=True)


@pytest.fixture(scope="module")
def mistaken(mistaken_rules: Path) -> Any:
    return proved(mistaken_rules)


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return proved(copied(tmp_path_factory, mistaken=False))


def found(said: Any) -> set[tuple[str, str, int]]:
    places = {(one["check"], one["file"], one["line"]) for one in said["findings"]}
    sides = [side for one in said["tensions"] if one["confirmed"] is None for side in (one["for"], one["against"])]
    return places | {("tension", side["file"], side["line"]) for side in sides}


def about_planted(said: Any) -> set[tuple[str, str]]:
    """Give what is found of what was planted; of tensions only those between two rules that were."""
    names = {(one["check"], one["about"]["id"]) for one in said["findings"]}
    pairs = [(one["for"]["rule"], one["against"]["rule"]) for one in said["tensions"] if one["confirmed"] is None]
    names |= {("tension", against) for gains, against in pairs if gains.startswith("planted")}
    return {(check, name) for check, name in names if name.startswith("planted")}


def where(rules: Path, plant: Plant) -> tuple[str, str, int]:
    line = LINES.get(plant.about, plant.line)
    return plant.check, plant.file, line_of(rules, Plant(plant.check, plant.about, plant.file, line, {}, {}))


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.about)
def test_a_planted_mistake_is_found_at_its_line(mistaken: Any, mistaken_rules: Path, plant: Plant) -> None:
    assert where(mistaken_rules, plant) in found(mistaken)


def test_what_is_mended_is_not_found(mistaken: Any, mended: Any) -> None:
    plants = {(plant.check, plant.about) for plant in PLANTS} - NOT_BY_NAME

    assert set() == plants - about_planted(mistaken)
    assert set() == plants & about_planted(mended)
    assert {"missing-case"} == {one["check"] for one in mended["findings"] if one["waived"] is None}


def test_none_of_the_planted_mistakes_is_in_the_rule_base(own: Any) -> None:
    assert [] == [one["what"] for one in own["findings"] if one["waived"] is None]
    assert "planted" not in json.dumps(own)


def test_every_form_is_shown_first_and_everything_else_given(own: Any, rule_base: RuleBase) -> None:
    kinds = ("forms", "tools", "anchoringMeasures", "metrics", "risks")
    everything = {(kind, target) for kind in kinds for target in rule_base.catalogue[kind]}
    waived = {(one["about"]["kind"], one["about"]["id"]) for one in own["findings"] if one["check"] == "unreachable"}

    assert everything - waived == {(one["kind"], one["target"]) for one in own["reached"]}
    assert all(
        one["target"] == one["witness"]["shows"]["formFirst"] for one in own["reached"] if one["kind"] == "forms"
    )


def witnesses(said: Any) -> Iterator[Any]:
    for name in WITH_SEVERAL:
        for one in said[name]:
            yield from one["witnesses"]
    yield from (one["witness"] for one in [*said["tensions"], *said["reached"]])


def advice_on(address: str, profile: Any) -> Any:
    body, headers = json.dumps(profile).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/recommendations", body, headers)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def listed(advice: Any, kind: str) -> dict[str, int]:
    """Give what is listed of a kind with its level; of risks only those that are warned of."""
    return {one["id"]: one.get("level", 0) for one in advice[kind] if one.get("state", "present") == "present"}


def shown(advice: Any, shows: Any, risk_levels: list[str]) -> dict[str, object]:
    """Give what the advice shows of what is claimed, in the same words."""
    fired, risks = set(advice["firedRules"]), listed(advice, "risks")
    ranked = [form for form in advice["forms"] if not form["excluded"]]
    found: dict[str, object] = {}
    for key, claimed in shows.items():
        if key in ("rulesFiring", "rulesNotFiring"):
            found[key] = [rule for rule in claimed if (rule in fired) is (key == "rulesFiring")]
        elif key == "formFirst":
            found[key] = ranked[0]["id"]
        elif key == "noFormAbove":
            found[key] = max([claimed, *(form["score"] for form in ranked)])
        elif key in ("gets", "lacks"):
            found[key] = {
                kind: [one for one in targets if (one in listed(advice, kind)) is (key == "gets")]
                for kind, targets in claimed.items()
            }
        else:
            assert key == "riskLevels"
            found[key] = {risk: risk_levels[risks.get(risk, 0)] for risk in claimed}
    return found


def shown_otherwise(address: str, said: Any, rule_base: RuleBase) -> tuple[int, list[object]]:
    levels = ["none", *(level.term.id for level in rule_base.method.risk_levels)]
    distinct = {json.dumps(witness, sort_keys=True): witness for witness in witnesses(said)}
    wrong = []
    for witness in distinct.values():
        assert "goals" in witness["profile"]
        assert witness["shows"]
        if witness["shows"] != shown(advice_on(address, witness["profile"]), witness["shows"], levels):
            wrong.append(witness)
    return len(distinct), wrong


def test_every_witness_posted_to_the_service_shows_what_is_said(
    own: Any, server: tuple[str, Path], rule_base: RuleBase
) -> None:
    count, wrong = shown_otherwise(server[0], own, rule_base)

    assert [] == wrong
    assert count > len(own["reached"])


def test_every_witness_of_a_planted_mistake_shows_it(
    mistaken: Any,
    mistaken_rules: Path,
    server_of: Callable[[Path], AbstractContextManager[str]],
    rule_base: RuleBase,
) -> None:
    with server_of(mistaken_rules) as address:
        _, wrong = shown_otherwise(address, {**mistaken, "tensions": []}, rule_base)

    assert [] == wrong


def test_another_run_says_the_same_to_the_byte(own: Any) -> None:
    assert own == proved(default_rules_directory())
