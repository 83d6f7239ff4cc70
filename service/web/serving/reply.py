"""How an answer goes over the line: its head together with the beginning of its body."""

from __future__ import annotations

import time
from collections.abc import Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Final

from gunicorn import util
from gunicorn.config import Config
from gunicorn.http import wsgi

from service.web.patience import PatientLine
from service.web.responses import TAKES_WRITTEN

PLAIN: Final = frozenset(
    {"Cache-Control", "Content-Language", "Content-Type", "ETag", "Rule-Base-Version", "Vary", "X-Request-Id"}
)
"""Names of headers in which there is nothing for a server to follow."""


class Reply(wsgi.Response):
    """An answer of which nothing is sent before there is something to send with it."""

    req: Any
    headers: list[tuple[str, str]]
    _omits_body: bool

    def __init__(self, *args: Any) -> None:
        """Have sent nothing."""
        super().__init__(*args)
        self._head, self._written = b"", ""

    def process_headers(self, headers: Iterable[str | tuple[str, str]]) -> None:
        """Take what is written as it is, and write what is plain; gunicorn judges each character of the rest."""
        written: list[str] = []
        others: list[tuple[str, str]] = []
        for one in headers:
            if isinstance(one, str):
                written.append(one)
                continue
            name, value = one
            if name in PLAIN and value.isascii() and value.isprintable():
                written.append(f"{name}: {value}\r\n")
            elif name == "Content-Length" and value.isdecimal():
                self.response_length = int(value)
                self.headers.append(one)
            else:
                others.append(one)
        self._written = "".join(written)
        if others:
            super().process_headers(others)

    def default_headers(self) -> list[str]:
        """Return what the server says: not its own name, which helps only those who look for its flaws."""
        (major, minor), date = self.req.version, _date(int(time.time()))
        connection = "upgrade" if self.upgrade else "close" if self.should_close() else "keep-alive"
        said = f"HTTP/{major}.{minor} {self.status}\r\nDate: {date}\r\nConnection: {connection}\r\n"
        return [said, "Transfer-Encoding: chunked\r\n"] if self.chunked else [said]

    def send_headers(self) -> None:
        """Hold the head until there is something to send with it."""
        if not self.headers_sent:
            fields = [f"{name}: {value}\r\n" for name, value in self.headers]
            self._head = "".join([*self.default_headers(), *fields, self._written, "\r\n"]).encode("latin-1")
            self.headers_sent = True

    def write(self, arg: bytes | list[bytes]) -> None:
        """Send a piece of a body, or together all parts of one of which the length was said."""
        if isinstance(arg, bytes):
            super().write(arg)
        elif self.sent or self._omits_body or self.response_length is None:
            for part in arg:
                super().write(part)
        else:
            self.send_headers()
            self.sent = self.response_length
            self._send(*arg)

    def _emit_body(self, data: bytes) -> None:
        self._send(b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data)

    def can_sendfile(self) -> bool:
        """Send no files as they are: what the service answers is in memory."""
        return False

    def close(self) -> None:
        """Send what is not sent yet."""
        self.send_headers()
        if self.chunked:
            self._send(b"0\r\n\r\n")
        elif self._head:
            self._send(b"")

    def _send(self, *parts: bytes) -> None:
        head, self._head = self._head, b""
        if isinstance(self.sock, PatientLine):
            self.sock.sendall(head, *parts)
        else:
            self.sock.sendall(b"".join([head, *parts]))


_base_environ = wsgi.base_environ


def base_environ(cfg: Config) -> dict[str, Any]:
    """Return what the server says to every request: made once, it is copied for each."""
    return dict(_same_environ(cfg))


@lru_cache(1)
def _same_environ(cfg: Config) -> MutableMapping[str, Any]:
    return {**_base_environ(cfg), TAKES_WRITTEN: True}


@lru_cache(1)
def _date(second: int) -> str:
    return util.http_date(second)


wsgi.Response = Reply  # type: ignore[assignment,misc]
wsgi.base_environ = base_environ
