"""Problems: every error as application/problem+json, in the reader's language.

Source: RFC 9457. Nothing of a traceback or of what a client sent is shown or logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from service.advice.json_text import encode
from service.knowledge.findings import closest
from service.web import current, responses
from service.web.mistakes import MOST_SHOWN, Mistake, listed
from service.web.negotiation import asked_language
from service.web.problem_kinds import BY_STATUS, MEDIA_TYPE, RETRY_SECONDS, kind_of, problem
from service.web.telemetry import logs

CHALLENGE: Final = 'ApiKey realm="co-creation-advisor"'
"""Source: RFC 9110, section 11.6.1: a 401 names a scheme; none is registered for keys in a header of their own."""
EXISTS_AS: Final = {
    "nl": "Het antwoord bestaat alleen als {produced}. Zet dat in de header Accept.",
    "en": "The answer exists only as {produced}. Name that in the header Accept.",
}
OR_AS: Final = {"nl": " of als ", "en": " or as "}
AT_MOST: Final = {
    "nl": "Een body mag hier hoogstens {most} MiB groot zijn.",
    "en": "A body may have at most {most} MiB here.",
}
NOTHING_HERE: Final = {
    "nl": "Op dit adres is niets. Bedoelt u ‘{meant}’?",
    "en": "There is nothing at this address. Did you mean ‘{meant}’?",
}


class InvalidRequestError(Exception):
    """A request with mistakes, in its query and in its body."""

    def __init__(self, *, query: Sequence[Mistake] = (), body: Sequence[Mistake] = ()) -> None:
        """Keep the mistakes, those in the query first."""
        self.mistakes = [*(("query", one) for one in query), *(("body", one) for one in body)]
        super().__init__(f"{len(self.mistakes)} mistakes")


class NotAllowedInError(Exception):
    """The client sent no API key where one is asked for, or one that does not count."""

    def __init__(self, cure: Mapping[str, str] | None = None) -> None:
        """Keep what is wrong with the key, as a sentence in each language; None when there is none."""
        super().__init__()
        self.cure = cure


class NotFoundError(Exception):
    """Something that was asked for by an id or a version is not there."""

    def __init__(self, detail: str) -> None:
        """Keep what to say."""
        super().__init__(detail)
        self.detail = detail


class NotAcceptableError(Exception):
    """The client accepts nothing of what the resource can be."""

    def __init__(self, *produced: str) -> None:
        """Keep what the resource can be."""
        super().__init__(", ".join(produced))
        self.produced = produced


class UnsupportedBodyError(Exception):
    """The body is not sent as the resource takes it."""

    def __init__(self, cure: Mapping[str, str]) -> None:
        """Keep how the resource takes it, as a sentence in each language."""
        super().__init__(cure["en"])
        self.cure = cure


class BodyTooLargeError(Exception):
    """The body has more than the resource takes."""

    def __init__(self, cure: Mapping[str, str]) -> None:
        """Keep what the resource takes, as a sentence in each language."""
        super().__init__(cure["en"])
        self.cure = cure


class BusyError(Exception):
    """The service has as much of this work at hand as it can do at once."""

    def __init__(self, seconds: int) -> None:
        """Keep after how many seconds it is worth trying again."""
        super().__init__(f"try again after {seconds} s")
        self.seconds = seconds


class StoppingError(Exception):
    """The service is about to stop."""


def too_large(most: int) -> BodyTooLargeError:
    """Return the error of a body with more than ``most`` MiB."""
    return BodyTooLargeError({language: sentence.format(most=most) for language, sentence in AT_MOST.items()})


def register(app: Flask) -> None:
    """Turn every error of the app into a problem."""
    app.register_error_handler(InvalidRequestError, _invalid_request)
    app.register_error_handler(NotAllowedInError, _not_allowed_in)
    app.register_error_handler(NotFoundError, lambda error: _answer(404, error.detail))
    app.register_error_handler(NotAcceptableError, _not_acceptable)
    app.register_error_handler(UnsupportedBodyError, _unsupported_body)
    app.register_error_handler(BodyTooLargeError, _body_too_large)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(StoppingError, lambda _error: _stopping())
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Exception, _internal_error)


def _answer(
    status: int,
    detail: str | None = None,
    errors: Sequence[Mapping[str, str]] | None = None,
) -> Response:
    language = asked_language()
    kind = BY_STATUS[status]
    current.exchange().problem = kind.slug
    body = problem(kind, language, current.exchange().request_id, detail, errors)
    response = responses.Answer(encode(body), status, content_type=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def _invalid_request(error: InvalidRequestError) -> Response:
    return _answer(400, *listed(error.mistakes, asked_language()))


def _not_allowed_in(error: NotAllowedInError) -> Response:
    response = _answer(401, error.cure[asked_language()] if error.cure else None)
    response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _not_acceptable(error: NotAcceptableError) -> Response:
    language = asked_language()
    return _answer(406, EXISTS_AS[language].format(produced=OR_AS[language].join(error.produced)))


def _unsupported_body(error: UnsupportedBodyError) -> Response:
    return _answer(415, error.cure[asked_language()])


def _body_too_large(error: BodyTooLargeError) -> Response:
    return _answer(413, error.cure[asked_language()])


def _busy(error: BusyError) -> Response:
    response = _answer(429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _stopping() -> Response:
    response = _answer(503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _http_exception(error: HTTPException) -> Response:
    status = kind_of(error.code or 500).status
    if status == 404:  # noqa: PLR2004 -- RFC 9110
        return _answer(404, _nothing_at_this_address())
    response = _answer(status, errors=[_unreadable()] if status == 400 else None)  # noqa: PLR2004 -- RFC 9110
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response


def _nothing_at_this_address() -> str | None:
    """Name the address that was probably meant, if there is one like it."""
    rules = current_app.url_map.iter_rules()
    meant = closest(request.path[:MOST_SHOWN], sorted(rule.rule for rule in rules if not rule.arguments))
    return NOTHING_HERE[asked_language()].format(meant=meant) if meant else None


def _unreadable() -> dict[str, str]:
    detail = BY_STATUS[400].words[asked_language()].detail
    return {"in": "body", "pointer": "", "code": "malformed", "detail": detail}


def _internal_error(error: Exception) -> Response:
    logs.fault(error, requestId=current.exchange().request_id)
    return _answer(500)
