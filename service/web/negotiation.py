"""What client and service agree on: language, media types, and the keys of a query that are not facts."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from flask import request
from werkzeug.datastructures import LanguageAccept, MIMEAccept
from werkzeug.http import parse_accept_header

from service.knowledge.model import LANGUAGES

DEFAULT_LANGUAGE: Final = "nl"
KEPT: Final = 256
"""Headers of which is kept what they ask for; clients of one kind send the same."""


def asked_language() -> str:
    """Return the language of ``?language=`` if it is one, else that of Accept-Language, else Dutch."""
    asked = request.args.get("language")
    if asked in LANGUAGES:
        return str(asked)
    return _first_language(request.headers.get("Accept-Language", ""))


@lru_cache(KEPT)
def _first_language(header: str) -> str:
    for accepted, quality in parse_accept_header(header, LanguageAccept):
        primary = accepted.partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return DEFAULT_LANGUAGE


def accepts(produced: str) -> bool:
    """Tell whether the client accepts the media type; a client that says nothing accepts all."""
    return _quality(request.headers.get("Accept", ""), produced) > 0


def preferred(*produced: str) -> str | None:
    """Return which of the media types the client likes best, the first of equals; None when it accepts none."""
    header = request.headers.get("Accept", "")
    best = max(produced, key=lambda one: _quality(header, one))
    return best if _quality(header, best) > 0 else None


@lru_cache(KEPT)
def _quality(header: str, produced: str) -> float:
    """Return how much the client likes a media type, from 0 to 1.

    The narrowest range decides; parameters such as ``charset`` do not matter, JSON has none.

    Source: RFC 9110, section 12.5.1; RFC 8259, section 11.
    """
    ranges = [
        (value.partition(";")[0].strip().lower(), quality) for value, quality in parse_accept_header(header, MIMEAccept)
    ]
    for wanted in (produced, f"{produced.partition('/')[0]}/*", "*/*"):
        qualities = [quality for value, quality in ranges if value == wanted]
        if qualities:
            return max(qualities)
    return 0.0 if ranges else 1.0


def sends(media_type: str, *encodings: str) -> bool:
    """Tell whether the body says that it is of the media type, in UTF-8 and packed in one of the encodings."""
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    return request.mimetype == media_type and packed_as() in encodings and charset in ("utf-8", "utf8")


def packed_as() -> str:
    """Return the encoding of the body; ``identity`` when it is not packed."""
    return request.headers.get("Content-Encoding", "").strip().lower() or "identity"
