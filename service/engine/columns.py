"""Many profiles at once, as columns: for every fact one array of integers, a place a profile.

Owns how values become integers and how facts are derived for all profiles together; ``derivation`` owns
what a derivation means for one. A fact that is the same in all profiles is an array of one place, so that
what follows from such facts alone is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from service.engine.derivation import stands_on
from service.knowledge.model import ChosenFrom, Fact, FactType, Profile, RoundedMeanOf, SameAs, SizeOf, Value

Column: TypeAlias = npt.NDArray[np.int64]
"""Integers of shape (1,) or (count,): a number or flag as it is, an id as its place, a set as bits."""

ABSENT: Final = -(1 << 40)
"""A fact that is not known. Far below any value, and below 0 as no set is."""
MOST_MEMBERS: Final = 62
"""Members of a set fact: each is a bit of a signed integer."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The facts that ``count`` profiles send, by fact id; a fact that none of them sends has no column."""

    count: int
    sent: Mapping[str, Column]


def columns_of(profiles: Sequence[Profile], facts: Mapping[str, Fact]) -> Columns:
    """Turn profiles into columns."""
    names = {name: None for profile in profiles for name in profile}
    sent = {name: _column([encoded(facts[name], profile.get(name)) for profile in profiles]) for name in names}
    return Columns(len(profiles), sent)


def with_changes(columns: Columns, changes: Sequence[Mapping[str, Value | None]], facts: Mapping[str, Fact]) -> Columns:
    """Return all profiles once for every change, change by change; None takes a fact away.

    The profile at place ``p`` with the change at place ``c`` stands at ``c * columns.count + p``.
    """
    touched = dict.fromkeys((*columns.sent, *(name for change in changes for name in change)))
    sent = {name: _changed(columns, name, facts[name], changes) for name in touched}
    return Columns(columns.count * len(changes), sent)


def derive_columns(columns: Columns, facts: Mapping[str, Fact]) -> dict[str, Column]:
    """Return the known facts of all profiles, derived ones included, as ``derive`` does for one."""
    known: dict[str, Column] = {}
    for fact in facts.values():
        known[fact.id] = derive_column(fact, columns.sent, known)
    return known


def derive_column(fact: Fact, sent: Mapping[str, Column], known: Mapping[str, Column]) -> Column:
    """Return one fact as it is known, from what was sent and the known facts it stands on."""
    column = sent.get(fact.id) if fact.is_sent else None
    if fact.derived is not None and not isinstance(fact.derived, ChosenFrom):
        derived = _derived(fact, known)
        column = derived if column is None else np.where(column == ABSENT, derived, column)
    if column is None:
        return np.array([ABSENT], dtype=np.int64)
    return np.where(column == 0, ABSENT, column) if fact.empty_means_absent else column


def places(fact: Fact) -> dict[str, int]:
    """Return the integer that stands for each id: its place among the options."""
    return {option.id: place for place, option in enumerate(fact.options)}


def bits(fact: Fact, members: Iterable[str]) -> int:
    """Return the integer that stands for a set of ids."""
    place = places(fact)
    return sum(1 << place[member] for member in members)


def encoded(fact: Fact, value: Value | None) -> int:
    """Return the integer that stands for a value; None is an absent fact."""
    if value is None:
        return ABSENT
    if fact.type is FactType.SET:
        return bits(fact, cast("frozenset[str]", value))
    return places(fact)[value] if isinstance(value, str) else int(cast("int", value))


def _column(values: Sequence[int]) -> Column:
    alike = values[:1] if values and values.count(values[0]) == len(values) else values
    return np.array(alike, dtype=np.int64)


def _changed(columns: Columns, name: str, fact: Fact, changes: Sequence[Mapping[str, Value | None]]) -> Column:
    before = columns.sent.get(name, np.array([ABSENT], dtype=np.int64))
    changed = {place: encoded(fact, change[name]) for place, change in enumerate(changes) if name in change}
    if not changed and before.size == 1:
        return before
    grid = np.tile(np.broadcast_to(before, columns.count), (len(changes), 1))
    for place, value in changed.items():
        grid[place] = value
    return grid.reshape(-1)


def _derived(fact: Fact, known: Mapping[str, Column]) -> Column:
    below = [known[name] for name in stands_on(fact)]
    match fact.derived:
        case SizeOf():
            return _where_known(below, _sizes(below[0]))
        case RoundedMeanOf(_, at_least_known):
            return _rounded_mean(below, at_least_known)
        case SameAs():
            return below[0]
        case _:
            return _where_known(below, below[1] - below[0])


def _where_known(below: Sequence[Column], value: Column) -> Column:
    absent = np.logical_or.reduce(np.broadcast_arrays(*(column == ABSENT for column in below)))
    return np.where(absent, ABSENT, value)


def _sizes(column: Column) -> Column:
    sizes = np.zeros_like(column)
    left = column.copy()
    while np.any(left > 0):
        sizes += np.where(left > 0, left & 1, 0)
        left >>= 1
    return sizes


def _rounded_mean(below: Sequence[Column], at_least_known: int) -> Column:
    ratings = np.array(np.broadcast_arrays(*below))
    given = ratings != ABSENT
    count, total = given.sum(axis=0), np.where(given, ratings, 0).sum(axis=0)
    mean = (2 * total + count) // np.maximum(2 * count, 1)
    return cast("Column", np.where(count < at_least_known, ABSENT, mean))
