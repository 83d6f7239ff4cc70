"""The profiles that everything is measured on: by chance, the same each time, and written as requests have them."""

from __future__ import annotations

import random
from urllib.parse import urlencode

from service.knowledge.model import Profile, RuleBase
from service.workbench.sampling import profile_by_chance

FACTS = 20
"""Facts of a profile: what an organisation knows that has answered the first two groups of questions."""


def profiles(rule_base: RuleBase, count: int, facts: int = FACTS, seed: int = 9) -> list[Profile]:
    """Return different profiles that each have ``facts`` facts, the required ones among them."""
    chance = random.Random(seed)
    sent = [fact for fact in rule_base.facts.values() if fact.is_sent]
    required = [fact for fact in sent if fact.required]
    others = [fact for fact in sent if not fact.required]
    made: list[Profile] = []
    for _ in range(count):
        asked = required + chance.sample(others, min(facts, len(sent)) - len(required))
        made.append(profile_by_chance({fact.id: fact for fact in asked}, chance, 1.0))
    return made


def plain(profile: Profile) -> dict[str, object]:
    """Return the profile as JSON has it."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}


def query(profile: Profile) -> str:
    """Return the profile as the query of a GET has it."""
    pairs = [
        (name, one) for name, value in plain(profile).items() for one in (value if isinstance(value, list) else [value])
    ]
    return urlencode([(name, str(one).lower() if isinstance(one, bool) else one) for name, one in pairs])
