"""Export and import: the same rule base comes back, an edited cell is just that change, mistakes have a row."""

import csv
import json
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from service.cli import main
from service.knowledge.findings import Finding, RuleBaseError
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase
from service.knowledge.yaml_files import parse_yaml
from service.knowledge.yaml_writing import write_flow, write_readable
from service.workbench.changes import changes_between
from service.workbench.exchange.cells import AMOUNTS, CONDITION, LIST, SETTING, guarded, unguarded
from service.workbench.exchange.export import export_csv
from service.workbench.exchange.importing import SPREAD, import_csv
from service.workbench.exchange.tables import RULES, row_of
from service.workbench.proofs.promise_files import waivers

Edit = Callable[[str, str, str, str], int]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)
SCALARS = TEXTS | st.booleans() | st.integers(-(10**9), 10**9) | st.none()
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)
RULE = "broad-call-few-resources"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))


@pytest.fixture
def tables(rules: Path, tmp_path: Path) -> Path:
    export_csv(rules, tmp_path / "tables")
    return tmp_path / "tables"


@pytest.fixture
def edit(tables: Path) -> Edit:
    """Change one cell, and return its row as a spreadsheet counts it."""

    def edited(table: str, row: str, column: str, value: str) -> int:
        path = tables / table
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *lines = list(csv.reader(file))
        at = next(index for index, line in enumerate(lines) if line[0] == row)
        lines[at][header.index(column)] = value
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([header, *lines])
        return at + 2

    return edited


def refused(tables: Path, target: Path) -> tuple[Finding, ...]:
    with pytest.raises(RuleBaseError) as caught:
        import_csv(tables, target)
    assert not target.exists()
    return caught.value.findings


def listed(rule_base: RuleBase, other: RuleBase) -> list[tuple[str, str, str, object, object]]:
    return [
        (part.part, name, field.name, field.old, field.new)
        for part in changes_between(rule_base, other)
        for name, fields in part.changed.items()
        for field in fields
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_export_and_import_give_the_same_rule_base_digest_and_all(
    rules: Path, tmp_path: Path, rule_base: RuleBase, separator: str
) -> None:
    export_csv(rules, tmp_path / "tables", separator)
    again = import_csv(tmp_path / "tables", tmp_path / "again")

    assert rule_base.digest == again.digest
    assert rule_base.digest == load_rule_base(tmp_path / "again").digest


def test_findings_that_are_to_stay_come_back_too(rules: Path, tmp_path: Path) -> None:
    waiver = "  waived:\n  - {check: no-effect, reason: 'Because, said x.', until: 2027-12-31}\n"
    for file in ("co-creation/question.yaml", "catalogue/tools.yaml", "co-creation/promises.yaml"):
        with (rules / file).open("a", encoding="utf-8") as opened:
            opened.write(waiver)
    export_csv(rules, tmp_path / "tables")
    again = import_csv(tmp_path / "tables", tmp_path / "again")

    assert load_rule_base(rules).digest == again.digest
    assert 3 == len([one for one in waivers(tmp_path / "again") if "Because, said x." == one.reason])


def test_files_come_back_nearly_line_by_line(rules: Path, tables: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    import_csv(tables, again)
    files = [path.relative_to(rules) for path in sorted(rules.rglob("*.yaml"))]
    before = [line for file in files for line in (rules / file).read_text(encoding="utf-8").splitlines()]
    after = [line for file in files for line in (again / file).read_text(encoding="utf-8").splitlines()]

    assert [str(file) for file in files] == sorted(str(path.relative_to(again)) for path in again.rglob("*.yaml"))
    assert len(set(before) - set(after)) < len(before) / 100
    assert [line for line in before if line.startswith("#")] == [line for line in after if line.startswith("#")]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "expected"),
    [
        ("rules.csv", RULE, "forms", "idea-platform: -3", ("rules", RULE, "effects forms idea-platform", -2, -3)),
        ("rules.csv", RULE, "evidence", "B", ("rules", RULE, "evidence", "C", "B")),
        ("rules.csv", RULE, "rationale en", "= other words", None),
        ("rules.csv", RULE, "validUntil", "2030-01-31", ("rules", RULE, "validUntil", None, "2030-01-31")),
        (
            "rules.csv",
            RULE,
            "when",
            "all: [scope is: broad, maturityResources is at most: 3]",
            (
                "rules",
                RULE,
                "condition",
                {"all": [{"scope is": "broad"}, {"maturityResources is at most": 2}]},
                {"all": [{"scope is": "broad"}, {"maturityResources is at most": 3}]},
            ),
        ),
        ("catalogue-risks.csv", "overload", "label en", "Flood", None),
        ("facts.csv", "scope", "effort", "2", ("facts", "scope", "effort", 1, 2)),
        (
            "findings.csv",
            "only-learning",
            "severity",
            "note",
            ("findings", "only-learning", "severity", "warning", "note"),
        ),
    ],
)
def test_an_edited_cell_arrives_as_just_that_change(
    tables: Path,
    edit: Edit,
    tmp_path: Path,
    rule_base: RuleBase,
    table: str,
    row: str,
    column: str,
    value: str,
    expected: tuple[Any, ...] | None,
) -> None:
    edit(table, row, column, value)

    (change,) = listed(rule_base, import_csv(tables, tmp_path / "again"))

    assert row == change[1]
    assert expected in (None, change)
    assert expected is not None or value == change[4]


