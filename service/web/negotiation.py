"""What client and service agree on: language, media types, and the keys of a query that are not facts."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from werkzeug.datastructures import LanguageAccept, MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from service.knowledge.model import LANGUAGES
from service.web import current, queries

DEFAULT_LANGUAGE: Final = "nl"
KEPT: Final = 256
"""Headers of which is kept what they ask for; clients of one kind send the same."""


def asked_language() -> str:
    """Return the language of ``?language=`` if it is one, else that of Accept-Language, else Dutch."""
    asked = queries.chosen(queries.LANGUAGE, "")
    return asked if asked in LANGUAGES else first_language(current.environ().get("HTTP_ACCEPT_LANGUAGE", ""))


@lru_cache(KEPT)
def first_language(header: str) -> str:
    """Return the language that an Accept-Language likes best of those that there are, else Dutch."""
    for accepted, quality in parse_accept_header(header, LanguageAccept):
        primary = accepted.partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return DEFAULT_LANGUAGE


def accepts(produced: str) -> bool:
    """Tell whether the client accepts the media type; a client that says nothing accepts all."""
    return _quality(current.environ().get("HTTP_ACCEPT", ""), produced) > 0


def preferred(*produced: str) -> str | None:
    """Return which of the media types the client likes best, the first of equals; None when it accepts none."""
    header = current.environ().get("HTTP_ACCEPT", "")
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
    said = _media_type(current.environ().get("CONTENT_TYPE", ""))
    return said == media_type and packed_as() in encodings


@lru_cache(KEPT)
def _media_type(header: str) -> str | None:
    """Return the media type in lower case; None when what it is of is said to be in another encoding than UTF-8."""
    media_type, parameters = parse_options_header(header)
    charset = parameters.get("charset", "utf-8").strip().lower()
    return media_type.lower() if charset in ("utf-8", "utf8") else None


def packed_as() -> str:
    """Return the encoding of the body; ``identity`` when it is not packed."""
    return current.environ().get("HTTP_CONTENT_ENCODING", "").strip().lower() or "identity"
