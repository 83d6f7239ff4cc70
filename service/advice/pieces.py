"""JSON put together from pieces that were written beforehand: texts, numbers, lists, and names in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.advice.json_text import encode
from service.advice.words import Words

USUAL: Final = 60
"""Up to which numbers pieces are written beforehand: few scores, weights and points are larger."""


def piece(text: str) -> bytes:
    """Write a text as it stands between the quotes of JSON."""
    return encode(text)[1:-1]


def inside(said: Mapping[str, object]) -> bytes:
    """Write the names and values of an object, without its braces."""
    return encode(said)[1:-1]


def around(template: str, name: str) -> tuple[bytes, bytes]:
    """Write what stands before and after a name in braces, as between the quotes of JSON."""
    before, after = template.split(f"{{{name}}}")
    return piece(before), piece(after)


def number(value: int) -> bytes:
    """Write a whole number."""
    return str(value).encode()


def array(said: list[bytes]) -> bytes:
    """Write an array of what is JSON already."""
    return b"[%b]" % b",".join(said) if said else b"[]"


def in_order(names: frozenset[str], place: dict[str, int], written: list[bytes]) -> list[bytes]:
    """Return what is ``written`` of the names, by the places that they have."""
    places = [place[name] for name in names]
    if len(places) > 1:
        places.sort()
    return [written[one] for one in places]


def end_array(start: int, out: list[bytes]) -> None:
    """End an array of what stands in ``out`` from ``start`` on, each entry with a comma before it."""
    if len(out) == start:
        out.append(b"[]")
    else:
        out[start] = b"[" + out[start][1:]
        out.append(b"]")


class Numbered:
    """A piece with a whole number in it, written beforehand with the usual ones."""

    def __init__(self, before: bytes, after: bytes) -> None:
        """Take what stands around the number."""
        self._before, self._after = before, after
        self._usual = [self._write(value) for value in range(-USUAL, USUAL + 1)]

    def of(self, value: int) -> bytes:
        """Return the piece with a number."""
        return self._usual[value + USUAL] if -USUAL <= value <= USUAL else self._write(value)

    def _write(self, value: int) -> bytes:
        return self._before + number(value) + self._after


class Enumeration:
    """Puts names one after another as a sentence of one language does: a, b and c."""

    def __init__(self, words: Words) -> None:
        """Take the words between names from how ``words`` enumerates."""
        self._nothing, self._and = piece(words.enumerate(())), piece(words.enumerate(("", "")))

    def of(self, names: list[bytes]) -> bytes:
        """Write names, which are as between the quotes of JSON."""
        if not names:
            return self._nothing
        said, last = names[0], len(names) - 1
        for place in range(1, last):
            said = said + self.next(names[place])
        return said + self.last(names[last]) if last else said

    def next(self, name: bytes) -> bytes:
        """Write a name that is neither the first nor the last, with what stands before it."""
        return b", " + name

    def last(self, name: bytes) -> bytes:
        """Write the last name of several, with what stands before it."""
        return self._and + name
