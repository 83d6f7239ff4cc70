"""How long a client may take to send a request or to read an answer.

A thread that waits for a slow client serves nobody else, so every request has an end: some seconds, and
more as more of it has come.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from gunicorn.http.errors import ParseException

REQUEST_SECONDS: Final = 20.0
"""For the headers and what is small. Source: Apache httpd, mod_reqtimeout, whose default is 20 seconds."""
LEAST_BYTES_A_SECOND: Final = 16_384
"""What a slow mobile line manages; a body of 1 MiB has 84 seconds."""
AT_ONCE: Final = 8192
"""Bytes that are received before they are asked for: no more than gunicorn asks for first."""
ANSWER_SECONDS: Final = 30.0
"""For each piece of an answer; what a worker may take to show that it lives (serving/configuration.py)."""


class TooSlowError(ParseException):
    """A request was not complete in time."""


class PatientLine:
    """A socket on which neither a request nor a piece of an answer can take for ever.

    Waits only for what is not there: the socket itself does not block, so that nothing has to be changed about it for
    the rest. Everything else is the socket's own.
    """

    def __init__(self, line: socket.socket, waits: Callable[[], None] = lambda: None) -> None:
        """Wrap the socket; the first request begins. ``waits`` is called before anything is waited for."""
        self._line, self._given, self._waits = line, line.gettimeout(), waits
        self._come = b""
        self.fileno = line.fileno
        line.setblocking(False)
        self.begin()

    def begin(self) -> None:
        """Give the next request its own time."""
        self._began, self._received = time.monotonic(), 0

    def come(self) -> bytes | None:
        """Receive what is there without waiting, and keep it until it is asked for; nothing at the end, None before."""
        try:
            self._come = self._line.recv(AT_ONCE)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return self._come

    def gettimeout(self) -> float | None:
        """Return the limit that was set."""
        return self._given

    def settimeout(self, seconds: float | None) -> None:
        """Set a limit for what is received, within the request's own."""
        self._given = seconds

    def setblocking(self, blocking: bool) -> None:
        """Wait as long as patience allows, or for nothing."""
        self._given = None if blocking else 0.0

    def recv(self, size: int) -> bytes:
        """Receive, within what is left of the request's time and of the limit that was set.

        Raises:
            TooSlowError: when the request's time is over.
        """
        left = self._began + REQUEST_SECONDS + self._received / LEAST_BYTES_A_SECOND - time.monotonic()
        if left <= 0:
            raise TooSlowError
        if self._come:
            data, self._come = self._come[:size], self._come[size:]
        else:
            try:
                data = self._line.recv(size)
            except BlockingIOError:
                data = self._awaited(size, left)
        self._received += len(data)
        return data

    def _awaited(self, size: int, left: float) -> bytes:
        self._waits()
        self._line.settimeout(left if self._given is None else min(left, self._given))
        try:
            return self._line.recv(size)
        except TimeoutError:
            if self._given is not None and self._given < left:
                raise
            raise TooSlowError from None
        finally:
            self._line.setblocking(False)

    def sendall(self, *parts: bytes) -> None:
        """Send all of the parts, which are put together only when the line does not take them at once.

        Raises:
            BrokenPipeError: when the client does not take them in time; it counts as gone.
        """
        try:
            sent = self._line.sendmsg(parts)
        except BlockingIOError:
            sent = 0
        if sent < sum(map(len, parts)):
            self._send_rest(memoryview(b"".join(parts))[sent:])

    def _send_rest(self, data: memoryview) -> None:
        self._waits()
        self._line.settimeout(ANSWER_SECONDS)
        try:
            self._line.sendall(data)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client does not read") from None
        finally:
            self._line.setblocking(False)

    def __getattr__(self, name: str) -> Any:
        """Give what else the socket has."""
        return getattr(self._line, name)
