"""The course of one answer: when its phases ended, and what came out of them. Notes it; whoever reads it tells it."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns
from typing import Final

from service.advice.compose import Advice
from service.advice.json_text import encode
from service.advice.outcome import fired_rules, outcome
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Profile

DECODE, MATCH, EXPLAIN, ENCODE = ("decode", "match", "explain", "encode")
"""Reading the profile; finding the rules that fire; working the advice out from them; words and bytes."""
NANOSECONDS: Final = 1e-9


@dataclass(slots=True, eq=False)
class Given:
    """What is kept of an advice that was given, beside its bytes. Equal only to itself, so that it is counted quickly.

    ``rule_base`` are version and digest, ``fired`` the ids of the rules; ``outcome`` is what the advice comes down to,
    as JSON, where decisions are logged.
    """

    rule_base: tuple[str, str]
    fired: tuple[str, ...]
    outcome: bytes | None


@dataclass(slots=True)
class Answer:
    """What was asked, and the bytes that answer it; ``line`` counts from 1 in a batch and is 0 elsewhere."""

    profile: Profile
    language: str
    detail: str
    body: bytes
    line: int = 0


class Course:
    """What is noted while a request, or a line of a batch, is answered; a Watcher of the advice.

    ``phases`` are the phases that ended, each with the time at which it did, by the clock of ``began``, in
    nanoseconds. ``from_memory`` tells whether the advice was there already; None where it was not looked for.
    """

    __slots__ = ("_keeps_outcome", "answer", "began", "from_memory", "given", "phases")

    def __init__(self, *, keeps_outcome: bool = False) -> None:
        """Begin; ``keeps_outcome`` when what the advice comes down to is asked for later."""
        self._keeps_outcome = keeps_outcome
        self.answer: Answer | None = None
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
        rule_base = compiled.rule_base
        self.given = Given(
            (rule_base.version, rule_base.digest),
            fired_rules(compiled, advice),
            encode(outcome(compiled, advice)) if self._keeps_outcome else None,
        )

    def rendered(self) -> None:
        """Note that the advice is written."""
        self.phases.append((ENCODE, perf_counter_ns()))

    def seconds(self) -> float:
        """Return how long it has been going on."""
        return (perf_counter_ns() - self.began) * NANOSECONDS
