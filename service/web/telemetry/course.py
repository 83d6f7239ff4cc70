"""The course of one answer: when its phases ended, and what came out of them. Notes it; whoever reads it tells it."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

from mypy_extensions import i64, mypyc_attr

from service.advice.compose import Advice
from service.advice.json_text import encode
from service.advice.outcome import outcome
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Profile, RuleBase

PHASES: Final = ("decode", "match", "explain", "encode")
"""Reading the profile; finding the rules that fire; working the advice out from them; words and bytes."""
NANOSECONDS: Final = 1e-9
_now: Final = perf_counter_ns  # found faster in a compiled module than what is imported


@mypyc_attr(acyclic=True)
class Given:
    """What is kept of an advice that was given, beside its bytes. Equal only to itself, so that it is counted quickly.

    ``fired`` are the indexes of the rules of the rule base that fired; ``outcome`` is what the advice comes down to, as
    JSON, where decisions are logged.
    """

    def __init__(self, rule_base: RuleBase, fired: tuple[int, ...], outcome: bytes | None) -> None:
        """Keep it."""
        self.rule_base = rule_base
        self.fired = fired
        self.outcome = outcome


@mypyc_attr(acyclic=True)
class Answer:
    """What was asked, and the parts of what answers it; ``line`` counts from 1 in a batch and is 0 elsewhere."""

    def __init__(self, profile: Profile, language: str, detail: str, parts: list[bytes], line: int = 0) -> None:
        """Keep it."""
        self.profile = profile
        self.language = language
        self.detail = detail
        self.parts = parts
        self.line = line


@mypyc_attr(acyclic=True)
class Course:
    """What is noted while a request, or a line of a batch, is answered; a Watcher of the advice.

    Times are in nanoseconds, by the clock of ``began``; that of the end of a phase is 0 where there was none.
    ``from_memory`` tells whether the advice was there already; None where it was not looked for.
    """

    def __init__(self, keeps_outcome: bool = False) -> None:
        """Begin; ``keeps_outcome`` when what the advice comes down to is asked for later."""
        self._keeps_outcome = keeps_outcome
        self.answer: Answer | None = None
        self.given: Given | None = None
        self.from_memory: bool | None = None
        self.decode_ended: i64 = 0
        self.match_ended: i64 = 0
        self.explain_ended: i64 = 0
        self.encode_ended: i64 = 0
        self.began: i64 = _now()

    @property
    def phases(self) -> list[tuple[str, int]]:
        """The phases that ended, in their order, each with the time at which it did."""
        ended = (self.decode_ended, self.match_ended, self.explain_ended, self.encode_ended)
        return [(phase, time) for phase, time in zip(PHASES, ended, strict=True) if time]

    def decoded(self) -> None:
        """Note that the profile was read."""
        self.decode_ended = _now()

    def matched(self) -> None:
        """Note that the rules that fire are known."""
        self.match_ended = _now()

    def composed(self, compiled: CompiledRuleBase, advice: Advice) -> None:
        """Note that the advice is worked out."""
        self.explain_ended = _now()
        kept = encode(outcome(compiled, advice)) if self._keeps_outcome else None
        self.given = Given(compiled.rule_base, advice.evaluation.fired, kept)

    def rendered(self) -> None:
        """Note that the advice is written."""
        self.encode_ended = _now()

    def nanoseconds(self) -> int:
        """Return how long it has been going on."""
        return _now() - self.began
