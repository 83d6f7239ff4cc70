import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.knowledge.findings import Finding, RuleBaseError
from service.knowledge.loading import check_rule_base, default_rules_directory, load_rule_base
from service.knowledge.model import Kind, RuleBase
from service.knowledge.names_schema import names_schema_text

TODAY = date(2026, 11, 24)
QUESTION = "co-creation/question.yaml"
Broken = Callable[[str, str, str], tuple[Path, int]]


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Give a copy of the real rules that may be broken."""
    return Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))


def breaking(rules: Path, file: str, old: str, new: str) -> int:
    """Replace a text that is there, and return the line of what replaces it."""
    path = rules / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def found(rules: Path) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.check) for one in check_rule_base(rules, TODAY)[1]]


def the_one(rules: Path) -> Finding:
    (finding,) = check_rule_base(rules, TODAY)[1]
    return finding


def test_the_rules_of_the_product_are_well(rules: Path) -> None:
    rule_base, findings = check_rule_base(rules, TODAY)

    assert [] == findings
    assert rule_base is not None


def test_all_of_the_knowledge_is_there(rule_base: RuleBase) -> None:
    assert 54 == sum(1 for fact in rule_base.facts.values() if fact.is_sent)
    assert (24, 29, 36, 20, 33) == tuple(
        len(rule_base.catalogue[kind])
        for kind in (Kind.FORMS, Kind.TOOLS, Kind.METRICS, Kind.ANCHORING_MEASURES, Kind.RISKS)
    )
    assert 87 == len(rule_base.sources)
    assert len(rule_base.rules) >= 153


def test_every_tool_metric_measure_and_risk_is_yielded_by_some_rule(rule_base: RuleBase) -> None:
    yielded = {(effect.kind, effect.target) for rule in rule_base.rules for effect in rule.effects}
    declared = {(kind, name) for kind in Kind for name in rule_base.catalogue[kind]}

    assert set() == declared - yielded


SINGLE = [
    ("wrong-shape", QUESTION, "  evidence: B", "  evidnce: B", "'evidence'"),
    ("unknown-fact", QUESTION, "    decisionRoom is: none", "    decisionRom is: none", "decisionRoom"),
    ("unknown-operator", QUESTION, "    decisionRoom is: none", "    decisionRoom include: none", "is at least"),
    ("value-outside-type", QUESTION, "    decisionRoom is: none", "    decisionRoom is: nothing", "none"),
    (
        "value-outside-type",
        QUESTION,
        "    leadTimeWeeks is at most: 4",
        "    leadTimeWeeks is at most: 521",
        "0 to 520",
    ),
    ("only-negates", QUESTION, "  when:\n    decisionRoom is: none", "  when: {not: {decisionRoom is: full}}", "Add a"),
    ("unknown-source", QUESTION, "sources: [oecd-2022,", "sources: [oecd-2202,", "oecd-2022"),
    ("missing-source", QUESTION, "  sources: [afuah-tucci-2012]", "  sources: []", "sources.yaml"),
    ("unknown-target", QUESTION, "risks: {hype-choice: 2}", "risks: {hyp-choice: 2}", "hype-choice"),
    ("unknown-evidence", QUESTION, "  evidence: B", "  evidence: E", "A, B, C, D"),
    ("wrong-shape", QUESTION, "risks: {hype-choice: 2}", "risks: {hype-choice: 0}", "-5"),
    ("wrong-shape", "vocabulary.yaml", "effort: 4", "effort: 4.0", "Write 4"),
    ("wrong-shape", QUESTION, "risks: {hype-choice: 2}", "risks: {hype-choice: 2.0}", "Write 2"),
    ("missing-translation", "catalogue/risks.yaml", "    en: ", "    de: ", "English"),
    ("wrong-shape", "catalogue/forms.yaml", "  rung: consult\n", "", "'rung'"),
    (
        "unknown-target",
        "catalogue/risks.yaml",
        "    often: [idea-platform,",
        "    often: [idea-platfrm,",
        "idea-platform",
    ),
    ("repeated-target", "catalogue/risks.yaml", "    sometimes: [listening,", "    sometimes: [idea-platform,", "once"),
    ("wrong-shape", "catalogue/risks.yaml", "  typicalOf:\n", "  typicaalOf:\n", "typicalOf"),
    (
        "wrong-shape",
        "catalogue/goals.yaml",
        "  sources: ",
        "  typicalOf: {often: [], sometimes: []}\n  sources: ",
        "away",
    ),
    ("unknown-target", "co-creation/rule-set.yaml", "possibleFrom: medium", "possibleFrom: middle", "medium"),
    ("duplicate-id", "catalogue/tools.yaml", "- id: survey-poll", "- id: netnography-tool", "netnography-tool"),
    ("duplicate-key", "sources.yaml", "  citation: ", "  id: again\n  citation: ", "Keep one"),
    ("unknown-target", "vocabulary.yaml", "    group: question", "    group: qestion", "question"),
    ("wrong-order", "vocabulary.yaml", "derivedFrom: {sizeOf: goals}", "derivedFrom: {sizeOf: participants}", "Move"),
    ("not-yaml", "co-creation/rule-set.yaml", "title: {", "title: [", "bracket"),
    ("unknown-target", "co-creation/cases/with-hindsight.yaml", "{risk: overload}", "{risk: overlod}", "overload"),
]


@pytest.mark.parametrize(("check", "file", "old", "new", "cure"), SINGLE)
def test_a_mistake_is_found_at_its_line_with_its_cure(
    rules: Path, check: str, file: str, old: str, new: str, cure: str
) -> None:
    line = breaking(rules, file, old, new)
    findings = [one for one in check_rule_base(rules, TODAY)[1] if one.check == check]

    assert (file, line) in {(one.file, one.line) for one in findings} | {
        (one.file, end) for one in findings if "has no" in one.what for end in range(one.line, one.line + 20)
    }
    assert any(cure in f"{one.what} {one.why} {one.how}" for one in findings)


def test_ten_different_mistakes_are_all_reported_in_one_run(rules: Path) -> None:
    made = [
        (QUESTION, "    decisionRoom is: none", "    decisionRom is: none", "unknown-fact"),
        (QUESTION, "    leadTimeWeeks is at most: 4", "    leadTimeWeeks is at most: 900", "value-outside-type"),
        (QUESTION, "  sources: [afuah-tucci-2012]", "  sources: []", "missing-source"),
        (QUESTION, "risks: {hype-choice: 2}", "risks: {hyp-choice: 2}", "unknown-target"),
        (QUESTION, "- id: decided-already", "- id: goal-learn-only", "duplicate-id"),
        ("co-creation/goals.yaml", "    goals include: learn-only", "    goals has: learn-only", "unknown-operator"),
        ("catalogue/risks.yaml", "    en: ", "    fr: ", "missing-translation"),
        ("sources.yaml", "  read: excerpt", "  read: excerpt\n  read: excerpt", "duplicate-key"),
        ("co-creation/organisation.yaml", "    ownership is: open", "    not: {ownership is: open}", "only-negates"),
        ("co-creation/measurement.yaml", "  evidence: B", "  evidence: Z", "unknown-evidence"),
    ]
    lines = {(file, breaking(rules, file, old, new), check) for file, old, new, check in made}
    reported = found(rules)

    for file, line, check in lines:
        assert any(one[0] == file and one[2] == check and abs(one[1] - line) <= 3 for one in reported), (file, check)


def test_a_rule_about_chosen_forms_may_not_touch_forms(rules: Path) -> None:
    file = "co-creation/implementation.yaml"
    breaking(rules, file, "    risks: {ip-dispute: -2, ip-loss: -1}", "    forms: {coalition: 1}")
    breaking(rules, file, "    intendedTools include: ip-terms", "    chosenForms include: coalition")

    assert "circular-effect" == the_one(rules).check


def test_a_rule_may_not_reach_a_form_twice(rules: Path) -> None:
    breaking(rules, QUESTION, "excludeForms: [deliberative-panel, lead-user]", "excludeForms: [coalition, lead-user]")

    assert "repeated-target" == the_one(rules).check
    assert "'coalition'" in the_one(rules).what


def test_a_rule_past_its_date_asks_for_review_and_still_serves(rules: Path) -> None:
    line = breaking(rules, QUESTION, "  evidence: B", "  evidence: B\n  validUntil: 2026-11-23")

    assert [(QUESTION, line + 1, "review-due")] == found(rules)
    assert load_rule_base(rules).rules


def test_a_file_that_nothing_reads_is_reported(rules: Path) -> None:
    (rules / "co-creation" / "qestion.yaml").write_text("step: question\n", encoding="utf-8")

    assert "unknown-file" == the_one(rules).check
    assert QUESTION in the_one(rules).how


def test_a_missing_file_is_a_finding(rules: Path) -> None:
    (rules / "catalogue" / "tools.yaml").unlink()

    assert "missing-file" in {check for _, _, check in found(rules)}


def test_a_broken_rule_base_is_not_loaded(rules: Path) -> None:
    breaking(rules, QUESTION, "    decisionRoom is: none", "    decisionRom is: none")

    with pytest.raises(RuleBaseError, match="decisionRom"):
        load_rule_base(rules)


def test_the_digest_does_not_depend_on_order_comments_and_layout(rules: Path, rule_base: RuleBase) -> None:
    file = rules / "co-creation" / "measurement.yaml"
    head, *blocks = file.read_text(encoding="utf-8").split("\n- id: ")
    file.write_text("\n- id: ".join([head, *reversed(blocks)]) + "\n# a remark\n", encoding="utf-8")

    assert rule_base.digest == load_rule_base(rules).digest
    assert [one.id for one in rule_base.rules] == [one.id for one in load_rule_base(rules).rules]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (QUESTION, "risks: {hype-choice: 2}", "risks: {hype-choice: 3}"),
        (QUESTION, "  evidence: B", "  evidence: C"),
        ("catalogue/forms.yaml", "  rung: consult", "  rung: advise"),
        ("sources.yaml", "  read: excerpt", "  read: full-text"),
    ],
)
def test_the_digest_changes_with_the_content(rules: Path, rule_base: RuleBase, file: str, old: str, new: str) -> None:
    breaking(rules, file, old, new)

    assert rule_base.digest != load_rule_base(rules).digest


def test_check_says_that_all_is_well() -> None:
    result = CliRunner().invoke(main, ["check"])

    assert 0 == result.exit_code
    assert "All is well: 54 facts" in result.output


def test_check_fails_with_every_finding_as_text_or_json(rules: Path) -> None:
    line = breaking(rules, QUESTION, "    decisionRoom is: none", "    decisionRom is: none")
    as_text = CliRunner().invoke(main, ["check", str(rules)])
    as_json = CliRunner().invoke(main, ["check", str(rules), "--format", "json"])

    assert (1, 1) == (as_text.exit_code, as_json.exit_code)
    assert f"{QUESTION}:{line}: 'decisionRom' is not a fact." in as_text.output
    assert [("unknown-fact", line)] == [(one["check"], one["line"]) for one in json.loads(as_json.output)["findings"]]


def test_the_schema_of_names_is_fresh(rule_base: RuleBase) -> None:
    written = default_rules_directory() / "schema" / "names.schema.json"

    assert names_schema_text(rule_base) == written.read_text(encoding="utf-8")


def test_every_rule_file_names_its_schema_in_the_first_line() -> None:
    for path in default_rules_directory().rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")

        assert (path.parent / schema).is_file(), path


def test_a_volume_of_kubernetes_is_read_as_of_one_moment(rules: Path, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    shutil.move(rules, volume / "..2026_11_26_10_30_00.123456789")
    (volume / "..data").symlink_to("..2026_11_26_10_30_00.123456789")
    for name in ("catalogue", "co-creation", "sources.yaml", "vocabulary.yaml"):
        (volume / name).symlink_to(f"..data/{name}")

    assert load_rule_base(default_rules_directory()).digest == load_rule_base(volume).digest
    assert [] == found(volume)

    breaking(volume, QUESTION, "rules:", "rulez:")
    shutil.copy(volume / QUESTION, volume / "co-creation" / "questions.yaml")

    assert {"co-creation/questions.yaml", QUESTION} == {file for file, _, _ in found(volume)}
