"""Which facts could change the first form or the first three: how far open rules could move the scores of forms."""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i16, i64, mypyc_attr

from service.advice.advised import Forms
from service.advice.effects_of_facts import (
    AMOUNT,
    CELL,
    CELLS,
    EFFECT,
    EFFECTS,
    EFFECTS_LENGTH,
    LENGTH,
    MOST,
    OTHER,
    RULE,
    Cells,
    Effects,
)
from service.engine.compiled import CompiledRuleBase

FIRST: Final = 1
FIRST_THREE: Final = 2
"""Bits of what could change."""

NOWHERE: Final = -1
BEYOND: Final = 1 << 40
"""More than any score."""


class FormsInMotion:
    """Tells which facts could change the first forms, by what the rules that stand on them add to sums and exclude.

    By form and fact ``_where`` has where the part of the form begins among those of the fact, NOWHERE without one.
    ``_taken`` has what a rule takes from forms, which comes back with it.
    """

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]]) -> None:
        """Take for each fact the rules that stand on it."""
        method = compiled.rule_base.method
        self._three: i64 = method.recommended_ranks
        self._cap, self._exclusions = i64(method.cap_per_step), i64(compiled.layout.start["exclusions"])
        self._taken = vec[i16]([-sum(min(0, amount) for _, amount in reach.sums) for reach in compiled.reaches])
        self._effects = Effects([_of_forms(compiled, rules) for rules in asking], lambda amount: max(0, amount))
        where = [[NOWHERE] * len(asking) for _ in compiled.forms]
        first, parts = self._effects.first, self._effects.parts
        for fact in range(len(asking)):
            at = int(first[fact])
            while at < first[fact + 1]:
                where[int(parts[at + OTHER])][fact] = at - int(first[fact])
                at += CELLS + int(parts[at + LENGTH])
        self._where = vec[i16]([place for row in where for place in row])

    def move(self, sent: vec[bool], turns: vec[i16], forms: Forms, changes: vec[i64], words: i64) -> None:
        """Set in what facts could change the bits of the first form (FIRST) and the first three (FIRST_THREE)."""
        first, parts, where, tally = self._effects.first, self._effects.parts, self._where, forms.evaluation.tally
        change, ranked = _Change(self._cap, self._exclusions), _Ranked(forms, self._back(forms, turns))
        one, three = _Lead(1, forms, ranked), _Lead(self._three, forms, ranked)
        leading, order, scores = max(one.length, three.length), forms.order, ranked.scores
        end: i64 = 0
        for fact in range(i64(len(sent))):
            at, end = end, i64(first[fact + 1])
            if at == end or sent[fact]:
                continue
            one.begin()
            three.begin()
            for rank in range(leading):
                form = i64(order[rank])
                place = i64(where[form * i64(len(sent)) + fact])
                if place != NOWHERE:
                    _add_up(at + place, parts, turns, tally, change)
                    one.move(rank, scores[form], change)
                    three.move(rank, scores[form], change)
            self._raise_others(at, end, turns, tally, one, three, ranked, change)
            changes[fact * words] |= _moved(one, three)

    def _back(self, forms: Forms, turns: vec[i16]) -> i64:
        """Add up what comes back to forms when the rules that fire and are open fire no longer."""
        back: i64 = 0
        for rule in forms.evaluation.fired:
            if turns[rule] < 0:
                back += i64(self._taken[rule])
        return back

    def _raise_others(
        self,
        at: i64,
        end: i64,
        turns: vec[i16],
        tally: vec[i16],
        one: _Lead,
        three: _Lead,
        ranked: _Ranked,
        change: _Change,
    ) -> None:
        """Let the other forms rise, and come back when no rule excludes them any longer."""
        parts, best, back, floor = self._effects.parts, ranked.best, ranked.back, min(one.floor, three.floor)
        while at < end and floor != BEYOND:
            gain = i64(parts[at + MOST]) + back
            if best + gain < floor:
                break
            form = i64(parts[at + OTHER])
            score = ranked.scores[form]
            if score + gain >= floor:
                _add_up(at, parts, turns, tally, change)
                one.rise(i64(ranked.ranks[form]), score, change)
                three.rise(i64(ranked.ranks[form]), score, change)
                floor = min(one.floor, three.floor)
            at += CELLS + i64(parts[at + LENGTH])


