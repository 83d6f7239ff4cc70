"""The course of one answer: when its phases ended, and what came out of them. Notes it; whoever reads it tells it."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

from service.advice.compose import Advice

DECODE, MATCH, EXPLAIN, ENCODE = PHASES = ("decode", "match", "explain", "encode")
"""Reading the profile; finding the rules that fire; working the advice out from them; words and bytes."""
NANOSECONDS: Final = 1e-9


class Course:
    """What is noted while a request, or a line of a batch, is answered; a Watcher of the advice.

    ``phases`` are the phases that ended, each with the time at which it did, by the clock of ``began``, in
    nanoseconds.
    """

    __slots__ = ("advice", "began", "phases")

    def __init__(self) -> None:
        """Begin."""
        self.began = perf_counter_ns()
        self.phases: list[tuple[str, int]] = []
        self.advice: Advice | None = None

    def decoded(self) -> None:
        """The profile was read."""
        self.phases.append((DECODE, perf_counter_ns()))

    def matched(self) -> None:
        """The rules that fire are known."""
        self.phases.append((MATCH, perf_counter_ns()))

    def composed(self, advice: Advice) -> None:
        """The advice is worked out."""
        self.phases.append((EXPLAIN, perf_counter_ns()))
        self.advice = advice

    def rendered(self) -> None:
        """The advice is written."""
        self.phases.append((ENCODE, perf_counter_ns()))

    def seconds(self) -> float:
        """Return how long it has been going on."""
        return (perf_counter_ns() - self.began) * NANOSECONDS
