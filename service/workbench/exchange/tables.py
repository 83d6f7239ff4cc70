"""Which tables there are, which columns they have, and how one record becomes a row and back.

A column holds the value at a path of keys. What no column holds stands in the column ``more``, so that
nothing is lost when the notation of the rule files grows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final, TypeAlias

from service.knowledge.loading import CATALOGUE
from service.knowledge.model import LANGUAGES
from service.workbench.exchange.cells import (
    AMOUNTS,
    CONDITION,
    DATA,
    EXCEPT,
    LIST,
    SETTING,
    TEXT,
    CellError,
    Codec,
    guarded,
    unguarded,
)

Row: TypeAlias = dict[str, str]
Record: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the keys that lead to its value, and how the value is written."""

    name: str
    path: tuple[str, ...]
    codec: Codec


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the name of its file, and its columns; ``needed`` must be filled in every row."""

    file: str
    columns: tuple[Column, ...]
    needed: tuple[str, ...]

    @property
    def header(self) -> list[str]:
        """The names of the columns, ``more`` included."""
        return [*(column.name for column in self.columns), MORE.name]


def _column(name: str, codec: Codec, *path: str) -> Column:
    return Column(name, path or (name,), codec)


def _texts(*names: str) -> Iterable[Column]:
    for name in names:
        for language in LANGUAGES:
            yield Column(f"{name} {language}", (name, language), TEXT)


def _settings(*names: str) -> Iterable[Column]:
    return (_column(name, SETTING) for name in names)


MORE: Final = Column("more", (), DATA)
RULES: Final = Table(
    "rules.csv",
    (
        *_settings("id", "step"),
        _column("when", CONDITION),
        _column("allFormsExcept", EXCEPT, "then", "allFormsExcept"),
        _column("excludeForms", LIST, "then", "excludeForms"),
        *(
            _column(name, AMOUNTS, "then", name)
            for name in ("forms", "formsOnRungs", "tools", "anchoringMeasures", "metrics", "risks")
        ),
        *_texts("rationale"),
        _column("sources", LIST),
        *_settings("evidence", "validUntil"),
    ),
    ("id", "step"),
)
FACTS: Final = Table(
    "facts.csv",
    (
        *_settings("id", "type", "group", "required", "optionsFrom", "minimum", "maximum", "emptyMeansAbsent"),
        _column("derivedFrom", DATA),
        *_settings("whenNotSent", "dimension"),
        *_texts("unit", "label", "subject", "question", "help", "definition"),
        *_settings("changeable", "effort", "changesTo"),
        *_texts("low", "high", "whenTrue", "whenFalse"),
        _column("sources", LIST),
    ),
    ("id",),
)
OPTIONS: Final = Table(
    "options.csv",
    (*_settings("fact", "kind", "id"), *_texts("label", "definition")),
    ("fact", "kind"),
)
GROUPS: Final = Table("groups.csv", (*_settings("id"), *_texts("label", "intro")), ("id",))
FINDINGS: Final = Table(
    "findings.csv",
    (*_settings("id", "about", "severity"), _column("when", CONDITION), *_texts("text")),
    ("id",),
)
SOURCES: Final = Table(
    "sources.csv",
    (*_settings("id"), _column("citation", TEXT), *_settings("read"), _column("addresses", LIST)),
    ("id",),
)
SETTINGS: Final = Table("rule-set.csv", tuple(_settings("file", "key", "value")), ("file", "key", "value"))
TERMS: Final = Table(
    "terms.csv",
    (*_settings("section", "id", "strong", "fromPoints"), *_texts("label", "definition")),
    ("section", "id"),
)
COMMENTS: Final = Table("comments.csv", (*_settings("file", "before"), _column("comment", TEXT)), ("file", "comment"))
CATALOGUES: Final = {
    file: Table(
        f"catalogue-{PurePath(file).stem}.csv",
        (*_settings("id"), *_texts("label", "phrase", "definition"), *_settings("rung"), _column("sources", LIST)),
        ("id",),
    )
    for file in CATALOGUE.values()
}
TABLES: Final = (
    RULES,
    FACTS,
    OPTIONS,
    GROUPS,
    *CATALOGUES.values(),
    FINDINGS,
    SOURCES,
    SETTINGS,
    TERMS,
    COMMENTS,
)


def row_of(table: Table, record: Mapping[str, Any]) -> Row:
    """Write a record as a row of guarded cells."""
    rest, row = _copied(record), {}
    for column in table.columns:
        value = _taken(rest, column.path)
        row[column.name] = "" if value is None else guarded(column.codec.write(value))
    left = _without_empty(rest)
    row[MORE.name] = guarded(MORE.codec.write(left)) if left else ""
    return row


def record_of(table: Table, row: Row) -> Record:
    """Read a record from a row.

    Raises:
        CellError: for the first cell that cannot be read.
    """
    record: Record = {}
    for column in (*table.columns, MORE):
        cell = unguarded(row.get(column.name, ""))
        if not cell.strip():
            continue
        try:
            value = column.codec.read(cell)
        except CellError as error:
            what = f"In column '{column.name}': {error.what}"
            raise CellError(what, error.how) from error
        if column is not MORE:
            _put(record, column.path, value)
        elif isinstance(value, dict):
            _merge(record, value)
        else:
            what = "In column 'more': this is not '{name: value}'."
            raise CellError(what, "Give the cell back as it was exported, or empty it.")
    return record


def _copied(data: Any) -> Any:
    return {key: _copied(value) for key, value in data.items()} if isinstance(data, dict) else data


def _taken(record: Any, path: tuple[str, ...]) -> Any:
    *way, last = path
    for key in way:
        record = record.get(key) if isinstance(record, dict) else None
    return record.pop(last, None) if isinstance(record, dict) else None


def _without_empty(record: Record) -> Record:
    """Leave out mappings whose every value has been taken."""
    inner = {key: _without_empty(value) if isinstance(value, dict) else value for key, value in record.items()}
    return {key: value for key, value in inner.items() if value != {}}


def _put(record: Record, path: tuple[str, ...], value: Any) -> None:
    *way, last = path
    for key in way:
        record = record.setdefault(key, {})
    record[last] = value


def _merge(record: Record, more: Record) -> None:
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(record.get(key), dict):
            _merge(record[key], value)
        else:
            record[key] = value
