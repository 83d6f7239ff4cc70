"""Advice on profiles in a Dask collection, for sets beyond one machine. Needs the extra ``dask``.

Dask decides where and when; this module only says what is done to a partition. Every process loads the
rule base once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import dask.bag
import dask.dataframe
import pandas as pd

from service.advice.adviser import Adviser
from service.batch.pool import Task, answerer
from service.batch.tables import COLUMNS, cells_of, check_columns, line_of
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Fact

SUFFIX: Final = ".ndjson"
SHOWN: Final = COLUMNS[1:]
"""A partition knows no numbers of lines; the index of a frame, or an id, tells which profile an advice is for."""


def advise_bag(
    lines: dask.bag.Bag, *, rules: Path | None = None, language: str = "nl", detail: str = "brief"
) -> dask.bag.Bag:
    """Return the answers to lines of a batch, in their order.

    Lines are dicts ``{"id", "profile"}``, answers ``{"id", "advice"}`` or ``{"id", "problem"}``.
    """
    return lines.map_partitions(_answers, Task(rules or default_rules_directory(), language, detail, SUFFIX))


def advise_frame(
    table: dask.dataframe.DataFrame, *, rules: Path | None = None, language: str = "nl"
) -> dask.dataframe.DataFrame:
    """Return the advice on each row of a table whose columns are facts, all of them text; the index stays.

    Raises:
        TableError: when the table has columns that are no facts.
    """
    task = Task(rules or default_rules_directory(), language, "brief", SUFFIX)
    check_columns(list(table.columns), _loaded(task)[1])
    meta = pd.DataFrame({name: pd.Series(dtype="string") for name in SHOWN}, index=table._meta.index)  # noqa: SLF001 -- Dask's documented way to name the shape of a result
    return table.map_partitions(_advised, task, meta=meta)


@lru_cache(maxsize=4)
def _loaded(task: Task) -> tuple[Callable[[list[tuple[int, bytes | None]]], tuple[bytes, int]], Mapping[str, Fact]]:
    """Load the rule base of a task in this process; return what answers lines, and the facts that can be sent."""
    rule_base = load_rule_base(task.rules)
    return answerer(task, Adviser(rule_base)), {name: fact for name, fact in rule_base.facts.items() if fact.is_sent}


def _answers(lines: Iterable[Mapping[str, Any]], task: Task) -> list[dict[str, Any]]:
    return [_without_number(line, task) for line in lines]


def _without_number(line: Mapping[str, Any], task: Task) -> dict[str, Any]:
    text, _ = _loaded(task)[0]([(1, json.dumps(line).encode())])
    answered: dict[str, Any] = json.loads(text)
    del answered["line"]
    return answered


def _advised(table: pd.DataFrame, task: Task) -> pd.DataFrame:
    answer, facts = _loaded(task)
    names = list(table.columns)
    lines: list[tuple[int, bytes | None]] = [
        (number, json.dumps(line_of(names, cells, facts)).encode())
        for number, cells in enumerate(table.fillna("").astype(str).to_numpy().tolist(), start=1)
    ]
    text, _ = answer(lines)
    rows = [cells_of(json.loads(one))[1:] for one in text.splitlines()]
    return pd.DataFrame(rows, columns=list(SHOWN), index=table.index, dtype="string")