def test_a_row_taken_away_is_a_rule_that_went(tables: Path, tmp_path: Path, rule_base: RuleBase, edit: Edit) -> None:
    for column in RULES.header[1:]:
        edit("rules.csv", RULE, column, "")
    edit("rules.csv", RULE, "id", "")
    (part,) = changes_between(rule_base, import_csv(tables, tmp_path / "again"))

    assert ((RULE,), (), {}) == (part.went, part.came, dict(part.changed))


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "check", "word"),
    [
        ("rules.csv", RULE, "when", "scpoe is: broad", "unknown-fact", "scope"),
        ("rules.csv", RULE, "when", "all: [scope is: broad", "wrong-cell", "when"),
        ("rules.csv", RULE, "forms", "idea-platfrom: -2", "unknown-target", "idea-platform"),
        ("rules.csv", RULE, "forms", "idea-platform -2", "wrong-cell", "forms"),
        ("rules.csv", RULE, "step", "organization", "wrong-cell", "organisation"),
        ("rules.csv", RULE, "sources", "case-del", None, "case-dell"),
        ("rules.csv", RULE, "rationale nl", "", None, "Dutch"),
        ("facts.csv", "scope", "type", "chioce", None, "choice"),
        ("options.csv", "scope", "fact", "scoop", "wrong-cell", "scope"),
        ("catalogue-forms.csv", "idea-platform", "rung", "consultt", None, "consult"),
        ("terms.csv", "steps", "section", "stepss", None, ""),
        ("sources.csv", "case-dell", "id", "", "wrong-cell", "id"),
    ],
)
def test_a_mistake_is_reported_with_its_table_and_row_and_nothing_is_written(
    tables: Path,
    edit: Edit,
    tmp_path: Path,
    table: str,
    row: str,
    column: str,
    value: str,
    check: str | None,
    word: str,
) -> None:
    number = edit(table, row, column, value)

    findings = refused(tables, tmp_path / "again")
    there = [one for one in findings if table == "terms.csv" or (table, number) == (one.file, one.line)]

    assert there
    assert any(word in str(one) for one in there)
    assert check in (None, *(one.check for one in there))


def test_a_missing_table_a_strange_column_and_another_encoding_are_reported(tables: Path, tmp_path: Path) -> None:
    (tables / "groups.csv").unlink()
    risks = tables / "catalogue-risks.csv"
    risks.write_text(risks.read_text(encoding="utf-8").replace("label nl", "label fr", 1), encoding="utf-8")
    (tables / "findings.csv").write_bytes("id;é".encode("cp1252"))

    findings = refused(tables, tmp_path / "again")

    assert {"groups.csv", "catalogue-risks.csv", "findings.csv"} == {one.file for one in findings}


