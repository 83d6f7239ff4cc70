"""Import of tables: CSV files, corrected in a spreadsheet, back into rule files.

Nothing is written before the whole rule base has been loaded from the tables without a finding.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Final

from service.knowledge.findings import Finding, RuleBaseError, choose_from
from service.knowledge.loading import SET, default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase
from service.knowledge.names_schema import names_schema_text
from service.knowledge.yaml_files import read_yaml
from service.knowledge.yaml_writing import write_readable
from service.workbench.exchange import files as names
from service.workbench.exchange import tables
from service.workbench.exchange.cells import CellError
from service.workbench.exchange.comments import with_comments
from service.workbench.exchange.export import UNCHANGED
from service.workbench.exchange.records import LEVEL, OPTION, Origins, files_of
from service.workbench.exchange.tables import Record, Table, record_of

SPREAD: Final = frozenset(
    {
        *("when", "then", "all", "any", "not", "definition", "question", "help", "rationale", "text"),
        *("intro", "notice", "addresses", "levels"),
    }
)
"""Keys whose value gets a line for each of its parts, as in the files of the product."""
_READ_SEPARATORS: Final = (",", ";", "\t")


def import_csv(source: Path, target: Path) -> RuleBase:
    """Turn the tables in ``source`` into rule files in ``target``, and return the rule base.

    Raises:
        RuleBaseError: with file and row of every mistake in the tables; nothing was written.
    """
    findings: list[Finding] = []
    records = {table.file: list(_records(source / table.file, table, findings)) for table in tables.TABLES}
    findings += _strangers(records)
    if findings:
        raise RuleBaseError(findings)
    data, origins = files_of(records)
    comments = _comments(records[tables.COMMENTS.file])
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "rules"
        unchanged = source / UNCHANGED
        if unchanged.is_dir():
            shutil.copytree(unchanged, made)
        for file, content in data.items():
            _write(made / file, content, comments.get(file, {}))
        try:
            rule_base = load_rule_base(made)
        except RuleBaseError as error:
            raise RuleBaseError(_placed(one, made, origins) for one in error.findings) from error
        _add_schemas(made, rule_base)
        shutil.copytree(made, target, dirs_exist_ok=True)
    return rule_base


def _records(path: Path, table: Table, findings: list[Finding]) -> Iterator[Record]:
    """Yield a record for every row, an empty one for a row that is empty or wrong."""
    rows = _rows(path, table, findings)
    for number, row in enumerate(rows, start=2):
        record: Record = {}
        if any(cell.strip() for cell in row.values()):
            try:
                record = record_of(table, row)
                _require(table, record)
            except CellError as error:
                why = "The row cannot become a part of the rules."
                findings.append(Finding(path.name, number, "wrong-cell", error.what, why, error.how))
                record = {}
        yield record


def _require(table: Table, record: Record) -> None:
    for name in table.needed:
        if name not in record:
            what = f"The column '{name}' is empty in this row."
            raise CellError(what, "Fill it, or empty the whole row.")


def _rows(path: Path, table: Table, findings: list[Finding]) -> list[dict[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        missing = isinstance(error, OSError)
        what = "The table cannot be read." if missing else "The table is not UTF-8 text."
        how = "Export the tables again and edit those." if missing else "Save it as 'CSV UTF-8'."
        findings.append(Finding(path.name, 1, "missing-file", what, "Its content is needed.", how))
        return []
    heading = text.split("\n", 1)[0]
    separator = max(_READ_SEPARATORS, key=heading.count)
    header, *lines = list(csv.reader(StringIO(text, newline=""), delimiter=separator)) or [[]]
    header = [name.strip() for name in header]
    findings += _header_findings(path.name, header, table)
    for number, line in enumerate(lines, start=2):
        if any(cell.strip() for cell in line[len(header) :]):
            what, why = "This row has more cells than there are columns.", "What stands there would be lost."
            findings.append(Finding(path.name, number, "wrong-cell", what, why, "Move it to its column."))
    return [dict(zip(header, line, strict=False)) for line in lines]


def _header_findings(file: str, header: list[str], table: Table) -> Iterator[Finding]:
    for name in header:
        if name not in table.header:
            why, how = "What stands in it would be lost.", choose_from(name, table.header, "Take it away.")
            yield Finding(file, 1, "wrong-column", f"'{name}' is not a column of this table.", why, how)
    for name in table.header:
        if header.count(name) != 1:
            what = f"The column '{name}' must be there once."
            yield Finding(file, 1, "wrong-column", what, "Its content is needed.", "Give it back, with this heading.")


def _strangers(records: Mapping[str, list[Record]]) -> Iterator[Finding]:
    """Report what names a file, a step or a fact that there is not, before files are put together."""
    facts = [str(record.get("id")) for record in records[tables.FACTS.file]]
    known = (
        (tables.RULES, "step", tuple(names.RULES)),
        (tables.SETTINGS, "file", names.ALL),
        (tables.COMMENTS, "file", names.ALL),
        (tables.OPTIONS, "fact", tuple(facts)),
        (tables.OPTIONS, "kind", (OPTION, LEVEL)),
    )
    for table, column, allowed in known:
        for number, record in enumerate(records[table.file], start=2):
            if record and record[column] not in allowed:
                what = f"In column '{column}': '{record[column]}' is not known."
                how = choose_from(str(record[column]), allowed, "Look it up in the other rows.")
                yield Finding(table.file, number, "wrong-cell", what, "The row would belong nowhere.", how)
    yield from _repeated(records)


def _repeated(records: Mapping[str, list[Record]]) -> Iterator[Finding]:
    """Report keys of which only one can hold: facts and settings (lists are checked by the loader)."""
    for table, key in ((tables.FACTS, ("id",)), (tables.SETTINGS, ("file", "key"))):
        seen: set[tuple[str, ...]] = set()
        for number, record in enumerate(records[table.file], start=2):
            own = tuple(str(record[name]) for name in key) if record else ()
            if own in seen and own:
                what, why = f"'{own[-1]}' stands in two rows.", "Only one of them can hold."
                yield Finding(table.file, number, "duplicate-id", what, why, "Keep one of the two.")
            seen.add(own)


def _comments(records: list[Record]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for record in filter(None, records):
        found.setdefault(record["file"], {})[str(record.get("before", ""))] = record["comment"]
    return found


def _write(path: Path, data: Record, comments: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = _schema_of(path)
    text = with_comments(write_readable(data, SPREAD), comments)
    path.write_text(f"# yaml-language-server: $schema={kind}\n{text}", encoding="utf-8")


def _schema_of(path: Path) -> str:
    if path.parent.name == "catalogue":
        return "../schema/catalogue.schema.json"
    up = "../" if path.parent.name == SET else ""
    own = path.stem if f"{path.parent.name}/{path.name}" not in names.RULES.values() else "rules"
    return f"{up}schema/{own}.schema.json"


def _placed(finding: Finding, made: Path, origins: Origins) -> Finding:
    """Say of a finding in a rule file in which row of which table its cause stands."""
    document, _ = read_yaml(made / finding.file, finding.file)
    if document is None:
        return finding
    lines = sorted((document.line(path), str(path), origin) for path, origin in origins.get(finding.file, {}).items())
    at = bisect_right([line for line, _, _ in lines], finding.line) - 1
    if at < 0:
        return finding
    origin = lines[at][2]
    return replace(finding, file=origin.file, line=origin.row)


def _add_schemas(made: Path, rule_base: RuleBase) -> None:
    """Put the schemas beside the rules, so that editors complete what is typed."""
    shutil.copytree(default_rules_directory() / "schema", made / "schema", dirs_exist_ok=True)
    names_schema = made / "schema" / "names.schema.json"
    names_schema.write_text(names_schema_text(rule_base), encoding="utf-8")
