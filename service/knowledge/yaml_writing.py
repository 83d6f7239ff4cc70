"""Writing plain data as YAML: as it is read back by ``yaml_files``, in layouts that people read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import yaml

from service.knowledge.yaml_files import resolved

_WIDTH: Final = 118
_FLOW_PLAIN: Final = re.compile(
    r"[^\W\d_](?:[^\[\]{},:#\"'\\\x00-\x1f\x7f-\x9f\ufeff\u2028\u2029]*[^\s\[\]{},:#\"'\\])?"
)
_BLOCK_PLAIN: Final = re.compile(r"(?!.*(: | #|:$))[^\W_](?:[^\x00-\x1f\x7f-\x9f\ufeff\u2028\u2029]*\S)?")


def write_yaml(data: object) -> str:
    """Write plain data as YAML, in the order given, one text a line however long."""
    return str(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10**6))


def write_flow(data: object) -> str:
    """Write plain data on one line, as they are read back.

    >>> write_flow({"all": [{"scope is": "broad"}, {"maturityResources is at most": 2}]})
    '{all: [scope is: broad, maturityResources is at most: 2]}'
    """
    if isinstance(data, dict):
        return "{" + ", ".join(_flow_entry(key, value) for key, value in data.items()) + "}"
    if isinstance(data, list):
        pairs = (next(iter(one.items())) if isinstance(one, dict) and len(one) == 1 else None for one in data)
        written = (_flow_entry(*pair) if pair else write_flow(one) for one, pair in zip(data, pairs, strict=True))
        return "[" + ", ".join(written) + "]"
    return _scalar(data, _FLOW_PLAIN)


def write_readable(data: Mapping[str, object], spread: frozenset[str]) -> str:
    """Write plain data in the layout of the rule files.

    Short mappings and lists stand on one line, but not what a key in ``spread`` holds.
    """
    return "".join(f"{line}\n" for line in _lines(data, spread, ""))


def _flow_entry(key: str, value: object) -> str:
    return f"{_scalar(key, _FLOW_PLAIN)}: {write_flow(value)}"


def _scalar(value: object, plain: re.Pattern[str]) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    readable = plain.fullmatch(value) and isinstance(resolved(value), str)
    return value if readable else _quoted(value)


def _quoted(text: str) -> str:
    """Put a text between double quotes; what cannot be seen is written as a number."""
    marked = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in marked)


def _lines(data: object, spread: frozenset[str], indent: str) -> Iterator[str]:
    if isinstance(data, list) and data:
        for one in data:
            below = list(_lines(one, spread, f"{indent}  "))
            yield f"{indent}- {below[0].lstrip(' ')}"
            yield from below[1:]
    elif isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _entry(key, value, spread, indent)
    else:
        yield f"{indent}{_scalar(data, _BLOCK_PLAIN) if isinstance(data, str) else write_flow(data)}"


def _entry(key: str, value: object, spread: frozenset[str], indent: str) -> Iterator[str]:
    start = f"{indent}{_scalar(key, _FLOW_PLAIN)}:"
    if not isinstance(value, dict | list):
        yield f"{start} {_scalar(value, _BLOCK_PLAIN)}"
    elif not value or _on_one_line(key, value, spread, len(start)):
        yield f"{start} {write_flow(value)}"
    else:
        yield start
        yield from _lines(value, spread, indent if isinstance(value, list) else f"{indent}  ")


def _on_one_line(key: str, value: Mapping[str, object] | list[object], spread: frozenset[str], used: int) -> bool:
    if key in spread:
        return False
    below = value if isinstance(value, list) else value.values()
    if any(isinstance(one, dict) for one in below):
        return False
    return isinstance(value, list) or used + 1 + len(write_flow(value)) <= _WIDTH
