"""Texts that are known beforehand, found between the commas of a body: nothing is cut out of it, or read as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from librt.strings import read_i32_le, read_i64_le
from librt.vecs import vec
from mypy_extensions import i32, i64

WORD: Final = 8
"""Bytes that are looked at together."""
HALF: Final = 32
LOW: Final = 0xFFFFFFFF
FIRST: Final = 0x1E3779B1
MIDDLE: Final = 0x1F58476D
LAST: Final = 0x14D049BB
"""Odd, and without a pattern: a product has something of each bit before in the higher ones. None is beyond a word."""
HIGHER: Final = 28
COMMA: Final = 44
SPACE: Final = 32
COMMAS: Final = 0x2C2C2C2C
REST: Final = 0x7F7F7F7F
TOPS: Final = 0x80808080
"""A comma, in each of four bytes; all bits but the highest, and the highest of each."""
ROOM: Final = 4
"""Places a text, so that one place is looked at, as a rule."""


class KnownTexts:
    """Texts, each known by its number in the order in which they are given; no two are the same."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        """Put each at the place that its bytes say, or at the next that is free."""
        places = 1
        while places < ROOM * len(texts):
            places *= 2
        self._last_place: i64 = places - 1
        self._numbers = vec[i32]([-1] * places)
        self._starts = vec[i32]([WORD] * (len(texts) + 1))
        self._texts = b" " * WORD + b"".join(texts)
        for number, text in enumerate(texts):
            start = i64(self._starts[number])
            end = start + len(text)
            self._starts[number + 1] = i32(end)
            place = _hash(self._texts, start, end) & self._last_place
            while self._numbers[place] >= 0:
                place = (place + 1) & self._last_place
            self._numbers[place] = i32(number)

    def find(self, body: bytes, start: i64, end: i64) -> i64:
        """Return the number of the text that stands there, -1 when it is none; before its end there is a word."""
        place = _hash(body, start, end) & self._last_place
        number = i64(self._numbers[place])
        while number >= 0 and not self._is(number, body, start, end):
            place = (place + 1) & self._last_place
            number = i64(self._numbers[place])
        return number

    def _is(self, number: i64, body: bytes, start: i64, end: i64) -> bool:
        texts = self._texts
        own, own_end = i64(self._starts[number]), i64(self._starts[number + 1])
        if own_end - own != end - start or _tail(texts, own, own_end) != _tail(body, start, end):
            return False
        while start + WORD < end:
            if read_i64_le(texts, own) != read_i64_le(body, start):
                return False
            start += WORD
            own += WORD
        return True


def begin(body: bytes, before: i64) -> i64:
    """Return where a piece begins behind a brace or a comma, and a space if there is one."""
    return before + 2 if body[before + 1] == SPACE else before + 1


def end_of(body: bytes, start: i64, last: i64) -> i64:
    """Return where a piece ends: at a comma, or at the last brace."""
    end = start
    while end + 4 <= last:
        others = i64(read_i32_le(body, end)) ^ COMMAS  # what is a comma is nothing now, and has no bit for its highest
        if ((others & REST) + REST | others) & TOPS != TOPS:
            break
        end += 4
    while end < last and body[end] != COMMA:
        end += 1
    return end


def _hash(body: bytes, start: i64, end: i64) -> i64:
    """Return a number by which a text is told from most others."""
    size = end - start
    found = _folded(_tail(body, start, end)) * LAST + size * FIRST
    if size > WORD:
        middle = start + (size - WORD) // 2
        found += _folded(read_i64_le(body, start)) * FIRST + _folded(read_i64_le(body, middle)) * MIDDLE
    return found >> HIGHER


def _folded(word: i64) -> i64:
    """Return half a word in which all of it is."""
    return (word ^ word >> HALF) & LOW


def _tail(body: bytes, start: i64, end: i64) -> i64:
    """Return the last word of a text, or as much of it as there is."""
    word = read_i64_le(body, end - WORD)
    missing = WORD - (end - start)
    return word if missing <= 0 else word >> missing * 8
