"""What every engine under comparison does: read a request's body, and tell which rules fire."""

from __future__ import annotations

from typing import Any, Protocol


class Engine(Protocol):
    """An engine with the rules in it."""

    def read(self, body: bytes) -> Any:
        """Turn a JSON object of facts into what the engine takes; sets are arrays."""

    def fired(self, given: Any) -> list[str]:
        """Return the ids of the rules that fire, each once, in any order."""
