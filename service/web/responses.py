"""Headers of every response, entity tags and conditional answers."""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Final

from flask import Flask, Response, g, request

from service import __version__
from service.advice.adviser import Adviser

API_VERSION: Final = "1.2.0"
"""The version of the contract; a test holds it against openapi.yaml."""
JSON: Final = "application/json"
NO_STORE: Final = "no-store"
FOR_A_WHILE: Final = "public, max-age=300"
"""The catalogue changes with the rule base only; five minutes keep a new one from being missed for long."""
FOR_THIS_READER: Final = "private, max-age=60"
"""Advice in a URL is about one organisation: no shared cache keeps it, and a browser not for long."""
TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
"""Source: NLGov REST API Design Rules 2, /core/transport/security-headers."""


def register(app: Flask, adviser: Adviser) -> None:
    """Give every request an id and every response its headers; the adviser answers where no other is asked for."""
    always = {
        "API-Version": API_VERSION,
        "Cache-Control": NO_STORE,
        **SECURITY,
    }

    @app.before_request
    def name_request() -> None:
        g.request_id = str(uuid.uuid4())
        given = request.headers.get("traceparent", "")
        g.traceparent = given if TRACEPARENT.fullmatch(given) else ""

    @app.after_request
    def add_headers(response: Response) -> Response:
        own = {name for name, _ in response.headers}
        response.headers.extend([one for one in always.items() if one[0] not in own])  # a page has a policy of its own
        response.headers["Rule-Base-Version"] = g.get("rule_base", adviser.rule_base.version)
        if g.get("may_be_framed"):
            del response.headers["X-Frame-Options"]  # its policy says who may; this header cannot
        response.headers["X-Request-Id"] = g.request_id
        if request.method == "OPTIONS" and response.status_code == 200:  # noqa: PLR2004 -- RFC 9110
            response.headers.pop("Content-Type", None)  # Flask calls the empty body HTML
        if g.traceparent:
            response.headers["traceparent"] = g.traceparent
        return response


def entity_tag(adviser: Adviser, *parts: str) -> str:
    """Return the strong entity tag of what follows from software, rule base and the parts."""
    content = "\n".join((__version__, adviser.rule_base.digest, *parts))
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def unchanged(tag: str) -> bool:
    """Tell whether the client has the answer already.

    Source: RFC 9110, section 13.1.2: the comparison is weak, ``*`` matches anything.
    """
    if request.headers.get("If-None-Match") == f'"{tag}"':  # as caches send it
        return True
    has = request.if_none_match
    return bool(has) and has.contains_weak(tag)


def answer(
    body: bytes | None,
    language: str | None,
    cache: str,
    tag: str | None = None,
    media_type: str = JSON,
    vary: str = "Accept-Language",
) -> Response:
    """Return the answer; ``body`` None is a 304 to a client that has it already.

    ``vary`` names the headers on which an answer in a language depends.
    """
    response = Response(body, 304 if body is None else 200, content_type=media_type)
    if body is None:
        del response.headers["Content-Type"]
    response.headers["Cache-Control"] = cache
    if language is not None:
        response.headers["Vary"] = vary
        response.headers["Content-Language"] = language
    if tag is not None:
        response.set_etag(tag)
    return response
