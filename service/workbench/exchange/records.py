"""From the files of a rule base to the records of each table, and back to files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from service.workbench.exchange import files as names
from service.workbench.exchange import tables
from service.workbench.exchange.files import Files
from service.workbench.exchange.tables import Record

LEVEL: Final = "level"
OPTION: Final = "option"
FIRST_KEYS: Final = (
    *("step", "groups", "id", "version", "owner", "title", "notice", "steps", "evidence", "reading"),
    *("forms", "tools", "risks", "metrics", "anchoringMeasures", "priorities", "verdicts"),
)
"""The order of the keys at the top of a file, for readers; the others follow."""

Records: TypeAlias = Mapping[str, Sequence[Record]]
"""The records of each table, by the table's file."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: the table's file, and the row as a spreadsheet counts it."""

    file: str
    row: int


Origins: TypeAlias = dict[str, dict[tuple[str | int, ...], Origin]]
"""By rule file and the path in it."""


def records_of(files: Files) -> dict[str, list[Record]]:
    """List the records of each table, but for the comments."""
    found: dict[str, list[Record]] = defaultdict(list)
    left = {file: dict(data) for file, data in files.items()}
    for step, file in names.RULES.items():
        found[tables.RULES.file] += [{"step": step, **rule} for rule in left[file].pop("rules")]
        left[file].pop("step")
    for file, table in tables.CATALOGUES.items():
        found[table.file] = left[file].pop("items")
    vocabulary = left[names.VOCABULARY]
    found[tables.GROUPS.file] = vocabulary.pop("groups")
    for name, fact in vocabulary.pop("facts").items():
        own = {key: value for key, value in fact.items() if key not in ("options", "levels")}
        found[tables.FACTS.file].append({"id": name, **own})
        found[tables.OPTIONS.file] += _options(name, fact)
    found[tables.FINDINGS.file] = left[names.FINDINGS].pop("findings")
    found[tables.SOURCES.file] = left[names.SOURCES].pop("sources")
    for file, data in left.items():
        for key, value in _settings(data):
            if file == names.RULE_SET and _is_terms(value):
                found[tables.TERMS.file] += [{"section": key, **term} for term in value]
            else:
                found[tables.SETTINGS.file].append({"file": file, "key": key, "value": value})
    return found


def _options(fact: str, data: Record) -> Iterator[Record]:
    for option in data.get("options", ()):
        yield {"fact": fact, "kind": OPTION, **option}
    for level in data.get("levels", ()):
        yield {"fact": fact, "kind": LEVEL, "label": level}


def _is_terms(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and "id" in one for one in value)


def _settings(data: Record, start: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if isinstance(value, dict) and value and "." not in "".join(value):
            yield from _settings(value, f"{start}{key}.")
        else:
            yield f"{start}{key}", value


def files_of(records: Records) -> tuple[dict[str, Record], Origins]:
    """Put the files together again, and say of each part from which row it came.

    Trusts that every record has what its table needs, and names files, facts and steps that there are.
    """
    assembly = _Assembly(records)
    assembly.settings()
    assembly.rules()
    for file, table in tables.CATALOGUES.items():
        assembly.listed(file, "items", table.file)
    assembly.listed(names.VOCABULARY, "groups", tables.GROUPS.file)
    assembly.facts()
    assembly.listed(names.FINDINGS, "findings", tables.FINDINGS.file)
    assembly.listed(names.SOURCES, "sources", tables.SOURCES.file)
    ordered = {file: _ordered(data) for file, data in assembly.files.items()}
    return ordered, assembly.origins


class _Assembly:
    def __init__(self, records: Records) -> None:
        self.files: dict[str, Record] = {file: {} for file in names.ALL}
        self.origins: Origins = {file: {} for file in names.ALL}
        self._records = records

    def _each(self, table: str) -> Iterator[tuple[Record, Origin]]:
        """Yield the records with their rows; an empty record is an empty row."""
        for index, record in enumerate(self._records.get(table, ())):
            if record:
                yield dict(record), Origin(table, index + 2)

    def _append(self, file: str, path: tuple[str, ...], record: Any, origin: Origin) -> None:
        holder: Any = self.files[file]
        for key in path[:-1]:
            holder = holder.setdefault(key, {})
        listed = holder.setdefault(path[-1], [])
        self.origins[file][(*path, len(listed))] = origin
        listed.append(record)

    def listed(self, file: str, key: str, table: str) -> None:
        for record, origin in self._each(table):
            self._append(file, (key,), record, origin)

    def settings(self) -> None:
        for record, origin in self._each(tables.SETTINGS.file):
            *way, last = str(record["key"]).split(".")
            holder: Any = self.files[record["file"]]
            for key in way:
                holder = holder.setdefault(key, {})
            holder[last] = record["value"]
            self.origins[record["file"]][(*way, last)] = origin
        for record, origin in self._each(tables.TERMS.file):
            path = tuple(str(record.pop("section")).split("."))
            self._append(names.RULE_SET, path, record, origin)

    def rules(self) -> None:
        for step, file in names.RULES.items():
            self.files[file] |= {"step": step, "rules": []}
        for record, origin in self._each(tables.RULES.file):
            self._append(names.RULES[record.pop("step")], ("rules",), record, origin)

    def facts(self) -> None:
        facts = self.files[names.VOCABULARY].setdefault("facts", {})
        for record, origin in self._each(tables.FACTS.file):
            name = record.pop("id")
            facts[name] = record
            self.origins[names.VOCABULARY]["facts", name] = origin
        for record, origin in self._each(tables.OPTIONS.file):
            name, kind = record.pop("fact"), record.pop("kind")
            key, value = ("levels", record.get("label")) if kind == LEVEL else ("options", record)
            self._append(names.VOCABULARY, ("facts", name, key), value, origin)


def _ordered(data: Record) -> Record:
    first = {key: data[key] for key in FIRST_KEYS if key in data}
    return first | data
