"""How a request is read: gunicorn judges it, and what every request would pay for and none here needs is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

PLAIN: Final = re.compile(rb"(?:[0-9A-Za-z-]++:[\t -~\x80-\xff]*+\r\n)++")
"""Header fields in which there is nothing to judge: no odd name, no control character, no folding."""
END: Final = b"\r\n"
NOT_PLAIN: Final = frozenset({"EXPECT"})
SINGLE: Final = frozenset({"HOST", "CONTENT-TYPE"})
"""Those that a request has once at most."""


class Asked(Request):
    """A request, whose plain header fields are taken all at once; gunicorn goes through others one by one."""

    def parse_headers(self, data: bytes, from_trailer: bool = False) -> list[tuple[str, str]]:
        """Return names and values."""
        if not from_trailer and len(data) + len(END) <= self.limit_request_field_size and PLAIN.fullmatch(data + END):
            parts = [line.partition(":") for line in data.decode("latin-1").split("\r\n")]
            fields = [(name.upper(), value.strip(" \t")) for name, _, value in parts]
            if len(fields) <= self.limit_request_fields and _agree([name for name, _ in fields]):
                return fields
        return super().parse_headers(data, from_trailer)

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
    return NOT_PLAIN.isdisjoint(names) and sum(name in SINGLE for name in names) == len(SINGLE.intersection(names))
