"""What each answer to each open question does: over the completions of a profile, how often it changes the advice.

For every completion and every open fact, each of the fact's answers is tried with all other facts as they
are in that completion. So a fact that only matters together with another shows as well. Only the rules
that ask about the fact are tried again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from service.engine.columns import Column, derive_column
from service.engine.completions import Answers, Completions, completions
from service.engine.many import (
    ABOVE_ZERO,
    Literal,
    ManyRules,
    Rankings,
    added,
    rank_many,
)
from service.knowledge.model import ChosenFrom, Fact, Profile

Where: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]

DIGITS: Final = 9
"""Digits of a share: what comes after them depends on the order in which a processor adds up."""
TOGETHER: Final = 1024
"""Completions with another answer that are looked at together: more would not stay near the processor."""


@dataclass(frozen=True, slots=True)
class Information:
    """How likely it is, from 0 to 1, that another answer to a fact changes the advice.

    ``first`` is about the form that ranks first, ``first_three`` about the recommended forms and their order,
    ``risks`` about each risk that it can make or keep from being high with the first form as it is, by
    position; ``any`` is about any of these.
    """

    fact: str
    any: float
    first: float
    first_three: float
    risks: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is worth asking about a profile; ``exact`` when no completion was left out."""

    facts: tuple[Information, ...]
    exact: bool


def outlook(
    rules: ManyRules, answers: Answers, profile: Profile, open_: Sequence[str], open_rules: Collection[int]
) -> Outlook:
    """Work out what each open fact can change, in the order of ``open_``; ``profile`` has none of them.

    ``open_rules`` are those that some completion decides otherwise than another.
    """
    made = completions(answers, rules.compiled, profile, open_)
    base = _Base(rules, made, frozenset(open_rules))
    return Outlook(tuple(_information(base, fact, answers) for fact in open_), made.exact)


class _Base:
    """The completions evaluated once. What is kept of them has a column a completion.

    ``keys`` are those of the forms, then those of ranks that stay empty, just below a form above 0; ``best``
    are the recommended forms, best first. ``literals`` are what was looked at, by fact.
    """

    def __init__(self, rules: ManyRules, made: Completions, open_rules: frozenset[int]) -> None:
        method = rules.compiled.rule_base.method
        self.rules, self.made, self.count = rules, made, made.columns.count
        self.open_rules = open_rules
        self.rankings: Rankings = rank_many(rules, made.columns).with_second_pass()
        self.literals: dict[str, list[Literal]] = {}
        for literal in self.rankings.seen:
            self.literals.setdefault(literal.comparison.fact, []).append(literal)
        self.sums = self.rankings.sums.T.astype(np.float32)
        self.points = added(self.rankings.fired, rules.points, self.count).T.astype(np.float32)
        self.low, self.high = (bound[:, None].astype(np.float32) for bound in (rules.order.low, rules.order.high))
        self.high_from = method.risk_levels[-1].from_points
        ranks = method.recommended_ranks
        empty = np.repeat(ABOVE_ZERO - 1.0 - np.arange(ranks), self.count).reshape(ranks, self.count)
        self.keys = np.vstack((self.rankings.keys.T, empty))
        self.best = np.argsort(-self.keys, axis=0)[:ranks]


