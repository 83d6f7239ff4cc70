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
    Literal,
    ManyRules,
    Rankings,
    Sums,
    Truth,
    added,
    cells_of_forms,
    first_forms,
    forms_of_cells,
    rank_many,
    ranked,
)
from service.knowledge.model import ChosenFrom, Fact, Profile

Where: TypeAlias = npt.NDArray[np.bool_]
Places: TypeAlias = npt.NDArray[np.intp]

DIGITS: Final = 9
"""Digits of a share: what comes after them depends on the order in which a processor adds up."""


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
    """The completions evaluated once."""

    def __init__(self, rules: ManyRules, made: Completions, open_rules: frozenset[int]) -> None:
        self.rules, self.made, self.count = rules, made, made.columns.count
        self.open_rules = open_rules
        self.rankings: Rankings = rank_many(rules, made.columns).with_second_pass()
        method = rules.compiled.rule_base.method
        self.high = method.risk_levels[-1].from_points
        self.points = added(self.rankings.fired, rules.points, self.count)
        self.best = self.first_forms(self.rankings.keys)

    def first_forms(self, keys: Sums) -> Sums:
        """Return the recommended forms, best first."""
        return first_forms(keys, self.rules.compiled.rule_base.method.recommended_ranks)


def _information(base: _Base, fact: str, answers: Answers) -> Information:
    """Try all answers at once: the fact's column has one answer a row, the others one completion a place."""
    values = np.array([[answer.value] for answer in answers.of[fact]], dtype=np.int64)
    likely = np.outer([answer.likelihood for answer in answers.of[fact]], base.made.likelihood).reshape(-1)
    change = _Change(base, (fact, *answers.above[fact]), values)
    first, three, high = change.moved()
    either, one, several = (
        round(float(likely @ moved), DIGITS) for moved in (first | three | high.any(axis=1), first, three)
    )
    risks = likely @ high
    found = {int(risk): round(float(risks[risk]), DIGITS) for risk in risks.nonzero()[0]}
    return Information(fact, either, one, several, found)


class _Change:
    """The completions with other answers to one fact; places go answer by answer, completion by completion."""

    def __init__(self, base: _Base, names: Sequence[str], values: Column) -> None:
        compiled = base.rules.compiled
        moved = [compiled.rule_base.facts[name] for name in names]
        self._base, self._ways = base, len(values)
        asking = {rule for name in names for rule in compiled.rules_asking.get(name, ())}
        self._asking = sorted(asking & base.open_rules)
        self._known = _known(base, moved, values)
        self._seen: dict[Literal, Truth] = {}

    def moved(self) -> tuple[Where, Where, Where]:
        """Tell where the first form, the recommended forms and (by risk) high risks are others."""
        base, compiled = self._base, self._base.rules.compiled
        first, three = np.zeros((2, self._ways * base.count), dtype=bool)
        where, other = self._forms([rule for rule in self._asking if rule not in compiled.second_pass])
        first[where], three[where] = other[:, 0], other.any(axis=1)
        high = np.zeros((len(first), len(compiled.risks)), dtype=bool)
        where, risks, other = self._risks(self._asking)
        high[where[:, None], risks] = other & ~first[where, None]
        return first, three, high

    def _forms(self, rules: Sequence[int]) -> tuple[Places, Where]:
        """Return where the rules move weights, and at which ranks another form is recommended there."""
        base, compiled = self._base, self._base.rules.compiled
        adding, touched = _adding(rules, base.rules.weights)
        forms = forms_of_cells(compiled, touched)
        cells = cells_of_forms(compiled, forms)
        where, gained = self._gained(adding, base.rules.weights[adding][:, cells])
        own = where % base.count
        keys = base.rankings.keys[own]
        if forms:
            keys[:, forms] = ranked(compiled, base.rankings.sums[own][:, cells] + gained, forms)[1]
        return where, base.first_forms(keys) != base.best[own]

    def _risks(self, rules: Sequence[int]) -> tuple[Places, Places, Where]:
        """Return where the rules move points, of which risks, and where a risk comes or ceases to be high there."""
        base = self._base
        adding, risks = _adding(rules, base.rules.points)
        where, gained = self._gained(adding, base.rules.points[adding][:, risks])
        points = base.points[where % base.count][:, risks]
        return where, risks, (points + gained >= base.high) != (points >= base.high)

    def _gained(self, rules: Sequence[int], amounts: npt.NDArray[np.float32]) -> tuple[Places, Sums]:
        """Return where the rules fire otherwise than before, and what that adds there."""
        base = self._base
        difference = np.zeros((len(rules), self._ways, base.count), dtype=np.float32)
        for place, rule in enumerate(rules):
            difference[place] = base.rules.holds[rule](self._known, self._seen)
            difference[place] -= base.rankings.fired[rule]
        flat = difference.reshape(len(rules), self._ways * base.count)
        where = np.flatnonzero(np.any(flat, axis=0))
        return where, (flat[:, where].T @ amounts).astype(np.int64)


def _adding(rules: Sequence[int], amounts: npt.NDArray[np.float32]) -> tuple[list[int], Places]:
    """Return those of the rules that add something, and to which cells."""
    adding = [rule for rule in rules if amounts[rule].any()]
    return adding, np.flatnonzero(np.any(amounts[adding], axis=0))


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
