"""How much is measured: in minutes for figures, in seconds to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """``seconds`` of load at a time, ``rounds`` of each comparison, different ``profiles``, ``connections`` at once."""

    seconds: int
    rounds: int
    profiles: int
    connections: tuple[int, ...]


WHOLE = Scale(seconds=2, rounds=2, profiles=4000, connections=(1, 8, 64))
QUICK = Scale(seconds=1, rounds=1, profiles=2000, connections=(8,))
