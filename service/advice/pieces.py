"""JSON put together from pieces that were written beforehand: texts, numbers, lists, and names in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.advice.json_text import encode
from service.advice.words import Words

_LARGEST: Final = 999
_NUMBERS: Final = [str(number).encode() for number in range(-_LARGEST, _LARGEST + 1)]


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
    return _NUMBERS[value + _LARGEST] if -_LARGEST <= value <= _LARGEST else str(value).encode()


def array(said: list[bytes]) -> bytes:
    """Write an array of what is JSON already."""
    return b"[%b]" % b",".join(said)


class Heads:
    """How the objects of an array begin: the ``first`` with its bracket, the ``others`` with a comma."""

    def __init__(self, heads: Mapping[str, bytes]) -> None:
        """Take the beginnings by id, from the brace on."""
        self.first = {name: b"[" + head for name, head in heads.items()}
        self.others = {name: b"," + head for name, head in heads.items()}


class Enumeration:
    """Puts names one after another as a sentence of one language does: a, b and c."""

    def __init__(self, words: Words) -> None:
        """Take the words between names from how ``words`` enumerates."""
        self._nothing, self._last = piece(words.enumerate(())), piece(words.enumerate(("", "")))

    def of(self, names: list[bytes]) -> bytes:
        """Write names, which are as between the quotes of JSON."""
        if len(names) > 1:
            return b", ".join(names[:-1]) + self._last + names[-1]
        return names[0] if names else self._nothing
