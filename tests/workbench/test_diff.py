"""The difference of two rule bases: what is written differently, what it does, and witnesses that show it."""

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.cli import main
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase
from service.workbench.diff import Difference, difference
from service.workbench.diff_report import profile_as_json
from service.workbench.impact import KINDS, Comparer
from service.workbench.revisions import rules_of
from service.workbench.sampling import profiles_by_chance, profiles_meeting, shared_facts

OWN = default_rules_directory()
Change = Callable[[str, str, str], None]
ORGANISATION = "co-creation/organisation.yaml"
QUESTION = "co-creation/question.yaml"
GOALS = "co-creation/goals.yaml"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OWN, tmp_path / "rules"))


def changing(rules: Path, file: str, old: str, text: str) -> None:
    path = rules / file
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, text, 1), encoding="utf-8")


@pytest.fixture
def change(new: Path) -> Change:
    return partial(changing, new)


@pytest.fixture(scope="module")
def three_changed(tmp_path_factory: pytest.TempPathFactory) -> Difference:
    """Three changed rules: a risk in the first, a form in the second, words in the third."""
    new = Path(shutil.copytree(OWN, tmp_path_factory.mktemp("new") / "rules"))
    changing(new, GOALS, "no-goals: 5", "no-goals: 2")
    changing(new, ORGANISATION, "forms: {idea-platform: -2}", "forms: {idea-platform: -5}")
    changing(new, ORGANISATION, "Commitment of senior leadership is", "The commitment of senior leadership is")
    return difference(OWN, new, 1000)


def changed_rules(found: Difference) -> dict[str, list[str]]:
    (rules,) = [part for part in found.parts if part.part == "rules"]
    return {name: [field.name for field in fields] for name, fields in rules.changed.items()}


def test_the_same_rules_have_no_difference() -> None:
    done = CliRunner().invoke(main, ["diff", str(OWN), str(OWN), "--profiles", "10"])

    assert 0 == done.exit_code
    assert "No difference." in done.output


def test_what_is_different_in_a_rule_is_named(three_changed: Difference) -> None:
    assert {
        "low-process": ["effects forms idea-platform"],
        "no-goals-named": ["effects risks no-goals"],
        "no-leadership-commitment": ["words en"],
    } == changed_rules(three_changed)


def test_the_effect_of_three_changed_rules_is_named_rightly(three_changed: Difference) -> None:
    by = {kind: {rule for one in three_changed.witnesses if one.kind == kind for rule in one.rules} for kind in KINDS}

    assert {"no-goals-named"} == by["highRisks"] - {"low-process"}  # through another first form it may move risks too
    assert {"low-process"} == by["firstForm"] == by["firstThree"]
    assert () == three_changed.silent_rules


def test_every_witness_shows_its_change_and_no_fact_can_be_taken_from_it(three_changed: Difference) -> None:
    comparer = Comparer(three_changed.old, three_changed.new, changed_rules(three_changed))

    assert three_changed.witnesses
    for witness in three_changed.witnesses:
        before, after = comparer.outcomes(witness.profile)
        assert (witness.old, witness.new) == (before[witness.kind], after[witness.kind])
        assert witness.old != witness.new
        for name in witness.profile.keys() - {"goals"}:
            less = {other: value for other, value in witness.profile.items() if other != name}
            shows = witness.kind in comparer.kinds(less)
            assert not (shows and set(witness.rules) <= comparer.responsible(less, witness.kind))


def test_a_witness_can_be_posted_and_gets_what_the_report_says(three_changed: Difference, client: FlaskClient) -> None:
    for witness in three_changed.witnesses:
        answer = client.post("/v1/recommendations", json=profile_as_json(witness.profile))
        advice: Any = answer.get_json()
        said = {
            "firstForm": [form["id"] for form in advice["forms"][:1]],
            "firstThree": [form["id"] for form in advice["forms"][:3]],
            "highRisks": [risk["id"] for risk in advice["risks"] if risk.get("level") == 3],
        }

        assert 200 == answer.status_code
        assert sorted(witness.old) == sorted(said[witness.kind])


def test_counts_are_those_of_all_cases_and_profiles(three_changed: Difference) -> None:
    assert 1000 == three_changed.sample.profiles
    assert three_changed.cases.profiles > 77
    assert three_changed.sample.changed >= max(three_changed.sample.by_kind.values()) > 0


def test_a_rule_that_came_and_one_that_went_are_told_apart(new: Path) -> None:
    path = new / GOALS
    path.write_text(path.read_text(encoding="utf-8").replace("goal-talent", "goal-people"), encoding="utf-8")
    found = difference(OWN, new, 50)
    (rules,) = [part for part in found.parts if part.part == "rules"]

    assert (("goal-people",), ("goal-talent",)) == (rules.came, rules.went)
    assert () == found.witnesses


