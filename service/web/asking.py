"""The steps that requests for advice share: media types, query, strict body, version of the rule base.

Gathers the mistakes in query and body before any of them is reported. Knows no resource: what a body
means is the caller's ``read``, which turns decoded JSON into a value or raises every mistake in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from service.advice.adviser import Adviser
from service.web import current, queries, responses
from service.web.bodies import read_body
from service.web.mistakes import MistakesError
from service.web.negotiation import accepts, sends
from service.web.problems import InvalidRequestError, NotAcceptableError, UnsupportedBodyError
from service.web.strict_json import decoded
from service.web.versions import Versions

Asked = TypeVar("Asked")

WITHOUT_DETAIL: Final = (queries.LANGUAGE, queries.RULE_BASE)
"""The keys of the query that every request about a profile may have."""
KEYS: Final = (queries.DETAIL, *WITHOUT_DETAIL)
"""The keys that a request for advice may have."""
USUAL: Final = "full"
"""How much detail there is when the query does not say."""
AS_JSON: Final = {
    "nl": "Stuur de body als JSON, ongecomprimeerd, met Content-Type: application/json.",
    "en": "Send the body as JSON, not compressed, with Content-Type: application/json.",
}


def posted(versions: Versions, read: Callable[[Any], Asked], keys: tuple[str, ...] = KEYS) -> tuple[Adviser, Asked]:
    """Return who is asked, and what the JSON body of this request says; ``keys`` are those its query may have.

    Raises:
        NotAcceptableError: when the client does not accept JSON.
        UnsupportedBodyError: when the body is not sent as JSON.
        InvalidRequestError: with every mistake in query and body.
        NotFoundError: when a version of the rule base is asked for that is not kept.
    """
    require_accepted(responses.JSON)
    if not sends(responses.JSON, "identity"):
        raise UnsupportedBodyError(AS_JSON)
    in_query = queries.mistakes(keys)
    try:
        asked = decoded(read, read_body())
    except MistakesError as error:
        raise InvalidRequestError(query=in_query, body=error.mistakes) from None
    if in_query:
        raise InvalidRequestError(query=in_query)
    adviser = versions.asked()
    current.exchange().course.decoded()
    return adviser, asked


def require_accepted(produced: str) -> None:
    """Refuse a client that does not accept the media type.

    Raises:
        NotAcceptableError: then.
    """
    if not accepts(produced):
        raise NotAcceptableError(produced)


def detail(usual: str = USUAL) -> str:
    """Return how much detail is asked for; ``usual`` when the query does not say."""
    return queries.chosen(queries.DETAIL, usual)
