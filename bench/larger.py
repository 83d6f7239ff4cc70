"""Rule bases of any size in the style of the real one: its own rules, then others made of their parts.

A rule by chance has the shape, effects and texts of a real one of its step; each of its comparisons is taken
from a real rule of that step too, with another operand. So conditions are as long, as often met and as often
the same as they really are.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.knowledge.condition_notation import split_comparison
from service.knowledge.loading import SET, STEPS, load_rule_base
from service.knowledge.model import ChosenFrom, Fact, FactType, RuleBase
from service.knowledge.yaml_files import read_yaml


def write_larger(real: Path, count: int, directory: Path, seed: int = 9) -> Path:
    """Copy the rule base into the directory, with as many rules by chance added as make ``count``."""
    chance, rule_base = random.Random(seed), load_rule_base(real)
    shutil.copytree(real, directory, ignore=shutil.ignore_patterns("cases", "schema"))
    step_of = [rule.step for rule in rule_base.rules]
    added = Counter(itertools.islice(itertools.cycle(step_of), count - len(step_of)))
    for step in STEPS:
        path = directory / SET / f"{step}.yaml"
        document, _ = read_yaml(path, path.name)
        data: Any = document.data if document else {}
        maker = _Maker(data["rules"], rule_base, chance)
        with path.open("a", encoding="utf-8") as file:
            # JSON is YAML, and the rules stand last in their file.
            file.writelines(f"- {json.dumps(maker.rule(number))}\n" for number in range(added[step]))
    return directory


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes rules of one step."""

    rules: list[dict[str, Any]]
    rule_base: RuleBase
    chance: random.Random

    def rule(self, number: int) -> dict[str, Any]:
        """Return a rule by chance."""
        like = self.chance.choice([rule for rule in self.rules if rule["when"] != "always"])
        kept = {name: like[name] for name in ("then", "rationale", "sources", "evidence")}
        return {"id": f"{like['id']}-{number}", "when": self._condition(like["when"], set()), **kept}

    def _condition(self, like: Any, used: set[str]) -> Any:
        ((key, below),) = like.items()
        if key in ("all", "any"):
            return {key: [self._condition(one, used) for one in below]}
        if key == "not":
            return {key: self._condition(below, used)}
        key, operand = self._comparison(key, below, used)
        fact = self.rule_base.facts[split_comparison(key)[0]]
        used.add(fact.id)
        return {key: self._operand(key, operand, fact)}

    def _comparison(self, key: str, operand: Any, used: set[str]) -> tuple[str, Any]:
        """Return another comparison of the step about a fact that the rule does not use yet.

        What is about the chosen forms stays so: such rules may not touch the ranking.
        """
        if self._is_chosen(key):
            return key, operand
        others = [pair for rule in self.rules for pair in _comparisons(rule["when"])]
        free = [pair for pair in others if not self._is_chosen(pair[0]) and split_comparison(pair[0])[0] not in used]
        return self.chance.choice(free) if free else (key, operand)

    def _is_chosen(self, key: str) -> bool:
        return isinstance(self.rule_base.facts[split_comparison(key)[0]].derived, ChosenFrom)

    def _operand(self, key: str, operand: Any, fact: Fact) -> Any:
        ids = [option.id for option in fact.options]
        if isinstance(operand, list):
            return self.chance.sample(ids, len(operand))
        if fact.type is FactType.FLAG:
            return self.chance.choice([True, False])
        if fact.type in (FactType.SCALE, FactType.INTEGER):
            low, high = fact.minimum or 0, fact.maximum or 0
            near = round(operand * self.chance.uniform(0.5, 1.5)) + self.chance.randint(-1, 1)
            # Neither end: a comparison that is always true is none.
            return max(low + key.endswith("least"), min(high - key.endswith("most"), near))
        return self.chance.choice(ids)


def _comparisons(condition: Any) -> Iterator[tuple[str, Any]]:
    """Yield the comparisons in a condition as it is written."""
    if not isinstance(condition, dict):
        return
    for key, below in condition.items():
        if key in ("all", "any"):
            yield from itertools.chain.from_iterable(map(_comparisons, below))
        elif key == "not":
            yield from _comparisons(below)
        else:
            yield key, below
