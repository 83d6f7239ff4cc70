"""A watch on directories of rules: tells when files in them have changed and are at rest again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

Look: TypeAlias = frozenset[tuple[str, int, int, int]]


class Watch:
    """Compares how the files of directories look with how they looked the time before.

    Works where no events are sent, such as on a volume of Kubernetes, in which a link is turned to another directory.
    """

    def __init__(self, directories: Iterable[Path], seconds: int) -> None:
        """Take the directories as they are now, to look again after so many seconds; 0 for never."""
        self._directories, self._seconds = (tuple(directories) if seconds else ()), seconds
        self._taken = self._seen = self._look()
        self._next = time.monotonic() + seconds

    def changed(self, now: float) -> bool:
        """Look again when it is time; true, once a change, when the files have changed and are as at the last look."""
        if not self._seconds or now < self._next:
            return False
        self._next = now + self._seconds
        before, self._seen = self._seen, self._look()
        if self._seen == self._taken or self._seen != before:
            return False
        self._taken = self._seen
        return True

    def _look(self) -> Look:
        return frozenset(one for directory in self._directories for one in _files(directory))


def _files(directory: Path) -> Iterator[tuple[str, int, int, int]]:
    for folder, _, names in os.walk(directory, followlinks=True):
        for name in names:
            path = Path(folder, name)
            try:
                found = path.stat()
            except OSError:
                continue  # it went between the two calls, which the next look shows
            yield str(path), found.st_ino, found.st_size, found.st_mtime_ns
