"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request

from service.advice.adviser import Adviser
from service.knowledge.model import Profile
from service.web import queries, responses
from service.web.asking import KEYS, detail, posted, require_accepted, require_version
from service.web.mistakes import MistakesError
from service.web.negotiation import asked_language
from service.web.problems import InvalidRequestError
from service.web.schemas import ProfileSchema


def recommendations(adviser: Adviser) -> Blueprint:
    """Make the routes of advice."""
    blueprint = Blueprint("recommendations", __name__)
    schema = ProfileSchema(adviser.rule_base)

    @blueprint.post("/recommendations")
    def recommend() -> Response:
        profile, language = posted(adviser, schema.from_body), asked_language()
        body = adviser.advise(profile, language=language, detail=detail())
        return responses.answer(body, language, responses.NO_STORE)

    @blueprint.get("/recommendations")
    def recommend_by_query() -> Response:
        require_accepted(responses.JSON)
        profile, language = _in_query(schema), asked_language()
        require_version(adviser)
        tag = responses.entity_tag(adviser, "advice", language, detail(), _canonical(profile))
        body = None
        if not responses.unchanged(tag):
            body = adviser.advise(profile, language=language, detail=detail())
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


def _canonical(profile: Profile) -> str:
    return json.dumps(
        {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()},
        sort_keys=True,
    )
