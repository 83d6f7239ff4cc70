"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

from flask import Blueprint, Response, request

from service.advice.adviser import Adviser
from service.knowledge.model import Profile
from service.web import queries, responses
from service.web.answers import Answers
from service.web.asking import KEYS, detail, posted, require_accepted, require_version
from service.web.mistakes import MistakesError
from service.web.negotiation import asked_language
from service.web.problems import InvalidRequestError
from service.web.schemas import ProfileSchema


def recommendations(adviser: Adviser, most_kept: int) -> Blueprint:
    """Make the routes of advice; at most ``most_kept`` bytes of answers are kept in memory."""
    blueprint = Blueprint("recommendations", __name__)
    answers = Answers(adviser, most_kept)
    schema = ProfileSchema(adviser.rule_base)

    @blueprint.post("/recommendations")
    def recommend() -> Response:
        profile, language = posted(adviser, schema.from_body), asked_language()
        body = answers.advise(profile, language, detail())
        return responses.answer(body, language, responses.NO_STORE)

    @blueprint.get("/recommendations")
    def recommend_by_query() -> Response:
        require_accepted(responses.JSON)
        profile, language = _in_query(schema), asked_language()
        require_version(adviser)
        tag = answers.tag(profile, language, detail())
        body = None if responses.unchanged(tag) else answers.advise(profile, language, detail())
        return responses.answer(body, language, responses.FOR_THIS_READER, tag)

    return blueprint


def _in_query(schema: ProfileSchema) -> Profile:
    mistakes = queries.mistakes_in(KEYS)
    try:
        profile = schema.from_query(request.args, KEYS)
    except MistakesError as error:
        raise InvalidRequestError(query=[*mistakes, *error.mistakes]) from None
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    return profile
