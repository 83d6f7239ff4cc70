"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

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


class _Asked:
    """What a query asks: advice on a profile, and how it is to be said; ``key`` and ``tag`` are its names."""

    def __init__(
        self,
        adviser: Adviser,
        profile: Profile,
        language: str,
        detail: str,
        media_type: str,
        tag: str,
        key: Key | None,
    ) -> None:
        self.adviser, self.profile, self.language, self.detail = adviser, profile, language, detail
        self.media_type, self.tag, self.key = media_type, tag, key


class _Recommendations:
    """The views; what a query asks is kept, for when it comes again."""

    def __init__(self, versions: Versions, most_kept: int) -> None:
        memory = Memory(most_kept)
        self._versions = versions
        self._answers = {adviser: Answers(adviser, memory) for adviser in versions}
        self._schema = schema = ProfileSchema(versions.default.rule_base)
        self._from_body: Callable[[Any], Profile] = schema.from_body
        self._at_body: Callable[[bytes], Profile | None] = schema.at_body
        self._asked: Callable[[str, str, str], _Asked] = lru_cache(ASKED_KEPT)(self._read)

    def recommend(self) -> Response:
        """Answer a POST."""
        adviser, profile, language, chosen = posted(self._versions, self._from_body, KEYS, self._at_body)
        parts = self._answers[adviser].advise(profile, language, chosen, current.exchange().course)
        return responses.answer(parts, language, responses.NO_STORE)

    def recommend_by_query(self) -> Response:
        """Answer a GET."""
        environ = current.environ()
        asked = self._asked(
            environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", ""), environ.get("HTTP_ACCEPT_LANGUAGE", "")
        )
        adviser, language, media_type = asked.adviser, asked.language, asked.media_type
        exchange = current.exchange()
        exchange.rule_base = adviser.rule_base.version
        exchange.course.decoded()
        body: list[bytes] | None = None
        if not responses.unchanged(asked.tag):
            made = self._answers[adviser].advise(asked.profile, language, asked.detail, exchange.course, asked.key)
            body = [as_html(b"".join(made), language)] if media_type == HTML else made
        return _by_query(body, language, asked.tag, media_type)

    def _read(self, query: str, _accepted: str, languages: str) -> _Asked:
        """Read what is asked; of the request nothing is looked at but the query and these headers."""
        schema = self._schema
        media_type = preferred(responses.JSON, HTML)
        if media_type is None:
            raise NotAcceptableError(responses.JSON)
        seen = schema.at_query(query)
        if seen is None:
            profile, language, adviser, chosen = _in_query(schema), asked_language(), self._versions.asked(), detail()
        else:
            profile, said = seen
            language, adviser = said.get(queries.LANGUAGE) or first_language(languages), self._versions.default
            chosen = said.get(queries.DETAIL, USUAL)
        answers = self._answers[adviser]
        tag, key = answers.tag(schema.written(profile), language, chosen), answers.key(profile, language, chosen)
        if media_type == HTML:
            tag = responses.entity_tag(adviser, media_type, tag)
        return _Asked(adviser, profile, language, chosen, media_type, tag, key)


def recommendations(versions: Versions, most_kept: int) -> Blueprint:
    """Make the routes of advice; at most ``most_kept`` bytes of answers are kept in memory."""
    blueprint = Blueprint("recommendations", __name__)
    views = _Recommendations(versions, most_kept)
    blueprint.add_url_rule("/recommendations", "recommend", views.recommend, methods=["POST"])
    blueprint.add_url_rule("/recommendations", "recommend_by_query", views.recommend_by_query, methods=["GET"])
    return blueprint


def _by_query(body: list[bytes] | None, language: str, tag: str, media_type: str) -> Response:
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
