"""Advice that was given before, kept in memory for when the same is asked again.

An answer follows from rule base, language, detail and profile alone, and is kept by these, in each process for
itself and bounded in bytes; the longest unused goes first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final, TypeAlias

from service.advice.adviser import Adviser
from service.knowledge.model import Profile, Value
from service.web import responses
from service.web.telemetry.course import Answer, Course, Given

OVERHEAD: Final = 4096
"""Bytes that an answer takes besides its own: facts, objects, place in the dictionary, names of rules; rounded up."""

Key: TypeAlias = tuple[str, str, str, frozenset[tuple[str, Value]]]
"""What an answer follows from in a process: digest of the rule base, language, detail and facts."""

Made: TypeAlias = tuple[list[bytes], Given]
"""The parts of an answer, and what else is kept of it."""


class Memory:
    """Keeps answers by what they follow from. Safe to share between threads."""

    def __init__(self, most_bytes: int) -> None:
        """Keep at most ``most_bytes``; with 0 nothing is kept."""
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Key, Made] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def find(self, key: Key) -> Made | None:
        """Return the answer, if it is there."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        return found

    def keep(self, key: Key, made: Made) -> None:
        """Keep an answer, and let go of those that were unused longest."""
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = made
            self._size += _size(made)
            while self._size > self.most_bytes:
                _, gone = self._kept.popitem(last=False)
                self._size -= _size(gone)


class Answers:
    """Gives advice, from memory when it is there: the same bytes either way. Safe to share between threads."""

    def __init__(self, adviser: Adviser, memory: Memory) -> None:
        """Take what advises, and a memory, which others may use as well."""
        self._adviser, self._memory = adviser, memory

    def tag(self, written: str, language: str, detail: str) -> str:
        """Return the entity tag of the advice on a profile that is written so."""
        return responses.entity_tag(self._adviser, "advice", language, detail, written)

    def key(self, profile: Profile, language: str, detail: str) -> Key | None:
        """Return what the advice is kept by; None where none is kept."""
        if not self._memory.most_bytes:
            return None
        return self._adviser.rule_base.digest, language, detail, frozenset(profile.items())

    def advise(
        self, profile: Profile, language: str, detail: str, course: Course, key: Key | None = None
    ) -> list[bytes]:
        """Return the advice on a valid profile as UTF-8 JSON in parts; the course notes it and where it comes from.

        ``key`` is what it is kept by, where that is known already.
        """
        parts = self._found_or_made(profile, language, detail, course, key)
        course.answer = Answer(profile, language, detail, parts)
        return parts

    def _found_or_made(
        self, profile: Profile, language: str, detail: str, course: Course, key: Key | None
    ) -> list[bytes]:
        key = key or self.key(profile, language, detail)
        if key is None:
            return self._adviser.advise_in_parts(profile, language=language, detail=detail, watcher=course)
        found = self._memory.find(key)
        course.from_memory = found is not None
        if found is not None:
            parts, course.given = found
            return parts
        made = self._adviser.advise_in_parts(profile, language=language, detail=detail, watcher=course)
        if course.given is not None:
            self._memory.keep(key, (made, course.given))
        return made


def _size(made: Made) -> int:
    parts, given = made
    return sum(map(len, parts)) + len(given.outcome or b"") + OVERHEAD
