"""What waits to be written, as much of it as there is room for: the part of an outlet that every request passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from librt.threading import Lock
from mypy_extensions import i64


class Waiting:
    """Things, each of a weight, in the order in which they came. Safe to share between threads."""

    def __init__(self, most: int, most_bytes: int, wake: Callable[[], object]) -> None:
        """Keep at most ``most`` things and ``most_bytes`` of what they weigh; ``wake`` whoever takes them.

        ``on_drop`` is told how much is dropped.
        """
        self._most: i64 = most
        self._most_bytes: i64 = most_bytes
        self._wake = wake
        self.on_drop: Callable[[int], object] = _ignore
        self.begin()

    def begin(self) -> None:
        """Begin empty."""
        self._lock = Lock()
        self._things: list[Any] = []
        self._bytes: i64 = 0
        self._woken = False

    def put(self, told: Any, weight: int) -> bool:
        """Take what is told, of ``weight`` bytes; false when it had to be dropped."""
        lock, wakes = self._lock, False
        lock.acquire()
        weighs: i64 = self._bytes + weight
        taken = len(self._things) < self._most and weighs <= self._most_bytes
        if taken:
            self._things.append(told)
            self._bytes = weighs
            wakes = not self._woken
            self._woken = True
        lock.release()
        if wakes:
            self._wake()
        if not taken:
            self.on_drop(1)
        return taken

    def take(self) -> list[Any]:
        """Return all that waits, which waits no more; what is told from here on wakes again."""
        lock = self._lock
        lock.acquire()
        things, self._things, self._bytes, self._woken = self._things, [], 0, False
        lock.release()
        return things

    def __len__(self) -> int:
        """Return how many things there are."""
        return len(self._things)


def _ignore(_dropped: int) -> None:
    pass
