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
from service.web.responses import ALWAYS, TAKES_PARTS

ALIKE: Final = frozenset({"Content-Type", "Content-Language", "Cache-Control", "Vary", "Rule-Base-Version"})
"""Headers of which there are few, each in many answers."""
MOST_KNOWN: Final = 256
_lines: Final = {(name, value): f"{name}: {value}\r\n" for name, value in ALWAYS}
"""Headers that gunicorn has judged, or would for nothing, as they are sent."""


class Reply(wsgi.Response):
    """An answer of which nothing is sent before there is something to send with it."""

    _omits_body: bool

    def __init__(self, *args: Any) -> None:
        """Have sent nothing."""
        super().__init__(*args)
        self._head, self._alike = b"", ""

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Take what is in many answers as it was sent before; gunicorn judges each character of the rest."""
        known, others = list[str](), list[tuple[str, str]]()
        for one in headers:
            line = _lines.get(one)
            if line is None:
                others.append(one)
            else:
                known.append(line)
        self._alike = "".join(known)
        super().process_headers(others)
        if len(_lines) < MOST_KNOWN:
            _lines.update({(name, value): f"{name}: {value}\r\n" for name, value in self.headers if name in ALIKE})

    def default_headers(self) -> list[str]:
        """Return what the server says: not its own name, which helps only those who look for its flaws."""
        return [one for one in super().default_headers() if not one.startswith("Server:")]

    def send_headers(self) -> None:
        """Hold the head until there is something to send with it."""
        if not self.headers_sent:
            fields = [f"{name}: {value}\r\n" for name, value in self.headers]
            self._head = "".join([*self.default_headers(), *fields, self._alike, "\r\n"]).encode("latin-1")
            self.headers_sent = True

    def write(self, arg: bytes | list[bytes]) -> None:
        """Send a part of a body, or all parts of one together."""
        if isinstance(arg, bytes):
            super().write(arg)
        elif self.sent or self._omits_body or sum(map(len, arg)) != self.response_length:
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


_base_environ, _http_date = wsgi.base_environ, util.http_date


def base_environ(cfg: Config) -> dict[str, Any]:
    """Return what the server says to every request: made once, it is copied for each."""
    return dict(_same_environ(cfg))


@lru_cache(1)
def _same_environ(cfg: Config) -> MutableMapping[str, Any]:
    return {**_base_environ(cfg), TAKES_PARTS: True}


@lru_cache(1)
def _date(second: int) -> str:
    return _http_date(second)


wsgi.Response = Reply  # type: ignore[assignment,misc]
wsgi.base_environ = base_environ
util.http_date = lambda timestamp=None: _date(int(time.time() if timestamp is None else timestamp))  # once a second
