"""How two versions of the contract differ for those who use it, and which version number that asks for.

Additions ask for a new minor version, removals and what narrows a request or changes a type for a new
major one, words for a patch. Schemas are compared where they are used, references followed.

Source: https://semver.org, and the section *Versions* of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, TypeAlias

Document: TypeAlias = Mapping[str, Any]
METHODS: Final = ("get", "post", "put", "patch", "delete")
MOST: Final = ("maximum", "maxLength", "maxItems")
LEAST: Final = ("minimum", "minLength", "minItems")
EXACT: Final = (
    "type",
    "format",
    "pattern",
    "const",
    "default",
    "additionalProperties",
    "uniqueItems",
    "style",
    "explode",
)


class Level(IntEnum):
    """Which number of the version a change asks to be raised."""

    NONE = 0
    MINOR = 1
    MAJOR = 2


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """One difference: how much it weighs, where it is, and what it is."""

    level: Level
    place: str
    what: str


def changes(old: Document, new: Document) -> list[Change]:
    """Return every difference that a client can notice, those that weigh most first."""
    found = set(_Comparison(old, new).paths())
    return sorted(found, key=lambda one: (-one.level, one.place, one.what))


def asked_version(old: str, found: Iterable[Change]) -> str:
    """Return the lowest version that the changes allow after ``old``.

    >>> asked_version("1.2.3", [Change(Level.MINOR, "/goals", "is new")])
    '1.3.0'
    >>> asked_version("1.2.3", [])
    '1.2.3'
    """
    major, minor, patch = (int(number) for number in old.split("."))
    level = max((one.level for one in found), default=Level.NONE)
    if level is Level.MAJOR:
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if level is Level.MINOR else f"{major}.{minor}.{patch}"


@dataclass(slots=True)
class _Comparison:
    old: Document
    new: Document
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def paths(self) -> Iterator[Change]:
        for path, before, after in _pairs(self.old["paths"], self.new["paths"]):
            for method, one, other in _pairs(_operations(before), _operations(after)):
                yield from self._operation(f"{method.upper()} {path}", one, other)

    def _operation(self, place: str, before: Any, after: Any) -> Iterator[Change]:
        if before is None or after is None:
            yield _there(place, before, after)
            return
        if before["operationId"] != after["operationId"]:
            yield Change(Level.MAJOR, place, "has another operationId")
        for name, one, other in _pairs(self._parameters(self.old, before), self._parameters(self.new, after)):
            if one is None or other is None:
                new_duty = one is None and other.get("required", False)
                yield (
                    Change(Level.MAJOR, f"{place} {name}", "is now asked for")
                    if new_duty
                    else _there(f"{place} {name}", one, other)
                )
            else:
                yield from _duty(f"{place} {name}", one.get("required", False), other.get("required", False))
                yield from self._schema(f"{place} {name}", one["schema"], other["schema"], sent=True)
        yield from self._content(f"{place} body", before.get("requestBody"), after.get("requestBody"), sent=True)
        for status, one, other in _pairs(before["responses"], after["responses"]):
            yield from self._response(f"{place} {status}", one, other)

    def _response(self, place: str, before: Any, after: Any) -> Iterator[Change]:
        if before is None or after is None:
            yield _there(place, before, after)
            return
        one, other = _resolved(self.old, before), _resolved(self.new, after)
        for name, had, has in _pairs(one.get("headers", {}), other.get("headers", {})):
            if had is None or has is None:
                yield _there(f"{place} {name}", had, has)
        yield from self._content(place, one, other, sent=False)

    def _content(self, place: str, before: Any, after: Any, *, sent: bool) -> Iterator[Change]:
        for media_type, one, other in _pairs((before or {}).get("content", {}), (after or {}).get("content", {})):
            if one is None or other is None:
                yield _there(f"{place} {media_type}", one, other)
            else:
                yield from self._schema(f"{place} {media_type}", one["schema"], other["schema"], sent=sent)

    def _schema(self, place: str, before: Any, after: Any, *, sent: bool) -> Iterator[Change]:
        pair = (before.get("$ref", ""), after.get("$ref", ""), sent)
        if all(pair[:2]):
            if pair in self.seen:
                return
            self.seen.add(pair)
            place = pair[1].rsplit("/", 1)[-1]
        one, other = _resolved(self.old, before), _resolved(self.new, after)
        yield from _words_of(place, one, other, sent=sent)
        for name, had, has in _pairs(one.get("properties", {}), other.get("properties", {})):
            if had is None or has is None:
                yield _there(f"{place}.{name}", had, has)
            else:
                yield from self._schema(f"{place}.{name}", had, has, sent=sent)
        if "items" in one and "items" in other:
            yield from self._schema(f"{place}[]", one["items"], other["items"], sent=sent)
        for word in ("oneOf", "anyOf", "allOf"):
            had, has = one.get(word, []), other.get(word, [])
            if len(had) != len(has):
                yield Change(Level.MINOR if len(had) < len(has) else Level.MAJOR, place, f"has other parts in {word}")
            parts = zip(_by_type(self.old, had), _by_type(self.new, has), strict=False)
            for number, (part, new_part) in enumerate(parts):
                yield from self._schema(f"{place} {word} {number}", part, new_part, sent=sent)

    def _parameters(self, document: Document, operation: Any) -> dict[str, Any]:
        resolved = [_resolved(document, one) for one in operation.get("parameters", [])]
        return {f"{one['in']} {one['name']}": one for one in resolved}


def _words_of(place: str, one: Any, other: Any, *, sent: bool) -> Iterator[Change]:
    """Compare what a schema says of a value itself."""
    for word in EXACT:
        if one.get(word) != other.get(word):
            yield Change(Level.MAJOR, place, f"has another {word}")
    for word, wider in (*((name, True) for name in MOST), *((name, False) for name in LEAST)):
        had, has = one.get(word), other.get(word)
        if had != has:
            loosened = has is None or (had is not None and (has > had) is wider)
            yield Change(Level.MINOR if loosened or not sent else Level.MAJOR, place, f"has another {word}")
    had, has = set(one.get("enum", ())), set(other.get("enum", ()))
    if had - has:
        yield Change(Level.MAJOR, place, "has fewer values")
    if has - had:
        yield Change(Level.MINOR if had or not sent else Level.MAJOR, place, "has more values")
    for name in sorted(set(one.get("required", ())) ^ set(other.get("required", ()))):
        asked = name in other.get("required", ())
        yield Change(Level.MAJOR if asked is sent else Level.MINOR, f"{place}.{name}", _asked(required=asked))


def _duty(place: str, before: bool, after: bool) -> Iterator[Change]:
    if before != after:
        yield Change(Level.MAJOR if after else Level.MINOR, place, _asked(required=after))


def _asked(*, required: bool) -> str:
    return "must now be there" if required else "may now be left out"


def _there(place: str, before: object, after: object) -> Change:
    """Say of something that only one of the two has that it is new or gone."""
    return (
        Change(Level.MINOR, place, "is new")
        if before is None and after is not None
        else Change(Level.MAJOR, place, "is gone")
    )


def _operations(item: Any) -> dict[str, Any]:
    return {method: item[method] for method in METHODS if item and method in item}


def _pairs(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in sorted(one.keys() | other.keys()):
        yield name, one.get(name), other.get(name)


def _by_type(document: Document, parts: list[Any]) -> list[Any]:
    """Put alternatives beside those of the other contract: which stands first means nothing."""
    return sorted(parts, key=lambda part: str(_resolved(document, part).get("type")))


def _resolved(document: Document, value: Any) -> Any:
    while "$ref" in value:
        found: Any = document
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value
