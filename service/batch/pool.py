"""Answering lines on several processes, in order, with no more of them at hand than the processes need.

Each process loads the rule base itself, so that none is forked out of another that has threads or an
engine under way.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import connection
from pathlib import Path
from typing import Final, TypeAlias

from service.advice.adviser import Adviser
from service.batch.formats import FORMATS
from service.knowledge.loading import load_rule_base
from service.web.lines import Lines
from service.web.schemas import ProfileSchema

LINES_AT_A_TIME: Final = 50
"""A tenth of a second of work: little is done again after a stop, and passing it on costs next to nothing."""
AT_HAND: Final = 3
"""Portions a process has waiting, being answered or answered; memory is bounded by them."""

LOG: Final = logging.getLogger("service.batch")
Portion: TypeAlias = Sequence[tuple[int, bytes | None]]
Answered: TypeAlias = tuple[bytes, int]
"""The answers to a portion as they are written, and how many of them are problems."""


@dataclass(frozen=True, slots=True)
class Task:
    """What every process needs to know: rules, language, detail, and the end of the output's name."""

    rules: Path
    language: str
    detail: str
    suffix: str


def answered(task: Task, lines: Iterable[tuple[int, bytes | None]], processes: int) -> Iterator[tuple[int, Answered]]:
    """Yield for each portion the number of its last line and its answers, in the order of the lines.

    Raises:
        BrokenProcessPool: when a process died.
    """
    rest = iter(lines)
    portions = iter(lambda: list(islice(rest, LINES_AT_A_TIME)), [])
    waiting: deque[tuple[int, Future[Answered]]] = deque()
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _begin, (task,))
    try:
        for portion in portions:
            waiting.append((portion[-1][0], pool.submit(_answer, portion)))
            if len(waiting) == processes * AT_HAND:
                last, future = waiting.popleft()
                yield last, future.result()
        for last, future in waiting:
            yield last, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def answerer(task: Task, adviser: Adviser) -> Callable[[Portion], Answered]:
    """Return what answers a portion."""
    chosen = Lines(
        ProfileSchema(adviser.rule_base),
        task.language,
        lambda _line, profile: adviser.advise(profile, language=task.language, detail=task.detail),
    )
    write = FORMATS[task.suffix].write

    def answer(portion: Portion) -> Answered:
        found = [_one(chosen, number, line) for number, line in portion]
        return b"".join(write(one) for one in found), sum(b'"problem":' in one for one in found)

    return answer


def _one(lines: Lines, number: int, line: bytes | None) -> bytes:
    try:
        return lines.answer(number, line)
    except Exception as error:  # noqa: BLE001 -- a fault on one line is that line's answer; its content is not shown
        LOG.error("internal error on line %d: %s", number, type(error).__name__)  # noqa: TRY400 -- the same
        return lines.failed(number)


_ANSWER: Callable[[Portion], Answered]
"""What answers in this process; set once, before the first portion."""


def _begin(task: Task) -> None:
    global _ANSWER  # noqa: PLW0603 -- a process of the pool has no other place to keep what it loads
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _ANSWER = answerer(task, Adviser(load_rule_base(task.rules)))


def _end_with_parent() -> None:
    """End this process when the one that writes is gone: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _answer(portion: Portion) -> Answered:
    return _ANSWER(portion)
