"""Who is let in, what becomes of the others, and how connections and workers leave.

Knows nothing of what is asked, save that operators are always answered.
"""

from __future__ import annotations

import errno
import re
import selectors
import socket
import sys
import time
from abc import abstractmethod
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, Final

from gunicorn.workers.gthread import TConn

from service.web.patience import REQUEST_SECONDS
from service.web.serving.application import Application
from service.web.serving.leading import LeadingWorker
from service.web.serving.neighbours import NOTHING
from service.web.serving.room import Room

AT_A_TIME: Final = 16
"""Connections that a busy worker takes in one go; after them it looks which of its threads are done."""
TURN_SECONDS: Final = 0.0001
"""After which a thread that works lets another go on; in the usual 5 ms an answer could have been given."""
GIVE_WAY_SECONDS: Final = 0.001
"""For which a worker leaves a connection to one that has less, before it looks again: kept open, it stays."""
HAND_ON_SECONDS: Final = 1.0
"""How often a worker looks whether it has many more connections than another; clients soon open theirs anew."""
BODY_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?:\r\n|$)", re.IGNORECASE)
LINGER_SECONDS: Final = 1.0
"""How long a client may keep a connection that is done with before it is cut."""
MOST_LINGERING: Final = 200
"""Such connections at a time; those on top would be missing where connections are to be made."""
DISCARDED: Final = bytearray(65_536)
FOR_OPERATORS: Final = (b"GET /health/", b"GET /metrics")
"""Answered however busy a worker is: an orchestrator would end it for silence when it is needed most."""


