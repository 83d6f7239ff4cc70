"""What the files declare: the ids of everything, and what conditions have to know of facts.

Tolerant: what cannot be read is None or left out, so that a mistake in one place does not make every
reference to it a mistake as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.knowledge.model import FactType
from service.knowledge.parts import Part

SCALE: Final = (1, 5)
"""The least and the greatest level of every scale. Source: the maturity levels of the catalogue."""

Ids = tuple[str, ...] | None
"""Ids in the order of their file; None when they cannot all be read."""


@dataclass(frozen=True, slots=True)
class FactOutline:
    """What a comparison has to know of a fact; None where it could not be read.

    ``chosen`` marks the fact that holds the chosen forms, ``derived_only`` one that is never sent.
    """

    type: FactType | None
    options: Ids
    minimum: int | None
    maximum: int | None
    chosen: bool
    derived_only: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Declared:
    """Every id that something can refer to; ``rungs`` gives the rung of each form."""

    facts: Mapping[str, FactOutline] | None
    groups: Ids
    catalogue: Mapping[str, Ids]
    rungs: Mapping[str, str]
    sources: Ids
    steps: Ids
    evidence: Ids
    reading: Ids


def declare(
    vocabulary: Part | None,
    catalogue: Mapping[str, Part | None],
    sources: Part | None,
    rule_set: Part | None,
) -> Declared:
    """Collect what the files declare; a file that cannot be read is None."""
    sections = {name: _ids(part, "items") for name, part in catalogue.items()}
    forms = catalogue.get("forms")
    rungs = {} if forms is None else {item["id"].text: item["rung"].text for item in forms["items"].items()}
    facts = None
    if vocabulary is not None and isinstance(vocabulary["facts"].data, dict):
        facts = {name: _outline(part, sections) for name, part in vocabulary["facts"].entries()}
    return Declared(
        facts=facts,
        groups=_ids(vocabulary, "groups"),
        catalogue=sections,
        rungs=rungs,
        sources=_ids(sources, "sources"),
        steps=_ids(rule_set, "steps"),
        evidence=_ids(rule_set, "evidence"),
        reading=_ids(rule_set, "reading"),
    )


def _ids(part: Part | None, key: str) -> Ids:
    if part is None or not isinstance(part[key].data, list):
        return None
    found = [item["id"].data for item in part[key].items()]
    if any(not isinstance(one, str | int) for one in found):
        return None
    return tuple(dict.fromkeys(str(one) for one in found))


def _outline(fact: Part, sections: Mapping[str, Ids]) -> FactOutline:
    written = fact["type"].text
    kind = FactType(written) if written in set(FactType) else None
    options = _ids(fact, "options")
    if "optionsFrom" in fact:
        options = sections.get(fact["optionsFrom"].text)
    low, high = fact["minimum"].data, fact["maximum"].data
    if kind is FactType.SCALE:
        low, high = SCALE
    derived = fact["derivedFrom"]
    return FactOutline(
        type=kind,
        options=options,
        minimum=low if isinstance(low, int) else None,
        maximum=high if isinstance(high, int) else None,
        chosen="chosenFrom" in derived,
        derived_only="derivedFrom" in fact,
        required=fact["required"].data is True,
    )
