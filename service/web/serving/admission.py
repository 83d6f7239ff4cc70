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
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

from gunicorn.workers.gthread import TConn

from service.web.patience import REQUEST_SECONDS, PatientLine
from service.web.serving.application import Application
from service.web.serving.leading import LAST_SECONDS, LeadingWorker
from service.web.serving.neighbours import NOTHING
from service.web.serving.reading import Parser
from service.web.serving.room import Room

AT_A_TIME: Final = 2
"""Connections that a worker takes in one go before it answers what they ask: in a crowd, as many are refused for each
that is answered. Taking more lets who comes hear sooner, and leaves less time to answer: of 128 clients that come back
at once, one at a time answered 4,300 a second in 43 ms, two 3,600 in 37, four 2,900 in 30 (99 of 100)."""
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
        self._room: Room[TConn] = Room(self.cfg.threads, self.app.most_in_hand)
        self._closing: dict[TConn, float] = {}
        self._heard: set[TConn] = set()
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

        As many as wait are taken: so it shows how many there are, and who is too much soon hears to come back. Of a
        sudden crowd, those for whom there is no room wait where they are.
        """
        for _ in range(AT_A_TIME):
            now = time.monotonic()
            full = self._room.full(now)
            if not self._room.crowded(now):
                if full:
                    return
                if self.place.gives_way(now):
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
        self.connected(client, address, listener.getsockname())
        return True

    def connected(self, client: socket.socket, address: Any, server: Any) -> None:
        """Begin what is asked on a new connection; when that has not come yet, give it no thread before it does.

        Browsers open some that they never use.
        """
        self.nr_conns += 1
        line = PatientLine(client, self.lead.give_up)
        conn = TConn(self.cfg, cast("socket.socket", line), address, server)
        come = line.come()
        if come is None:
            conn.timeout = time.monotonic() + REQUEST_SECONDS
            self.pending_conns.append(conn)
            self._listen_to(conn)
        elif come:
            self._begin(conn, come)
        else:
            self._close(conn)

    def _listen(self, left: list[socket.socket]) -> None:
        """Look again for connections that were left to others."""
        for listener in left:
            self.poller.register(listener, selectors.EVENT_READ, self.accept)

    def _tell_neighbours(self) -> None:
        """Tell what this worker has; connections that are done with do not count."""
        if self._accepting:  # type: ignore[attr-defined]  # newer than the stubs
            self.place.tell(self.nr_conns - len(self._closing), self._room.oldest or NOTHING, self._taken)

    def _listen_to(self, conn: TConn) -> None:
        """Hear what comes on a connection; what is heard of already stays so from request to request."""
        if conn not in self._heard:
            self._heard.add(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear, conn))

    def _hear(self, conn: TConn, line: PatientLine) -> None:
        """Take what has come on a connection."""
        if conn not in self._heard:  # it was closed since something came
            return
        if conn in self._closing:
            if _read_away(conn.sock):
                self._part_with(conn)
        elif conn in self._room:  # that is for the thread that answers, or is asked next
            self._heard.remove(conn)
            self.poller.unregister(line)
        elif (come := line.come()) is not None:
            (self.keepalived_conns if conn.data_ready else self.pending_conns).remove(conn)
            if come:
                self._begin(conn, come)
            else:
                self._close(conn)

    def _begin(self, conn: TConn, come: bytes) -> None:
        """Have a request answered of which this has come; refuse when as many are in hand as are answered soon."""
        now = time.monotonic()
        if self._room.busy and come.startswith(FOR_OPERATORS):
            self._enter(conn, now)
            answered = self.tpool.submit(self.keeps, conn)  # slow clients may hold all other threads
            answered.add_done_callback(lambda keeps: self.method_queue.defer(self.answered, conn, keeps.result()))
        elif self._room.full(now):
            self._turn_away(conn, come)
        else:
            self._enter(conn, now)
            self.enqueue_req(conn)

    def _enter(self, conn: TConn, now: float) -> None:
        if not conn.data_ready:
            conn.data_ready = True
            conn.parser = Parser(self.cfg, conn.sock, conn.client)
        self._room.enter(conn, now)

    def answered(self, conn: TConn, keeps: bool) -> None:
        """Take note that a request is answered; wait in no thread for the next, or for a client to close."""
        now, parser = time.monotonic(), cast("Parser", conn.parser)
        self._room.leave(conn, now)
        if not keeps:
            self._let_close(conn)
        elif parser.unreader.buf.getvalue():
            self._begin(conn, b"")  # it came together with the one before
        else:
            conn.timeout = now + (self.cfg.keepalive if self.alive else LAST_SECONDS)
            self.keepalived_conns.append(conn)
            self._listen_to(conn)

    def _turn_away(self, conn: TConn, come: bytes) -> None:
        """Refuse a request; a new connection is closed at once when that was all that there will be.

        Takes as few steps as can be: at each of them, a thread that works goes first.
        """
        with suppress(OSError):
            conn.sock.send(self.refusal())
        if not conn.data_ready and _is_whole(come):
            self._close(conn)
        else:
            self._let_close(conn)

    def _let_close(self, conn: TConn) -> None:
        """Wait for the client to close a connection that is done with: to close first could cost it the answer."""
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        if _read_away(conn.sock):
            self._close(conn)
            return
        self._closing[conn] = time.monotonic() + LINGER_SECONDS
        self._listen_to(conn)
        if len(self._closing) > MOST_LINGERING:
            longest = next(iter(self._closing))
            _read_away(longest.sock)
            self._part_with(longest)

    def _part_with(self, conn: TConn) -> None:
        del self._closing[conn]
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        if conn in self._heard:
            self._heard.remove(conn)
            self.poller.unregister(conn.sock)
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

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: ARG002 -- gunicorn's signature
        """Close kept connections on which nothing came."""
        self._close_late(self.keepalived_conns)

    def murder_pending(self) -> None:
        """Close new connections on which nothing came, and those that are done with and whose clients stay."""
        self._close_late(self.pending_conns)
        now = time.monotonic()
        for conn in [conn for conn, end in self._closing.items() if end < now]:
            self._part_with(conn)

    def _close_late(self, conns: deque[TConn]) -> None:
        """Close those whose time is over; they are in the order in which it will be."""
        now = time.monotonic()
        while conns and (conns[0].timeout or 0.0) <= now:
            self._close(conns.popleft())

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
