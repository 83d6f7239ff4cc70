"""Which of a worker's threads waits for sockets, and who takes over when that one is held up.

The thread that waits, the leader, does itself what has come: to wake another for it would cost more than most of what
is asked. Only when that takes long does a thread that stands by lead in its place; whoever lost the lead finishes what
it has, and stands by. Source: Schmidt and others, Leader/Followers (PLoP 2000), in which the lead is given away each
time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final, Generic, TypeVar

HOLD_SECONDS: Final = 0.005
"""For which the leader may be at one thing; most of what is asked takes a tenth of it."""
REST_SECONDS: Final = 0.02
"""After which, when nothing was done, it stops looking until something is."""

Item = TypeVar("Item")


class Lead(Generic[Item]):
    """The lead, and what waits to be done. Safe to share between threads."""

    def __init__(self, threads: int) -> None:
        """Have no leader, and nothing to do; so many threads stand by from now on, also before they run.

        Were they counted when they run, something that comes before would wait for the next that comes.
        """
        self._changes = threading.Lock()
        self._watching = threading.Lock()  # has who looks at the leader; the others who stand by wait for it
        self._bell = threading.Lock()
        self._bell.acquire()
        self._rung = self._resting = False
        self._leader: int | None = None
        self._standing_by = threads
        self._began, self._last = 0.0, 0.0
        self._waiting: deque[Item] = deque()

    def __len__(self) -> int:
        """Tell how much waits to be done."""
        return len(self._waiting)

    def put(self, item: Item) -> None:
        """Have something done, after what waits already."""
        self._waiting.append(item)

    def take_over(self) -> None:
        """Wait, in a thread that stands by, until it leads."""
        with self._watching:
            while (seconds := self._until_next_look()) is not None:
                if self._bell.acquire(timeout=seconds):
                    with self._changes:
                        self._rung = False

    def begin(self) -> Item | None:
        """Return what the leader is to do next; nothing when nobody stands by who could lead meanwhile."""
        with self._changes:
            if not self._waiting or not self._standing_by:
                return None
            self._began = self._last = time.monotonic()
            if self._resting:
                self._resting = False
                self._ring()
            return self._waiting.popleft()

    def end(self) -> bool:
        """Take note that what was begun is done; tell whether this thread leads still."""
        with self._changes:
            leads = self._leader == threading.get_ident()
            if leads:
                self._began = 0.0
            return leads

    def give_up(self) -> None:
        """Let another lead at once, if this is the leader: it is about to wait for somebody."""
        with self._changes:
            if self._leader == threading.get_ident() and self._began:
                self._leader, self._began, self._resting = None, 0.0, False
                self._ring()

    def another(self) -> Item | None:
        """Return what a thread that lost the lead is to do next; nothing when it stands by from now on."""
        with self._changes:
            if self._waiting:
                return self._waiting.popleft()
            self._standing_by += 1
            return None

    def _until_next_look(self) -> float | None:
        """Take the lead if it can be had, or say in how many seconds to look again; -1: when the bell rings.

        It is looked no sooner than the leader could be held up: each look costs the leader its turn.
        """
        with self._changes:
            now = time.monotonic()
            if self._leader is None or (self._began and now - self._began >= HOLD_SECONDS):
                self._leader, self._began = threading.get_ident(), 0.0
                self._standing_by -= 1
                return None
            if self._began:
                return self._began + HOLD_SECONDS - now
            self._resting = now - self._last > REST_SECONDS
            return -1 if self._resting else HOLD_SECONDS

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.release()
