"""Profiles and advice as tables: a row a profile, a column a fact; and a row an advice.

A cell of a set holds its ids with semicolons between them, ``[]`` is the empty set, and an empty cell is
unknown.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Final

from service.knowledge.findings import choose_from
from service.knowledge.model import Fact, FactType
from service.web.schemas import from_text
from service.workbench.exchange.cells import guarded, unguarded

ID: Final = "id"
BETWEEN: Final = ";"
EMPTY_SET: Final = "[]"
SEPARATORS: Final = ",;\t"
LOCAL_FLAGS: Final = {"true": "true", "false": "false", "waar": "true", "onwaar": "false"}
"""What English and Dutch spreadsheets make of a flag, in small letters."""
NOT_UTF_8: Final = "The table is not in UTF-8. Save it as ‘CSV UTF-8’."
SHOWN_FORMS: Final = 3
COLUMNS: Final = (
    "line",
    ID,
    "problem",
    *(f"{name}{place}" for place in range(1, SHOWN_FORMS + 1) for name in ("form", "score", "verdict")),
    "chosenForms",
    "maturityLevel",
    "tools",
    "anchoringMeasures",
    "metrics",
    "risks",
    "findings",
    "nextQuestion",
    "summary",
)


class TableError(Exception):
    """A table that cannot be read; the message says why, and of its first row everything that is wrong."""


def rows_as_lines(file: IO[str], facts: Mapping[str, Fact]) -> Iterator[tuple[int, bytes]]:
    """Yield the number of each row as a spreadsheet counts them, and the row as a line of a batch.

    Raises:
        TableError: when the first row names columns that are not there, or one twice; when it is no table.
    """
    try:
        first = file.readline()
        separator = max(SEPARATORS, key=first.count)
        names = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
        check_columns(names, facts)
        for number, cells in enumerate(csv.reader(file, delimiter=separator), start=2):
            if any(cell.strip() for cell in cells):
                yield number, json.dumps(line_of(names, cells, facts)).encode()
    except UnicodeDecodeError:
        raise TableError(NOT_UTF_8) from None
    except csv.Error as error:
        message = f"The table cannot be read: {error}. Save it as CSV again."
        raise TableError(message) from None


def row(answer: Mapping[str, Any]) -> str:
    """Write an answer of a batch as a row of COLUMNS."""
    return written(guarded(cell) for cell in cells_of(answer))


def cells_of(answer: Mapping[str, Any]) -> list[str]:
    """Return an answer of a batch as the cells of COLUMNS, each on one line."""
    advice, problem = answer.get("advice"), answer.get("problem")
    cells = {"line": str(answer["line"]), ID: answer.get(ID, ""), "problem": _problem(problem) if problem else ""}
    if advice:
        cells |= _advice(advice)
    return [" ".join(cells.get(name, "").split()) for name in COLUMNS]


def written(cells: Iterable[str]) -> str:
    """Write cells as one row, with its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def check_columns(names: Sequence[str], facts: Mapping[str, Fact]) -> None:
    """Check that a table's columns are facts, or the id.

    Raises:
        TableError: with every mistake.
    """
    known = (ID, *facts)
    mistakes = [
        f"There is no fact {name!r}. {choose_from(name, known, 'See /v1/facts.')}"
        for name in names
        if name not in known
    ]
    mistakes += [
        f"The column {name!r} is there more than once." for name in dict.fromkeys(names) if names.count(name) > 1
    ]
    if not names:
        mistakes.append("The table is empty. Its first row names the facts, one a column.")
    if mistakes:
        raise TableError("\n".join(mistakes))


def line_of(names: Sequence[str], cells: Sequence[str], facts: Mapping[str, Fact]) -> dict[str, object]:
    """Make the line of a batch that a row stands for.

    What a row has beyond its columns is a property that no profile has.
    """
    profile: dict[str, object] = {name: [] for name, fact in facts.items() if fact.required}
    line: dict[str, object] = {"profile": profile}
    for name, written_cell in zip(names, cells, strict=False):
        cell = unguarded(written_cell.strip())
        if name == ID and cell:
            line[ID] = cell
        elif cell and name != ID:
            profile[name] = _value(facts[name], cell)
    if any(cell.strip() for cell in cells[len(names) :]):
        profile[f"column {len(names) + 1}"] = None
    return line


def _value(fact: Fact, cell: str) -> object:
    match fact.type:
        case FactType.SET:
            return [] if cell == EMPTY_SET else [one.strip() for one in cell.split(BETWEEN)]
        case FactType.FLAG:
            return from_text(fact, LOCAL_FLAGS.get(cell.lower(), cell))
        case _:
            return from_text(fact, cell)


def _problem(problem: Mapping[str, Any]) -> str:
    errors = [f"{one.get('pointer', '')}: {one['detail']}" for one in problem.get("errors", ())]
    return " ".join([problem["detail"], *errors])


def _advice(advice: Mapping[str, Any]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for place, form in enumerate(advice["forms"][:SHOWN_FORMS], start=1):
        cells |= {
            f"form{place}": form["id"],
            f"score{place}": str(form["score"]),
            f"verdict{place}": form["verdict"],
        }
    level, question = advice["maturity"]["level"], advice["nextQuestion"]
    return cells | {
        "chosenForms": BETWEEN.join(advice["chosenForms"]),
        "maturityLevel": "" if level is None else str(level),
        "tools": BETWEEN.join(one["id"] for one in advice["tools"]),
        "anchoringMeasures": _levels(advice["anchoringMeasures"]),
        "metrics": _levels(advice["metrics"]),
        "risks": _levels(advice["risks"]),
        "findings": BETWEEN.join(one["id"] for one in (*advice["goals"]["findings"], *advice["findings"])),
        "nextQuestion": question["fact"] if question else "",
        "summary": advice["summary"].replace("\n", " "),
    }


def _levels(items: Iterable[Mapping[str, Any]]) -> str:
    return BETWEEN.join(f"{one['id']}:{one['level']}" for one in items)