@pytest.mark.parametrize(
    ("file", "old", "text", "expected"),
    [
        (QUESTION, "    decisionRoom is: none", "    decisionRoom is: some", ("rules", "condition")),
        (GOALS, "  evidence: B", "  evidence: C", ("rules", "evidence")),
        (GOALS, "sources: [staal-2010]", "sources: [tno-2011-practice]", ("rules", "sources")),
        ("vocabulary.yaml", "en: Scope of the call}", "en: Breadth of the call}", ("facts", "label en")),
        ("catalogue/risks.yaml", "en: No concrete goals}", "en: No goals}", ("risks", "label en")),
        ("co-creation/findings.yaml", "severity: warning", "severity: note", ("findings", "severity")),
        ("co-creation/rule-set.yaml", "capPerStep: 6", "capPerStep: 3", ("method", "value")),
        ("co-creation/rule-set.yaml", "version: 1.1.0", "version: 1.2.0", ("method", "value")),
        ("sources.yaml", "read: excerpt", "read: full-text", ("sources", "read")),
    ],
)
def test_every_part_is_compared(
    change: Change, new: Path, file: str, old: str, text: str, expected: tuple[str, str]
) -> None:
    change(file, old, text)
    found = difference(OWN, new, 20)
    named = {(part.part, field.name) for part in found.parts for fields in part.changed.values() for field in fields}

    assert {expected} == named


def test_a_change_of_the_method_is_not_put_on_a_rule(change: Change, new: Path) -> None:
    change("co-creation/rule-set.yaml", "capPerStep: 6", "capPerStep: 2")
    found = difference(OWN, new, 300)

    assert found.witnesses
    assert {()} == {witness.rules for witness in found.witnesses}


def test_the_order_that_breaks_ties_is_a_difference(new: Path, rule_base: RuleBase) -> None:
    path = new / "catalogue" / "maturity-levels.yaml"
    head, *items = path.read_text(encoding="utf-8").split("- id: ")
    path.write_text(head + "".join(f"- id: {item}" for item in (items[1], items[0], *items[2:])), encoding="utf-8")
    found = difference(OWN, new, 0)

    assert rule_base.digest != found.new.digest
    assert "maturityLevels" in {part.part for part in found.parts if part.reordered}


def test_profiles_have_only_facts_and_values_that_both_know(rule_base: RuleBase) -> None:
    scope = rule_base.facts["scope"]
    facts = {**rule_base.facts, "scope": replace(scope, options=scope.options[:1])}
    del facts["stakes"]
    shared = shared_facts(rule_base.facts, facts)
    drawn = list(profiles_by_chance(shared, 300, 1))

    assert {scope.options[0].id} == {profile["scope"] for profile in drawn if "scope" in profile}
    assert not any("stakes" in profile for profile in drawn)
    assert not any(rule_base.facts[name].derived and not rule_base.facts[name].is_sent for name in shared)


def test_the_same_seed_gives_the_same_profiles(rule_base: RuleBase) -> None:
    facts = shared_facts(rule_base.facts, rule_base.facts)

    assert list(profiles_by_chance(facts, 50, 7)) == list(profiles_by_chance(facts, 50, 7))
    assert list(profiles_by_chance(facts, 50, 7)) != list(profiles_by_chance(facts, 50, 8))


def test_nearly_every_rule_is_met_by_a_profile_made_for_it(compiled: CompiledRuleBase) -> None:
    base = compiled.rule_base
    facts = shared_facts(base.facts, base.facts)
    met = {
        rule.id
        for index, rule in enumerate(base.rules)
        for profile in profiles_meeting(rule.when, base.facts, facts, 60, random.Random(index).randint(0, 9))
        if index in evaluate(compiled, profile).fired
    }

    assert len(met) >= len(base.rules) * 0.97  # Profiles are not made for two demands on one set.


def test_json_says_the_same(new: Path, change: Change) -> None:
    change(GOALS, "no-goals: 5", "no-goals: 2")
    done = CliRunner().invoke(main, ["diff", str(OWN), str(new), "--profiles", "100", "--format", "json"])
    said = json.loads(done.output)

    assert 1 == done.exit_code
    assert {"old": 5, "new": 2, "property": "effects risks no-goals"} == said["parts"][0]["changed"]["no-goals-named"][
        0
    ]
    assert ["no-goals-named"] == said["witnesses"][0]["rules"]
    assert {"goals": []} == said["witnesses"][0]["profile"]


def test_what_cannot_be_read_is_refused_with_the_findings(new: Path, change: Change) -> None:
    change(GOALS, "no-goals: 5", "no-gaols: 5")
    broken = CliRunner().invoke(main, ["diff", str(OWN), str(new)])
    nothing = CliRunner().invoke(main, ["diff", "--", "--no-such-revision", str(OWN)])

    assert (2, 2) == (broken.exit_code, nothing.exit_code)
    assert GOALS in broken.output
    assert "neither a directory nor a revision" in nothing.output


def test_a_revision_is_read_from_git() -> None:
    root = OWN.parent
    if subprocess.run(["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, check=False).returncode:
        pytest.skip("not a git checkout")
    with rules_of("HEAD") as directory:
        assert (directory / "vocabulary.yaml").exists()
    assert not directory.exists()
    with rules_of(str(OWN)) as directory:
        assert load_rule_base(OWN).digest == load_rule_base(directory).digest
