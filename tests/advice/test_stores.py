"""What is kept between requests saves work and changes nothing."""

import random
from collections.abc import Callable
from unittest import mock

from service.advice import grounds
from service.advice.adviser import Adviser
from service.knowledge.model import Profile, RuleBase

STORES = ((grounds, "FORESEEN"),)


def test_full_stores_and_empty_ones_give_the_same_bytes(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    chance = random.Random(7)
    profiles = [profile_by_chance(chance, chance.random()) for _ in range(60)]
    warm = Adviser(rule_base)

    def answers(adviser: Adviser) -> list[bytes]:
        return [
            adviser.advise(profile, language=language, detail=detail)
            for profile in profiles
            for language in ("nl", "en")
            for detail in ("full", "brief")
        ]

    first = answers(warm)
    patches = [mock.patch.object(module, name, 0) for module, name in STORES]
    for patch in patches:
        patch.start()
    try:
        assert answers(Adviser(rule_base)) == first
    finally:
        for patch in patches:
            patch.stop()
    assert first == answers(warm)
