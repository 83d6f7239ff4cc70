"""What the choices in a profile can do for an aim at best: the bounds that the search for changes stands on.

A sum that no choices can bring to its bounds is straight: it adds to the margins as it stands. The others
are bent, and are followed one by one. Margins that hold whatever is chosen are left out, and so are items
that can raise no margin: a change without them would do as well. All margins are doubled, so that halves
stay whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from service.engine.aims import Aim, Numbers
from service.engine.mixing import Mix, Options, mix
from service.engine.variations import Picks, Variations

ALL: Final = slice(None)
NEVER: Final = np.float32(-(1 << 23))
"""Below every margin: more facts than there are cannot be chosen."""


@dataclass(frozen=True, slots=True)
class Bends:
    """The sums that choices can bring to their bounds, and how they add to the margins."""

    low: Numbers
    high: Numbers
    weights: Numbers

    def margins(self, sums: Numbers, some: slice = ALL) -> Numbers:
        """Return what each row of sums adds to the margins, or to ``some`` of them."""
        return sums.clip(self.low, self.high) @ self.weights[some].T

    def gains(self, added: Numbers) -> Numbers:
        """Return the most by which margins can rise when this is added, whatever else is added."""
        up, down = self.weights.clip(min=0), (-self.weights).clip(min=0)
        return cast("Numbers", added.clip(min=0) @ up.T + (-added).clip(min=0) @ down.T)


@dataclass(frozen=True, slots=True)
class Prospects:
    """Bounds for one aim and profile, whatever the number of facts.

    ``items`` are places among the items of the variations, ``place`` that of each one's fact in the order
    in which facts are taken: first those that can do most, so that what is left can do little. ``now``
    and ``straight`` are what the profile and each item add to the margins outside of bent sums, ``bent``
    what they add to those, and ``turning`` what joint rules add to both when they turn. ``turns`` is the most
    that each joint rule could add, ``helps`` how far each item can turn it. ``options`` are the items and the
    joint rules as what mixes are made of.
    """

    variations: Variations
    rows: npt.NDArray[np.int64]
    must: int
    spare: int
    items: Picks
    place: Picks
    now: Numbers
    straight: Numbers
    bent_now: Numbers
    bent: Numbers
    bends: Bends
    turning: tuple[Numbers, Numbers]
    turns: Numbers
    helps: Numbers
    options: tuple[Options, Options]

    @property
    def facts(self) -> int:
        """How many facts have choices that can help."""
        return int(self.place[-1]) + 1 if len(self.place) else 0

    def reached(self, picks: Picks) -> Picks:
        """Return those sets of choices that reach the aim, by the items of the variations."""
        made = self.items[picks]
        turned = self.variations.turned(made)
        straight, bent = self.now + turned @ self.turning[0], self.bent_now + turned @ self.turning[1]
        for item in picks.T:
            straight += self.straight.take(item, axis=0)
            bent += self.bent.take(item, axis=0)
        return made[hold(straight + self.bends.margins(bent), self.must, self.spare)]


def hold(margins: Numbers, must: int, spare: int) -> npt.NDArray[np.bool_]:
    """Tell for each row whether the first ``must`` margins hold, and the others but for ``spare``."""
    holds = margins >= 0
    enough = holds[:, :must].all(axis=1) & ((~holds[:, must:]).sum(axis=1) <= spare)
    return cast("npt.NDArray[np.bool_]", enough)


@dataclass(frozen=True, slots=True)
class Level:
    """The bounds for changes of one number of facts.

    ``rest[p, m]`` is the most that ``m`` more facts from place ``p`` on add to the margins; ``mix`` is what a
    margin was mixed by.
    """

    must: int
    spare: int
    start: Numbers
    straight: Numbers
    bends: Bends
    rest: Numbers
    mix: Mix | None = None

    def may(self, margins: Numbers) -> npt.NDArray[np.bool_]:
        """Tell for each row of optimistic margins whether the aim may be reached."""
        return hold(margins, self.must, self.spare)


def level(prospects: Prospects, size: int, before: Mix | None = None) -> Level | None:
    """Return the bounds for changes of so many facts; None when they show that none reaches the aim.

    ``before`` is the mix of another level.
    """
    bends, place = prospects.bends, prospects.place
    shared = prospects.helps @ (prospects.turns / np.float32(2))
    gains = prospects.straight + bends.gains(prospects.bent)
    rest_shared, rest_alone = _rest(_best_by_fact(gains + shared, place)), _rest(_best_by_fact(gains, place))
    # A joint rule's help is shared out among the items, or given for nothing: whichever bound is lower.
    given = prospects.turns.sum(axis=0)
    shares = rest_shared[0, size] <= rest_alone[0, size] + given
    start = prospects.now + np.where(shares, 0, given)
    straight = prospects.straight + np.where(shares, shared, 0)
    found = Level(prospects.must, prospects.spare, start, straight, bends, np.where(shares, rest_shared, rest_alone))
    hopeful = (start + bends.margins(prospects.bent_now[None])[0] + found.rest[0, size])[None]
    if not found.may(hopeful)[0]:
        return None
    return found if prospects.spare else _mixed(prospects, found, size, before)


def _mixed(prospects: Prospects, plain: Level, size: int, before: Mix | None) -> Level | None:
    """Add a margin that is a mix of the others: what helps one at the cost of another does not pass it."""
    bends = prospects.bends
    as_it_is = prospects.now + bends.margins(prospects.bent_now[None])[0]
    found = mix(as_it_is, *prospects.options, size, before)
    if found is None:
        return None
    weights = found.weights
    mixed = Bends(bends.low, bends.high, (weights @ bends.weights)[None])
    straight = (prospects.straight @ weights)[:, None]
    best = _best_by_fact(straight + mixed.gains(prospects.bent), prospects.place)
    given = (prospects.turning[0] @ weights)[:, None] + mixed.gains(prospects.turning[1])
    return Level(
        plain.must + 1,
        0,
        np.concatenate((weights @ prospects.now + given.clip(min=0).sum(axis=0), plain.start)),
        np.hstack((straight, plain.straight)),
        Bends(bends.low, bends.high, np.vstack((mixed.weights, bends.weights))),
        np.concatenate((_rest(best), plain.rest), axis=2),
        found,
    )


def prospects_of(variations: Variations) -> Prospects | None:
    """Work out the bounds; None when they alone show that the aim is out of reach."""
    useful = np.arange(len(variations.items))
    while True:
        slopes = _slopes(variations, useful)
        turns = slopes.gains(slopes.turns).clip(min=0)
        alone = slopes.gains(variations.alone[useful])
        rows = _open_rows(variations, slopes, useful, _best_by_fact(alone, variations.fact_of[useful]), turns)
        if rows is None:
            return None
        helped = alone + variations.helps[useful] @ turns
        helpful = (helped[:, rows.kept] > 0).any(axis=1)
        helpful &= ~_outdone(variations, slopes, rows, useful)
        if helpful.all():
            return _ordered(variations, slopes, rows, useful, turns[:, rows.kept])
        useful = useful[helpful]


@dataclass(frozen=True, slots=True)
class _Slopes:
    """How sums add to margins: ``straight`` as they are, ``bent`` after they are clipped."""

    straight: Numbers
    bends: Bends
    is_bent: npt.NDArray[np.bool_]
    turns: Numbers

    def gains(self, added: Numbers) -> Numbers:
        """Return the most by which each row of added sums can raise the margins, whatever else is added."""
        return added @ self.straight.T + self.bends.gains(added[:, self.is_bent])


@dataclass(frozen=True, slots=True)
class _Rows:
    """The margins that choices can turn either way."""

    kept: npt.NDArray[np.int64]
    must: int
    spare: int


def _slopes(variations: Variations, useful: Picks) -> _Slopes:
    aim: Aim = variations.aim
    turns = variations.amounts * np.where(variations.as_is[0], -1, 1)[:, None].astype(np.float32)
    alone, fact_of = variations.alone[useful], variations.fact_of[useful]
    high = variations.base + _best_by_fact(alone, fact_of).sum(axis=0) + turns.clip(min=0).sum(axis=0)
    low = variations.base - _best_by_fact(-alone, fact_of).sum(axis=0) - (-turns).clip(min=0).sum(axis=0)
    flat = (low >= aim.high) | (high <= aim.low)
    is_bent = ~flat & ((low < aim.low) | (high > aim.high))
    doubled = 2 * aim.weights
    bends = Bends(aim.low[is_bent], aim.high[is_bent], doubled[:, is_bent])
    return _Slopes(np.where(flat | is_bent, 0, doubled), bends, is_bent, turns)


def _best_by_fact(gains: Numbers, fact_of: Picks) -> Numbers:
    """Return the most that choosing from each fact adds; not to choose adds 0. ``fact_of`` ascends."""
    best = np.zeros((int(fact_of.max(initial=-1)) + 1, gains.shape[1]), dtype=np.float32)
    starts = np.flatnonzero(np.diff(fact_of, prepend=-1))
    if len(starts):
        best[fact_of[starts]] = np.maximum.reduceat(gains, starts, axis=0).clip(min=0)
    return best


def _open_rows(variations: Variations, slopes: _Slopes, useful: Picks, best: Numbers, turns: Numbers) -> _Rows | None:
    aim = variations.aim
    now = 2 * aim.margins(variations.base[None])[0]
    losses = _best_by_fact(slopes.gains(-variations.alone[useful]), variations.fact_of[useful])
    least = now - losses.sum(axis=0) - slopes.gains(-slopes.turns).clip(min=0).sum(axis=0)
    never = now + best.sum(axis=0) + turns.sum(axis=0) < 0
    spare = aim.spare - int(never[aim.must :].sum())
    if never[: aim.must].any() or spare < 0:
        return None
    kept = np.flatnonzero(~never & (least < 0))
    return _Rows(kept, int((kept < aim.must).sum()), spare)


def _outdone(variations: Variations, slopes: _Slopes, rows: _Rows, useful: Picks) -> npt.NDArray[np.bool_]:
    """Tell which items another of their fact does at least as well as, whatever else is chosen, for no more effort."""
    added, weights = variations.alone[useful], slopes.bends.weights[rows.kept]
    up, down = (weights > 0).any(axis=0), (weights < 0).any(axis=0)
    bent = added[:, slopes.is_bent]
    worth = np.hstack((added @ slopes.straight[rows.kept].T, bent[:, up], -bent[:, down]))
    outdone = np.zeros(len(useful), dtype=np.bool_)
    fact_of, joint = variations.fact_of[useful], (variations.helps[useful] > 0).any(axis=1)
    efforts = np.array([variations.items[item].effort for item in useful])
    for fact in np.unique(fact_of[~joint]):
        own = np.flatnonzero(fact_of == fact)
        as_good = (worth[own][None] >= worth[own][:, None]).all(axis=2)
        earlier = np.arange(len(own))[None] < np.arange(len(own))[:, None]
        cheaper = efforts[own][None] < efforts[own][:, None]
        no_dearer = efforts[own][None] <= efforts[own][:, None]
        outdone[own] = (as_good & (cheaper | (no_dearer & earlier))).any(axis=1)
    return outdone


def _ordered(variations: Variations, slopes: _Slopes, rows: _Rows, useful: Picks, turns: Numbers) -> Prospects:
    aim, kept = variations.aim, rows.kept
    now = 2 * aim.margins(variations.base[None])[0][kept]
    bends = Bends(slopes.bends.low, slopes.bends.high, slopes.bends.weights[kept])
    alone = variations.alone[useful]
    straight, bent = alone @ slopes.straight[kept].T, alone[:, slopes.is_bent]
    gains = straight + bends.gains(bent) + variations.helps[useful] @ (turns / np.float32(2))
    facts, fact_of = np.unique(variations.fact_of[useful], return_inverse=True)
    best = _best_by_fact(gains, fact_of)
    order = np.argsort(-np.minimum(best, (-now).clip(min=0)).sum(axis=1), kind="stable")
    rank = np.empty(len(facts), dtype=np.int64)
    rank[order] = np.arange(len(facts))
    place = rank[fact_of]
    by_place = np.argsort(place, kind="stable")
    bent_now = variations.base[slopes.is_bent]
    turning = (slopes.turns @ slopes.straight[kept].T, slopes.turns[:, slopes.is_bent])
    straight, bent, place = straight[by_place], bent[by_place], place[by_place]
    return Prospects(
        variations=variations,
        rows=kept,
        must=rows.must,
        spare=rows.spare,
        items=useful[by_place],
        place=place,
        now=now - bends.margins(bent_now[None])[0],
        straight=straight,
        bent_now=bent_now,
        bent=bent,
        bends=bends,
        turning=turning,
        turns=turns,
        helps=variations.helps[useful][by_place],
        options=(
            Options(straight, bent, place, bends.weights),
            Options(*turning, np.arange(len(turns)), bends.weights),
        ),
    )


def _rest(best: Numbers) -> Numbers:
    """Return the most that ``m`` more facts from place ``p`` on could raise each margin, at [p, m]."""
    facts, rows = best.shape
    rest = np.full((facts + 1, facts + 1, rows), NEVER, dtype=np.float32)
    rest[:, 0] = 0
    for place in range(facts):
        rest[place, 1 : facts - place + 1] = np.cumsum(-np.sort(-best[place:], axis=0), axis=0)
    return rest


def reach_of(variations: Variations) -> Numbers:
    """Return for each margin of the aim, by itself, the most that choices could make of it; below 0 it cannot hold."""
    every = np.arange(len(variations.items))
    slopes = _slopes(variations, every)
    best = _best_by_fact(slopes.gains(variations.alone), variations.fact_of)
    turns = slopes.gains(slopes.turns).clip(min=0)
    return cast("Numbers", 2 * variations.aim.margins(variations.base[None])[0] + best.sum(axis=0) + turns.sum(axis=0))
