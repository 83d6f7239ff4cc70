import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.engine.compiled import CompiledRuleBase
from service.knowledge.findings import Finding
from service.knowledge.loading import check_rule_base, default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase
from service.workbench.case_files import rule_cases
from service.workbench.rule_tests import rule_mistakes

TODAY = date(2026, 11, 24)
CASES = "co-creation/cases/rules-question.yaml"
QUESTION = "co-creation/question.yaml"
RULE = "broad-call-few-resources"
NEAR = "  notWith: [{maturityResources: 3}, {scope: narrow}]\n"
Edit = Callable[[str, str, str], int]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Give a copy of the real rules that may be broken."""
    return Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))


@pytest.fixture
def edit(rules: Path) -> Edit:
    """Replace a text in the part of a file about the rule, and give its line."""

    def edited(file: str, old: str, new: str) -> int:
        path = rules / file
        head, mark, tail = path.read_text(encoding="utf-8").partition(f" {RULE}\n")
        assert old in tail
        path.write_text(head + mark + tail.replace(old, new, 1), encoding="utf-8")
        return (head + mark + tail[: tail.index(old)]).count("\n") + 1

    return edited


def findings(rules: Path) -> list[Finding]:
    return check_rule_base(rules, TODAY)[1]


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def test_every_rule_has_one_case_that_passes(compiled: CompiledRuleBase, rule_base: RuleBase) -> None:
    cases = rule_cases(default_rules_directory())

    assert sorted(rule.id for rule in rule_base.rules) == sorted(case.rule for case in cases)
    assert {} == {case.rule: found for case in cases if (found := list(rule_mistakes(compiled, case)))}


def test_goals_are_always_there(compiled: CompiledRuleBase) -> None:
    assert [] == [
        case.rule for case in rule_cases(default_rules_directory()) if compiled.roles.goals not in case.profile
    ]


def test_one_fact_differs_in_every_near_miss() -> None:
    nears = [(case, near) for case in rule_cases(default_rules_directory()) for near in case.near]

    assert nears
    for case, near in nears:
        names = case.profile.keys() | near.profile.keys()
        assert 1 == sum(case.profile.get(name) != near.profile.get(name) for name in names), case.rule


def test_the_rules_of_the_product_pass_by_command(rule_base: RuleBase) -> None:
    result = run("test")

    assert 0 == result.exit_code
    assert f"All is well: {len(rule_base.rules)} rules" in result.output
    assert f"ok     {RULE} (4 profiles)" in result.output


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("is at most: 2", "is at most: 3", "fires with maturityResources: 3, and should not"),
        ("is at most: 2", "is at most: 1", "does not fire with its profile"),
        ("scope is: broad", "scope is: narrow", "fires with scope: narrow, and should not"),
        ("idea-platform: -2", "idea-platform: -1", "forms idea-platform: score -2 expected, -1 found"),
        ("overload: 3", "overload: 4", "risks overload: 3 expected, 4 found"),
        ("overload: 3", "vote-fraud: 5", "risks overload: 3 expected, 0 found"),
    ],
)
def test_a_slip_in_a_rule_fails_its_case_and_says_how(rules: Path, edit: Edit, old: str, new: str, said: str) -> None:
    edit(QUESTION, old, new)
    result = run("test", rules, "--rule", RULE)

    assert 1 == result.exit_code
    assert f"FAILED {RULE}" in result.output
    assert said in result.output
    assert f"Failed: {RULE}. " in result.output


@pytest.mark.parametrize(
    ("shows", "said"),
    [
        ("formFirst: coalition", "coalition should stand first"),
        ("formsInFirstThree: [coalition]", "coalition should be among the first 3"),
        ("formsExcluded: [coalition]", "coalition should be excluded, and is not"),
        ("otherForms: 9", "score 9 expected"),
        ("tools: {survey-poll: 1}", "tools survey-poll: 1 expected, 0 found"),
        ("metrics: {reach: must}", "metrics reach: must expected, could found"),
        ("risksAtLeast: {vote-fraud: low}", "risks vote-fraud: at least low expected, none found"),
        ("hides: {risks: [overload]}", "risks overload: should not be shown, and is"),
        (f"rulesNotFiring: [{RULE}]", f"{RULE}: fires, and should not"),
    ],
)
def test_whatever_a_case_expects_is_held_to(rules: Path, edit: Edit, shows: str, said: str) -> None:
    edit(CASES, "  shows:\n", f"  shows:\n    {shows}\n") if "hides" not in shows else edit(
        CASES, "    hides: {anchoringMeasures: [reserved-budget, pipeline-link]}", f"    {shows}"
    )

    assert [] == findings(rules)
    assert said in run("test", rules, "--rule", RULE).output


def test_a_risk_that_is_high_is_at_least_low(rules: Path, edit: Edit) -> None:
    edit(CASES, "  shows:\n", "  shows:\n    risksAtLeast: {overload: low}\n")

    assert 0 == run("test", rules, "--rule", RULE).exit_code


def test_a_near_miss_of_two_facts_is_refused_with_the_reason(rules: Path, edit: Edit) -> None:
    line = edit(CASES, NEAR, "  notWith: [{maturityResources: 3, scope: narrow}]\n")
    (finding,) = findings(rules)

    assert (line, "wrong-shape") == (finding.line, finding.check)
    assert "exactly one fact" in finding.why


def test_nothing_doubled_stands_in_a_finding_without_a_reason(rules: Path, edit: Edit) -> None:
    edit(QUESTION, "overload: 3", "overload: 9")
    said = [str(finding) for finding in findings(rules)]

    assert any("cannot be 9. Choose one of" in one for one in said)


def test_a_rule_without_a_case_is_refused_by_check_and_named_by_test(rules: Path, edit: Edit) -> None:
    path = rules / CASES
    head, _, tail = path.read_text(encoding="utf-8").partition(f"- rule: {RULE}\n")
    path.write_text(f"{head}- rule: {tail.partition('- rule: ')[2]}", encoding="utf-8")
    (finding,) = findings(rules)
    result = run("test", rules)

    assert ("missing-case", QUESTION) == (finding.check, finding.file)
    assert finding.line == edit(QUESTION, "  when:", "  when:") - 1
    assert "cases/rules-question.yaml" in finding.how
    assert 1 == result.exit_code
    assert f"No case covers the rule '{RULE}'" in result.output


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        ("missing-case", NEAR, ""),
        ("wrong-shape", NEAR, "  notWith: [{maturityResources: 3, scope: narrow}]\n"),
        ("same-value", NEAR, "  notWith: [{maturityResources: 2}]\n"),
        ("same-value", NEAR, "  notWith: [{scope: narrow}, {size: null}]\n"),
        ("value-outside-type", NEAR, "  notWith: [{maturityResources: 6}]\n"),
        ("unknown-fact", NEAR, "  notWith: [{maturityResource: 3}]\n"),
        ("wrong-shape", "goals: [product-ideas], ", ""),
        ("unknown-target", "overload: 3", "overlod: 3"),
        ("unknown-target", "[reserved-budget,", "[reserved-budgt,"),
        ("unknown-rule", "  shows:\n", "  shows:\n    rulesNotFiring: [broad-call]\n"),
        ("duplicate-id", "- rule: narrow-call", f"- rule: {RULE}"),
    ],
)
def test_a_case_that_cannot_be_right_is_refused(rules: Path, edit: Edit, check: str, old: str, new: str) -> None:
    edit(CASES, old, new)
    found = findings(rules)

    assert check in {one.check for one in found}
    assert {CASES, QUESTION} >= {one.file for one in found}
    assert len(found) <= 2


def test_a_case_for_an_unknown_rule_is_refused(rules: Path) -> None:
    path = rules / CASES
    path.write_text(path.read_text(encoding="utf-8").replace(f"- rule: {RULE}", "- rule: broad-call-few-resorces"))
    by_check = {one.check: one for one in findings(rules)}

    assert {"unknown-rule", "missing-case"} == set(by_check)
    assert f"Did you mean '{RULE}'?" == by_check["unknown-rule"].how


def test_broken_cases_do_not_keep_a_rule_base_from_serving(rules: Path, rule_base: RuleBase) -> None:
    (rules / CASES).write_text("cases: [", encoding="utf-8")

    assert rule_base.digest == load_rule_base(rules).digest


def test_cases_that_cannot_be_read_are_one_finding(rules: Path) -> None:
    (rules / CASES).write_text("cases: [", encoding="utf-8")

    assert ["not-yaml"] == [one.check for one in findings(rules)]


def test_broken_rules_are_reported_without_a_word_on_missing_cases(rules: Path, edit: Edit) -> None:
    edit(QUESTION, "scope is: broad", "scpe is: broad")
    (rules / CASES).unlink()

    assert ["unknown-fact"] == [one.check for one in findings(rules)]
    assert 1 == run("test", rules).exit_code


def test_a_program_gets_the_same_as_json(rules: Path, edit: Edit) -> None:
    edit(QUESTION, "overload: 3", "overload: 4")
    report = json.loads(run("test", rules, "--format", "json").output)

    assert report["passed"] is False
    assert {RULE: ["risks overload: 3 expected, 4 found"]} == {
        one["name"]: one["mistakes"] for one in report["rules"] if one["mistakes"]
    }
    assert [] == report["uncovered"]


def test_a_real_case_whose_form_drops_out_fails(rules: Path) -> None:
    path = rules / "co-creation" / "goals.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("lead-user: 3", "lead-user: -5"), encoding="utf-8")

    assert "lead-user should be among the first three" in run("test", rules).output


def test_a_misspelt_rule_is_pointed_out() -> None:
    result = run("test", "--rule", "broad-call-few-resorces")

    assert 2 == result.exit_code
    assert f"Did you mean '{RULE}'?" in result.output
