"""How a request is read: gunicorn judges it, and what every request would pay for and none here needs is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import Unreader
from gunicorn.util import unquote_to_wsgi_str

PLAIN: Final = re.compile(rb"(?:[0-9A-Za-z-]++:[\t -~\x80-\xff]*+\r\n)++")
"""Header fields in which there is nothing to judge: no odd name, no control character, no folding."""
END: Final = b"\r\n"
HEAD: Final = re.compile(rb"([A-Z]{3,20}) (/(?!/)[!\"$-~]*+) HTTP/1\.([01])\r\n(%b)\r\n" % PLAIN.pattern)
"""A plain head that has come at once: a path, perhaps with a query, and plain fields."""
NAMED: Final = {"CONTENT-TYPE": "CONTENT_TYPE", "CONTENT-LENGTH": "CONTENT_LENGTH"}
"""Fields that the application finds under a name of their own."""
NOT_PLAIN: Final = frozenset({"EXPECT"})
SINGLE: Final = frozenset({"HOST", "CONTENT-TYPE"})
"""Those that a request has once at most."""


class Asked(Request):
    """A request, whose head is taken all at once when it is plain; gunicorn goes through others line by line."""

    path: str
    version: tuple[int, int]
    peer_addr: tuple[str, int]
    _expected_100_continue: bool

    def parse(self, unreader: Unreader) -> bytes:
        """Take the head, and return what came after it."""
        come = unreader.read()
        head = HEAD.match(come)
        if head is not None and head.end(2) <= self.limit_request_line - len(" HTTP/1.1"):
            fields = self._plain(head[4])
            if fields is not None:
                self.headers = fields
                self.method, self.uri = head[1].decode("ascii"), head[2].decode("ascii")
                self.path, _, self.query = self.uri.partition("?")
                self.fragment = ""
                self.version = (1, int(head[3]))
                return come[head.end() :]
        unreader.unread(come)
        return super().parse(unreader)

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> list[tuple[str, str]]:
        """Return names and values."""
        fields = self._plain(data + END) if not from_trailer and PLAIN.fullmatch(data + END) else None
        return super().parse_headers(data, from_trailer) if fields is None else fields

    def _plain(self, lines: bytes) -> list[tuple[str, str]] | None:
        """Return the names and values of plain fields; nothing when they are for gunicorn to judge."""
        if len(lines) > self.limit_request_field_size:
            return None
        parts = [line.partition(":") for line in lines.decode("latin-1").split("\r\n")[:-1]]
        fields = [(name.upper(), value.strip(" \t")) for name, _, value in parts]
        return fields if len(fields) <= self.limit_request_fields and _agree([name for name, _ in fields]) else None

    @property
    def waits_to_be_told(self) -> bool:
        """Whether the client sends the body only when it is told to."""
        return self._expected_100_continue

    def environ(self, same: dict[str, Any], server: Any) -> dict[str, Any]:
        """Return what the application is told (PEP 3333), beside what is the same for all requests."""
        environ = {
            **same,
            "wsgi.multithread": True,
            "wsgi.input": self.body,
            "wsgi.url_scheme": self.scheme,
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_wsgi_str(self.path) if "%" in self.path else self.path,
            "QUERY_STRING": self.query,
            "RAW_URI": self.uri,
            "SERVER_PROTOCOL": f"HTTP/{self.version[0]}.{self.version[1]}",
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
            "REMOTE_ADDR": self.peer_addr[0],
            "REMOTE_PORT": str(self.peer_addr[1]),
        }
        for name, value in self.headers:
            key = NAMED.get(name) or f"HTTP_{name.replace('-', '_')}"
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def _peer_trusted_for_forwarded(self) -> tuple[dict[str, str], Sequence[str]]:
        """Trust nobody: no header says who asks, or by which scheme."""
        return {}, ()


class Parser(RequestParser):
    """Reads the requests of a connection."""

    mesg_class = Asked

    def finish_body(  # type: ignore[override]  # newer than the stubs
        self, deadline: float | None = None, max_bytes: int | None = None
    ) -> bool:
        """Read what is left of a body, if it was not read to its end."""
        body: Any = self.mesg.body if self.mesg else None
        if body is not None and not body.failed and isinstance(body.reader, LengthReader) and not body.reader.length:
            return True
        return bool(super().finish_body(deadline, max_bytes))


def _agree(names: Sequence[str]) -> bool:
    """Tell whether fields may stand together as they are."""
    different = set(names)
    if len(different) < len(names) and any(names.count(name) > 1 for name in SINGLE):
        return False
    return NOT_PLAIN.isdisjoint(different)