class AdmittingWorker(LeadingWorker):
    """A worker with threads that takes no more than it answers soon, and loses nothing when it leaves.

    All of this happens in the thread that leads, so nothing of it is shared.
    """

    app: Application

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Have nothing in hand."""
        super().__init__(*args, **kwargs)
        self._room = Room(self.cfg.threads, self.app.most_in_hand)
        self._closing: dict[TConn, float] = {}
        self._in_hand: dict[TConn, float] = {}
        self._left: list[socket.socket] = []
        self._taken = self._to_hand_on = 0
        self._next_hand_on = 0.0
        self.place = self.app.neighbours.place()

    def init_process(self) -> None:
        """Begin; from here on who stands by to lead soon gets its turn."""
        sys.setswitchinterval(TURN_SECONDS)
        # from here on none of it changes, and gunicorn asks for more than twenty of them for each request
        vars(self.cfg).update({name: setting.get() for name, setting in self.cfg.settings.items()})
        super().init_process()

    @abstractmethod
    def refusal(self) -> bytes:
        """Return a fresh answer that says that the client has to come back."""

    @abstractmethod
    def tell_of_refusals(self) -> None:
        """Tell of the refusals that were not told of yet, if there are any."""

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """Do what there is to be done; tell of refusals together, as to tell of one costs as much as to refuse it."""
        self._tell_neighbours()
        left, self._left = self._left, []
        super().wait_for_and_dispatch_events(GIVE_WAY_SECONDS if left else timeout)
        self._listen(left)
        self.tell_of_refusals()

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, or leave it to a worker that has less; in a crowd that does not end, nobody has.

        When all threads are busy as many as wait are taken, so that they soon hear to come back.
        """
        for _ in range(AT_A_TIME if self._room.busy else 1):
            now = time.monotonic()
            if not self._room.crowded(now) and self.place.gives_way(now):
                self.poller.unregister(listener)
                self._left.append(listener)
                return
            if not self._take(listener):
                return
            self._tell_neighbours()

    def _take(self, listener: socket.socket) -> bool:
        """Take a connection, if there is one."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                return False
            raise
        self._taken += 1
        if not (self._room.full(time.monotonic()) and self._refuses_at_once(client)):
            self.nr_conns += 1
            self._wait_for_request(TConn(self.cfg, client, address, listener.getsockname()))
        return True

    def _listen(self, left: list[socket.socket]) -> None:
        """Look again for connections that were left to others."""
        for listener in left:
            self.poller.register(listener, selectors.EVENT_READ, self.accept)

    def _tell_neighbours(self) -> None:
        """Tell what this worker has; connections that are done with do not count."""
        if self._accepting:  # type: ignore[attr-defined]  # newer than the stubs
            oldest = next(iter(self._in_hand.values()), NOTHING)
            self.place.tell(self.nr_conns - len(self._closing), oldest, self._taken)

    def _wait_for_request(self, conn: TConn) -> None:
        """Give a connection no thread before something comes: browsers open some that they never use."""
        conn.timeout = time.monotonic() + REQUEST_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn: TConn) -> None:
        """Let a thread answer; refuse when as many requests are in hand as are answered soon."""
        now = time.monotonic()
        if self._room.busy and _is_for_operators(conn.sock):
            self._enter(conn, now)
            answered = self.tpool.submit(self.handle, conn)  # slow clients may hold all other threads
            answered.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))
        elif self._room.full(now):
            self._turn_away(conn)
        else:
            self._enter(conn, now)
            super().enqueue_req(conn)

    def _enter(self, conn: TConn, now: float) -> None:
        self._room.enter(now)
        self._in_hand[conn] = now

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Take note that a request is answered; wait in no thread for a client to close its connection."""
        self._room.leave()
        del self._in_hand[conn]
        if fs.cancelled() or fs.exception() is not None or fs.result() is not False:
            super().finish_request(conn, fs)
        else:
            self._let_close(conn)

    def _refuses_at_once(self, line: socket.socket) -> bool:
        """Refuse what is asked on a new connection, if that is all there; tell whether it was.

        Takes as few steps as can be: at each of them, a thread that works goes first.
        """
        try:
            came = bytes(DISCARDED[: line.recv_into(DISCARDED, 0, socket.MSG_PEEK | socket.MSG_DONTWAIT)])
            if came.startswith(FOR_OPERATORS) or not _is_whole(came):
                return False
            line.send(self.refusal())
            line.recv_into(DISCARDED, 0, socket.MSG_DONTWAIT)  # closed with something unread, the line would be cut
        except BlockingIOError:
            return False
        except OSError:
            pass
        line.close()
        return True

    def _turn_away(self, conn: TConn) -> None:
        """Refuse a request unread; who has only closed a kept connection asks for nothing."""
        conn.sock.setblocking(False)
        with suppress(OSError):
            if conn.sock.recv_into(DISCARDED, 1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                conn.sock.send(self.refusal())
        self._let_close(conn)

    def _let_close(self, conn: TConn) -> None:
        """Wait for the client to close a connection that is done with: to close first could cost it the answer."""
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        if _read_away(conn.sock):
            self._close(conn)
            return
        self._closing[conn] = time.monotonic() + LINGER_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))
        if len(self._closing) > MOST_LINGERING:
            longest = next(iter(self._closing))
            _read_away(longest.sock)
            self._part_with(longest)

    def _discard(self, conn: TConn, line: socket.socket) -> None:
        if conn in self._closing and _read_away(line):  # it may have been cut since it became readable
            self._part_with(conn)

    def _part_with(self, conn: TConn) -> None:
        del self._closing[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def parts(self) -> bool:
        """Tell whether to part with a connection when its request is answered: the client opens another elsewhere."""
        if self._to_hand_on > 0:
            self._to_hand_on -= 1
            return True
        return self.app.draining()

    def _keep_house(self, now: float) -> None:
        super()._keep_house(now)
        if now >= self._next_hand_on:
            self._next_hand_on = now + HAND_ON_SECONDS
            self._to_hand_on = self.place.surplus()

    def murder_pending(self) -> None:
        """Close connections on which nothing came, and those that are done with and whose clients stay."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, end in self._closing.items() if end < now]:
            self._part_with(conn)

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Listen, or not; a worker that leaves gives its listeners up at once.

        While it held them, the system would go on making connections that nobody takes. Those that it has made
        already are taken here when no other worker will be there to do so.
        """
        self._listen(self._left)
        self._left = []
        super().set_accept_enabled(enabled)
        if enabled:
            self._tell_neighbours()
            return
        self.place.leave()
        if self.alive:
            return
        for listener in self.sockets:
            if self.app.draining():
                for _ in range(self.cfg.backlog):
                    if not self._take(listener):
                        break
            listener.close()
        self.sockets = []
        self.tell_of_refusals()

    def _cap_keepalive(self, deadline: float) -> None:
        """Let no connection on which nothing comes hold up a worker that leaves."""
        super()._cap_keepalive(deadline)  # type: ignore[misc]  # newer than the stubs
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout or deadline, deadline)


def _is_whole(request: bytes) -> bool:
    """Tell whether a request has come with all of its body."""
    head, end, body = request.partition(b"\r\n\r\n")
    length = BODY_LENGTH.search(head)
    return bool(end) and b"chunked" not in head.lower() and len(body) >= int(length[1] if length else 0)


def _read_away(line: socket.socket) -> bool:
    """Throw away what has come on a line; tell whether nothing more will."""
    try:
        return line.recv_into(DISCARDED, len(DISCARDED), socket.MSG_DONTWAIT) == 0
    except BlockingIOError:
        return False
    except OSError:
        return True


def _is_for_operators(line: socket.socket) -> bool:
    """Tell whether what has come on a line asks about health or figures; it stays there to be read."""
    start = bytearray(max(map(len, FOR_OPERATORS)))
    try:
        line.recv_into(start, len(start), socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except OSError:
        return False
    return start.startswith(FOR_OPERATORS)
