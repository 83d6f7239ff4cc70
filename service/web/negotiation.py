"""What client and service agree on: language, media types, and the keys of a query that are not facts."""

from __future__ import annotations

from typing import Final

from flask import request

from service.knowledge.model import LANGUAGES

DEFAULT_LANGUAGE: Final = "nl"


def asked_language() -> str:
    """Return the language of ``?language=`` if it is one, else that of Accept-Language, else Dutch."""
    asked = request.args.get("language")
    if asked in LANGUAGES:
        return str(asked)
    for accepted, quality in request.accept_languages:
        primary = accepted.partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return DEFAULT_LANGUAGE


def accepts(produced: str) -> bool:
    """Tell whether the client accepts the media type; a client that says nothing accepts all."""
    if not request.accept_mimetypes:
        return True
    return request.accept_mimetypes.best_match([produced]) is not None


def sends_json() -> bool:
    """Tell whether the body says that it is JSON, in UTF-8 and not compressed."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    charset = request.mimetype_params.get("charset", "utf-8").strip().lower()
    return request.mimetype == "application/json" and encoding in ("", "identity") and charset in ("utf-8", "utf8")
