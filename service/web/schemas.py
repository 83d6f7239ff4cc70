"""The marshmallow schema of a profile, built from the vocabulary; body and query go through the same.

What it accepts is what openapi.yaml allows.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol, TypeAlias

from marshmallow import RAISE, Schema, ValidationError, fields, missing

from service.knowledge.model import Fact, FactType, Profile, RuleBase, Value
from service.web import queries
from service.web.facts import Glance
from service.web.mistakes import Mistake, MistakesError
from service.web.strict_json import integer

UNKNOWN: Final = "unknown"
WRITTEN_FLAGS: Final = {"true": True, "false": False}
WRITTEN_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*")


Place: TypeAlias = tuple[str | int, ...]
"""Where in a body something stands."""


class Query(Protocol):
    """The keys of a query with all their values, as Werkzeug reads them."""

    def lists(self) -> Any:
        """Yield each key with the list of its values."""


class FactField(fields.Field):  # type: ignore[type-arg]  # marshmallow's own stubs leave it open
    """One fact of a profile."""

    def __init__(self, fact: Fact) -> None:
        """Take type, options and bounds from the declared fact."""
        super().__init__(required=fact.required)
        self.fact = fact
        self._options = tuple(option.id for option in fact.options)
        self._allowed = frozenset(self._options)

    def deserialize(
        self,
        value: Any,
        attr: str | None = None,  # noqa: ARG002 -- marshmallow's signature
        data: Mapping[str, Any] | None = None,  # noqa: ARG002 -- marshmallow's signature
        **_kwargs: Any,
    ) -> Any:
        """Return the fact's value.

        Raises:
            ValidationError: with the mistakes, as Mistake.
        """
        if value is missing:
            if self.required:
                raise ValidationError([Mistake("required", (self.fact.id,))])
            return missing
        result = self._value(value)
        if isinstance(result, list):
            raise ValidationError(result)
        return result

    def _value(self, value: object) -> Value | list[Mistake]:
        if value is None:
            return [self._mistake("null")]
        match self.fact.type:
            case FactType.FLAG:
                return value if isinstance(value, bool) else [self._mistake("flag")]
            case FactType.SCALE | FactType.INTEGER:
                return self._integer(value)
            case FactType.SET:
                return self._set(value)
            case _:
                return self._choice(value)

    def _integer(self, value: object) -> int | list[Mistake]:
        low, high = self.fact.minimum or 0, self.fact.maximum or 0
        bounds = {"low": low, "high": high}
        if isinstance(value, float) and (value.is_integer() or math.isinf(value)):
            value = high + 1 if math.isinf(value) else int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            return [self._mistake("integer", **bounds)]
        return value if low <= value <= high else [self._mistake("range", **bounds)]

    def _choice(self, value: object) -> str | list[Mistake]:
        if not isinstance(value, str):
            return [self._mistake("text")]
        return value if value in self._allowed else [self._mistake("choice", value=value)]

    def _set(self, value: object) -> frozenset[str] | list[Mistake]:
        if not isinstance(value, list):
            return [self._mistake("set")]
        most = len(self._options) if self.fact.maximum is None else self.fact.maximum
        mistakes = [self._mistake("set-size", high=most)] if len(value) > most else []
        judged = value[:most]
        for place, member in enumerate(judged):
            if not isinstance(member, str):
                mistakes.append(self._mistake("text", place))
            elif member not in self._allowed:
                mistakes.append(self._mistake("choice", place, value=member))
        counts = Counter(member for member in judged if isinstance(member, str))
        mistakes += [self._mistake("member-twice", value=member) for member, count in counts.items() if count > 1]
        return mistakes or frozenset(value)

    def _mistake(self, kind: str, *below: int, **values: object) -> Mistake:
        return Mistake(kind, (self.fact.id, *below), values, self._options)


class ProfileSchema:
    """Turns a body or a query into a profile. Safe to share between threads."""

    def __init__(self, rule_base: RuleBase) -> None:
        """Build the marshmallow schema from the facts that can be sent."""
        self._facts = {name: fact for name, fact in rule_base.facts.items() if fact.is_sent}
        self._glance = Glance(self._facts, queries.CHOICES)
        self.at_body = self._glance.at_body
        """Returns the profile in a body as it was sent; None when not all of it is right for sure. Then ``from_body``
        finds out, of what the body says."""
        made = Schema.from_dict({name: FactField(fact) for name, fact in self._facts.items()}, name="Profile")
        self._schema = made(unknown=RAISE)
        self._schema.error_messages = {**self._schema.error_messages, "unknown": UNKNOWN}

    def from_body(self, data: object, place: Place = ()) -> Profile:
        """Return the profile in decoded JSON; ``place`` is where in the body it stands.

        Raises:
            MistakesError: with every mistake.
        """
        if not isinstance(data, dict):
            raise MistakesError([Mistake("profile" if place else "object", place)])
        try:
            return self._load(data, ())
        except MistakesError as error:
            raise MistakesError(_below(place, error)) from None

    def in_body(self, data: Mapping[str, object], mistakes: list[Mistake], place: Place = ()) -> Profile:
        """Return the ``profile`` of an object that stands at ``place``; what is wrong goes to the mistakes."""
        own = (*place, "profile")
        if "profile" not in data:
            mistakes.append(Mistake("no-profile", own))
            return {}
        try:
            return self.from_body(data["profile"], own)
        except MistakesError as error:
            mistakes += error.mistakes
            return {}

    def changes(
        self, data: Mapping[str, object], mistakes: list[Mistake], place: Place = ()
    ) -> dict[str, Value | None]:
        """Return the ``changes`` of an object that stands at ``place``, None for a fact that is taken away.

        What is wrong goes to the mistakes.
        """
        own, given = (*place, "changes"), data.get("changes")
        if not isinstance(given, dict):
            mistakes.append(Mistake("changes" if "changes" in data else "no-changes", own))
            return {}
        taken = [name for name, value in given.items() if value is None and name in self._facts]
        mistakes += [Mistake("required-null", (*own, name)) for name in taken if self._facts[name].required]
        kept = {name: value for name, value in given.items() if name not in taken}
        try:
            return {**self._load(kept, (), partial=True), **dict.fromkeys(taken)}
        except MistakesError as error:
            mistakes += _below(own, error)
            return {}

    def fact_ids(self, given: object, name: str, mistakes: list[Mistake]) -> frozenset[str]:
        """Return a list of ids of facts that stands under ``name``; what is wrong goes to the mistakes."""
        if not isinstance(given, list):
            mistakes.append(Mistake("skip", (name,)))
            return frozenset()
        most = len(self._facts)
        if len(given) > most:
            mistakes.append(Mistake("set-size", (name,), {"high": most}))
        judged = given[:most]
        mistakes += [
            Mistake("fact", (name, place), {"value": one}, tuple(self._facts))
            for place, one in enumerate(judged)
            if not isinstance(one, str) or one not in self._facts
        ]
        counts = Counter(one for one in judged if isinstance(one, str))
        mistakes += [Mistake("member-twice", (name,), {"value": one}) for one, count in counts.items() if count > 1]
        return frozenset(one for one in judged if isinstance(one, str))

    def at_query(self, query: str) -> tuple[Profile, dict[str, str]] | None:
        """Return the profile in a query as it was sent, and what it says by the keys that choose.

        None when not all of it is right for sure; then ``from_query`` finds out.
        """
        return self._glance.at_query(query)

    def written(self, profile: Profile) -> str:
        """Return a profile as JSON with all in order: the same for profiles that say the same."""
        return self._glance.written(profile)

    def from_query(self, query: Query, others: Sequence[str]) -> Profile:
        """Return the profile in a query; ``others`` are the keys that are not facts.

        Raises:
            MistakesError: with every mistake.
        """
        data: dict[str, object] = {name: [] for name, fact in self._facts.items() if fact.required}
        mistakes = []
        for name, values in query.lists():
            if name in others:
                continue
            fact = self._facts.get(name)
            if fact is None or fact.type is FactType.SET:
                data[name] = values
            else:
                data[name] = from_text(fact, values[0])
                if len(values) > 1:
                    mistakes.append(Mistake("key-twice", (name,)))
        return self._load(data, mistakes, others)

    def _load(
        self,
        data: dict[str, object],
        before: Sequence[Mistake],
        others: Sequence[str] = (),
        *,
        partial: bool = False,
    ) -> Profile:
        if not before and not partial and (plain := self._at_a_glance(data)) is not None:
            return plain
        try:
            profile: Profile = self._schema.load(data, partial=partial)
        except ValidationError as error:
            known = (*self._facts, *others)
            raise MistakesError([*before, *_mistakes(error.messages, known)]) from None
        if before:
            raise MistakesError(before)
        return profile

    def _at_a_glance(self, data: dict[str, object]) -> Profile | None:
        """Return the profile when every value is one of the right ones, as it stands; else None.

        Then the schema finds what is wrong, or reads what is right all the same, such as 3.0 for 3.
        """
        return self._glance.at_data(data)


def _below(place: Place, error: MistakesError) -> list[Mistake]:
    return [replace(one, path=(*place, *one.path)) for one in error.mistakes]


def from_text(fact: Fact, text: str) -> object:
    """Read what stands in a query or a cell as a value of the fact; what cannot be one stays text, and is refused."""
    if fact.type is FactType.FLAG:
        return WRITTEN_FLAGS.get(text, text)
    if fact.type in (FactType.SCALE, FactType.INTEGER) and WRITTEN_INTEGER.fullmatch(text):
        return integer(text)
    return text


def _mistakes(messages: Any, known: tuple[str, ...]) -> list[Mistake]:
    """Gather what marshmallow collected by name, in the order of the names."""
    found = []
    for name in sorted(messages):
        for message in messages[name]:
            unknown = Mistake("unknown", (name,), known=known)
            found.append(message if isinstance(message, Mistake) else unknown)
    return found
