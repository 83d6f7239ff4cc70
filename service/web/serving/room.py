"""How many requests a worker may have in hand: many for a moment, few for as long as more come than it can answer.

Counts, and reads no clock: whoever asks says when. A sudden crowd of requests is taken, as it is answered soon enough.
When the room is full and somebody has been waiting in it all the while, there is no end to the crowd; to keep everyone
waiting would make every answer late and give none more. From then on as many are taken as are answered soon, which
shows in how long those took that leave. Source: Nichols and Jacobson, Controlling Delay Active Queue Management (RFC
8289), whose queue that stands is this one.
"""

from __future__ import annotations

from typing import Final, Generic, TypeVar

STANDING_SECONDS: Final = 0.1
"""Somebody was always waiting for so long: the interval of RFC 8289, in which a burst has passed."""
SOON_SECONDS: Final = 0.01
"""What those who are taken in a crowd are to be in hand: twice the target of RFC 8289, as answers are part of it."""
CALM_SECONDS: Final = 1.0
"""Without a refusal, after which there is room for many again."""

Who = TypeVar("Who")


class Room(Generic[Who]):
    """The requests that a worker has in hand, those that wait for a thread among them.

    All times are seconds by the same clock.
    """

    def __init__(self, few: int, many: int) -> None:
        """Be empty; ``few`` are as many as are worked on, and all but those wait."""
        self._few, self._many = min(few, many), many
        self._most = self._few
        self._in_hand: dict[Who, float] = {}
        self._waiting_since = self._crowded_until = float("-inf")

    def __contains__(self, who: Who) -> bool:
        """Tell whether one is in hand."""
        return who in self._in_hand

    @property
    def oldest(self) -> float | None:
        """Since when the oldest is in hand."""
        return next(iter(self._in_hand.values()), None)

    @property
    def busy(self) -> bool:
        """Whether who comes now has to wait."""
        return len(self._in_hand) >= self._few

    def crowded(self, now: float) -> bool:
        """Tell whether there is a crowd that does not end."""
        return now < self._crowded_until

    def enter(self, who: Who, now: float) -> None:
        """Take one in hand."""
        if len(self._in_hand) == self._few:
            self._waiting_since = now
        self._in_hand[who] = now

    def leave(self, who: Who, now: float) -> None:
        """Be done with one; whether that was soon tells how many may be in hand in a crowd."""
        if now - self._in_hand.pop(who) < SOON_SECONDS:
            self._most = min(self._most + 1, self._many)
        else:
            self._most = max(self._most - 1, self._few)

    def full(self, now: float) -> bool:
        """Tell whether there is no room for who comes now, and take note of a crowd that does not end."""
        crowded = self.crowded(now)
        if len(self._in_hand) < (self._most if crowded else self._many):
            return False
        if crowded or now - self._waiting_since >= STANDING_SECONDS:
            self._crowded_until = now + CALM_SECONDS
        return True
