"""The smallest changes to a profile that reach an aim: fewest facts, then least effort, then a fixed order.

Exact: tries one fact, then two, and so on, and leaves a set of choices aside only when bounds show that no
completion of it can reach the aim. Work is bounded by a count, never by a clock, so that the same question
has the same answer everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from service.engine.aims import Numbers
from service.engine.choices import Choice
from service.engine.prospects import Level, Prospects, level, prospects_of
from service.engine.variations import Picks, Variations

MOST_ALTERNATIVES: Final = 3
MOST_WORK: Final = 20_000
"""Sets of choices that are looked at for one answer, while most take hundreds: a tenth of a second at most."""
BLOCK: Final = 8_192
"""Sets that are looked at in one go: few enough to stay in the processor's cache."""

Change: TypeAlias = tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The smallest changes, best first; ``exact`` is False when the first may not be the smallest.

    Without changes, and exact, no change at all reaches the aim. ``work`` counts what was looked at.
    """

    changes: tuple[Change, ...]
    exact: bool
    work: int


def smallest(variations: Variations, most_work: int = MOST_WORK) -> Found:
    """Find the smallest changes that reach the aim: up to MOST_ALTERNATIVES that differ in their facts.

    No alternative has all the facts of a smaller one. They are looked for among the changes of as many
    facts as the smallest, and of one more. A profile that is at the aim already has none.
    """
    prospects = prospects_of(variations)
    most_facts = 0 if prospects is None else prospects.facts
    if prospects is None or not most_facts or level(prospects, most_facts) is None:
        return Found((), exact=variations.complete, work=0)
    search = _Search(prospects, most_work)
    found: list[Change] = []
    for size in range(1, most_facts + 1):
        if len(found) == MOST_ALTERNATIVES or (found and size > len(found[0]) + 1):
            break
        reached = search.sets_of(size)
        if search.worked_out and found:
            break
        found += _alternatives(variations, reached, found)
        if search.worked_out:
            return Found(tuple(found), exact=False, work=search.work)
    return Found(tuple(found), exact=variations.complete, work=search.work)


def _alternatives(variations: Variations, reached: Sequence[Picks], before: Sequence[Change]) -> list[Change]:
    """Choose from the changes of one size that reach the aim."""
    if not reached:
        return []
    picks = np.sort(np.concatenate(reached), axis=1)
    efforts = np.array([item.effort for item in variations.items])[picks].sum(axis=1)
    taken = [{choice.fact for choice in change} for change in before]
    chosen: list[Change] = []
    for row in np.lexsort((*picks.T[::-1], efforts)):
        change = tuple(variations.items[item] for item in picks[row])
        facts = {choice.fact for choice in change}
        if not any(smaller <= facts for smaller in taken):
            chosen.append(change)
            taken.append(facts)
        if len(taken) == MOST_ALTERNATIVES:
            break
    return chosen


class _Search:
    """Goes through the sets of choices of one size that the bounds leave, in blocks, depth first."""

    def __init__(self, prospects: Prospects, most_work: int) -> None:
        self.prospects, self.most_work = prospects, most_work
        self.work, self.worked_out = 0, False

    def sets_of(self, size: int) -> list[Picks]:
        """Return the sets of so many choices that reach the aim."""
        bounds = level(self.prospects, size)
        if bounds is None:
            return []
        nothing = np.zeros((1, 0), dtype=np.int64)
        return list(self._extended(bounds, nothing, self.prospects.bent_now[None], bounds.start[None], size))

    def _extended(self, bounds: Level, picks: Picks, bent: Numbers, straight: Numbers, left: int) -> Iterator[Picks]:
        """Yield the completions of these sets by ``left`` more choices."""
        many = max(1, BLOCK // max(1, len(self.prospects.items)))
        for first in range(0, len(picks), many):
            if self.worked_out:
                return
            some = slice(first, first + many)
            yield from self._extended_block(bounds, picks[some], bent[some], straight[some], left)

    def _extended_block(
        self, bounds: Level, picks: Picks, bent: Numbers, straight: Numbers, left: int
    ) -> Iterator[Picks]:
        place = self.prospects.place
        last = place[picks[:, -1]] if picks.shape[1] else np.array([-1])
        before, item = np.nonzero(place > last[:, None])
        self.work += len(item)
        if self.work > self.most_work:
            self.worked_out = True
            return
        new_bent = bent[before] + self.prospects.bent[item]
        new_straight = straight[before] + bounds.straight[item]
        kept = bounds.may(new_straight + bounds.bends.margins(new_bent) + bounds.rest[place[item] + 1, left - 1])
        if not kept.any():
            return
        new_picks = np.column_stack((picks[before[kept]], item[kept]))
        if left > 1:
            yield from self._extended(bounds, new_picks, new_bent[kept], new_straight[kept], left - 1)
            return
        reached = self.prospects.reached(new_picks)
        if len(reached):
            yield reached
