"""One value in one cell of a spreadsheet, and back exactly.

Owns the notation of cells. An empty cell is an absent value. A cell that a spreadsheet would take for a
formula gets an apostrophe in front, which is taken away again on the way back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from service.knowledge.condition_notation import ALWAYS
from service.knowledge.yaml_files import parse_yaml
from service.knowledge.yaml_writing import write_flow

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
_PLAIN_ITEM: Final = re.compile(r"[^\s;\[\]{}\"'][^;\n\r]*(?<!\s)")
_PLAIN_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_AMOUNT: Final = re.compile(r"[-+]?[0-9]{1,3}|[a-z]+")
_EXCEPT: Final = re.compile(r"all but (?P<forms>.*):\s*(?P<weight>[-+]?[0-9]{1,3})", re.DOTALL)
_LOCAL_FLAGS: Final = {"waar": True, "onwaar": False}


class CellError(Exception):
    """A cell that cannot be read: what is wrong, and how to mend it."""

    def __init__(self, what: str, how: str) -> None:
        """Keep the two sentences."""
        super().__init__(what)
        self.what, self.how = what, how


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of value is written in a cell and read from it."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def guarded(cell: str) -> str:
    """Keep a spreadsheet from taking the cell for a formula.

    >>> guarded("=1+1"), guarded("'=1"), guarded("plain")
    ("'=1+1", "''=1", 'plain')
    """
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Undo ``guarded``; a cell that was typed without the apostrophe stays as it is."""
    return cell[1:] if _GUARDED.match(cell) else cell


def _read_data(cell: str) -> Any:
    if cell.strip().lower() in _LOCAL_FLAGS:
        return _LOCAL_FLAGS[cell.strip().lower()]
    document, findings = parse_yaml(cell.strip(), "cell")
    if document is None or findings:
        raise CellError(findings[0].what, "Write it as in the rule files, on one line.")
    return document.data


def _write_setting(value: Any) -> str:
    """Write a scalar as it reads; a text that would read as something else stands between quotes."""
    if not isinstance(value, str):
        return write_flow(value)
    safe = value == value.strip() and value[:1] not in ("", "[", "{", '"')
    return value if safe and isinstance(_resolved(value), str) else json.dumps(value, ensure_ascii=False)


def _read_setting(cell: str) -> Any:
    text = cell.strip()
    if text[:1] in ("[", "{", '"'):
        return _read_data(text)
    return _resolved(text)


def _resolved(text: str) -> Any:
    """Give a text without spaces the value that it has in a rule file; any other stays a text."""
    if not re.fullmatch(r"[\w.+~-]+", text):
        return text
    document, findings = parse_yaml(text, "cell")
    return text if document is None or findings else document.data


def _write_list(value: Any) -> str:
    plain = value and all(isinstance(one, str) and _PLAIN_ITEM.fullmatch(one) for one in value)
    return "; ".join(value) if plain else write_flow(value)


def _read_list(cell: str) -> Any:
    if cell.lstrip().startswith("["):
        return _read_data(cell)
    return [one.strip() for one in cell.split(";") if one.strip()]


def _write_amounts(value: Any) -> str:
    if not value or not all(_PLAIN_ID.fullmatch(name) for name in value):
        return write_flow(value)
    return "; ".join(f"{name}: {amount}" for name, amount in value.items())


def _read_amounts(cell: str) -> Any:
    if cell.lstrip().startswith("{"):
        return _read_data(cell)
    amounts: dict[str, int | str] = {}
    for one in filter(None, (part.strip() for part in cell.split(";"))):
        name, colon, amount = (part.strip() for part in one.partition(":"))
        if not colon or not _AMOUNT.fullmatch(amount):
            what = f"'{one}' is not a name with an amount."
            raise CellError(what, "Write 'name: amount; name: amount'.")
        if name in amounts:
            what = f"'{name}' stands twice in this cell."
            raise CellError(what, "Keep one of the two.")
        amounts[name] = amount if amount.isalpha() else int(amount)
    return amounts


def _write_except(value: Any) -> str:
    return f"all but {_write_list(value['forms'])}: {value['weight']}"


def _read_except(cell: str) -> Any:
    found = _EXCEPT.fullmatch(cell.strip())
    if not found:
        what = f"'{cell}' cannot be read."
        raise CellError(what, "Write 'all but form; form: weight'.")
    return {"forms": _read_list(found["forms"]), "weight": int(found["weight"])}


def _write_condition(value: Any) -> str:
    return value if value == ALWAYS else write_flow(value)[1:-1]


def _read_condition(cell: str) -> Any:
    text = cell.strip()
    if text == ALWAYS or text.startswith("{") or "\n" in text:
        return _read_data(text)
    return _read_data("{" + text + "}")


TEXT: Final = Codec(str, str)
SETTING: Final = Codec(_write_setting, _read_setting)
LIST: Final = Codec(_write_list, _read_list)
AMOUNTS: Final = Codec(_write_amounts, _read_amounts)
EXCEPT: Final = Codec(_write_except, _read_except)
CONDITION: Final = Codec(_write_condition, _read_condition)
DATA: Final = Codec(write_flow, _read_data)