def _information(base: _Base, fact: str, answers: Answers) -> Information:
    """Try several answers at once: the fact's column has one answer a row, the others one completion a place."""
    given, facts = answers.of[fact], (fact, *answers.above[fact])
    ways = max(1, TOGETHER // base.count)
    shares, risks = np.zeros(3), np.zeros(len(base.points))
    for start in range(0, len(given), ways):
        some = given[start : start + ways]
        change = _Change(base, facts, np.array([[answer.value] for answer in some], dtype=np.int64))
        likely = np.outer([answer.likelihood for answer in some], base.made.likelihood).reshape(-1)
        moved, which, high = change.moved()
        shares += moved @ likely
        risks[which] += high @ likely
    either, first, three = (round(share, DIGITS) for share in shares.tolist())
    found = {risk: round(share, DIGITS) for risk, share in enumerate(risks.tolist()) if share}
    return Information(fact, either, first, three, found)


class _Change:
    """The completions with other answers to one fact; places go answer by answer, completion by completion.

    Columns are taken by ``take``, which is several times as fast as an index.
    """

    def __init__(self, base: _Base, names: Sequence[str], values: Column) -> None:
        compiled = base.rules.compiled
        moved = [compiled.rule_base.facts[name] for name in names]
        self._base, self._ways = base, len(values)
        asking = {rule for name in names for rule in compiled.rules_asking.get(name, ())}
        self._asking = sorted(asking & base.open_rules)
        self._known = _known(base, moved, values)
        self._seen = dict(base.rankings.seen)
        for name in names:
            for literal in base.literals.get(name, ()):
                del self._seen[literal]

    def moved(self) -> tuple[Where, Places, Where]:
        """Tell where anything, the first form and the recommended forms are others, and which risks are where."""
        places = self._ways * self._base.count
        either, first, three = moved = np.zeros((3, places), dtype=np.bool_)
        where, other = self._forms()
        first[where], three[where] = other[0], other.any(axis=0)
        where, risks, other = self._risks()
        high = np.zeros((len(risks), places), dtype=np.bool_)
        high[:, where] = other & ~first[where]
        np.logical_or(three, high.any(axis=0), out=either)
        return moved, risks, high

    def _forms(self) -> tuple[Places, Where]:
        """Return where rules move weights, and by rank whether another form is recommended there.

        After the first rank at which one is, the others tell nothing.
        """
        base, order = self._base, self._base.rules.order
        where, cells, gained = self._gained(base.rules.weights)
        own, every = where % base.count, np.arange(len(where))
        before, low, high = base.sums[cells].take(own, axis=1), base.low[cells], base.high[cells]
        moved = np.minimum(np.maximum(before + gained, low), high) - np.minimum(np.maximum(before, low), high)
        keys = base.keys.take(own, axis=1)
        keys[: len(order.start)] += order.worth[cells].T @ moved
        other = np.empty((len(base.best), len(where)), dtype=np.bool_)
        for rank, form in enumerate(base.best.take(own, axis=1)):
            other[rank] = keys[form, every] < keys.max(axis=0)
            keys[form, every] = 0
        return where, other

    def _risks(self) -> tuple[Places, Places, Where]:
        """Return where rules move points, of which risks, and where a risk comes or ceases to be high there."""
        base = self._base
        where, risks, gained = self._gained(base.rules.points)
        points = base.points[risks].take(where % base.count, axis=1)
        return where, risks, (points + gained >= base.high_from) != (points >= base.high_from)

    def _gained(self, amounts: npt.NDArray[np.float32]) -> tuple[Places, Places, npt.NDArray[np.float32]]:
        """Return where rules fire otherwise than before, to which sums they add, and what that comes to there."""
        base = self._base
        asking = np.array(self._asking, dtype=np.intp)
        rules = asking[amounts[asking].any(axis=1)]
        added = amounts[rules]
        cells = np.flatnonzero(added.any(axis=0))
        turned = np.zeros((len(rules), self._ways, base.count), dtype=np.int8)
        for place, rule in enumerate(rules.tolist()):
            fires = base.rules.holds[rule](self._known, self._seen)
            np.subtract(fires.view(np.int8), base.rankings.fired[rule].view(np.int8), out=turned[place])
        flat = turned.reshape(len(rules), self._ways * base.count)
        where = np.flatnonzero(flat.any(axis=0))
        return where, cells, added[:, cells].T @ flat.take(where, axis=1).astype(np.float32)


def _known(base: _Base, moved: Sequence[Fact], values: Column) -> dict[str, Column]:
    """Return what is known with the values for the first of the facts; the others are derived from it."""
    sent, *derived = moved
    known = dict(base.rankings.known)
    changed = {**base.made.columns.sent, sent.id: values}
    known[sent.id] = derive_column(sent, changed, known)
    for fact in derived:
        chosen = isinstance(fact.derived, ChosenFrom)
        known[fact.id] = known[sent.id] if chosen else derive_column(fact, changed, known)
    return known
