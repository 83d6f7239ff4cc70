"""Numbers for processes that live at the same time: lowest first, and free again when a process ends, however it ends.

What a process writes under its number is taken up by whoever has the number after it, so that there are never more
files than there were processes at once.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Final

LOCKS: Final = "*.lock"
_ALL: Final[weakref.WeakSet[Slots]] = weakref.WeakSet()


class Slots:
    """The numbers of one directory, each a file with a lock that the system takes away with its process.

    After a fork the child has no number until it asks for one.
    """

    def __init__(self, directory: Path, claimed: Callable[[int], None] = lambda _number: None) -> None:
        """Keep the locks in the directory; ``claimed`` is told of a number before it is used."""
        self._directory, self._claimed = directory, claimed
        self._number: int | None = None
        self._file = -1
        _ALL.add(self)

    def own(self) -> int:
        """Return the number of this process; it is the same for as long as the process lives."""
        if self._number is None:
            self._number = self._claim()
            self._claimed(self._number)
        return self._number

    def forget(self) -> None:
        """Have no number any more: in a child, where the lock was the parent's."""
        if self._file >= 0:
            os.close(self._file)
        self._number, self._file = None, -1

    def held(self) -> bool:
        """Tell whether any process, other than this one, has a number."""
        freed: list[int] = []
        self.release_dead(freed.append)
        return len(freed) < sum(1 for _ in self._directory.glob(LOCKS))

    def release_dead(self, release: Callable[[int], None]) -> None:
        """Call ``release`` for each number whose process has ended, while nobody can take it."""
        for path in self._directory.glob(LOCKS):
            number = int(path.stem)
            if number != self._number:  # a lock of one's own would be lost by closing the file again
                file = os.open(path, os.O_RDWR)
                if _locked(file):
                    release(number)
                os.close(file)

    def _claim(self) -> int:
        for number in count():
            self._file = os.open(self._directory / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if _locked(self._file):
                return number
            os.close(self._file)
        raise AssertionError


def _locked(file: int) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _forget_all() -> None:
    for slots in _ALL:
        slots.forget()


os.register_at_fork(after_in_child=_forget_all)
