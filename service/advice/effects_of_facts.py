"""What rules add to things by the facts that they stand on, in one flat array."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, chain
from typing import Final, TypeAlias

from librt.vecs import vec
from mypy_extensions import i16, i32

OTHER: Final = 0
MOST: Final = 1
LENGTH: Final = 2
CELLS: Final = 3
"""Where a part has its other thing, the most that its effects could add, the length of what follows, and the cells."""

CELL: Final = 0
EFFECTS_LENGTH: Final = 1
EFFECTS: Final = 2
"""Where what is said of a cell has its place in the tally, the length of the effects on it, and the effects."""

RULE: Final = 0
AMOUNT: Final = 1
EFFECT: Final = 2
"""Where an effect has its rule and what it adds; and how long it is."""

Cells: TypeAlias = dict[int, list[tuple[int, int]]]
"""By cell of the tally the rules that add to it, each with what it adds."""


class Effects:
    """The effects of rules in ``parts``: for each thing, fact by fact, or for each fact, thing by thing.

    The parts of one are those from ``first`` of it on, up to those of the next: one for each other, those first that
    could add most.
    """

    def __init__(self, of_all: Sequence[Mapping[int, Cells]], most: Callable[[int], int]) -> None:
        """Take the effects, and how much an amount could add."""
        runs = [_run(of_one, most) for of_one in of_all]
        self.first = vec[i32](accumulate(map(len, runs), initial=0))
        self.parts = vec[i16]([number for run in runs for number in run])


def _run(of_one: Mapping[int, Cells], most: Callable[[int], int]) -> list[int]:
    """Put the parts of one behind each other."""
    run: list[int] = []
    could_add = {
        other: sum(most(amount) for effects in cells.values() for _, amount in effects)
        for other, cells in of_one.items()
    }
    for other in sorted(of_one, key=lambda one: (-could_add[one], one)):
        said: list[int] = []
        for cell, effects in sorted(of_one[other].items()):
            said += [cell, EFFECT * len(effects), *chain.from_iterable(effects)]
        run += [other, could_add[other], len(said), *said]
    return run
