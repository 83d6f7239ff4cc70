"""Stability: which single facts, if they were one step off, would unseat the first form.

About facts that were sent, whether they can be changed or not: any of them may have been misjudged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from service.engine.columns import columns_of, with_changes
from service.engine.many import ManyRules, rank_many
from service.knowledge.model import Fact, FactType, Profile, Value


@dataclass(frozen=True, slots=True)
class Unseating:
    """A fact that is one step off, and the form that comes first then; None when none is above 0."""

    fact: str
    before: Value
    after: Value
    first: int | None


def unseatings(many: ManyRules, profile: Profile, first: int) -> tuple[Unseating, ...]:
    """List the single steps with which the form is not first any more, in the order of the vocabulary."""
    facts = many.compiled.rule_base.facts
    tried = [(name, value) for name, before in profile.items() for value in one_step_off(facts[name], before)]
    place = {name: number for number, name in enumerate(facts)}
    tried.sort(key=lambda pair: place[pair[0]])
    heads = rank_many(
        many, with_changes(columns_of([profile], facts), [{name: value} for name, value in tried], facts)
    ).heads(1)
    return tuple(
        Unseating(name, profile[name], value, head[0] if head else None)
        for (name, value), head in zip(tried, heads, strict=True)
        if head != (first,)
    )


def one_step_off(fact: Fact, value: Value) -> Iterator[Value]:
    """Yield the values next to this one: a level, a rank or a unit away, a member more or less, another choice."""
    ids = [option.id for option in fact.options]
    match fact.type:
        case FactType.FLAG:
            yield not value
        case FactType.CHOICE:
            yield from (other for other in ids if other != value)
        case FactType.ORDINAL:
            place = ids.index(cast("str", value))
            yield from ids[max(0, place - 1) : place]
            yield from ids[place + 1 : place + 2]
        case FactType.SET:
            members = cast("frozenset[str]", value)
            most = len(ids) if fact.maximum is None else fact.maximum
            changed = (members ^ {one} for one in ids)
            yield from (some for some in changed if len(some) <= most)
        case _:
            near = (cast("int", value) - 1, cast("int", value) + 1)
            yield from (number for number in near if (fact.minimum or 0) <= number <= (fact.maximum or 0))
