"""What to ask next about a profile."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response

from service.knowledge.model import Profile
from service.web import responses
from service.web.asking import WITHOUT_DETAIL, posted
from service.web.mistakes import Mistake, MistakesError, unknown_properties
from service.web.schemas import ProfileSchema
from service.web.versions import Versions

PROPERTIES: Final = ("profile", "skip")


def interview(versions: Versions) -> Blueprint:
    """Make the route of interviews."""
    blueprint = Blueprint("interview", __name__)
    schema = ProfileSchema(versions.default.rule_base)

    def read(data: Any) -> tuple[Profile, frozenset[str]]:
        """Return the profile and the facts not to ask about.

        Raises:
            MistakesError: with every mistake.
        """
        if not isinstance(data, dict):
            raise MistakesError([Mistake("with-profile")])
        mistakes = unknown_properties(data, PROPERTIES)
        profile = schema.in_body(data, mistakes)
        skip = schema.fact_ids(data.get("skip", []), "skip", mistakes)
        if mistakes:
            raise MistakesError(mistakes)
        return profile, skip

    @blueprint.post("/recommendations/_interview")
    def ask() -> Response:
        adviser, (profile, skip), language, _ = posted(versions, read, WITHOUT_DETAIL)
        return responses.answer(adviser.ask(profile, skip, language=language), language, responses.NO_STORE)

    return blueprint
