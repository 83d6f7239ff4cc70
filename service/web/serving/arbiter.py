"""Gunicorn's arbiter for the workers of one rule base: it starts them and replaces those that die."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

from gunicorn.arbiter import Arbiter
from gunicorn.sock import BaseSocket

from service.web.serving.application import Application
from service.web.telemetry import logs
from service.web.telemetry.metrics import Metrics


class RuleBaseArbiter(Arbiter):
    """Keeps workers alive until it is told to leave, and then lets them finish.

    Unlike gunicorn's own it neither reloads nor starts itself anew: that is the keeper's.
    """

    SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT]  # noqa: RUF012 -- gunicorn's way of saying it

    def __init__(
        self,
        application: Application,
        listeners: Sequence[BaseSocket],
        started: Callable[[], None],
        refresh: Callable[[], object],
    ) -> None:
        """Take the sockets of the keeper.

        ``started`` is called in each worker when it can answer, ``refresh`` here every second: what it keeps up to date
        is so in workers that start later.
        """
        application.cfg.set("post_worker_init", lambda _worker: started())
        super().__init__(application)
        self.LISTENERS = list(listeners)  # type: ignore[misc]  # gunicorn's way of taking sockets that are open
        self._keeper = os.getppid()
        self._refresh = refresh
        self._metrics = Metrics()

    def spawn_workers(self) -> None:
        """Start the first workers without a pause: who is up alone has all who come to share out."""
        while self.worker_age < self.num_workers:
            self.spawn_worker()
        super().spawn_workers()

    def spawn_worker(self) -> int:
        """Start a worker; what it is told before it minds signals waits until it does (Worker.init_signals)."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self.SIGNALS)
        try:
            return super().spawn_worker()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self.SIGNALS)

    def maybe_promote_master(self) -> None:
        """Leave when the keeper is gone: without it nobody would tell when; gunicorn asks every second."""
        if os.getppid() != self._keeper:
            logs.tell("error", "The process that holds the sockets is gone; the workers finish what they have.")
            raise StopIteration
        self._refresh()

    def reap_workers(self) -> None:
        """Take note of the workers that ended; say of each that crashed that it did."""
        for pid in [pid for pid in self.WORKERS if _crashed(pid)]:
            logs.tell("error", "A worker crashed with what it was answering; another takes its place.", process=pid)
            self._metrics.worker_deaths.inc()
        super().reap_workers()


def _crashed(pid: int) -> bool:
    """Tell whether a worker ended otherwise than by itself; it is not taken note of yet."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return ended is not None and ended.si_status != 0
