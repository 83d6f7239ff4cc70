"""What is told, while advice is given, to those who watch: the end of each phase, and what it made."""

from __future__ import annotations

from typing import Final, Protocol

from service.advice.compose import Advice
from service.engine.compiled import CompiledRuleBase


class Watcher(Protocol):
    """Is told as advice is given; may keep what it is told, and changes none of it."""

    def matched(self) -> None:
        """The rules that fire are known."""

    def composed(self, compiled: CompiledRuleBase, advice: Advice) -> None:
        """The advice is worked out on a rule base, without words yet."""

    def rendered(self) -> None:
        """The advice is written, words and bytes."""


class _Nobody:
    def matched(self) -> None:
        pass

    def composed(self, compiled: CompiledRuleBase, advice: Advice) -> None:
        pass

    def rendered(self) -> None:
        pass


NOBODY: Final[Watcher] = _Nobody()
