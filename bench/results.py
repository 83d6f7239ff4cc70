"""What was measured: tables, as Markdown for people and as JSON for programs, with the machine and the versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

Cell = str | int | float | None

LIBRARIES = ("flask", "werkzeug", "gunicorn", "durable-rules", "marshmallow", "orjson", "numpy")


@dataclass(frozen=True, slots=True)
class Table:
    """One comparison: what it says, and its rows; ``columns`` name the cells."""

    title: str
    note: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of the benchmarks found.

    ``versions`` are of the programs that only this part runs, ``pictures`` are SVG by the name of their file.
    """

    name: str
    title: str
    tables: Sequence[Table]
    versions: Mapping[str, str]
    pictures: Mapping[str, str] = field(default_factory=dict)


def machine() -> dict[str, Cell]:
    """Tell what the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return {
        "processor": cpu,
        "cores": os.cpu_count(),
        "load before the run": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "Python": platform.python_version(),
        "wrk": subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False).stdout.split(" [")[0],
        **{name: _version(name) for name in LIBRARIES},
        "measured on": datetime.now(UTC).date().isoformat(),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def as_json(about: Mapping[str, Cell], parts: Sequence[Part]) -> str:
    """Write everything for programs."""
    said = {
        "machine": about,
        "parts": {
            part.name: {
                "versions": part.versions,
                "tables": {
                    table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
                    for table in part.tables
                },
            }
            for part in parts
        },
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def as_markdown(about: Mapping[str, Cell], parts: Sequence[Part]) -> str:
    """Write everything for people."""
    lines = ["# Benchmarks", "", "<!-- Written by `make bench`; do not edit. -->", ""]
    lines += [
        "Figures compare within one run only; [`bench/README.md`](../../bench/README.md) says what each means.",
        "",
    ]
    versions = {name: told for part in parts for name, told in part.versions.items()}
    lines += [f"- {name}: {told}" for name, told in (*about.items(), *versions.items())]
    for part in parts:
        lines += ["", f"## {part.title}", *(f"![{part.title}]({name})" for name in part.pictures)]
        for table in part.tables:
            lines += ["", f"### {table.title}", table.note, "", *_rows(table)]
    return "\n".join(lines) + "\n"


def _rows(table: Table) -> list[str]:
    left = [not any(isinstance(row[index], int | float) for row in table.rows) for index in range(len(table.columns))]
    return [
        f"| {' | '.join(table.columns)} |",
        f"|{'|'.join('---' if one else '---:' for one in left)}|",
        *(f"| {' | '.join(shown(cell) for cell in row)} |" for row in table.rows),
    ]


def shown(cell: Cell) -> str:
    """Return a cell with three significant digits, or as it is.

    >>> shown(0.49812), shown(4812.3), shown(12), shown(None)
    ('0.498', '4,812', '12', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.3g}"  # noqa: PLR2004 -- three digits are before the point
    return f"{cell:,}" if isinstance(cell, int) else cell