def _of_forms(compiled: CompiledRuleBase, rules: list[int]) -> dict[int, Cells]:
    """Gather by form what rules add to its sums, and to how often it is excluded."""
    of_forms: dict[int, Cells] = {}
    for rule in rules:
        reach, layout = compiled.reaches[rule], compiled.layout
        for cell, amount in reach.sums:
            of_forms.setdefault(cell // layout.steps, {}).setdefault(cell, []).append((rule, amount))
        for form in reach.excluded:
            of_forms.setdefault(form, {}).setdefault(layout.start["exclusions"] + form, []).append((rule, 1))
    return of_forms


@mypyc_attr(acyclic=True)
class _Ranked:
    """The forms by rank and score, the ``best`` score behind the first one, and what comes ``back`` to any at most."""

    def __init__(self, forms: Forms, back: i64) -> None:
        """Look up the ranks and scores."""
        order = forms.order
        self.ranks, self.scores = vec[i16]([0] * len(order)), vec[i64]([0] * len(order))
        self.best: i64 = -BEYOND
        self.back = back
        for rank in range(i64(len(order))):
            form = i64(order[rank])
            score: i64 = forms.scores[form]
            self.ranks[form], self.scores[form] = i16(rank), score
            if rank > 0 and score > self.best:
                self.best = score


@mypyc_attr(acyclic=True)
class _Change:
    """What a score could gain and lose, and whether a sum could move up and down and the form go or come back.

    The ``cap`` may keep from the score what moves a sum; from ``exclusions`` on the tally has how often forms are
    excluded.
    """

    def __init__(self, cap: i64, exclusions: i64) -> None:
        self.cap = cap
        self.exclusions = exclusions
        self.gain: i64 = 0
        self.loss: i64 = 0
        self.is_raised = False
        self.is_lowered = False
        self.is_excluded = False


@mypyc_attr(acyclic=True)
class _Lead:
    """Whether the first forms of a ranking, so many, could become others, or one of them cross zero.

    They could when another form comes to the ``floor``: the least score that one of them could come to. It is BEYOND
    as soon as they could.
    """

    def __init__(self, length: i64, forms: Forms, ranked: _Ranked) -> None:
        """Take the ranking, and the score of the form behind the first ones, if there is one."""
        order, scores = forms.order, ranked.scores
        self.length = min(length, forms.ranked)
        self._weakest: i64 = scores[i64(order[self.length - 1])] if self.length > 0 else 0
        self._behind: i64 = scores[i64(order[self.length])] if self.length < forms.ranked else -BEYOND
        self.floor = self._weakest

    def begin(self) -> None:
        """Begin anew, with nothing that could move."""
        self.floor = self._weakest

    def move(self, rank: i64, score: i64, change: _Change) -> None:
        """Let a form move or go, of one of the first: it could cross zero, or fall level with another."""
        if rank >= self.length or self.floor == BEYOND:
            return
        low = score + change.loss
        if change.is_excluded or low <= 0 < score + change.gain or (change.is_lowered and low <= self._behind):
            self.floor = BEYOND
        elif change.is_lowered and low < self.floor:
            self.floor = low

    def rise(self, rank: i64, score: i64, change: _Change) -> None:
        """Let a form rise or come back, of one behind the first: it could draw level with the weakest of them."""
        if rank >= self.length and (
            (change.is_raised and score + change.gain >= self.floor) or (change.is_excluded and score >= self.floor)
        ):
            self.floor = BEYOND


def _moved(one: _Lead, three: _Lead) -> i64:
    """Return the bits of what could become another: the first form, the first three."""
    bits: i64 = 0
    if one.floor == BEYOND:
        bits = FIRST
    if three.floor == BEYOND:
        bits |= FIRST_THREE
    return bits


def _add_up(part: i64, parts: vec[i16], turns: vec[i16], tally: vec[i16], change: _Change) -> None:
    """Add up what open rules could do to a form: to its sums, and to its score what the cap lets through.

    Up and down are apart, as each rule turns by itself.
    """
    at, end = part + CELLS, part + CELLS + i64(parts[part + LENGTH])
    change.gain, change.loss, change.is_raised, change.is_lowered, change.is_excluded = 0, 0, False, False, False
    while at < end:
        cell, until = i64(parts[at + CELL]), at + EFFECTS + i64(parts[at + EFFECTS_LENGTH])
        at += EFFECTS
        up: i64 = 0
        down: i64 = 0
        while at < until:
            added = i64(parts[at + AMOUNT]) * i64(turns[i64(parts[at + RULE])])
            if added > 0:
                up += added
            else:
                down += added
            at += EFFECT
        if cell >= change.exclusions:
            change.is_excluded = up != down
            break
        if up > 0:
            change.is_raised = True
            change.gain += _counted(i64(tally[cell]), up, change.cap)
        if down < 0:
            change.is_lowered = True
            change.loss += _counted(i64(tally[cell]), down, change.cap)


def _counted(now: i64, added: i64, cap: i64) -> i64:
    """Return what something adds to a score when it is added to a sum, which counts up to the cap either way."""
    after = now + added
    if after > cap:
        after = cap
    elif after < -cap:
        after = -cap
    if now > cap:
        now = cap
    elif now < -cap:
        now = -cap
    return after - now
