"""The steps that requests for advice share: media types, query, strict body, version of the rule base.

Gathers the mistakes in query and body before any of them is reported. Knows no resource: what a body
means is the caller's ``read``, which turns decoded JSON into a value or raises every mistake in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from flask import g, request

from service.advice.adviser import Adviser
from service.web import queries, responses
from service.web.bodies import read_body
from service.web.mistakes import MistakesError, shown
from service.web.negotiation import accepts, asked_language, sends
from service.web.problems import InvalidRequestError, NotAcceptableError, NotFoundError, UnsupportedBodyError
from service.web.strict_json import decoded

Asked = TypeVar("Asked")

WITHOUT_DETAIL: Final = (queries.LANGUAGE, queries.RULE_BASE)
"""The keys of the query that every request about a profile may have."""
KEYS: Final = (queries.DETAIL, *WITHOUT_DETAIL)
"""The keys that a request for advice may have."""
AS_JSON: Final = {
    "nl": "Stuur de body als JSON, ongecomprimeerd, met Content-Type: application/json.",
    "en": "Send the body as JSON, not compressed, with Content-Type: application/json.",
}
NOT_KEPT: Final = {
    "nl": "Versie {asked} van de regelbank wordt niet bewaard. Versie {kept} antwoordt.",
    "en": "Version {asked} of the rule base is not kept. Version {kept} answers.",
}


def posted(adviser: Adviser, read: Callable[[Any], Asked], keys: Sequence[str] = KEYS) -> Asked:
    """Return what the JSON body of this request says; ``keys`` are those its query may have.

    Raises:
        NotAcceptableError: when the client does not accept JSON.
        UnsupportedBodyError: when the body is not sent as JSON.
        InvalidRequestError: with every mistake in query and body.
        NotFoundError: when another version of the rule base is asked for.
    """
    require_accepted(responses.JSON)
    if not sends(responses.JSON, "identity"):
        raise UnsupportedBodyError(AS_JSON)
    in_query = [*queries.mistakes_in(keys), *queries.unknown_keys(keys)]
    try:
        asked = decoded(read, read_body())
    except MistakesError as error:
        raise InvalidRequestError(query=in_query, body=error.mistakes) from None
    if in_query:
        raise InvalidRequestError(query=in_query)
    require_version(adviser)
    g.course.decoded()
    return asked


def require_accepted(produced: str) -> None:
    """Refuse a client that does not accept the media type.

    Raises:
        NotAcceptableError: then.
    """
    if not accepts(produced):
        raise NotAcceptableError(produced)


def require_version(adviser: Adviser) -> None:
    """Refuse a request that asks for another version of the rule base.

    Raises:
        NotFoundError: then.
    """
    asked, kept = request.args.get(queries.RULE_BASE), adviser.rule_base.version
    if asked is not None and asked != kept:
        raise NotFoundError(NOT_KEPT[asked_language()].format(asked=shown(asked), kept=kept))


def detail(usual: str = "full") -> str:
    """Return how much detail is asked for; ``usual`` when the query does not say."""
    return request.args.get(queries.DETAIL, usual)
