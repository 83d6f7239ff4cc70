"""What the service is to reach, each aim beside what this run found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from bench import answers
from bench.peers.measure import FASTIFY, OPENFISCA
from bench.results import Cell, Part, Table

Row: TypeAlias = Mapping[str, Cell]
Tables: TypeAlias = Mapping[str, Sequence[Row]]
"""The rows of every table that was measured, by its title."""

CONNECTIONS = 8
COLUMNS = ("what", "aim", "found", "reached")
AS_IT_COMES = "of the echo as it comes"
LIMIT = "generated Python"
"""No engine: the limit of the language."""


def aims(parts: Sequence[Part]) -> Table:
    """Return what was aimed at and found; aims of parts that were not measured are left out."""
    found = {
        table.title: [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        for part in parts
        for table in part.tables
    }
    rows: list[tuple[Cell, ...]] = []
    for title, claim, bound, least, look in _AIMS:
        if title in found:
            value = look(found[title])
            reached = value >= bound if least else value <= bound
            rows.append((claim, f"at {'least' if least else 'most'} {bound:g}", value, "yes" if reached else "no"))
    return Table("Aims", f"At {CONNECTIONS} connections, where it says nothing else.", COLUMNS, rows)


def _cell(column: str, **where: Cell) -> Callable[[Sequence[Row]], float]:
    """Return how to look up a column in the row in which others hold these values."""
    return lambda rows: next(
        cast("float", row[column]) for row in rows if all(row[name] == value for name, value in where.items())
    )


def _of_the_echo(request: str, column: str = "of the echo") -> Callable[[Sequence[Row]], float]:
    return _cell(column, request=request, connections=CONNECTIONS)


def _slowest(column: str) -> Callable[[Sequence[Row]], float]:
    return lambda rows: max(cast("float", row[column]) for row in rows)


def _least_ahead(advice: str) -> Callable[[Sequence[Row]], float]:
    """Return how to look up the rate of a kind of advice, of that of the engine behind Flask that is the fastest."""
    return lambda rows: min(
        cast("float", row[f"{advice} advice, to it"])
        for row in rows
        if str(row["peer"]).endswith("(Flask)") and not str(row["peer"]).startswith(LIMIT)
    )


def _fastest_engine(rows: Sequence[Row]) -> float:
    after = [str(row["what"]) for row in rows].index("whole advice, full") + 1
    return max((cast("float", row["of the matcher"]) for row in rows[after:] if row["what"] != LIMIT), default=0)


def _power(rows: Sequence[Row]) -> float:
    return max(cast("float", rows[-1]["brief advice, µs"]), cast("float", rows[-1]["full advice, µs"]))


def _batch(rows: Sequence[Row]) -> float:
    """Return the advices of what is aimed at: 5,000, or half of what the matcher did, if that is less."""
    (row,) = rows
    return cast("float", row["advices"]) / min(5000, cast("float", row["matched"]) / 2)


_AIMS: Sequence[tuple[str, str, float, bool, Callable[[Sequence[Row]], float]]] = (
    ("Load", "POST, full: of the echo’s rate", 0.5, True, _of_the_echo("POST, full")),
    ("Load", "POST, brief: of the echo’s rate", 0.6, True, _of_the_echo("POST, brief")),
    ("Load", "POST, full: of the rate of the echo as it comes", 0.5, True, _of_the_echo("POST, full", AS_IT_COMES)),
    ("Load", "POST, brief: of the rate of the echo as it comes", 0.6, True, _of_the_echo("POST, brief", AS_IT_COMES)),
    ("Load", "GET, 304: of the echo’s rate", 0.9, True, _of_the_echo("GET, 304")),
    ("Load", "GET, cached: of the echo’s rate", 0.85, True, _of_the_echo("GET, cached")),
    ("Load", "POST, full: p99 of the echo’s", 3, False, _of_the_echo("POST, full", "p99 of the echo’s")),
    (answers.TITLE, "_explain, _interview, _compare: 95 of 100 within, ms", 100, False, _slowest("p95, ms")),
    (answers.TITLE, "_explain, _interview, _compare: all within, ms", 1000, False, _slowest("slowest, ms")),
    ("Peers", f"full advice, to {OPENFISCA}", 3, True, _cell("full advice, to it", peer=OPENFISCA)),
    ("Peers", f"full advice, to {FASTIFY}", 3, True, _cell("full advice, to it", peer=FASTIFY)),
    ("Peers", "full advice, to the fastest engine behind Flask", 1, True, _least_ahead("full")),
    ("Peers", "brief advice, to the fastest engine behind Flask", 1, True, _least_ahead("brief")),
    ("Engines", "the fastest engine, to the matcher", 1, False, _fastest_engine),
    ("Batches, beside the bare matcher", "of 5,000 advices a second and core, or half of the matcher", 1, True, _batch),
    ("With the rules", "an advice grows as the rules to the power of", 1, False, _power),
    ("With the rules", "start with the real rules, s", 1, False, lambda rows: cast("float", rows[0]["start, s"])),
    ("With the rules", "memory a worker, MiB", 100, False, lambda rows: cast("float", rows[0]["a worker, MiB"])),
)
