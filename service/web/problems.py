"""Problems: every error as application/problem+json, in the reader's language.

Source: RFC 9457. Nothing of a traceback or of what a client sent is shown or logged.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.advice.json_text import encode
from service.web.mistakes import Mistake
from service.web.negotiation import asked_language

MEDIA_TYPE: Final = "application/problem+json"
LOG: Final = logging.getLogger("service.web")

SLUGS: Final = {
    400: "invalid-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "payload-too-large",
    415: "unsupported-media-type",
    500: "internal-error",
}
WORDS: Final[Mapping[str, Mapping[int, tuple[str, str]]]] = {
    "nl": {
        400: (
            "De vraag is niet geldig",
            "De vraag kan zo niet worden gelezen. Controleer de vraag en stuur die opnieuw.",
        ),
        404: ("Niet gevonden", "Op dit adres is niets. Kijk in /v1/openapi.json welke adressen er zijn."),
        405: ("Methode niet toegestaan", "Gebruik een van de methoden in de header Allow."),
        406: ("Geen passende vorm", "Het antwoord bestaat alleen als {produced}. Zet dat in de header Accept."),
        413: ("De body is te groot", "Een body mag hoogstens 1 MiB groot zijn."),
        415: (
            "Media-type niet ondersteund",
            "Stuur de body als JSON, ongecomprimeerd, met Content-Type: application/json.",
        ),
        500: ("Interne fout", "Er ging iets mis in de dienst. Aan de vraag ligt het niet; probeer het later opnieuw."),
    },
    "en": {
        400: ("The request is not valid", "The request cannot be read as it is. Check it and send it again."),
        404: ("Not found", "There is nothing at this address. See /v1/openapi.json for the addresses there are."),
        405: ("Method not allowed", "Use one of the methods in the header Allow."),
        406: ("Not acceptable", "The answer exists only as {produced}. Name that in the header Accept."),
        413: ("The body is too large", "A body may have at most 1 MiB."),
        415: ("Unsupported media type", "Send the body as JSON, not compressed, with Content-Type: application/json."),
        500: (
            "Internal error",
            "Something went wrong in the service. Nothing is wrong with the request; try again later.",
        ),
    },
}
COUNTED: Final = {
    "nl": (
        "De vraag heeft één fout.",
        "De vraag heeft {count} fouten. Herstel ze alle en stuur de vraag opnieuw.",
        "De vraag heeft {count} fouten; de eerste {listed} staan hier. Herstel ze en stuur de vraag opnieuw.",
    ),
    "en": (
        "The request has one mistake.",
        "The request has {count} mistakes. Mend all of them and send it again.",
        "The request has {count} mistakes; the first {listed} are listed. Mend them and send it again.",
    ),
}
MOST_LISTED: Final = 250
"""More mistakes than every fact and every member of every set can have; a body of junk gets no larger answer."""


class InvalidRequestError(Exception):
    """A request with mistakes, in its query and in its body."""

    def __init__(self, *, query: Sequence[Mistake] = (), body: Sequence[Mistake] = ()) -> None:
        """Keep the mistakes, those in the query first."""
        self.mistakes = [*(("query", one) for one in query), *(("body", one) for one in body)]
        super().__init__(f"{len(self.mistakes)} mistakes")


class NotFoundError(Exception):
    """Something that was asked for by an id or a version is not there."""

    def __init__(self, detail: str) -> None:
        """Keep what to say."""
        super().__init__(detail)
        self.detail = detail


class NotAcceptableError(Exception):
    """The client accepts nothing of what the resource can be."""

    def __init__(self, produced: str) -> None:
        """Keep what the resource can be."""
        super().__init__(produced)
        self.produced = produced


def register(app: Flask) -> None:
    """Turn every error of the app into a problem."""
    app.register_error_handler(InvalidRequestError, _invalid_request)
    app.register_error_handler(NotFoundError, _not_found)
    app.register_error_handler(NotAcceptableError, _not_acceptable)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _internal_error)


def _problem(
    status: int,
    detail: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
    **values: str,
) -> Response:
    language = asked_language()
    title, usual = WORDS[language][status]
    body: dict[str, object] = {
        "type": f"/problems/{SLUGS[status]}",
        "title": title,
        "status": status,
        "detail": detail or usual.format(**values),
        "instance": f"urn:uuid:{g.request_id}",
    }
    if errors is not None:
        body["errors"] = errors
    response = Response(encode(body), status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def _invalid_request(error: InvalidRequestError) -> Response:
    language, count = asked_language(), len(error.mistakes)
    one, several, too_many = COUNTED[language]
    detail = one if count == 1 else (several if count <= MOST_LISTED else too_many)
    listed = [mistake.said(where, language) for where, mistake in error.mistakes[:MOST_LISTED]]
    return _problem(400, detail.format(count=count, listed=MOST_LISTED), listed)


def _not_found(error: NotFoundError) -> Response:
    return _problem(404, error.detail)


def _not_acceptable(error: NotAcceptableError) -> Response:
    return _problem(406, produced=error.produced)


def _http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    if status not in SLUGS:
        status = 400 if 400 <= status < 500 else 500  # noqa: PLR2004 -- the classes of RFC 9110
    errors = [_unreadable()] if status == 400 else None  # noqa: PLR2004 -- RFC 9110
    response = _problem(status, errors=errors)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _unreadable() -> dict[str, str]:
    detail = WORDS[asked_language()][400][1]
    return {"in": "body", "pointer": "", "code": "malformed", "detail": detail}


def _internal_error(error: Exception) -> Response:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    LOG.error(
        "internal error: %s at %s:%s, request %s, %s",
        type(error).__name__,
        frame.filename.rsplit("/", 1)[-1],
        frame.lineno,
        g.request_id,
        request.url_rule.rule if request.url_rule else "no route",
    )
    return _problem(500)
