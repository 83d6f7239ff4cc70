"""Counts calls, of Python and of C functions: how much work something is, the same on every machine.

What turns a number into one of the machine's is not counted: when compiled, it is no call.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Count:
    calls = 0


@contextmanager
def counted() -> Iterator[Count]:
    count = Count()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call") and frame.f_globals.get("__name__") != "mypy_extensions":
            count.calls += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)


def calls_of_each(ask: Callable[[Any], object], asked: list[Any]) -> float:
    """Give the calls for one of those that are asked, when what can be kept has been."""
    for one in asked:
        ask(one)
    with counted() as count:
        for one in asked:
            ask(one)
    return count.calls / len(asked)
