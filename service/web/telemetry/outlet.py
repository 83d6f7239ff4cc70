"""A way out for what is told: whoever tells does not wait for it to be written.

What is told is kept in memory and written by a thread. When the disk or the reader of the output is too slow, what
comes on top is dropped and counted.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Sequence
from multiprocessing.util import Finalize
from typing import Final, Generic, TypeVar

from service.web.telemetry.waiting import Waiting

Told = TypeVar("Told")

GATHER_SECONDS: Final = 0.02
"""So that writing costs little under load."""
LEAVE_SECONDS: Final = 2.0
"""What a process that ends gives to the writing of what is left."""

_OUTLETS: Final[weakref.WeakSet[Outlet[object]]] = weakref.WeakSet()


class Outlet(Generic[Told]):
    """Hands on what it is given to ``write``, in order, from a thread of its own.

    Safe to share between threads. After a fork the child begins with an empty one: what was told before is the
    parent's to write.
    """

    def __init__(
        self, write: Callable[[Sequence[Told]], None], most: int, most_bytes: int, gather: float = GATHER_SECONDS
    ) -> None:
        """Keep at most ``most`` things and ``most_bytes`` of what they weigh until they are written.

        What is told within ``gather`` seconds is written in one go. ``waiting.on_drop`` is told how much is dropped.
        """
        self._write, self._gather = write, gather
        self.waiting = Waiting(most, most_bytes, self._wake)
        self._begin()
        _OUTLETS.add(self)  # type: ignore[arg-type]  # it is kept for `begin` and `empty` alone

    def begin(self) -> None:
        """Begin empty, without a thread: in a child, where they were the parent's."""
        self.waiting.begin()
        self._begin()

    def _begin(self) -> None:
        self._writing = False
        self._thread: threading.Thread | None = None
        self._told = threading.Event()

    def put(self, told: Told, weight: int) -> bool:
        """Take what is told, of ``weight`` bytes; false when it had to be dropped."""
        return self.waiting.put(told, weight)

    def empty(self, seconds: float) -> bool:
        """Wait until all is written, no longer than ``seconds``; tell whether it is."""
        end = time.monotonic() + seconds
        while self.waiting or self._writing:
            if time.monotonic() > end:
                return False
            time.sleep(GATHER_SECONDS / 4)
        return True

    def _wake(self) -> None:
        """Wake the thread; there is none before something is told."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="outlet", daemon=True)
            self._thread.start()
            # Not atexit: a process that multiprocessing has started ends without it.
            Finalize(None, self.empty, (LEAVE_SECONDS,), exitpriority=0)
        self._told.set()

    def _run(self) -> None:
        while True:
            self._told.wait()
            time.sleep(self._gather)
            self._told.clear()  # before the things are taken: what is told from then on wakes the thread again
            self._writing = True
            things: list[Told] = self.waiting.take()
            try:
                self._write(things)
            except OSError:  # the disk is full, or the reader of the output has gone
                self.waiting.on_drop(len(things))
            finally:
                self._writing = False


def _begin_all() -> None:
    for outlet in _OUTLETS:
        outlet.begin()


os.register_at_fork(after_in_child=_begin_all)
