"""Writes whether the advice is compiled, and a digest of every answer on profiles by chance."""

import hashlib
import random
import sys

from service.advice import render
from service.advice.adviser import DETAILS, Adviser
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import LANGUAGES
from service.workbench.sampling import profile_by_chance

if __name__ == "__main__":
    sys.stdout.write("plain\n" if render.__file__.endswith(".py") else "compiled\n")
    rule_base = load_rule_base(default_rules_directory())
    adviser, chance = Adviser(rule_base), random.Random(3)
    sent = {name: fact for name, fact in rule_base.facts.items() if fact.is_sent}
    for _ in range(150):
        profile = profile_by_chance(sent, chance, chance.random())
        for language in LANGUAGES:
            for detail in DETAILS:
                answer = adviser.advise(profile, language=language, detail=detail)
                sys.stdout.write(f"{hashlib.sha256(answer).hexdigest()}\n")
