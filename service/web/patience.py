"""How long a client may take to send a request or to read an answer.

A thread that waits for a slow client serves nobody else, so every request has an end: some seconds, and
more as more of it has come.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import Any, Final

from gunicorn.http.errors import ParseException

REQUEST_SECONDS: Final = 20.0
"""For the headers and what is small. Source: Apache httpd, mod_reqtimeout, whose default is 20 seconds."""
LEAST_BYTES_A_SECOND: Final = 16_384
"""What a slow mobile line manages; a body of 1 MiB has 84 seconds."""
ANSWER_SECONDS: Final = 30.0
"""For each piece of an answer; what a worker may take to show that it lives (serving/configuration.py)."""


class TooSlowError(ParseException):
    """A request was not complete in time."""


class PatientLine:
    """A socket on which neither a request nor a piece of an answer can take for ever.

    Everything else is the socket's own.
    """

    def __init__(self, line: socket.socket) -> None:
        """Wrap the socket; the first request begins."""
        self._line = line
        self.begin()

    def begin(self) -> None:
        """Give the next request its own time."""
        self._began, self._received = time.monotonic(), 0

    def recv(self, size: int) -> bytes:
        """Receive, within what is left of the request's time and of the socket's own limit.

        Raises:
            TooSlowError: when the request's time is over.
        """
        given = self._line.gettimeout()
        left = self._began + REQUEST_SECONDS + self._received / LEAST_BYTES_A_SECOND - time.monotonic()
        if left <= 0:
            raise TooSlowError
        self._line.settimeout(left if given is None else min(left, given))
        try:
            data = self._line.recv(size)
        except TimeoutError:
            if given is not None and given < left:
                raise
            raise TooSlowError from None
        finally:
            self._line.settimeout(given)
        self._received += len(data)
        return data

    def sendall(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            BrokenPipeError: when the client does not take it in time; it counts as gone.
        """
        given = self._line.gettimeout()
        self._line.settimeout(ANSWER_SECONDS)
        try:
            self._line.sendall(data)
        except TimeoutError:
            raise BrokenPipeError(errno.EPIPE, "the client does not read") from None
        finally:
            self._line.settimeout(given)

    def __getattr__(self, name: str) -> Any:
        """Give what else the socket has."""
        return getattr(self._line, name)
