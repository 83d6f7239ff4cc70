"""The steps that requests for advice share: media types, query, strict body, version of the rule base.

Gathers the mistakes in query and body before any of them is reported. Knows no resource: what a body
means is the caller's ``read``, which turns decoded JSON into a value or raises every mistake in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from service.advice.adviser import Adviser
from service.web import current, queries, responses
from service.web.bodies import read_body
from service.web.mistakes import MistakesError
from service.web.negotiation import accepts, asked_language, sends
from service.web.problems import InvalidRequestError, NotAcceptableError, UnsupportedBodyError
from service.web.strict_json import decoded
from service.web.versions import Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Asked = TypeVar("Asked")

WITHOUT_DETAIL: Final = (queries.LANGUAGE, queries.RULE_BASE)
"""The keys of the query that every request about a profile may have."""
KEYS: Final = (queries.DETAIL, *WITHOUT_DETAIL)
"""The keys that a request for advice may have."""
KEPT: Final = 256
"""Ways to ask of which is kept what they ask for; clients of one kind ask the same way."""
USUAL: Final = "full"
"""How much detail there is when the query does not say."""
AS_JSON: Final = {
    "nl": "Stuur de body als JSON, ongecomprimeerd, met Content-Type: application/json.",
    "en": "Send the body as JSON, not compressed, with Content-Type: application/json.",
}


Said: TypeAlias = tuple[str, str, str, str, str, tuple[str, ...]]
"""The query, the headers that say how is asked, and the keys that the query may have."""


class _Manner:
    """How is asked, of which nothing is looked at but what is said of it.

    Whether JSON is accepted and sent, mistakes in the query, and what the query chooses.
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.accepts = accepts(responses.JSON)
        self.sends = sends(responses.JSON, "identity")
        self.mistakes = queries.mistakes(keys)
        self.version = queries.chosen(queries.RULE_BASE, "")
        self.language = asked_language()
        self.detail = detail()


_manners: Final[dict[Said, _Manner]] = {}


def _closely(_body: bytes) -> None:
    """See nothing at a glance."""


def posted(
    versions: Versions,
    read: Callable[[Any], Asked],
    keys: tuple[str, ...] = KEYS,
    at_a_glance: Callable[[bytes], Asked | None] = _closely,
) -> tuple[Adviser, Asked, str, str]:
    """Return who is asked, for what, in which language and how much detail; ``keys`` are those the query may have.

    ``read`` makes of what the JSON body says what is asked; ``at_a_glance`` makes the same of the body, or gives up.

    Raises:
        NotAcceptableError: when the client does not accept JSON.
        UnsupportedBodyError: when the body is not sent as JSON.
        InvalidRequestError: with every mistake in query and body.
        NotFoundError: when a version of the rule base is asked for that is not kept.
    """
    environ = current.environ()
    manner = _manner(environ, keys)
    if not manner.accepts:
        raise NotAcceptableError(responses.JSON)
    if not manner.sends:
        raise UnsupportedBodyError(AS_JSON)
    body = read_body(environ)
    asked = at_a_glance(body)
    if asked is None:
        try:
            asked = decoded(read, body)
        except MistakesError as error:
            raise InvalidRequestError(query=manner.mistakes, body=error.mistakes) from None
    if manner.mistakes:
        raise InvalidRequestError(query=manner.mistakes)
    adviser = versions.named(manner.version)
    current.exchange().course.decoded()
    return adviser, asked, manner.language, manner.detail


def _manner(environ: WSGIEnvironment, keys: tuple[str, ...]) -> _Manner:
    """Return how is asked, by a request of which the server says this."""
    said = (
        environ["QUERY_STRING"],
        environ.get("HTTP_ACCEPT", ""),
        environ.get("HTTP_ACCEPT_LANGUAGE", ""),
        environ.get("CONTENT_TYPE", ""),
        environ.get("HTTP_CONTENT_ENCODING", ""),
        keys,
    )
    manner = _manners.get(said)
    if manner is None:
        manner = _Manner(keys)
        if len(_manners) >= KEPT:
            _manners.clear()
        _manners[said] = manner
    return manner


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
