"""JSON put together from pieces that were written beforehand: texts, numbers, lists, and names in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from librt.strings import BytesWriter
from librt.vecs import vec
from mypy_extensions import i64, u8

from service.advice.json_text import encode
from service.advice.words import Words

USUAL: Final = 60
"""Up to which numbers pieces are written beforehand: few scores, weights and points are larger."""

_COMMA: Final = b", "
_QUOTE: Final = 0x22
_COLON: Final = 0x3A
BRACKET: Final = 0x5B
_BEGUN: Final = -1
"""Instead of the place of an array whose beginning is written and taken."""


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
    places, count = vec[i64]([0] * len(names)), i64(0)
    for name in names:
        one, at = i64(place[name]), count
        while at > 0 and places[at - 1] > one:
            places[at] = places[at - 1]
            at -= 1
        places[at] = one
        count += 1
    return [written[at] for at in places]


def next_object(said: bytes) -> bytes:
    """Make of a JSON object what stands in an array behind other objects, each left open until the next one."""
    return b"}," + said[:-1]


def end_objects(start: i64, out: BytesWriter) -> None:
    """Make what stands in ``out`` from ``start`` on, each as ``next_object`` makes it, an array behind its name."""
    if len(out) == start:
        out.write(b":[]")
    else:
        _begin_objects(start, out)
        out.write(b"}]")


def _begin_objects(start: i64, out: BytesWriter) -> None:
    if start != _BEGUN:
        out[start] = u8(_COLON)
        out[start + 1] = u8(BRACKET)


def end_lists(start: i64, out: BytesWriter) -> None:
    """Make what stands in ``out`` from ``start`` on an array, as ``end_objects`` does, of objects that end with a list.

    Each has before it the end of a list, so that the first one leaves room for the last quote of the array's name.
    """
    if len(out) == start:
        out.write(b'":[]')
    else:
        out[start] = u8(_QUOTE)
        out[start + 1] = u8(_COLON)
        out[start + 2] = u8(BRACKET)
        out.write(b"]}]")


def end_names(start: i64, out: BytesWriter) -> None:
    """Make what stands in ``out`` from ``start`` on, each with a comma before it, an array."""
    if len(out) == start:
        out.write(b"[]")
    else:
        out[start] = u8(BRACKET)
        out.write(b"]")


class Parts:
    """An answer in parts, of which the one that is being written, in ``out``, lies in the processor's nearest cache.

    Each is copied out of there to memory once; all together would go there twice.
    """

    def __init__(self, least: int) -> None:
        """Make parts of at least so many bytes, but for the last one."""
        self._least: i64 = least
        self._taken: list[bytes] = []
        self.out = BytesWriter()

    def cut(self, start: i64) -> i64:
        """End the part if it is large enough, between objects of an array that stands in ``out`` from ``start`` on.

        Returns from where on it stands there now.
        """
        if len(self.out) < self._least:
            return start
        _begin_objects(start, self.out)
        self._take()
        return _BEGUN

    def all(self) -> list[bytes]:
        """Return what was written, and be ready for the next answer."""
        self._take()
        taken, self._taken = self._taken, []
        return taken

    def _take(self) -> None:
        self._taken.append(self.out.getvalue())
        self.out.truncate(0)


class Numbered:
    """A piece with a whole number in it, written beforehand with the usual ones."""

    def __init__(self, before: bytes, after: bytes) -> None:
        """Take what stands around the number."""
        self._before, self._after = before, after
        self._usual = [self._write(value) for value in range(-USUAL, USUAL + 1)]

    def of(self, value: i64) -> bytes:
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
        """Return names, which are as between the quotes of JSON, as ``write`` writes them."""
        out = BytesWriter()
        self.write(names, out)
        return out.getvalue()

    def write(self, names: list[bytes], out: BytesWriter) -> None:
        """Write names, which are as between the quotes of JSON."""
        last = i64(len(names)) - 1
        if last < 0:
            out.write(self._nothing)
        for at in range(last + 1):
            if at > 0:
                out.write(self._and if at == last else _COMMA)
            out.write(names[at])

    def next(self, name: bytes) -> bytes:
        """Write a name that is neither the first nor the last, with what stands before it."""
        return _COMMA + name

    def last(self, name: bytes) -> bytes:
        """Write the last name of several, with what stands before it."""
        return self._and + name
