"""The keeper: holds the sockets for as long as the service runs, and decides which generation answers on them.

A new generation comes up beside the one that answers; only when all its workers are there does the old one finish
what it has and go. No connection is lost, as the sockets stay. The keeper itself knows no rules, so that nothing of
all the rule bases that come and go stays behind in it.
"""

from __future__ import annotations

import signal
import socket
import time
from contextlib import suppress
from multiprocessing.connection import wait
from typing import Final

from gunicorn import sock

from service.web.serving.configuration import application
from service.web.serving.generation import REFUSED, Common, Generation, Prepared
from service.web.serving.watch import Watch
from service.web.settings import Settings
from service.web.telemetry import logs
from service.web.telemetry.metrics import Metrics

PULSE_SECONDS: Final = 0.25
"""How often it looks at the clock; signals and what generations say wake it at once."""
PREPARE_SECONDS: Final = 60
"""What a rule base may take to come up, which takes about a second; longer is a fault."""
MOST_LEAVING: Final = 4
"""Older generations that may be finishing at once, each with workers in memory; a reload waits until there is room."""
AGAIN_SECONDS: Final = 1
"""Between the unforeseen end of a generation and the next one, so that a fault does not keep a core busy."""
QUICK_SECONDS: Final = 5
"""What a generation has that was told to stop at once."""


class Keeper:
    """Runs the service until it is told to stop.

    SIGHUP reloads the rules. SIGTERM ends the service without losing a request: at first it only says that it is
    not ready, so that whoever sends requests turns elsewhere; then it takes no more of them, and finishes what it has.
    SIGINT and SIGQUIT end it at once.
    """

    def __init__(self, settings: Settings) -> None:
        """Open the sockets, and start looking at the rules if that is set."""
        served = application(settings)
        listeners = sock.create_sockets(served.cfg, served.cfg.logger_class(served.cfg))
        self._common = Common(settings, served, listeners)
        self._coming: Generation | None = None
        self._answering: Generation | None = None
        self._leaving: list[Generation] = []
        self._last: Prepared | None = None
        self._reload = False
        self._not_before = 0.0
        self._watch = Watch([settings.rules, *filter(None, [settings.kept_rules])], settings.watch_seconds)
        self._end_by = self._planned_for = 0
        self._plan: list[tuple[float, int]] = []
        self._status = 0
        self._metrics = Metrics()
        self._bell, self._woken = socket.socketpair()

    def run(self) -> int:
        """Serve; return the exit status when all is over."""
        self._mind_signals()
        self._coming = Generation(self._common, None)
        while self._all() or (self._last and not self._end_by):
            self._sleep()
            for one in self._all():
                one.hear()
            self._promote()
            self._part()
            self._read_keys()
            if self._end_by:
                self._end()
            else:
                self._renew()
        return self._status

    def _all(self) -> list[Generation]:
        return [one for one in (self._coming, self._answering, *self._leaving) if one is not None]

    def _mind_signals(self) -> None:
        for end in (self._bell, self._woken):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
            signal.signal(number, self._take)
        for number in (signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)  # to gunicorn they mean files of logs and a new self; nothing here

    def _take(self, number: int, _frame: object) -> None:
        """Note what a signal asks for: a reload, or an end, which is made quicker but never slower."""
        if number == signal.SIGHUP:
            self._reload = True
        elif number == signal.SIGTERM:
            self._end_by = self._end_by or signal.SIGTERM
        else:
            self._end_by = signal.SIGQUIT

    def _sleep(self) -> None:
        """Wait until a signal or a generation has something to say, or for a pulse."""
        wait([self._woken, *(thing for one in self._all() for thing in one.waited_for)], PULSE_SECONDS)
        with suppress(BlockingIOError):
            self._woken.recv(4096)

    def _promote(self) -> None:
        """Let the generation that has come up answer alone."""
        if self._coming is None or not self._coming.answers:
            return
        if self._answering is not None:
            self._answering.tell(signal.SIGTERM)
            self._leaving.append(self._answering)
            self._metrics.reloads.labels("taken").inc()
        self._answering, self._coming = self._coming, None
        self._last = self._answering.prepared
        self._tell("info", "The rule base answers.")

    def _part(self) -> None:
        """Part with generations that have ended, and see what that means."""
        self._leaving = [one for one in self._leaving if one.lives]
        if self._coming is not None and not self._coming.lives:
            self._coming = None
            self._not_before = time.monotonic() + AGAIN_SECONDS
            if self._last is None and not self._end_by:
                self._status = REFUSED
            if self._answering is not None and not self._end_by:
                self._tell("error", "The reload is refused; this rule base keeps answering.")
                self._metrics.reloads.labels("refused").inc()
        if self._answering is not None and not self._answering.lives:
            self._answering = None
            self._not_before = time.monotonic() + AGAIN_SECONDS
            if not self._end_by:
                self._tell("error", "The workers are gone; this rule base comes up again.")

    def _renew(self) -> None:
        """Start the generation that is wanted, and end one that does not come up."""
        now = time.monotonic()
        self._reload |= self._watch.changed(now)
        if self._coming is not None:
            if now - self._coming.began > PREPARE_SECONDS:
                logs.tell("error", f"The rule base did not come up in {PREPARE_SECONDS} s.")
                self._coming.tell(signal.SIGKILL)
        elif self._answering is None and self._last is not None:
            if now >= self._not_before:
                self._coming = Generation(self._common, self._last, again=True)
        elif self._reload and self._answering is not None and len(self._leaving) < MOST_LEAVING:
            self._reload = False
            self._coming = Generation(self._common, self._last)

    def _read_keys(self) -> None:
        """Keep up with the file of keys, so that what starts later knows the last that could be used."""
        keys = self._common.settings.keys
        taken = keys.refresh() if keys is not None else None
        if taken is not None:
            self._metrics.key_files.labels("taken" if taken else "refused").inc()

    def _tell(self, level: str, event: str) -> None:
        """Log what happens to the rule base that answers."""
        logs.tell(level, event, **(self._last.named if self._last else {}))

    def _end(self) -> None:
        """Take the steps towards the end whose time has come."""
        now, settings = time.monotonic(), self._common.settings
        if self._planned_for != self._end_by:
            self._planned_for = self._end_by
            self._common.application.draining.begin()
            if self._end_by == signal.SIGTERM:
                self._tell("info", "The service stops: it is not ready any more, and finishes what it has.")
                leave = now + settings.drain_seconds
                finish = leave + settings.graceful_seconds
                self._plan = [(leave, signal.SIGTERM), (finish, signal.SIGQUIT)]
            else:
                self._tell("info", "The service stops at once.")
                finish = now
                self._plan = [(now, signal.SIGQUIT)]
            self._plan.append((finish + QUICK_SECONDS, signal.SIGKILL))
        while self._plan and now >= self._plan[0][0]:
            _, number = self._plan.pop(0)
            for listener in self._common.listeners:
                listener.close()
            for one in self._all():
                one.tell(number)
