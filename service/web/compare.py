"""What changes of a profile move in the advice."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response

from service.advice.comparison import Variant
from service.knowledge.model import Profile
from service.web import responses
from service.web.asking import WITHOUT_DETAIL, posted
from service.web.mistakes import Mistake, MistakesError, unknown_properties
from service.web.schemas import ProfileSchema
from service.web.versions import Versions

PROPERTIES: Final = ("profile", "variants")
OF_A_VARIANT: Final = ("changes", "name", "profile")
MOST_VARIANTS: Final = 20
MOST_NAME_CHARACTERS: Final = 200


def compare(versions: Versions) -> Blueprint:
    """Make the route of comparisons."""
    blueprint = Blueprint("compare", __name__)
    schema = ProfileSchema(versions.default.rule_base)

    def read(data: Any) -> tuple[Profile, list[Variant]]:
        """Return the profile and the variants.

        Raises:
            MistakesError: with every mistake.
        """
        if not isinstance(data, dict):
            raise MistakesError([Mistake("with-profile")])
        mistakes = unknown_properties(data, PROPERTIES)
        profile = schema.in_body(data, mistakes)
        variants = _variants(schema, data, mistakes)
        if mistakes:
            raise MistakesError(mistakes)
        return profile, variants

    @blueprint.post("/recommendations/_compare")
    def answer() -> Response:
        adviser, (profile, variants), language, _ = posted(versions, read, WITHOUT_DETAIL)
        return responses.answer(adviser.compare(profile, variants, language=language), language, responses.NO_STORE)

    return blueprint


def _variants(schema: ProfileSchema, data: dict[str, Any], mistakes: list[Mistake]) -> list[Variant]:
    given = data.get("variants")
    place, bounds = ("variants",), {"most": MOST_VARIANTS}
    if "variants" not in data or given == []:
        mistakes.append(Mistake("no-variants", place, bounds))
        return []
    if not isinstance(given, list):
        mistakes.append(Mistake("variants", place, bounds))
        return []
    if len(given) > MOST_VARIANTS:
        mistakes.append(Mistake("variants-size", place, bounds))
    return [_variant(schema, one, ("variants", index), mistakes) for index, one in enumerate(given[:MOST_VARIANTS])]


def _variant(schema: ProfileSchema, data: Any, place: tuple[str | int, ...], mistakes: list[Mistake]) -> Variant:
    if not isinstance(data, dict):
        mistakes.append(Mistake("variant", place))
        return Variant("")
    mistakes += unknown_properties(data, OF_A_VARIANT, place)
    mistakes += _mistakes_in_name(data, place)
    if "changes" in data and "profile" in data:
        mistakes.append(Mistake("changes-and-profile", (*place, "profile")))
    if "profile" in data:
        return Variant(str(data.get("name")), profile=schema.in_body(data, mistakes, place))
    return Variant(str(data.get("name")), changes=schema.changes(data, mistakes, place))


def _mistakes_in_name(data: dict[str, Any], place: tuple[str | int, ...]) -> list[Mistake]:
    path, values = (*place, "name"), {"most": MOST_NAME_CHARACTERS}
    name = data.get("name")
    if name is None or name == "":
        return [Mistake("null" if "name" in data and name is None else "no-name", path)]
    if not isinstance(name, str):
        return [Mistake("name", path)]
    if len(name) > MOST_NAME_CHARACTERS:
        return [Mistake("id-size", path, values)]
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return [Mistake("id-characters", path)]
    return []
