"""Headers of every response, entity tags and conditional answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self, cast

from flask import request
from flask.wrappers import Response
from mypy_extensions import i64, mypyc_attr
from werkzeug.datastructures import Headers

from service import __version__
from service.advice.adviser import Adviser
from service.web import current
from service.web.telemetry.exchange import Exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

API_VERSION: Final = "1.2.0"
"""The version of the contract; a test holds it against openapi.yaml."""
JSON: Final = "application/json"
NO_STORE: Final = "no-store"
TAKES_WRITTEN: Final = "adviser.takes_written"
"""What a server says of itself that takes what is ready: lines of headers as one text, all parts of a body as one item.
"""
FOR_A_WHILE: Final = "public, max-age=300"
"""The catalogue changes with the rule base only; five minutes keep a new one from being missed for long."""
FOR_THIS_READER: Final = "private, max-age=60"
"""Advice in a URL is about one organisation: no shared cache keeps it, and a browser not for long."""
SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
"""Source: NLGov REST API Design Rules 2, /core/transport/security-headers."""


ALWAYS: Final = (("API-Version", API_VERSION), *SECURITY.items())
"""What every answer has, whatever it is."""
KINDS: Final = 256
"""More kinds of answers than there are."""


class _Kind:
    """What is the same in the head of all answers of a kind: the headers, and how they are written."""

    def __init__(self, headers: Iterable[tuple[str, str]]) -> None:
        self.headers = list(headers)
        self.written = "".join(f"{name}: {value}\r\n" for name, value in self.headers)


_ANY: Final = _Kind(ALWAYS)


@mypyc_attr(native_class=False)  # Flask's test client makes a class of its own of it
class Answer(Response):
    """An answer. Beside its own headers it has, as they stand, those that are the same for all of its ``kind``."""

    kind: _Kind = _ANY
    default_mimetype = None
    direct_passthrough = False
    automatically_set_content_length = False  # it is set once, when the answer is sent

    def follow(self, policy: str, *, framed: bool) -> None:
        """Follow a policy of its own; where it may be ``framed``, that alone says by whom."""
        own = {**dict(self.kind.headers), "Content-Security-Policy": policy}
        if framed:
            del own["X-Frame-Options"]
        self.kind = _Kind(own.items())

    def get_wsgi_response(self, environ: WSGIEnvironment) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return what is sent. Werkzeug would go through all headers to complete addresses, of which there are none."""
        headers: list[Any] = [*_pairs(self.headers)]
        body, takes_written = self.response, TAKES_WRITTEN in environ
        if takes_written:
            headers.append(self.kind.written)
        else:
            headers += self.kind.headers
        if not isinstance(body, list):
            return self.get_app_iter(environ), self._status, headers
        if self._status_code != 304:  # noqa: PLR2004 -- RFC 9110
            headers.append(("Content-Length", str(_length(cast("list[bytes]", body)))))
        sent: Any = [] if environ["REQUEST_METHOD"] == "HEAD" else [body] if takes_written else body
        return sent, self._status, headers

    @classmethod
    def made(cls, status: str, code: int, headers: list[tuple[str, str]], body: list[bytes]) -> Self:
        """Make an answer of what is there already; Werkzeug would judge each part."""
        answer = cls.__new__(cls)
        own = Headers.__new__(Headers)
        own._list = headers  # noqa: SLF001 -- there is no other way to them
        answer.headers = own
        answer._status, answer._status_code = status, code  # noqa: SLF001 -- its own
        answer.response, answer._on_close = body, []  # noqa: SLF001 -- the same
        return answer


def complete(response: Response, exchange: Exchange) -> None:
    """Give an answer the headers that come from its request."""
    headers = _pairs(response.headers)
    headers.append(("Rule-Base-Version", exchange.rule_base))
    headers.append(("X-Request-Id", exchange.request_id))
    if exchange.traceparent:
        headers.append(("traceparent", exchange.traceparent))
    if exchange.method == "OPTIONS" and "Cache-Control" not in response.headers:
        headers.append(("Cache-Control", NO_STORE))


def _length(parts: list[bytes]) -> i64:
    length: i64 = 0
    for one in parts:
        length += len(one)
    return length


def _pairs(headers: Headers) -> list[tuple[str, str]]:
    """Return the headers themselves: Werkzeug looks for a line's end in what is added, the service writes none."""
    return headers._list  # noqa: SLF001 -- there is no other way to them


def entity_tag(adviser: Adviser, *parts: str) -> str:
    """Return the strong entity tag of what follows from software, rule base and the parts."""
    tag = _begun(adviser.rule_base.digest, parts[:-1]).copy()
    tag.update(parts[-1].encode())
    return tag.hexdigest()[:32]


@lru_cache(KINDS)
def _begun(digest: str, parts: tuple[str, ...]) -> hashlib._Hash:
    """Return the hash of all but the last part: to begin one costs more than to go on."""
    return hashlib.sha256("\n".join((__version__, digest, *parts, "")).encode())


def unchanged(tag: str) -> bool:
    """Tell whether the client has the answer already.

    Source: RFC 9110, section 13.1.2: the comparison is weak, ``*`` matches anything.
    """
    known = current.environ().get("HTTP_IF_NONE_MATCH")
    if not known:
        return False
    return known == f'"{tag}"' or request.if_none_match.contains_weak(tag)  # the former as caches send it


def answer(
    body: bytes | list[bytes] | None,
    language: str | None,
    cache: str,
    tag: str | None = None,
    media_type: str = JSON,
    vary: str = "Accept-Language",
) -> Answer:
    """Return the answer; ``body``, which may be in parts, is None in a 304 to a client that has it already.

    ``vary`` names the headers on which an answer in a language depends.
    """
    headers = []
    if language is not None:
        headers.append(("Vary", vary))
    if tag is not None:
        headers.append(("ETag", f'"{tag}"'))
    if body is None:
        made = Answer.made("304 NOT MODIFIED", 304, headers, [])
        made.kind = _kind(cache)
    else:
        made = Answer.made("200 OK", 200, headers, body if isinstance(body, list) else [body])
        made.kind = _kind(cache, media_type, language)
    return made


@lru_cache(KINDS)
def _kind(cache: str, media_type: str | None = None, language: str | None = None) -> _Kind:
    """Return what is the same for all answers of a kind; a 304 says nothing of what it does not hold."""
    own = {"Content-Type": media_type, "Content-Language": language, "Cache-Control": cache}
    return _Kind([*ALWAYS, *((name, value) for name, value in own.items() if value is not None)])
