"""Gunicorn's worker, with an end to waiting, and problems for what never reaches the application.

Gunicorn itself answers what it cannot read: a bad request line, headers that are too large, framing that
contradicts itself. Such an answer quotes the client as HTML; here it is a problem, in Dutch, as what the
client prefers was not read.
"""

from __future__ import annotations

import http
import socket
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any, Final, cast

from flask import Flask
from gunicorn import util
from gunicorn.workers.gthread import TConn

from service.advice.json_text import encode
from service.web.negotiation import DEFAULT_LANGUAGE
from service.web.patience import PatientLine, TooSlowError
from service.web.problem_kinds import MEDIA_TYPE, RETRY_SECONDS, ProblemKind, kind_of, problem
from service.web.responses import ALWAYS, NO_STORE
from service.web.serving import reply
from service.web.serving.admission import AdmittingWorker
from service.web.telemetry.observer import OBSERVER, Observer

CLIENTS_DOING: Final = {501: 400}
"""Gunicorn says 501 to an unknown transfer coding; what a client sends is never the server's error."""
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(AdmittingWorker):
    """A worker with threads whose connections are patient, not endlessly so."""

    def load_wsgi(self) -> None:
        """Load the application; its observer hears of what never reaches it."""
        super().load_wsgi()
        self._untold: list[str] = []
        self._observer: Observer | None = cast("Flask", self.wsgi).extensions.get(OBSERVER)
        if self._observer is not None:
            self._observer.begin()
        util.write_error = partial(write_problem, observer=self._observer)

    def refusal(self) -> bytes:
        """Answer that the service is too busy."""
        request_id = str(uuid.uuid4())
        self._untold.append(request_id)
        return TOO_BUSY.replace(ANY_ID, request_id.encode("ascii"))

    def tell_of_refusals(self) -> None:
        """Tell the observer of those that heard so."""
        if self._untold and self._observer is not None:
            self._observer.turned_away(self._untold)
        self._untold = []

    def handle(self, conn: TConn) -> bool:
        """Handle a request on a connection, which begins now."""
        cast("PatientLine", conn.sock).begin()
        return super().handle(conn)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer as gunicorn does, without the times, hooks and files that nobody here asks for.

        Whether the connection is kept is returned; what is left of a body that was not read is given time of its own.
        """
        answer = reply.Reply(req, conn.sock, self.cfg)
        environ = req.environ(reply.base_environ(self.cfg), conn.server)
        if req.waits_to_be_told:
            conn.sock.send(CONTINUE)
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if not self.alive or len(self.keepalived_conns) >= self.max_keepalived or self.parts():
            answer.force_close()
        try:
            self._send(self.wsgi(environ, cast("Any", answer.start_response)), answer)
        except OSError:
            raise
        except Exception:
            if not answer.headers_sent:
                raise
            self.log.exception("Error handling request")
            return False
        cast("PatientLine", conn.sock).begin()
        return not answer.should_close()

    @staticmethod
    def _send(body: Iterable[bytes], answer: reply.Reply) -> None:
        try:
            for piece in body:
                answer.write(piece)
            answer.close()
        finally:
            if hasattr(body, "close"):
                body.close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Answer what could not be read."""
        if isinstance(exc, TooSlowError):
            util.write_error(client, 408, "", "")
        else:
            super().handle_error(req, client, addr, exc)


def write_problem(
    sock: socket.socket,
    status_int: int,
    reason: str,  # noqa: ARG001 -- gunicorn's signature
    mesg: str,  # noqa: ARG001 -- the same
    observer: Observer | None = None,
) -> None:
    """Answer with the problem for a status, and announce that the connection closes.

    Takes the place of ``gunicorn.util.write_error``; reason and message quote the client and are dropped.
    """
    kind, request_id = kind_of(CLIENTS_DOING.get(status_int, status_int)), str(uuid.uuid4())
    if observer is not None:
        observer.refused(kind.status, kind.slug, request_id)
    util.write_nonblock(sock, _answer(kind, request_id))


def _answer(kind: ProblemKind, request_id: str) -> bytes:
    """Write a problem as an answer after which the connection closes."""
    body = encode(problem(kind, DEFAULT_LANGUAGE, request_id))
    headers = {
        "Connection": "close",
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "Content-Language": DEFAULT_LANGUAGE,
        "Cache-Control": NO_STORE,
        "X-Request-Id": request_id,
        **dict(ALWAYS),
    }
    if kind.status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    lines = [f"HTTP/1.1 {kind.status} {http.HTTPStatus(kind.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


ANY_ID: Final = str(uuid.UUID(int=0)).encode("ascii")
TOO_BUSY: Final = _answer(kind_of(http.HTTPStatus.SERVICE_UNAVAILABLE), ANY_ID.decode("ascii"))
"""Written once: under a flood, most answers are this one."""

util.write_error = write_problem
