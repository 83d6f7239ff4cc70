"""How much is measured: in minutes for figures, in seconds to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """``seconds`` of load at a time, ``rounds`` of each comparison, different ``profiles``, ``connections`` at once.

    ``rules`` are the sizes of rule bases beside the real one, ``facts`` and ``lines`` those of profiles and batches;
    ``batch`` is how many profiles a large batch has.
    """

    seconds: int
    rounds: int
    profiles: int
    connections: tuple[int, ...]
    rules: tuple[int, ...]
    facts: tuple[int, ...]
    lines: tuple[int, ...]
    batch: int


WHOLE = Scale(
    seconds=2,
    rounds=2,
    profiles=4000,
    connections=(1, 8, 64),
    rules=(1000, 2000, 5000),
    facts=(5, 10, 20, 30, 40, 50),
    lines=(1, 10, 100, 1000),
    batch=10_000,
)
QUICK = Scale(
    seconds=1,
    rounds=1,
    profiles=2000,
    connections=(8,),
    rules=(1000,),
    facts=(10, 40),
    lines=(1, 200),
    batch=1000,
)
