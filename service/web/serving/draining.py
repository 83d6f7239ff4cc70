"""Whether the service is about to stop, as every one of its processes sees it."""

from __future__ import annotations

import mmap


class Draining:
    """A flag that the keeper raises once; processes forked after it was made share it."""

    def __init__(self) -> None:
        """Make it, lowered."""
        self._page = mmap.mmap(-1, 1)

    def begin(self) -> None:
        """Raise it, for all processes at once."""
        self._page[0] = 1

    def __call__(self) -> bool:
        """Tell whether it was raised."""
        return bool(self._page[0])
