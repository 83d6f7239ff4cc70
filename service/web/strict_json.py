"""Reading a body as JSON, strictly: nothing is guessed, merged or rounded away."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NoReturn, TypeVar

from service.web.facts import plain_json
from service.web.mistakes import Mistake, MistakesError

Asked = TypeVar("Asked")

MOST_DEPTH: Final = 32
MOST_DIGITS: Final = 40
"""Digits of an integer that are read as they stand; no fact comes near, and longer ones cost time."""

BEYOND: Final = 10**40
"""Stands for every longer integer."""

BEYOND_ROUNDING: Final = 2.0**53
"""Above it every float is whole, and no fact comes near. Source: IEEE 754, binary64."""

NOT_WHOLE: Final = 0.5
"""Stands for every number that only rounding would make whole."""


class _Object(dict[str, object]):
    """A JSON object that remembers which names stood in it more than once."""

    repeated: tuple[str, ...] = ()


class _NotANumberError(ValueError):
    pass


def read_json(body: bytes) -> tuple[Any, list[Mistake]]:
    """Return the data and the mistakes found on the way; with a malformed body the data are None.

    Names that stand twice are mistakes; the data hold the last of them, so that the rest of the body
    can be judged as well.
    """
    plain = _at_a_glance(body)
    return _read_strictly(body) if plain is None else (plain, [])


def _at_a_glance(body: bytes) -> object | None:
    """Return the data of a body that is right for sure, None when it has to be looked at more closely."""
    return plain_json(body, MOST_DEPTH)


def _read_strictly(body: bytes) -> tuple[Any, list[Mistake]]:
    if body.startswith(BOM_UTF8):
        return None, [Mistake("byte-order-mark")]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None, [Mistake("encoding")]
    try:
        data = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=integer,
            parse_float=_number,
        )
    except _NotANumberError:
        return None, [Mistake("number")]
    except RecursionError:
        return None, [Mistake("depth", values={"depth": MOST_DEPTH})]
    except json.JSONDecodeError as error:
        return None, [Mistake("syntax", values={"line": error.lineno, "column": error.colno})]
    mistakes = list(_repeated_and_deep(data))
    return (None if any(one.kind == "depth" for one in mistakes) else data), mistakes


def decoded(read: Callable[[Any], Asked], body: bytes) -> Asked:
    """Return what JSON text says, as ``read`` makes it of the data.

    Raises:
        MistakesError: with every mistake, in the text and in what it says.
    """
    data, mistakes = read_json(body)
    if data is None and mistakes:
        raise MistakesError(mistakes)
    try:
        asked = read(data)
    except MistakesError as error:
        raise MistakesError([*mistakes, *error.mistakes]) from None
    if mistakes:
        raise MistakesError(mistakes)
    return asked


def _repeated_and_deep(data: object) -> Iterator[Mistake]:
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, _Object):
            yield from (Mistake("property-twice", (*path, name)) for name in value.repeated)
            below: Any = value.items()
        elif isinstance(value, list):
            below = enumerate(value)
        else:
            continue
        if len(path) == MOST_DEPTH:
            yield Mistake("depth", values={"depth": MOST_DEPTH})
            return
        waiting.extend(((*path, step), one) for step, one in below if isinstance(one, _Object | list))


def _object(pairs: list[tuple[str, object]]) -> _Object:
    made = _Object(pairs)
    if len(made) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        made.repeated = tuple(name for name, count in counts.items() if count > 1)
    return made


def integer(digits: str) -> int:
    """Read an integer; one of more than MOST_DIGITS becomes BEYOND, so that length costs no time."""
    if len(digits) <= MOST_DIGITS:
        return int(digits)
    return -BEYOND if digits.startswith("-") else BEYOND


def _number(text: str) -> float:
    number = float(text)
    if not number.is_integer():
        return number
    try:
        return number if Decimal(text) == Decimal(number) or abs(number) > BEYOND_ROUNDING else NOT_WHOLE
    except InvalidOperation:  # an exponent beyond what Decimal reads: next to nothing, or nothing at all
        return number if not text.lower().partition("e")[0].strip("-0.") else NOT_WHOLE


def _refuse_constant(_name: str) -> NoReturn:
    raise _NotANumberError