def test_tables_open_in_spreadsheets_as_they_are(tables: Path) -> None:
    for path in tables.glob("*.csv"):
        assert b"\xef\xbb\xbf" == path.read_bytes()[:3]
        rows = list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        assert {len(rows[0])} == {len(row) for row in rows}
        assert [] == [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_one_rule_is_one_readable_row() -> None:
    row = row_of(
        RULES,
        {
            "id": "a",
            "step": "goals",
            "when": {"all": [{"scope is": "broad"}, {"not": {"stakes is at least": 4}}]},
            "then": {"forms": {"idea-platform": -2, "living-lab": 1}, "excludeForms": ["listening"]},
            "rationale": {"nl": "-x", "en": "y"},
            "sources": ["b", "c"],
        },
    )

    assert "all: [scope is: broad, not: {stakes is at least: 4}]" == row["when"]
    assert "idea-platform: -2; living-lab: 1" == row["forms"]
    assert ("listening", "b; c", "'-x", "") == (row["excludeForms"], row["sources"], row["rationale nl"], row["more"])


def test_what_no_column_holds_is_carried_along(rules: Path) -> None:
    row = row_of(RULES, {"id": "a", "step": "goals", "waiver": {"why": "b"}, "then": {"new": [1]}})

    assert "{waiver: {why: b}, then: {new: [1]}}" == row["more"]
    assert rules.exists()


def test_json_has_everything(rule_base: RuleBase) -> None:
    done = CliRunner().invoke(main, ["export", "--format", "json"])
    said = json.loads(done.output)

    assert 0 == done.exit_code
    assert rule_base.digest == said["ruleBase"]["digest"]
    on_disk = {
        path.relative_to(default_rules_directory()).as_posix() for path in default_rules_directory().rglob("*.yaml")
    }
    assert on_disk == set(said["files"])
    assert len(rule_base.rules) == sum(len(data.get("rules", ())) for data in said["files"].values())


def test_the_commands_go_round(tmp_path: Path, rule_base: RuleBase) -> None:
    run, tables, again = CliRunner(), str(tmp_path / "tables"), str(tmp_path / "again")
    exported = run.invoke(main, ["export", "--format", "csv", "-o", tables, "--separator", "semicolon"])
    imported = run.invoke(main, ["import", tables, "-o", again])
    nowhere = run.invoke(main, ["export", "--format", "csv"])

    assert (0, 0, 2) == (exported.exit_code, imported.exit_code, nowhere.exit_code)
    assert rule_base.digest in imported.output
    assert "service diff" in imported.output
    assert "service check" in imported.output


@given(DATA)
def test_data_on_one_line_are_read_back_exactly(data: object) -> None:
    document, findings = parse_yaml(write_flow({"a": data}), "")

    assert [] == findings
    assert document is not None
    assert {"a": data} == document.data


@given(st.dictionaries(TEXTS, DATA, min_size=1, max_size=4))
def test_readable_files_are_read_back_exactly(data: dict[str, object]) -> None:
    document, findings = parse_yaml(write_readable(data, SPREAD), "")

    assert [] == findings
    assert document is not None
    assert data == document.data


@given(st.text() | st.sampled_from(["=1", "'=1", "''-a", "'x", "\t", "@", "'"]))
def test_the_guard_against_formulas_is_undone_exactly(text: str) -> None:
    assert text == unguarded(guarded(text))
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(SCALARS.filter(lambda value: value is not None and value != ""))
def test_a_setting_is_read_back_exactly(value: object) -> None:
    assert value == SETTING.read(SETTING.write(value))
    assert type(value) is type(SETTING.read(SETTING.write(value)))


@given(st.lists(TEXTS, max_size=5))
def test_a_list_is_read_back_exactly(value: list[str]) -> None:
    assert value == LIST.read(LIST.write(value))


@given(st.dictionaries(TEXTS, st.integers(-5, 5) | st.sampled_from(["must", "could"]), max_size=4))
def test_amounts_are_read_back_exactly(value: dict[str, int | str]) -> None:
    assert value == AMOUNTS.read(AMOUNTS.write(value))


def test_every_condition_of_the_rule_base_is_read_back_exactly(rules: Path) -> None:
    conditions = []
    for path in sorted((rules / "co-creation").glob("*.yaml")):
        document, _ = parse_yaml(path.read_text(encoding="utf-8"), path.name)
        data: Any = document.data if document else {}
        conditions += [one["when"] for one in (*data.get("rules", ()), *data.get("findings", ()))]

    assert len(conditions) > 153
    assert conditions == [CONDITION.read(CONDITION.write(one)) for one in conditions]
