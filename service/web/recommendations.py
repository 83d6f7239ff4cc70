"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from service.knowledge.model import Profile
from service.web import queries, responses
from service.web.answers import Answers, Memory
from service.web.asking import KEYS, detail, posted
from service.web.fragment import HTML, as_html
from service.web.mistakes import MistakesError
from service.web.negotiation import asked_language, preferred
from service.web.problems import InvalidRequestError, NotAcceptableError
from service.web.schemas import ProfileSchema
from service.web.versions import Versions


def recommendations(versions: Versions, most_kept: int) -> Blueprint:
    """Make the routes of advice; at most ``most_kept`` bytes of answers are kept in memory."""
    blueprint = Blueprint("recommendations", __name__)
    memory = Memory(most_kept)
    answers_of = {adviser: Answers(adviser, memory) for adviser in versions}
    schema = ProfileSchema(versions.default.rule_base)

    @blueprint.post("/recommendations")
    def recommend() -> Response:
        (adviser, profile), language = posted(versions, schema.from_body), asked_language()
        body = answers_of[adviser].advise(profile, language, detail(), g.course)
        return responses.answer(body, language, responses.NO_STORE)

    @blueprint.get("/recommendations")
    def recommend_by_query() -> Response:
        media_type = preferred(responses.JSON, HTML)
        if media_type is None:
            raise NotAcceptableError(responses.JSON)
        profile, language = _in_query(schema), asked_language()
        adviser = versions.asked()
        answers = answers_of[adviser]
        tag = answers.tag(profile, language, detail())
        if media_type == HTML:
            tag = responses.entity_tag(adviser, media_type, tag)
        body = None
        if not responses.unchanged(tag):
            body = answers.advise(profile, language, detail(), g.course)
            body = as_html(body, language) if media_type == HTML else body
        return _by_query(body, language, tag, media_type)

    return blueprint


def _by_query(body: bytes | None, language: str, tag: str, media_type: str) -> Response:
    sent_as = f"{HTML}; charset=utf-8" if media_type == HTML else media_type
    response = responses.answer(body, language, responses.FOR_THIS_READER, tag, sent_as)
    response.vary.add("Accept")
    return response


def _in_query(schema: ProfileSchema) -> Profile:
    mistakes = queries.mistakes_in(KEYS)
    try:
        profile = schema.from_query(request.args, KEYS)
    except MistakesError as error:
        raise InvalidRequestError(query=[*mistakes, *error.mistakes]) from None
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    g.course.decoded()
    return profile
