"""The course of one answer: when its phases ended, and what came out of them. Notes it; whoever reads it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns
from typing import Final

from service.advice.compose import Advice
from service.advice.outcome import fired_rules
from service.engine.compiled import CompiledRuleBase

DECODE, MATCH, EXPLAIN, ENCODE = ("decode", "match", "explain", "encode")
"""Reading the profile; finding the rules that fire; working the advice out from them; words and bytes."""
NANOSECONDS: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Given:
    """What is kept of an advice that was given, beside its bytes; ``fired`` are the ids of the rules."""

    fired: tuple[str, ...]


class Course:
    """What is noted while a request, or a line of a batch, is answered; a Watcher of the advice.

    ``phases`` are the phases that ended, each with the time at which it did, by the clock of ``began``, in
    nanoseconds. ``from_memory`` tells whether the advice was there already; None where it was not looked for.
    """

    __slots__ = ("began", "from_memory", "given", "phases")

    def __init__(self) -> None:
        """Begin."""
        self.began = perf_counter_ns()
        self.phases: list[tuple[str, int]] = []
        self.given: Given | None = None
        self.from_memory: bool | None = None

    def decoded(self) -> None:
        """Note that the profile was read."""
        self.phases.append((DECODE, perf_counter_ns()))

    def matched(self) -> None:
        """Note that the rules that fire are known."""
        self.phases.append((MATCH, perf_counter_ns()))

    def composed(self, compiled: CompiledRuleBase, advice: Advice) -> None:
        """Note that the advice is worked out."""
        self.phases.append((EXPLAIN, perf_counter_ns()))
        self.given = Given(fired_rules(compiled, advice))

    def rendered(self) -> None:
        """Note that the advice is written."""
        self.phases.append((ENCODE, perf_counter_ns()))

    def seconds(self) -> float:
        """Return how long it has been going on."""
        return (perf_counter_ns() - self.began) * NANOSECONDS
