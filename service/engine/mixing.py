"""Mixes of margins: weighted sums of several margins that must all hold, which must then hold as well.

Each margin by itself may be reached by choices that spoil another. A mix of both is not fooled. Looks for
weights under which the aim seems hardest to reach, as in a game between the margins and the choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from service.engine.aims import Numbers
from service.engine.variations import Picks

ROUNDS: Final = 40
"""How often the weights are adjusted; more rounds hardly find harder mixes."""
LATER: Final = 21
MORE_ROUNDS: Final = 8
"""How often they are when they start from a mix for another number of items, and from which round on."""
FINENESS: Final = 15
"""Weights are whole numbers up to this one, so that mixes stay exact."""
EAGERNESS: Final = 4.0


@dataclass(frozen=True, slots=True)
class Mix:
    """``weights`` of the margins, and what the margins came to in the rounds, on average."""

    weights: Numbers
    reached: Numbers


class Options:
    """Things that can be chosen, at most one of each ``place``; places ascend.

    ``straight`` is what each adds to the margins, ``bent`` what it adds to sums that add to them by
    ``bends`` at most.
    """

    def __init__(self, straight: Numbers, bent: Numbers, place: Picks, bends: Numbers) -> None:
        """Put together what is the same for every mix."""
        self._bends = bends
        self._parts = np.hstack((straight, bent.clip(min=0), (-bent).clip(min=0)))
        self._gains = self._parts @ self._slopes(np.eye(straight.shape[1], dtype=np.float32))
        first = np.searchsorted(place, np.arange(int(place[-1]) + 1 if len(place) else 0))
        self.places = len(first)
        widths = np.diff(np.append(first, len(place)))
        turn = np.arange(int(widths.max(initial=1)))
        self._of_place = np.where(turn < widths[:, None], first[:, None] + turn, len(place))

    def best(self, weights: Numbers, most: int) -> tuple[float, Numbers]:
        """Return the most that at most so many places add to the mix, and what that adds to the margins."""
        worth = np.append(self._parts @ self._slopes(weights), np.float32(0))  # the last stands for nothing
        by_place = worth[self._of_place]
        choice = by_place.argmax(axis=1)
        every = np.arange(len(choice))
        best = by_place[every, choice]
        taken = np.argsort(-best, kind="stable")[:most]
        taken = taken[best[taken] > 0]
        return float(best[taken].sum()), self._gains[self._of_place[taken, choice[taken]]].sum(axis=0)

    def _slopes(self, weights: Numbers) -> Numbers:
        """Return what a unit of each part adds to each mix of which ``weights`` are a column."""
        bent = self._bends.T @ weights
        return np.concatenate((weights, bent.clip(min=0), (-bent).clip(min=0)))


def mix(now: Numbers, items: Options, given: Options, size: int, before: Mix | None = None) -> Mix | None:
    """Return weights of the margins; None when their mix shows that ``size`` items cannot reach all of them.

    ``now`` are the margins as they are, ``given`` what may come for nothing. A mix for another size is a good
    start: ``before``.
    """
    scale = max(1.0, float(np.abs(now).max(initial=0)))
    hardest, weights, reached = np.inf, np.ones_like(now), now
    turns = range(1, ROUNDS + 1)
    if before is not None:
        weights, reached, turns = before.weights, before.reached, range(LATER, LATER + MORE_ROUNDS)
    for turn in turns:
        short = -reached / scale * EAGERNESS * turn**0.5
        tried = np.round(np.exp(short - short.max()) * FINENESS).astype(np.float32)
        reach, added = float(tried @ now), now
        for options, most in ((items, size), (given, given.places)):
            gained, gains = options.best(tried, most)
            reach, added = reach + gained, added + gains
        if reach < 0:
            return None
        if reach / tried.sum() < hardest:
            hardest, weights = reach / tried.sum(), tried
        reached = reached + (added - reached) / np.float32(turn)
    return Mix(weights, reached)
