"""A generation: the processes that answer by one rule base, from its loading to its last request.

The keeper starts it as one process, which loads, checks, compiles and tries the rule base, then forks the workers
that answer. What it compiled goes with it, so that nothing is left however often rule bases change.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Final

from flask import Flask
from gunicorn.sock import BaseSocket

from service.engine.compiled import TallyError
from service.engine.matcher import MatcherError
from service.knowledge.findings import RuleBaseError
from service.knowledge.model import RuleBase
from service.knowledge.versions import load_versions
from service.knowledge.vocabulary import differences
from service.web.app import wired
from service.web.serving.application import Application
from service.web.serving.arbiter import RuleBaseArbiter
from service.web.settings import Settings, SettingsError
from service.web.telemetry import logs

FORK: Final = multiprocessing.get_context("fork")
SIGNALS: Final = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""What the keeper minds."""
REFUSED: Final = 1
"""Exit status of a generation whose rule base is not taken; it has said why."""
READY: Final = 200
NOT_SERVED: Final = "The rule base is not served, because "
FINDINGS: Final = f"{NOT_SERVED}it has findings."
COMPILED: Final = f"{NOT_SERVED}it cannot be compiled."
FAILED: Final = f"{NOT_SERVED}it does not answer its first profile; the fault stands above."
MOVED: Final = (
    f"{NOT_SERVED}its vocabulary is not that of the contract that clients know. "
    "A change of vocabulary is taken when the service is started anew."
)
LOG_SECONDS: Final = 2.0
"""What a process that ends gives to the writing of what it has logged."""
COLLECT_EVERY: Final = 2_500
"""Objects between two looks for rubbish. An answer makes some hundreds, so that Python's 700 would look at each of
them; only a refusal leaves its request behind in a circle, and of these no more than some thirty wait then.
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rule base that was loaded, compiled and tried: who it is, and all of it with those that are kept beside it."""

    version: str
    digest: str
    content: bytes

    @property
    def named(self) -> dict[str, str]:
        """Name the rule base as the log does."""
        return {"ruleBase": self.version, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Common:
    """What all generations of a keeper share."""

    settings: Settings
    application: Application
    listeners: Sequence[BaseSocket]


class RefusedError(Exception):
    """A rule base that is not taken; the message says why, and the findings what is to be mended."""

    def __init__(self, message: str, findings: Sequence[object] = ()) -> None:
        """Keep both."""
        super().__init__(message)
        self.findings = [str(one) for one in findings]


class Generation:
    """A generation as the keeper sees it."""

    def __init__(self, common: Common, before: Prepared | None, *, again: bool = False) -> None:
        """Start it with the rules in the directory that is set, or ``again`` with those from before.

        Rules whose vocabulary is not that of ``before`` are refused.
        """
        self.prepared: Prepared | None = None
        self.began = time.monotonic()
        self._workers, self._wanted = 0, common.settings.workers
        self._link, theirs = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=_live, args=(common, theirs, before, again))
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # what comes before it minds signals is not lost
        self.process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        theirs.close()

    @property
    def answers(self) -> bool:
        """Whether all its workers have come up."""
        return self.prepared is not None and self._workers >= self._wanted

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self.process.is_alive()

    @property
    def waited_for(self) -> tuple[Connection, int]:
        """What becomes readable when it has something to say, or ends."""
        return self._link, self.process.sentinel

    def hear(self) -> None:
        """Take in what it has said."""
        with suppress(EOFError, OSError):  # it ended, perhaps in the middle of a word
            while self._link.poll():
                said = self._link.recv()
                if isinstance(said, Prepared):
                    self.prepared = said
                else:
                    self._workers += 1

    def tell(self, number: int) -> None:
        """Send it a signal; SIGKILL reaches its workers as well."""
        if self.process.pid is None or not self.lives:
            return
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            os.kill(self.process.pid, number)


def _live(common: Common, link: Connection, before: Prepared | None, again: bool) -> None:
    """Be a generation, in a process group of its own: what a terminal sends to all is for the keeper."""
    os.setpgrp()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    try:
        _answer(common, link, before, again)
    except RefusedError as error:
        if before is None:  # a person is starting the service
            sys.exit("\n".join([str(error), *error.findings]))
        logs.tell("error", str(error), findings=error.findings)
        sys.exit(REFUSED)
    finally:  # workers come here too
        logs.OUTPUT.empty(LOG_SECONDS)


def _answer(common: Common, link: Connection, before: Prepared | None, again: bool) -> None:
    gc.disable()  # nearly all that is made from here on stays: to look for rubbish in it would be a tenth of the start
    rule_bases, app = _prepare(common, before, again)
    link.send(Prepared(rule_bases[0].version, rule_bases[0].digest, pickle.dumps(rule_bases)))
    common.application.answer_with(app)
    gc.freeze()  # so that a worker's first collection does not copy the pages that it shares with the others
    gc.set_threshold(COLLECT_EVERY)
    gc.enable()
    keys = common.settings.keys
    refresh = keys.refresh if keys is not None else lambda: None
    RuleBaseArbiter(common.application, common.listeners, lambda: link.send(os.getpid()), refresh).run()


def _prepare(common: Common, before: Prepared | None, again: bool) -> tuple[tuple[RuleBase, ...], Flask]:
    """Return the rule base, those that are kept beside it, and the application that answers by them.

    Raises:
        RefusedError: when something speaks against it.
    """
    known: tuple[RuleBase, ...] = pickle.loads(before.content) if before else ()  # noqa: S301 -- a child's own words
    try:
        rule_bases = known if again else load_versions(common.settings.rules, common.settings.kept_rules)
        moved = differences(known[0], rule_bases[0]) if known else []
        if moved:
            raise RefusedError(MOVED, moved)
        app = wired(common.settings, rule_bases, common.application.draining)
    except SettingsError as error:
        raise RefusedError(str(error)) from None
    except RuleBaseError as error:
        raise RefusedError(FINDINGS, error.findings) from None
    except (MatcherError, TallyError) as error:
        raise RefusedError(COMPILED, [error]) from None
    if app.test_client().get("/health/ready").status_code != READY:
        raise RefusedError(FAILED)
    return rule_bases, app
