"""Advice on a profile: POST with a body, GET with a query."""

from __future__ import annotations

import json

from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from service.advice.adviser import Adviser
from service.knowledge.model import Profile
from service.web import queries, responses
from service.web.bodies import read_body
from service.web.mistakes import Mistake, shown
from service.web.negotiation import accepts, asked_language, sends_json
from service.web.problems import InvalidRequestError, NotAcceptableError, NotFoundError
from service.web.schemas import InvalidProfileError, ProfileSchema
from service.web.strict_json import read_json

KEYS = (queries.DETAIL, queries.LANGUAGE, queries.RULE_BASE)
NOT_KEPT = {
    "nl": "Versie {asked} van de regelbank wordt niet bewaard. Versie {kept} antwoordt.",
    "en": "Version {asked} of the rule base is not kept. Version {kept} answers.",
}


def recommendations(adviser: Adviser) -> Blueprint:
    """Make the routes of advice."""
    blueprint = Blueprint("recommendations", __name__)
    schema = ProfileSchema(adviser.rule_base)

    @blueprint.post("/recommendations")
    def recommend() -> Response:
        _require_json_accepted()
        if not sends_json():
            raise UnsupportedMediaType
        mistakes = [*queries.mistakes_in(KEYS), *queries.unknown_keys(KEYS)]
        profile, in_body = _decoded(schema, read_body())
        language = asked_language()
        if mistakes or in_body or profile is None:
            raise InvalidRequestError(query=mistakes, body=in_body)
        _require_version(adviser, language)
        body = adviser.advise(profile, language=language, detail=_detail())
        return responses.answer(body, language, responses.NO_STORE)

    @blueprint.get("/recommendations")
    def recommend_by_query() -> Response:
        _require_json_accepted()
        language = asked_language()
        mistakes = queries.mistakes_in(KEYS)
        profile: Profile = {}
        try:
            profile = schema.from_query(request.args, KEYS)
        except InvalidProfileError as error:
            mistakes.extend(error.mistakes)
        if mistakes:
            raise InvalidRequestError(query=mistakes)
        _require_version(adviser, language)
        tag = responses.entity_tag(adviser, "advice", language, _detail(), _canonical(profile))
        body = None
        if not responses.unchanged(tag):
            body = adviser.advise(profile, language=language, detail=_detail())
        return responses.answer(body, language, responses.FOR_THIS_READER, tag)

    return blueprint


def _decoded(schema: ProfileSchema, body: bytes) -> tuple[Profile | None, list[Mistake]]:
    data, mistakes = read_json(body)
    if data is None and mistakes:
        return None, mistakes
    try:
        return schema.from_body(data), mistakes
    except InvalidProfileError as error:
        return None, [*mistakes, *error.mistakes]


def _detail() -> str:
    return request.args.get(queries.DETAIL, "full")


def _require_json_accepted() -> None:
    if not accepts(responses.JSON):
        raise NotAcceptableError(responses.JSON)


def _require_version(adviser: Adviser, language: str) -> None:
    asked, kept = request.args.get(queries.RULE_BASE), adviser.rule_base.version
    if asked is not None and asked != kept:
        raise NotFoundError(NOT_KEPT[language].format(asked=shown(asked), kept=kept))


def _canonical(profile: Profile) -> str:
    return json.dumps(
        {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()},
        sort_keys=True,
    )
