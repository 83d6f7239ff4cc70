"""A worker whose threads take turns at waiting for sockets."""

from __future__ import annotations

import os
import select
import selectors
import signal
import threading
import time
from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, cast

from gunicorn.workers.gthread import TConn, ThreadWorker

from service.web.serving.lead import Lead

WAIT_SECONDS: Final = 1.0
"""For which nothing may come before the leader looks around."""
KEEP_HOUSE_SECONDS: Final = 0.25
"""How often it shows that it lives and looks for connections whose time is over."""
LEAVE_LOOK_SECONDS: Final = 0.1
"""The same in a worker that leaves, which ends when its last connection does."""
LAST_SECONDS: Final = 2.0
"""For which a worker that leaves keeps its connections, as a request may be under way on one."""
PIPE_BYTES: Final = 4096


class LeadingWorker(ThreadWorker):
    """A worker of which one thread at a time, the leader, waits for sockets, and does itself what has come.

    What is said of connections is said by the leader alone. The first thread only minds signals: they would end it in
    the middle of an answer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have nothing to do."""
        super().__init__(*args, **kwargs)
        self._threads = self.cfg.threads + 1
        self.lead: Lead[TConn] = Lead(self._threads)
        self._over = threading.Event()
        self._fault: BaseException | None = None
        self._next_look = self._leave_by = 0.0

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Return what answers beside all others."""
        return ThreadPoolExecutor(1)

    def init_signals(self) -> None:
        """Mind signals from here on; those that came since the fork were kept (see RuleBaseArbiter.spawn_worker)."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())

    def run(self) -> None:
        """Serve until told to leave."""
        woken = self.method_queue
        self.poller.register(cast("int", woken.fileno()), selectors.EVENT_READ, woken.run_callbacks)
        self.set_accept_enabled(True)
        signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
        for _ in range(self._threads):
            threading.Thread(target=self._take_turns, daemon=True).start()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        while not self._over.is_set():
            select.select([self.PIPE[0]], [], [])  # signals write to it, too; they would end no waiting for a lock
            os.read(self.PIPE[0], PIPE_BYTES)
        if self._fault is not None:
            raise self._fault
        self.tpool.shutdown(wait=False)

    def enqueue_req(self, conn: TConn) -> None:
        """Have a request answered."""
        self.lead.put(conn)

    @abstractmethod
    def answered(self, conn: TConn, keeps: bool) -> None:
        """Take note that a request is answered, and whether its connection is kept."""

    def _take_turns(self) -> None:
        try:
            while not self._over.is_set():
                self.lead.take_over()
                self._go_ahead()
        except BaseException as error:  # noqa: BLE001 -- the first thread ends the worker with it
            self._fault = error
            self._end()

    def _end(self) -> None:
        self._over.set()
        with suppress(BlockingIOError):
            os.write(self.PIPE[1], b".")

    def _go_ahead(self) -> None:
        """Lead, until another does; when all is over the lead is kept, so that nobody goes on."""
        while not self._over.is_set():
            self._look(WAIT_SECONDS)
            while (conn := self.lead.begin()) is not None:
                keeps = self.keeps(conn)
                if not self.lead.end():
                    self._follow(conn, keeps)
                    return
                self.answered(conn, keeps)
                if len(self.lead):
                    self._look(0.0)

    def _follow(self, conn: TConn, keeps: bool) -> None:
        """Let the one who leads now know what is done, and do more of what waits."""
        self.method_queue.defer(self.answered, conn, keeps)
        while (another := self.lead.another()) is not None:
            self.method_queue.defer(self.answered, another, self.keeps(another))

    def keeps(self, conn: TConn) -> bool:
        """Answer a request; tell whether its connection is kept. A fault ends the connection, not the thread."""
        try:
            return self.handle(conn)
        except Exception:
            self.log.exception("Error handling request")
            return False

    def _look(self, seconds: float) -> None:
        """See what has come, for so long; keep house now and then; leave when that is done."""
        self.wait_for_and_dispatch_events(min(seconds, LEAVE_LOOK_SECONDS) if self._leave_by else seconds)
        if self._accepting != (self.nr_conns < self.worker_connections) and self.alive:  # type: ignore[attr-defined]
            self.set_accept_enabled(not self._accepting)  # type: ignore[attr-defined]  # newer than the stubs
        now = time.monotonic()
        if now >= self._next_look or not self.alive:
            self._next_look = now + KEEP_HOUSE_SECONDS
            self._keep_house(now)

    def _keep_house(self, now: float) -> None:
        self.notify()
        self.murder_keepalived()
        self.murder_pending()
        if self.alive and self.is_parent_alive():
            return
        self.alive = False
        if not self._leave_by:
            self._leave_by = now + self.cfg.graceful_timeout
            self.set_accept_enabled(False)
            self._cap_keepalive(now + LAST_SECONDS)  # type: ignore[attr-defined]  # newer than the stubs
        if self.nr_conns <= 0 or now > self._leave_by:
            self._end()
