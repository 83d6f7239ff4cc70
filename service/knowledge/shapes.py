"""Checking the shape of rule files against the JSON Schemas beside them, in gentle words.

The only module that imports jsonschema, jsonschema_rs and referencing. Knows nothing of ids: whatever they refer to is
checked elsewhere, so the generated schema of names is replaced by a permissive one. jsonschema_rs tells at a glance
that a file is right, which saves a quarter of the start; what is wrong with one that is not, jsonschema says, which is
loaded only then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import jsonschema_rs

from service.knowledge.findings import choose_from
from service.knowledge.names_schema import permissive_names
from service.knowledge.parts import Part, Report

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

Error: TypeAlias = Any
"""A jsonschema ValidationError, whose own types are unions that say nothing of a given keyword."""
Words: TypeAlias = Iterator[tuple[tuple[str, ...], str, str, str, str]]
"""What to report of an error: (path below the error's own, check, what, why, how)."""

NAMES: Final = "names.schema.json"
LANGUAGE_NAMES: Final = {"nl": "Dutch", "en": "English"}
_TYPES: Final = {
    "object": "a mapping (name: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
}


def check_shape(part: Part, kind: str, schema_directory: Path, report: Report) -> None:
    """Report everything in a file that has not the shape of its kind (``rules``, ``sources``, …)."""
    for path, value in _written_as_fractions(part.data):
        place = reduce(_below, path, part)
        what = f"{_name(place)} is {value}, which is written as a fraction."
        report.add(place, "wrong-shape", what, "Numbers here are whole.", f"Write {value:.0f}.")
    if _glance(schema_directory, kind).is_valid(part.data):
        return
    for error in _validator(schema_directory, kind).iter_errors(cast("Any", part.data)):
        place = reduce(_below, error.absolute_path, part)
        if not isinstance(error.validator, str) or error.validator not in _SAY:
            report.add(place, "wrong-shape", _sentence(error.message), "", "Mend it.")
            continue
        for below, check, what, why, how in _SAY[error.validator](error, place):
            culprit = place
            for key in below:
                culprit = _below(culprit, key)
            report.add(culprit, check, what, why, how)


def _written_as_fractions(value: object, *path: str | int) -> Iterator[tuple[tuple[str | int, ...], float]]:
    """Yield where there are numbers such as 3.0, which are whole to JSON Schema, and not here."""
    if isinstance(value, dict | list):
        for step, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _written_as_fractions(below, *path, step)
    elif isinstance(value, float) and value.is_integer():
        yield path, value


@lru_cache(maxsize=32)
def _glance(directory: Path, kind: str) -> jsonschema_rs.Draft202012Validator:
    registry = jsonschema_rs.Registry(
        [(f"json-schema:///{name}", schema) for name, schema in _schemas(directory).items()],
        draft=jsonschema_rs.Draft202012,
    )
    return jsonschema_rs.Draft202012Validator({"$ref": f"json-schema:///{kind}.schema.json"}, registry=registry)


@lru_cache(maxsize=32)
def _validator(directory: Path, kind: str) -> Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 -- a tenth of the start, for what is wrong only
    from referencing import Registry, Resource  # noqa: PLC0415 -- the same

    schemas: Registry[Any] = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in _schemas(directory).items()
    )
    validator: Validator = Draft202012Validator({"$ref": f"{kind}.schema.json"}, registry=schemas)
    return validator


@lru_cache(maxsize=4)
def _schemas(directory: Path) -> dict[str, Any]:
    schemas = {
        path.name: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(directory.glob("*.schema.json"))
        if path.name != NAMES
    }
    return {**schemas, NAMES: permissive_names()}


def _below(part: Part, step: str | int) -> Part:
    if isinstance(step, str):
        return part[step]
    return next(item for item in part.items() if item.path[-1] == step)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _name(place: Part) -> str:
    """Name a place: its key, its id, or what it is an entry of."""
    if not place.path:
        return "The file"
    own = place.mapping.get("id")
    if isinstance(own, str):
        return f"'{own}'"
    last = place.path[-1]
    if isinstance(last, str):
        return f"'{last}'"
    holder = next((key for key in reversed(place.path) if isinstance(key, str)), "the list")
    return f"Entry {last + 1} of '{holder}'"


def _described(schema: Mapping[str, Any], name: str) -> str:
    described = schema.get("properties", {}).get(name, {}).get("description", "")
    return str(described)


def _missing(error: Error, place: Part) -> Words:
    absent = [name for name in error.validator_value if name not in place]
    name = next(name for name in absent if repr(name) in error.message)
    if name in LANGUAGE_NAMES:
        yield _untranslated((), name, place)
    elif name == "sources" and place.path:
        yield _sourceless((), place)
    else:
        yield (
            (),
            "wrong-shape",
            f"{_name(place)} has no '{name}'.",
            _described(error.schema, name),
            f"Add '{name}: …'.",
        )


