"""What each worker of a generation has, as the others see it, so that connections go to who has least.

The numbers are in memory that the workers share. There are no locks: a number that is read while it changes is a
little old, and costs a connection its best place, nothing more. Reads no clock: whoever asks says when.
"""

from __future__ import annotations

import mmap
from typing import Final

BYTES: Final = 8
FIELDS: Final = 3
"""Connections, since when the oldest request is in hand (0 for none), and how many connections were taken so far."""
AWAY: Final = -1.0
NOTHING: Final = 0.0
HELD_UP_SECONDS: Final = 0.02
"""Who has one request in hand for so long goes after all who have not: it would hold up what comes."""
HELD_UP: Final = 1_000_000.0
"""As many connections as nobody has."""
SPARE: Final = 2
"""Places for each worker: one that ends and one that begins may be there at a time."""
PATIENCE_SECONDS: Final = 0.2
"""For which a connection is left to who has less; a neighbour that has not woken by then is taken to hang."""
AGAIN_SECONDS: Final = 4.0
"""After which it is waited for once more, so that it costs a twentieth of the time at most."""


class Neighbours:
    """The places of the workers; to be made before they are forked."""

    def __init__(self, workers: int) -> None:
        """Make places for so many workers, all of them free.

        The first workers are told of already: who comes up before the others leaves them their share.
        """
        self._most = SPARE * workers
        self._numbers = memoryview(mmap.mmap(-1, self._most * FIELDS * BYTES)).cast("d")
        self._free = list(range(self._most))
        for number in self._free[workers:]:
            self._numbers[number * FIELDS] = AWAY

    def place(self) -> Place:
        """Return the place of a worker that is about to be forked; beyond the last there are some that nobody sees."""
        if self._free:
            return Place(self._numbers, self._free.pop(0))
        return Place(memoryview(bytearray(FIELDS * BYTES)).cast("d"), 0)

    def free(self, place: Place) -> None:
        """Take back the place of a worker that has ended, however it did."""
        place.leave()
        if place.shared_with(self._numbers):
            self._free.append(place.number)


class Place:
    """What one worker has, and how that compares with the others."""

    def __init__(self, numbers: memoryview[float], number: int) -> None:
        """Tell nothing yet."""
        self.number = number
        self._numbers, self._own = numbers, number * FIELDS
        self._others = [at for at in range(0, len(numbers), FIELDS) if at != self._own]
        self._seen = dict.fromkeys(self._others, (AWAY, float("-inf")))

    def shared_with(self, numbers: memoryview[float]) -> bool:
        """Tell whether others see it in these numbers."""
        return self._numbers is numbers

    def tell(self, connections: int, oldest: float, taken: int) -> None:
        """Say what this worker has: connections, since when the oldest request is in hand, how many it has taken."""
        self._numbers[self._own] = connections
        self._numbers[self._own + 1] = oldest
        self._numbers[self._own + 2] = taken

    def leave(self) -> None:
        """Say that this worker takes no connections."""
        self._numbers[self._own] = AWAY

    def gives_way(self, now: float) -> bool:
        """Tell whether a connection is to be left, for a moment, to a neighbour that has less."""
        own = self._weight(self._own, now)
        enough = own - own // 8 if own < HELD_UP else own  # of many, a few more are as good as none
        return any(self._weight(one, now) < enough and self._wakes(one, now) for one in self._others)

    def surplus(self) -> int:
        """Tell how many connections are more than a fair share, when a neighbour has not half as many.

        They are kept, and would stay here though a neighbour has little to do: one that has just come, for instance.
        """
        own = self._numbers[self._own]
        others = [self._numbers[one] for one in self._others if self._numbers[one] != AWAY]
        if not others or own <= 2 * min(others) + 1:
            return 0
        return int(own - (own + sum(others)) / (1 + len(others)))

    def _weight(self, at: int, now: float) -> float:
        connections, oldest = self._numbers[at], self._numbers[at + 1]
        if connections == AWAY:
            return float("inf")
        if oldest == NOTHING:
            return connections
        return connections + (HELD_UP if now - oldest > HELD_UP_SECONDS else 0.5)

    def _wakes(self, at: int, now: float) -> bool:
        """Tell whether a neighbour may still take what is left to it: it has done so lately, or had no time to."""
        taken, since = self._seen[at]
        if self._numbers[at + 2] != taken or now - since >= AGAIN_SECONDS:
            since = now
            self._seen[at] = (self._numbers[at + 2], since)
        return now - since < PATIENCE_SECONDS
