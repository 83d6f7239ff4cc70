"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from flask import Blueprint, Response, request

from service.advice.adviser import Adviser
from service.knowledge.model import Profile
from service.web import current, queries, responses
from service.web.answers import Answers, Key, Memory
from service.web.asking import KEYS, USUAL, detail, posted
from service.web.fragment import HTML, as_html
from service.web.mistakes import MistakesError
from service.web.negotiation import asked_language, first_language, preferred
from service.web.problems import InvalidRequestError, NotAcceptableError
from service.web.schemas import ProfileSchema
from service.web.versions import Versions

ASKED_KEPT: Final = 512
"""Queries of which is kept what they ask, for when the same is asked again; each has some thousand bytes."""


class _Asked(NamedTuple):
    """What a query asks: advice on a profile, and how it is to be said; ``key`` and ``tag`` are its names."""

    adviser: Adviser
    profile: Profile
    language: str
    detail: str
    media_type: str
    tag: str
    key: Key | None


def recommendations(versions: Versions, most_kept: int) -> Blueprint:
    """Make the routes of advice; at most ``most_kept`` bytes of answers are kept in memory."""
    blueprint = Blueprint("recommendations", __name__)
    memory = Memory(most_kept)
    answers_of = {adviser: Answers(adviser, memory) for adviser in versions}
    schema = ProfileSchema(versions.default.rule_base)

    @blueprint.post("/recommendations")
    def recommend() -> Response:
        adviser, profile, language, chosen = posted(versions, schema.from_body, KEYS, schema.at_body)
        body = answers_of[adviser].advise(profile, language, chosen, current.exchange().course)
        return responses.answer(body, language, responses.NO_STORE)

    @lru_cache(ASKED_KEPT)
    def read(query: str, _accepted: str, languages: str) -> _Asked:
        """Read what is asked; of the request nothing is looked at but the query and these headers."""
        media_type = preferred(responses.JSON, HTML)
        if media_type is None:
            raise NotAcceptableError(responses.JSON)
        seen = schema.at_query(query)
        if seen is None:
            profile, language, adviser, chosen = _in_query(schema), asked_language(), versions.asked(), detail()
        else:
            profile, said = seen
            language, adviser = said.get(queries.LANGUAGE) or first_language(languages), versions.default
            chosen = said.get(queries.DETAIL, USUAL)
        answers = answers_of[adviser]
        tag, key = answers.tag(schema.written(profile), language, chosen), answers.key(profile, language, chosen)
        if media_type == HTML:
            tag = responses.entity_tag(adviser, media_type, tag)
        return _Asked(adviser, profile, language, chosen, media_type, tag, key)

    @blueprint.get("/recommendations")
    def recommend_by_query() -> Response:
        environ = current.environ()
        adviser, profile, language, chosen, media_type, tag, key = read(
            environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
        )
        exchange = current.exchange()
        exchange.rule_base = adviser.rule_base.version
        exchange.course.decoded()
        body = None
        if not responses.unchanged(tag):
            body = answers_of[adviser].advise(profile, language, chosen, exchange.course, key)
            body = as_html(body, language) if media_type == HTML else body
        return _by_query(body, language, tag, media_type)

    return blueprint


def _by_query(body: bytes | None, language: str, tag: str, media_type: str) -> Response:
    sent_as = f"{HTML}; charset=utf-8" if media_type == HTML else media_type
    return responses.answer(body, language, responses.FOR_THIS_READER, tag, sent_as, "Accept-Language, Accept")


def _in_query(schema: ProfileSchema) -> Profile:
    mistakes = queries.mistakes_in(KEYS)
    try:
        profile = schema.from_query(request.args, KEYS)
    except MistakesError as error:
        raise InvalidRequestError(query=[*mistakes, *error.mistakes]) from None
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    return profile
