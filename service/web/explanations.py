"""Explanations of one form: POST with a profile, a form and an aim."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, TypeAlias

from flask import Blueprint, Response

from service.advice.adviser import Adviser
from service.advice.explanation.question import FIRST, PLACES, Question
from service.knowledge.model import Kind, Profile
from service.web import responses
from service.web.asking import WITHOUT_DETAIL, posted
from service.web.mistakes import Mistake, MistakesError, unknown_properties
from service.web.schemas import ProfileSchema
from service.web.versions import Versions

PROPERTIES: Final = ("profile", "form", "aim")
WITHOUT_RISK: Final = "withoutRisk"
FORMS: Final = "/v1/forms"
RISKS: Final = "/v1/risks"

Asked: TypeAlias = tuple[Profile, Question]


def explanations(versions: Versions) -> Blueprint:
    """Make the route of explanations."""
    blueprint = Blueprint("explanations", __name__)
    reader = _Reader(versions.default)

    @blueprint.post("/recommendations/_explain")
    def explain() -> Response:
        adviser, (profile, question), language, _ = posted(versions, reader.read, WITHOUT_DETAIL)
        body = adviser.explain(profile, question, language=language)
        return responses.answer(body, language, responses.NO_STORE)

    return blueprint


class _Reader:
    """Reads what is asked; gathers the mistakes in all parts before any is reported."""

    def __init__(self, adviser: Adviser) -> None:
        self._schema = ProfileSchema(adviser.rule_base)
        self._forms = tuple(adviser.rule_base.catalogue[Kind.FORMS])
        self._risks = tuple(adviser.rule_base.catalogue[Kind.RISKS])

    def read(self, data: Any) -> Asked:
        """Return the profile and the question in decoded JSON.

        Raises:
            MistakesError: with every mistake.
        """
        if not isinstance(data, dict):
            raise MistakesError([Mistake("request", values={"properties": ", ".join(PROPERTIES)})])
        mistakes = unknown_properties(data, PROPERTIES)
        profile = self._schema.in_body(data, mistakes)
        form = self._form(data, mistakes)
        place, risk = self._aim(data.get("aim", FIRST), mistakes)
        if mistakes:
            raise MistakesError(mistakes)
        return profile, Question(form, place, risk)

    def _form(self, data: dict[str, Any], mistakes: list[Mistake]) -> str:
        if "form" not in data:
            mistakes.append(Mistake("missing", ("form",), known=self._forms, listed_at=FORMS))
            return ""
        return _one_of(data["form"], self._forms, ("form",), FORMS, mistakes)

    def _aim(self, aim: Any, mistakes: list[Mistake]) -> tuple[str, str | None]:
        if isinstance(aim, str):
            return _one_of(aim, PLACES, ("aim",), "", mistakes), None
        if not isinstance(aim, dict):
            mistakes.append(Mistake("aim", ("aim",), {"places": ", ".join(PLACES)}))
            return FIRST, None
        mistakes += unknown_properties(aim, (WITHOUT_RISK,), ("aim",))
        if WITHOUT_RISK not in aim:
            mistakes.append(Mistake("missing", ("aim", WITHOUT_RISK), known=self._risks, listed_at=RISKS))
            return FIRST, None
        return FIRST, _one_of(aim[WITHOUT_RISK], self._risks, ("aim", WITHOUT_RISK), RISKS, mistakes)


def _one_of(value: Any, known: Collection[str], path: tuple[str, ...], listed_at: str, mistakes: list[Mistake]) -> str:
    if not isinstance(value, str):
        mistakes.append(Mistake("text", path, known=tuple(known), listed_at=listed_at))
    elif value not in known:
        mistakes.append(Mistake("choice", path, {"value": value}, tuple(known), listed_at))
    return value if isinstance(value, str) else ""
