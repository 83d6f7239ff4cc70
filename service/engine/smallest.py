"""The smallest changes to a profile that reach an aim: fewest facts, then least effort, then a fixed order.

Exact: tries one fact, then two, and so on, and leaves a set of choices aside only when bounds show that no
completion of it can reach the aim. Work is bounded by a count, never by a clock, so that the same question
has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from service.engine.aims import Numbers
from service.engine.choices import Choice
from service.engine.mixing import Mix
from service.engine.prospects import Level, Prospects, level, prospects_of
from service.engine.variations import Picks, Variations

MOST_ALTERNATIVES: Final = 3
MOST_WORK: Final = 20_000
"""Sets of choices that are looked at for one answer, while most take hundreds: a tenth of a second at most."""
LITTLE_WORK: Final = 2_000
"""Sets that are looked at before the search for the smallest, to see that there is none."""
BLOCK: Final = 8_192
"""Sets that are looked at in one go: few enough to stay in the processor's cache."""

Change: TypeAlias = tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The smallest changes, best first; ``exact`` is False when the first may not be the smallest.

    Without changes, and exact, no change at all reaches the aim. ``work`` counts the sets that were looked at
    for the smallest.
    """

    changes: tuple[Change, ...]
    exact: bool
    work: int


@np.errstate(invalid="ignore")  # a product of matrices may flag rubbish beside its numbers, which are small and whole
def smallest(variations: Variations, most_work: int = MOST_WORK) -> Found:
    """Find the smallest changes that reach the aim: up to MOST_ALTERNATIVES that differ in their facts.

    No alternative has all the facts of a smaller one. They are looked for among the changes of as many
    facts as the smallest, and of one more; of as many facts, those come first that share fewest with the
    alternatives before them. A profile that is at the aim already has none.
    """
    prospects = prospects_of(variations)
    most_facts = 0 if prospects is None else prospects.facts
    if prospects is None or not most_facts or (widest := level(prospects, most_facts)) is None:
        return Found((), exact=variations.complete, work=0)
    search = _Search(prospects, widest.mix, most_work)
    if search.finds_none(widest):
        return Found((), exact=variations.complete, work=0)
    found: list[Picks] = []
    for size in range(1, most_facts + 1):
        if len(found) == MOST_ALTERNATIVES or (found and size > len(found[0]) + 1):
            break
        reached = search.sets_of(size)
        if search.worked_out and found:
            break
        found += _alternatives(variations, reached, found)
        if search.worked_out:
            return _found(variations, found, search, exact=False)
    return _found(variations, found, search, exact=variations.complete)


def _found(variations: Variations, changes: Iterable[Picks], search: _Search, *, exact: bool) -> Found:
    made = tuple(tuple(variations.items[item] for item in change) for change in changes)
    return Found(made, exact, search.work)


def _alternatives(variations: Variations, reached: Sequence[Picks], before: Sequence[Picks]) -> list[Picks]:
    """Choose from the changes of one size that reach the aim; of those of the same facts, the one of least effort."""
    if not reached:
        return []
    picks = np.sort(np.concatenate(reached), axis=1)
    efforts = np.array([item.effort for item in variations.items])[picks].sum(axis=1)
    order = np.lexsort((*picks.T[::-1], efforts))
    facts, first = np.unique(variations.fact_of[picks[order]], axis=0, return_index=True)
    picks, efforts = picks[order[first]], efforts[order[first]]
    taken = [variations.fact_of[change] for change in before]
    chosen: list[Picks] = []
    while len(taken) < MOST_ALTERNATIVES:
        shared = np.isin(facts, np.concatenate([*taken, facts[0, :0]])).sum(axis=1)
        other = ~np.any([np.isin(facts, some).sum(axis=1) == len(some) for some in taken], axis=0)
        left = np.flatnonzero(np.broadcast_to(other, len(facts)))
        if not len(left):
            break
        best = left[np.lexsort((efforts[left], shared[left]))[0]]
        chosen.append(picks[best])
        taken.append(facts[best])
    return chosen


@dataclass(frozen=True, slots=True)
class _Sets:
    """Sets of choices, by the places of items in the prospects, and what they come to, bent sums and straight."""

    picks: Picks
    bent: Numbers
    straight: Numbers

    def __getitem__(self, some: slice) -> _Sets:
        """Return some of the sets."""
        return _Sets(self.picks[some], self.bent[some], self.straight[some])


class _Search:
    """Goes through the sets of choices that the bounds leave; ``mix`` is that of the bounds for all facts."""

    def __init__(self, prospects: Prospects, mix: Mix | None, most_work: int) -> None:
        self.prospects, self.most_work = prospects, most_work
        self.work, self.worked_out = 0, False
        self._mix = mix

    def finds_none(self, bounds: Level) -> bool:
        """Tell whether it takes little work to see that no set of choices, of whatever size, reaches the aim.

        ``bounds`` are those for choices in all facts.
        """
        sets, work = self._nothing(bounds), 0
        while len(sets.picks):
            before, item = self._next(sets)
            work += len(item)
            if work > LITTLE_WORK:
                return False
            sets = self._extended(bounds, sets, before, item, self.prospects.facts - 1 - self.prospects.place[item])
            if len(self.prospects.reached(sets.picks)):
                return False
        return True

    def sets_of(self, size: int) -> list[Picks]:
        """Return the sets of so many choices that reach the aim, in blocks, depth first."""
        bounds = level(self.prospects, size, self._mix)
        if bounds is None:
            return []
        self._mix = bounds.mix
        return list(self._completed(bounds, self._nothing(bounds), size))

    def _nothing(self, bounds: Level) -> _Sets:
        nothing = np.zeros((1, 0), dtype=np.int64)
        return _Sets(nothing, self.prospects.bent_now[None], bounds.start[None])

    def _completed(self, bounds: Level, sets: _Sets, left: int) -> Iterator[Picks]:
        """Yield the completions of these sets by ``left`` more choices that reach the aim."""
        many = max(1, BLOCK // max(1, len(self.prospects.items)))
        for first in range(0, len(sets.picks), many):
            before, item = self._next(block := sets[first : first + many])
            self.work += len(item)
            if self.work > self.most_work:
                self.worked_out = True
            if self.worked_out:
                return
            new = self._extended(bounds, block, before, item, left - 1)
            if left > 1:
                yield from self._completed(bounds, new, left - 1)
            elif len(reached := self.prospects.reached(new.picks)):
                yield reached

    def _next(self, sets: _Sets) -> tuple[Picks, Picks]:
        """Return which set gets which item, of a fact after those of the set."""
        place = self.prospects.place
        last = place[sets.picks[:, -1]] if sets.picks.shape[1] else np.array([-1])
        before, item = np.nonzero(place > last[:, None])
        return before, item

    def _extended(self, bounds: Level, sets: _Sets, before: Picks, item: Picks, more: int | Picks) -> _Sets:
        """Return the sets with their items, of which ``more`` choices may yet reach the aim."""
        bent = sets.bent.take(before, axis=0) + self.prospects.bent.take(item, axis=0)
        place = self.prospects.place[item] + 1
        if bounds.must:  # most fall at the first margin already
            first = bounds.bends.margins(bent, slice(1)) + bounds.rest[place, more, :1]
            kept = (sets.straight[before, :1] + bounds.straight[item, :1] + first)[:, 0] >= 0
            before, item, bent, place = before[kept], item[kept], bent[kept], place[kept]
            more = more if isinstance(more, int) else more[kept]
        straight = sets.straight.take(before, axis=0) + bounds.straight.take(item, axis=0)
        kept = bounds.may(straight + bounds.bends.margins(bent) + bounds.rest[place, more])
        return _Sets(np.column_stack((sets.picks[before[kept]], item[kept])), bent[kept], straight[kept])
