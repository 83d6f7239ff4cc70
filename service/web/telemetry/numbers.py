"""Numbers that are counted up where they stand: in the memory of a process, or in a file that processes share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from librt.threading import Lock

NUMBER_BYTES: Final = 8
"""Of a number where it stands, binary64."""


class Number:
    """A number as the client of Prometheus counts it. Safe to share between threads."""

    def __init__(self, find: Callable[[], tuple[Any, int]] | None = None) -> None:
        """Count in this process alone, or where ``find`` says: in which view of numbers, and at which place."""
        self._find = find or _alone
        self._lock = Lock()
        self._numbers: Any = None  # a view of numbers, which typeshed has of bytes only
        self._place = 0
        self._open()

    def inc(self, amount: float) -> None:
        """Add to it."""
        lock = self._lock
        lock.acquire()  # compiled, ``with`` takes three times as long
        try:
            if self._numbers is None:
                self._open()
            self._numbers[self._place] += amount
        finally:
            lock.release()

    def set(self, value: float, timestamp: float | None = None) -> None:
        """Let it be another; the time of that stands behind it."""
        with self._lock:
            if self._numbers is None:
                self._open()
            self._numbers[self._place] = value
            self._numbers[self._place + 1] = timestamp or 0.0

    def get(self) -> float:
        """Return it."""
        with self._lock:
            if self._numbers is None:
                self._open()
            found: float = self._numbers[self._place]
        return found

    def set_exemplar(self, exemplar: object) -> None:
        """Keep none."""

    def get_exemplar(self) -> None:
        """Return none."""

    def forget(self) -> None:
        """Have no place any more, until it is counted up again: in a child, where it was the parent's."""
        self._lock = Lock()
        self._numbers = None

    def _open(self) -> None:
        self._numbers, self._place = self._find()


class Numbers:
    """The numbers of how often something took how long: the seconds in all, and how often within each bound."""

    def __init__(self, total: Number, buckets: list[Number], bounds: list[float]) -> None:
        """Take them; each is counted in the bucket of the first bound that it does not go beyond, the last infinite."""
        self.total = total
        self.buckets = buckets
        self.bounds = bounds


def _alone() -> tuple[Any, int]:
    return memoryview(bytearray(2 * NUMBER_BYTES)).cast("d"), 0
