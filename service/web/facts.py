"""The facts of a profile as text: read at a glance where all is right for sure, and written in one way only.

What a glance gives up on is looked at closely, by ``strict_json`` and ``schemas``; both ways say the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from service.advice.json_text import decode
from service.knowledge.model import Fact, FactType, Profile, Value

MOST_NUMBERS: Final = 1000
"""Of a fact with more values than these, none is kept beforehand."""


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

    ``said`` has each value, of a set each member, as it stands in JSON; a value with the name before it.
    """

    def __init__(self, fact: Fact) -> None:
        self.id, self.required = fact.id, fact.required
        self.flag = fact.type is FactType.FLAG
        self.number = fact.type in (FactType.SCALE, FactType.INTEGER)
        self.set = fact.type is FactType.SET
        self.low, self.high = fact.minimum or 0, fact.maximum or 0
        self.ids = frozenset([] if self.flag or self.number else [option.id for option in fact.options])
        self.most = len(self.ids) if fact.maximum is None else fact.maximum
        self.name = json.dumps(fact.id) + ": "
        self.in_order = sorted(self.ids)
        before = "" if self.set else self.name
        self.said = {one: before + json.dumps(one) for one in self.values()}

    def values(self) -> list[Value]:
        """Return all values, of a set its members, in order; none when there are too many to be kept."""
        if self.flag:
            return [False, True]
        if self.number:
            return [*range(self.low, self.high + 1)] if self.high - self.low < MOST_NUMBERS else []
        return [*self.in_order]


class _Pair:
    """A pair of a query: a fact and one of its right values, or one of its members; or another key and a value."""

    def __init__(self, name: str, value: Value, right: _Right | None) -> None:
        self.name, self.value, self.right = name, value, right


class Glance:
    """Reads profiles at a glance: those of which every fact stands there as one of the right ones."""

    def __init__(self, facts: Mapping[str, Fact], others: Mapping[str, tuple[str, ...]]) -> None:
        """Take the facts that can be sent, by their ids, and the other keys of a query with their values."""
        self._right = {name: _Right(fact) for name, fact in facts.items()}
        self._in_order = [self._right[name] for name in sorted(self._right)]
        self._required = [right for right in self._in_order if right.required]
        pairs = [_Pair(right.id, value, right) for right in self._in_order for value in right.values()]
        pairs += [_Pair(name, value, None) for name, values in others.items() for value in values]
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

        As many colons as names means that no name stands twice (see ``plain_json``).
        """
        try:
            data = decode(body)
        except ValueError:
            return None
        if not isinstance(data, dict) or len(data) != body.count(b":"):
            return None
        return self.at_data(data)

    def at_query(self, query: str) -> tuple[Profile, dict[str, str]] | None:
        """Return the profile in a query, and what it says by the other keys.

        None when it has to be looked at more closely. A required set that is not there is an empty one.
        """
        profile: dict[str, Value] = {}
        said: dict[str, str] = {}
        members_of: dict[str, list[object]] = {right.id: [] for right in self._required if right.set}
        for text in query.split("&"):
            pair = self._pairs.get(text)
            if pair is None or pair.name in profile or pair.name in said:
                return None
            if pair.right is None:
                said[pair.name] = str(pair.value)
            elif not pair.right.set:
                profile[pair.name] = pair.value
            elif pair.name in members_of:
                members_of[pair.name].append(pair.value)
            else:
                members_of[pair.name] = [pair.value]
        for name, given in members_of.items():
            members = _members(given, self._right[name])
            if members is None:
                return None
            profile[name] = members
        return (profile, said) if self._is_whole(profile) else None

    def written(self, profile: Profile) -> str:
        """Return a profile that was read as JSON with all in order: the same for profiles that say the same."""
        parts: list[str] = []
        known: dict[str, Value] = profile if isinstance(profile, dict) else dict(profile)
        for right in self._in_order:
            if right.id not in known:
                continue
            value = known[right.id]
            if isinstance(value, frozenset):
                members = [right.said[member] for member in right.in_order if member in value]
                parts.append(right.name + "[" + ", ".join(members) + "]")
            else:
                parts.append(right.said.get(value) or right.name + json.dumps(value))
        return "{" + ", ".join(parts) + "}"

    def _is_whole(self, profile: dict[str, Value]) -> bool:
        return all(right.id in profile for right in self._required)


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
    found = frozenset(members)
    return found if len(found) == len(given) and len(found) <= right.most else None


def _in_query(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _is_plain(pair: _Pair) -> bool:
    """Tell whether a pair stands in a query as it is."""
    text = pair.name + _in_query(pair.value)
    return text.isascii() and text.replace("-", "").isalnum()
