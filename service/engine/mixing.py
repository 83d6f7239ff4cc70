"""Mixes of margins: weighted sums of several margins that must all hold, which must then hold as well.

Each margin by itself may be reached by choices that spoil another. A mix of both is not fooled. Looks for
weights under which the aim seems hardest to reach, as in a game between the margins and the choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from service.engine.aims import Numbers
from service.engine.variations import Picks

ROUNDS: Final = 40
"""How often the weights are adjusted; more rounds hardly find harder mixes."""
FINENESS: Final = 15
"""Weights are whole numbers up to this one, so that mixes stay exact."""
EAGERNESS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Options:
    """Things that can be chosen, at most one of each ``place``; places ascend.

    ``straight`` is what each adds to the margins, ``bent`` what it adds to sums that add to them at most.
    """

    straight: Numbers
    bent: Numbers
    place: Picks

    def worth(self, weights: Numbers, slopes: Numbers) -> Numbers:
        """Return the most that each adds to the mix; ``slopes`` are those of bent sums in the mix."""
        by_bends = self.bent.clip(min=0) @ slopes.clip(min=0) + (-self.bent).clip(min=0) @ (-slopes).clip(min=0)
        return cast("Numbers", self.straight @ weights + by_bends)

    def best(self, worth: Numbers, most: int) -> list[int]:
        """Return the best choices from at most so many places, those that add nothing left out."""
        if not len(worth):
            return []
        first = np.searchsorted(self.place, np.arange(int(self.place[-1]) + 1))
        best = np.maximum.reduceat(worth, first)
        ends = [*first[1:], len(worth)]
        chosen = [fact for fact in np.argsort(-best, kind="stable")[:most] if best[fact] > 0]
        return [int(first[fact] + worth[first[fact] : ends[fact]].argmax()) for fact in chosen]


def mix(now: Numbers, items: Options, given: Options, bends: Numbers, size: int) -> Numbers | None:
    """Return weights of the margins; None when their mix shows that ``size`` items cannot reach all of them.

    ``now`` are the margins as they are, ``given`` what may come for nothing, ``bends`` how bent sums add.
    """
    scale = max(1.0, float(np.abs(now).max(initial=0)))
    seen = np.zeros_like(now, dtype=np.float64)
    hardest, weights = np.inf, np.ones_like(now)
    every = [options.straight + _at_most(options.bent, bends) for options in (items, given)]
    for turn in range(1, ROUNDS + 1):
        short = -(seen / turn if turn > 1 else now) / scale * EAGERNESS * turn**0.5
        tried = np.round(np.exp(short - short.max()) * FINENESS).astype(np.float32)
        slopes = tried @ bends
        reach, added = float(tried @ now), np.zeros_like(now)
        for options, gains, most in zip((items, given), every, (size, len(given.place)), strict=True):
            worth = options.worth(tried, slopes)
            best = options.best(worth, most)
            reach += float(worth[best].sum())
            added = added + gains[best].sum(axis=0)
        if reach < 0:
            return None
        if reach / tried.sum() < hardest:
            hardest, weights = reach / tried.sum(), tried
        seen += now + added
    return weights


def _at_most(bent: Numbers, bends: Numbers) -> Numbers:
    return cast("Numbers", bent.clip(min=0) @ bends.clip(min=0).T + (-bent).clip(min=0) @ (-bends).clip(min=0).T)
