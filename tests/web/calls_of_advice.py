"""Writes the calls that one advice takes, on profiles by chance; ``twice`` lets everything be worked out twice."""

import random
import sys
from functools import partial
from unittest import mock

from service.advice.adviser import Adviser
from service.advice.compose import Advice, Composer
from service.engine.evaluation import Evaluation
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Fact, Profile
from service.workbench.sampling import profile_by_chance
from tests.counting import calls_of_each

FACTS_SENT = 20
PROFILES = 25

REAL = Composer.compose


def profiles(facts: dict[str, Fact]) -> list[Profile]:
    chance = random.Random(11)
    required = [name for name, fact in facts.items() if fact.required]
    others = [name for name, fact in facts.items() if fact.is_sent and not fact.required]
    sent = [[*required, *chance.sample(others, FACTS_SENT - len(required))] for _ in range(PROFILES)]
    return [profile_by_chance({name: facts[name] for name in names}, chance, 1.0) for names in sent]


def composed_twice(composer: Composer, evaluation: Evaluation) -> Advice:
    REAL(composer, evaluation)
    return REAL(composer, evaluation)


if __name__ == "__main__":
    rule_base = load_rule_base(default_rules_directory())
    adviser, given = Adviser(rule_base), profiles(dict(rule_base.facts))
    composed = composed_twice if "twice" in sys.argv else REAL
    with mock.patch.object(Composer, "compose", composed):
        for detail in ("full", "brief"):
            calls = calls_of_each(partial(adviser.advise, language="nl", detail=detail), given)
            sys.stdout.write(f"{calls}\n")