def _untranslated(below: tuple[str, ...], language: str, place: Part) -> tuple[Any, ...]:
    holder = place if not below and place.path[-1:] != (language,) else None
    named = _name(holder) if holder else f"'{place.path[-2]}'"
    return (
        below,
        "missing-translation",
        f"{named} has no {LANGUAGE_NAMES[language]} text ('{language}').",
        "The service says everything in Dutch and in English.",
        f"Write it after '{language}:'.",
    )


def _sourceless(below: tuple[str, ...], place: Part) -> tuple[Any, ...]:
    return (
        below,
        "missing-source",
        f"{_name(place)} names no source.",
        "A reader has to be able to see where it comes from.",
        "Name at least one id of sources.yaml under 'sources'.",
    )


def _unknown(error: Error, place: Part) -> Words:
    known = list(error.schema.get("properties", {}))
    for name in place.mapping:
        if name not in known:
            yield (
                (name,),
                "wrong-shape",
                f"'{name}' is not a property of {_inside(place)}.",
                f"Properties here are: {', '.join(known)}.",
                choose_from(name, known, "") + " Otherwise take it away.",
            )


def _inside(place: Part) -> str:
    name = _name(place)
    return name[0].lower() + name[1:]


def _type(error: Error, place: Part) -> Words:
    allowed = error.validator_value
    names = [allowed] if isinstance(allowed, str) else allowed
    wanted = " or ".join(_TYPES[name] for name in names)
    described = str(error.schema.get("description", "The service cannot read it otherwise."))
    how = f"Write {wanted}."
    if set(error.schema.get("properties", ())) == set(LANGUAGE_NAMES):
        how = "Write it in both languages: {nl: …, en: …}."
    elif names == ["string"] and isinstance(error.instance, int | float):
        how = "Put it between quotes."
    found = "is empty" if error.instance is None else f"is {_kind(error.instance)}"
    yield (), "wrong-shape", f"{_name(place)} must be {wanted}, and {found}.", described, how


def _kind(value: object) -> str:
    kinds: tuple[tuple[type, str], ...] = (
        (dict, "a mapping"),
        (list, "a list"),
        (bool, f"{str(value).lower()}"),
        (str, f"the text '{value}'"),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), f"{value}")


def _choice(error: Error, place: Part) -> Words:
    allowed = [str(value) for value in error.validator_value]
    yield (
        (),
        "wrong-shape",
        f"{_name(place)} cannot be {_kind(error.instance)}.",
        str(error.schema.get("description", "")),
        choose_from(str(error.instance), allowed, f"Choose one of: {', '.join(allowed)}."),
    )


def _constant(error: Error, place: Part) -> Words:
    yield (
        (),
        "wrong-shape",
        f"{_name(place)} cannot be {_kind(error.instance)}.",
        str(error.schema.get("description", "Its value and its place in the order are fixed.")),
        f"Write '{error.validator_value}'.",
    )


def _pattern(error: Error, place: Part) -> Words:
    if place.path[-1:] and place.path[-1] in LANGUAGE_NAMES and not str(error.instance).strip():
        yield _untranslated((), str(place.path[-1]), place)
        return
    what = f"{_name(place)} is '{error.instance}', which is not well formed."
    if not str(error.instance).strip():
        what = f"{_name(place)} is empty."
    examples = error.schema.get("examples")
    how = f"Write it like '{examples[0]}'." if examples else "Write it as described."
    yield (), "wrong-shape", what, str(error.schema.get("description", "")), how


def _too_few(error: Error, place: Part) -> Words:
    if place.path[-1:] == ("sources",) and len(place.path) > 1:
        holder = "the entry" if isinstance(place.path[-2], int) else f"'{place.path[-2]}'"
        yield (
            (),
            "missing-source",
            f"'sources' of {holder} is empty.",
            "A reader has to be able to see where it comes from.",
            "Name at least one id of sources.yaml.",
        )
        return
    yield (
        (),
        "wrong-shape",
        f"{_name(place)} has {len(error.instance)} entries, and needs {error.validator_value}.",
        str(error.schema.get("description", "")),
        "Add what is missing.",
    )


def _too_many(error: Error, place: Part) -> Words:
    yield (
        (),
        "wrong-shape",
        f"{_name(place)} has {len(error.instance)} entries, and {error.validator_value} at most.",
        str(error.schema.get("description", "")),
        "Take away what is too much.",
    )


def _bound(error: Error, place: Part) -> Words:
    word = "at least" if error.validator == "minimum" else "at most"
    yield (
        (),
        "wrong-shape",
        f"{_name(place)} is {error.instance}, and must be {word} {error.validator_value}.",
        str(error.schema.get("description", "")),
        f"Write a whole number that is {word} {error.validator_value}.",
    )


_SAY: Final[Mapping[str, Callable[[Error, Part], Words]]] = {
    "required": _missing,
    "additionalProperties": _unknown,
    "type": _type,
    "enum": _choice,
    "const": _constant,
    "pattern": _pattern,
    "minItems": _too_few,
    "minProperties": _too_few,
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "minimum": _bound,
    "maximum": _bound,
}
