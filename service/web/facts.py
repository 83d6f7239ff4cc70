"""The facts of a profile as text: read at a glance where all is right for sure, and written in one way only.

What a glance gives up on is looked at closely, by ``strict_json`` and ``schemas``; both ways say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from mypy_extensions import i64, mypyc_attr

from service.advice.json_text import decode
from service.knowledge.model import Fact, FactType, Profile, Value
from service.web.known_texts import WORD, KnownTexts, begin, end_of

MOST_NUMBERS: Final = 1000
"""Of a fact with more values than these, none is kept beforehand."""
MOST_BYTES: Final = 16_384
"""Of a body that is looked at by its pieces; a profile with every fact has about 4 KiB."""
COLONS: Final = (": ", ":")
"""How encoders write one."""
OPENED: Final = 123
CLOSED: Final = 125
SET_CLOSED: Final = 93


def plain_json(body: bytes, most_depth: int) -> object | None:
    """Return the data of a body that is right for sure, None when it has to be looked at more closely.

    A colon stands behind every name and else only in texts: as many colons as names means that no name stands
    twice. Numbers that are not integers, and nesting, are left to the closer look.
    """
    if body.count(b"{") + body.count(b"[") > most_depth:
        return None
    try:
        data = decode(body)
    except ValueError:
        return None
    names = 0
    waiting: list[object] = [data]
    for value in waiting:
        if isinstance(value, dict):
            names += len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, float):
            return None
    return data if names == body.count(b":") else None


class _Right:
    """What is right for a fact: of which kind its value is, which values there are, and how many of a set.

    ``said`` has each value, of a set each member, as it stands in JSON; a value with the name before it. ``place`` is
    that of the fact in the order of the names.
    """

    def __init__(self, fact: Fact, place: int) -> None:
        self.id, self.required, self.place = fact.id, fact.required, place
        self.flag = fact.type is FactType.FLAG
        self.number = fact.type in (FactType.SCALE, FactType.INTEGER)
        self.set = fact.type is FactType.SET
        self.low, self.high = fact.minimum or 0, fact.maximum or 0
        self.ordered = sorted([] if self.flag or self.number else [option.id for option in fact.options])
        self.ids = frozenset(self.ordered)
        self.most = len(self.ids) if fact.maximum is None else fact.maximum
        self.name = json.dumps(fact.id) + ": "
        before = "" if self.set else self.name
        self.said = {one: before + json.dumps(one) for one in self.values()}
        self.members = KnownTexts([json.dumps(one).encode() for one in self.ordered if self.set])

    def values(self) -> list[Value]:
        """Return all values, of a set its members, in order; none when there are too many to be kept."""
        if self.flag:
            return [False, True]
        if self.number:
            return [*range(self.low, self.high + 1)] if self.high - self.low < MOST_NUMBERS else []
        return [*self.ordered]

    def in_bodies(self) -> Iterator[tuple[str, _Piece]]:
        """Yield the pieces of a body that the fact begins with, up to a comma: with its value, or part of a set."""
        for name in (json.dumps(self.id) + colon for colon in COLONS):
            for one in self.values():
                text, alone = json.dumps(one), _set([str(one)], self) if self.set else one
                if alone is not None:
                    yield name + (f"[{text}]" if self.set else text), _Piece(self.id, alone, self)
                if self.set:
                    yield f"{name}[{text}", _Piece(self.id, one, self, goes_on=True)
            if self.set:
                yield name + "[]", _Piece(self.id, frozenset(), self)


@mypyc_attr(acyclic=True)
class _Piece:
    """A piece of a body or of a query: a fact and one of its right values, or one of its members.

    Of a query also another key and a value; ``right`` is None then. The first of several members ``goes_on``.
    """

    def __init__(self, name: str, value: Value, right: _Right | None, *, goes_on: bool = False) -> None:
        self.name, self.value, self.right, self.goes_on = name, value, right, goes_on


class Glance:
    """Reads profiles at a glance: those of which every fact stands there as one of the right ones."""

    def __init__(self, facts: Mapping[str, Fact], others: Mapping[str, tuple[str, ...]]) -> None:
        """Take the facts that can be sent, by their ids, and the other keys of a query with their values."""
        self._right = {name: _Right(facts[name], place) for place, name in enumerate(sorted(facts))}
        self._required = [right for right in self._right.values() if right.required]
        in_bodies = [one for right in self._right.values() for one in right.in_bodies()]
        self._texts = KnownTexts([text.encode() for text, _ in in_bodies])
        self._pieces = [piece for _, piece in in_bodies]
        pairs = [_Piece(right.id, value, right) for right in self._right.values() for value in right.values()]
        pairs += [_Piece(name, value, None) for name, values in others.items() for value in values]
        self._pairs = {pair.name + "=" + _in_query(pair.value): pair for pair in pairs if _is_plain(pair)}

    def at_data(self, data: dict[str, object]) -> Profile | None:
        """Return the profile that JSON data are, None when they have to be looked at more closely."""
        profile: dict[str, Value] = {}
        for name, value in data.items():
            right = self._right.get(name)
            found = _value(value, right) if right is not None else None
            if found is None:
                return None
            profile[name] = found
        return profile if self._is_whole(profile) else None

    def at_body(self, body: bytes) -> Profile | None:
        """Return the profile that a body is, None when it has to be looked at more closely.

        Nothing is read as JSON: what stands between two commas is one of the pieces that are right, as encoders
        write them, with a space behind commas and colons or without.
        """
        last: i64 = len(body) - 1
        if last < WORD or last >= MOST_BYTES or body[0] != OPENED or body[last] != CLOSED:
            return None
        profile: dict[str, Value] = {}
        facts, end = 0, i64(0)
        while end < last:
            start = begin(body, end)
            end = end_of(body, start, last)
            number = self._texts.find(body, start, end) if end >= WORD else i64(-1)
            if number < 0:
                return None
            piece = self._pieces[number]
            value: Value | None = piece.value
            if piece.goes_on:
                end, value = _rest_of_set(piece, body, end, last)
            if value is None:
                return None
            profile[piece.name] = value
            facts += 1
        return profile if len(profile) == facts and self._is_whole(profile) else None

    def at_query(self, query: str) -> tuple[Profile, dict[str, str]] | None:
        """Return the profile in a query, and what it says by the other keys.

        None when it has to be looked at more closely. A required set that is not there is an empty one.
        """
        profile: dict[str, Value] = {}
        said: dict[str, str] = {}
        members_of: dict[str, list[str]] = {right.id: [] for right in self._required if right.set}
        alone = 0
        for text in query.split("&"):
            pair = self._pairs.get(text)
            if pair is None:
                return None
            right = pair.right
            if right is not None and right.set:
                if pair.name in members_of:
                    members_of[pair.name].append(cast("str", pair.value))
                else:
                    members_of[pair.name] = [cast("str", pair.value)]
                continue
            alone += 1
            if right is None:
                said[pair.name] = cast("str", pair.value)
            else:
                profile[pair.name] = pair.value
        if len(profile) + len(said) != alone:  # one stands twice
            return None
        for name, given in members_of.items():
            members = _set(given, self._right[name])
            if members is None:
                return None
            profile[name] = members
        return (profile, said) if self._is_whole(profile) else None

    def written(self, profile: Profile) -> str:
        """Return a profile that was read as JSON with all in order: the same for profiles that say the same."""
        parts: list[str] = [""] * len(self._right)
        known: dict[str, Value] = profile if isinstance(profile, dict) else dict(profile)
        for name, value in known.items():
            right = self._right[name]
            if isinstance(value, frozenset):
                members = [right.said[member] for member in sorted(value)]
                parts[right.place] = right.name + "[" + ", ".join(members) + "]"
            else:
                parts[right.place] = right.said.get(value) or right.name + json.dumps(value)
        return "{" + ", ".join([part for part in parts if part]) + "}"

    def _is_whole(self, profile: dict[str, Value]) -> bool:
        for right in self._required:  # noqa: SIM110 -- compiled, it is quicker so
            if right.id not in profile:
                return False
        return True


def _value(given: object, right: _Right) -> Value | None:
    """Return what is given when it is right as it stands, else None."""
    if isinstance(given, bool):
        return given if right.flag else None
    if isinstance(given, str):
        return given if given in right.ids and not right.set else None
    if isinstance(given, int):
        return given if right.number and right.low <= given <= right.high else None
    return _members(given, right) if isinstance(given, list) and right.set else None


def _members(given: list[object], right: _Right) -> frozenset[str] | None:
    """Return the members of a set when all are right and none stands twice, else None."""
    members: list[str] = []
    for member in given:
        if not isinstance(member, str) or member not in right.ids:
            return None
        members.append(member)
    return _set(members, right)


def _rest_of_set(first: _Piece, body: bytes, end: i64, last: i64) -> tuple[i64, frozenset[str] | None]:
    """Return where a set ends of which the first piece ends at a comma, and the set; None when it is not right."""
    right, members = first.right, [cast("str", first.value)]
    closes = False
    while right is not None and not closes:
        if end == last:
            return end, None
        start = begin(body, end)
        end = end_of(body, start, last)
        closes = body[end - 1] == SET_CLOSED
        number = right.members.find(body, start, end - 1 if closes else end)
        if number < 0:
            return end, None
        members.append(right.ordered[number])
    return end, _set(members, right) if right is not None else None


def _set(members: list[str], right: _Right) -> frozenset[str] | None:
    """Return the set of members that are right each, None when one stands twice or they are too many."""
    found = frozenset(members)
    return found if len(found) == len(members) and len(found) <= right.most else None


def _in_query(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_plain(pair: _Piece) -> bool:
    """Tell whether a pair stands in a query as it is."""
    text = pair.name + _in_query(pair.value)
    return text.isascii() and text.replace("-", "").isalnum()
