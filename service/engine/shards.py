"""How terms are cut into shards, so that each stays far below the limits of the engine that it is one rule set of.

The limits were measured for version 2.0.28 of durable_rules. Knows no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from service.engine.terms import Property, Term, atom_key

MOST_TRUE_AT_ONCE: Final = 56
"""Terms of a shard that one object can meet: the engine refuses the 64th with error 303."""
MOST_TERMS: Final = 250
"""Terms of a shard: with 513 distinct conditions in a rule set, building it never returns."""
MOST_PROPERTIES: Final = 180
"""Properties of an object: beyond 252 they are refused or silently dropped."""


@dataclass(slots=True)
class Plan:
    """The terms of one shard, with what bounds them."""

    terms: dict[Term, list[int]] = field(default_factory=dict)
    leads: dict[Property, dict[int, int]] = field(default_factory=dict)
    unled: int = 0
    properties: set[Property] = field(default_factory=set)

    def takes(self, term: Term) -> bool:
        """Tell whether the term fits."""
        lead = term[0]
        grown = self.unled + (lead.operator != "==")
        for found, counts in self.leads.items():
            led = counts
            if lead.operator == "==" and found == lead.property:
                led = {**counts, lead.operand: counts.get(lead.operand, 0) + 1}
            grown += max(led.values())
        grown += lead.operator == "==" and lead.property not in self.leads
        properties = len(self.properties | {atom.property for atom in term})
        return grown <= MOST_TRUE_AT_ONCE and len(self.terms) < MOST_TERMS and properties <= MOST_PROPERTIES

    def add(self, term: Term, owners: list[int]) -> None:
        """Take the term."""
        self.terms[term] = owners
        self.properties.update(atom.property for atom in term)
        lead = term[0]
        if lead.operator == "==":
            counts = self.leads.setdefault(lead.property, {})
            counts[lead.operand] = counts.get(lead.operand, 0) + 1
        else:
            self.unled += 1


def plans(owners: Mapping[Term, list[int]], lead: str | None) -> list[Plan]:
    """Cut the terms into shards, each term into the last shard that takes it or a new one.

    A property equals one integer at a time, so of the terms that start with an equality only those of
    one integer can be true together; the engine tries a term's atoms in order and stops at the first
    that fails.
    """
    cut: list[Plan] = []
    for term, indexes in sorted(owners.items(), key=lambda pair: atom_key(pair[0][0], lead)):
        if not cut or not cut[-1].takes(term):
            cut.append(Plan())
        cut[-1].add(term, indexes)
    return cut
