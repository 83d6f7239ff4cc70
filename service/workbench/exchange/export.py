"""Export of a rule base as tables: CSV files that spreadsheet programs open as they are."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

from service.workbench.exchange.comments import comments_of
from service.workbench.exchange.files import Files, other_files, read_files
from service.workbench.exchange.records import records_of
from service.workbench.exchange.tables import COMMENTS, TABLES, Record, Table, row_of

SEPARATORS: Final = {"comma": ",", "semicolon": ";"}
"""By name; spreadsheet programs in Dutch expect the semicolon when a file is opened directly."""
UNCHANGED: Final = "unchanged"
"""The folder beside the tables for files that no table holds."""


def export_csv(directory: Path, target: Path, separator: str = ",") -> list[Path]:
    """Write the rule base in ``directory`` as CSV files in ``target``, and return them.

    Raises:
        RuleBaseError: when the rule base is not well.
    """
    documents = read_files(directory)
    data = cast("Files", {file: document.data for file, document in documents.items()})
    records = records_of(data)
    for file, document in documents.items():
        text = (directory / file).read_text(encoding="utf-8-sig")
        for anchor, comment in comments_of(text, document).items():
            records[COMMENTS.file].append({"file": file, "before": anchor, "comment": comment})
    target.mkdir(parents=True, exist_ok=True)
    for path in other_files(directory):
        copy = target / UNCHANGED / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(directory / path, copy)
    return [_write(target / table.file, table, records[table.file], separator) for table in TABLES]


def _write(path: Path, table: Table, records: Iterable[Record], separator: str) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer: Any = csv.DictWriter(file, table.header, delimiter=separator)
        writer.writeheader()
        writer.writerows(row_of(table, record) for record in records)
    return path
