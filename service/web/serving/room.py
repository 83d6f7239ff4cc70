"""How many requests a worker may have in hand: many for a moment, few for as long as more come than it can answer.

Counts, and reads no clock: whoever asks says when. A sudden crowd of requests is taken, as it is answered soon enough.
When the room is full and somebody has been waiting in it all the while, there is no end to the crowd; to keep everyone
waiting would make every answer late and give none more. Source: Nichols and Jacobson, Controlling Delay Active Queue
Management (RFC 8289), whose queue that stands is this one.
"""

from __future__ import annotations

from typing import Final

STANDING_SECONDS: Final = 0.1
"""Somebody was always waiting for so long: the interval of RFC 8289, in which a burst has passed."""
CALM_SECONDS: Final = 1.0
"""Without a refusal, after which there is room for many again."""


class Room:
    """The requests that a worker has in hand, those that wait for a thread among them.

    All times are seconds by the same clock.
    """

    def __init__(self, few: int, many: int) -> None:
        """Be empty; ``few`` are as many as are worked on, and all but those wait."""
        self.in_hand = 0
        self._few, self._many = min(few, many), many
        self._waiting_since = self._crowded_until = float("-inf")

    @property
    def busy(self) -> bool:
        """Whether who comes now has to wait."""
        return self.in_hand >= self._few

    def crowded(self, now: float) -> bool:
        """Tell whether there is a crowd that does not end."""
        return now < self._crowded_until

    def enter(self, now: float) -> None:
        """Take one in hand."""
        if self.in_hand == self._few:
            self._waiting_since = now
        self.in_hand += 1

    def leave(self) -> None:
        """Be done with one."""
        self.in_hand -= 1

    def full(self, now: float) -> bool:
        """Tell whether who comes now is to be refused, and take it that this is done."""
        crowded = self.crowded(now)
        if self.in_hand < (self._few if crowded else self._many):
            return False
        if crowded or now - self._waiting_since >= STANDING_SECONDS:
            self._crowded_until = now + CALM_SECONDS
        return True
