"""What rules say of risks: which of them speak of each, how many points they add, and the facts on which they stand."""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i32, i64

from service.engine.compiled import CompiledRuleBase

NEXT: Final = 1
ADDED: Final = 2
ASKED: Final = 3
"""Where it is said, behind a rule, from where on the next one is, how many points it adds, and what it asks for."""


class Speaking:
    """What rules say of each risk, those first that weigh most.

    Of a risk it stands in ``said`` from ``first[risk]`` on, up to that of the next: of each rule the rule itself, where
    what the next one says begins, how many points the rule adds, and the facts on which it stands, by their places,
    those first that it names itself. ``farthest`` is the most facts that a risk can be away, ``intended`` the place of
    the intended forms, which are asked for last.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up what is said of each risk."""
        names = list(compiled.rule_base.facts)
        speaking = [rules_about(compiled, risk) for risk in range(len(compiled.risks))]
        said, first = list[int](), [0]
        for rules in speaking:
            for rule, added in rules:
                asked = [names.index(fact) for fact in _asked_of(compiled, rule)]
                said += [rule, len(said) + ASKED + len(asked), added, *asked]
            first.append(len(said))
        self.said, self.first = vec[i32](said), vec[i32](first)
        self.farthest = max((sum(len(compiled.asks[rule]) + 1 for rule, _ in one) for one in speaking), default=0)
        self.intended: i64 = names.index(compiled.roles.intended_forms)


def rules_about(compiled: CompiledRuleBase, risk: int) -> list[tuple[int, int]]:
    """List the rules that speak of a risk with their points, those first that weigh most."""
    found = [(rule, added) for rule, reach in enumerate(compiled.reaches) for at, added in reach.risks if at == risk]
    return sorted(found, key=lambda one: -abs(one[1]))


def _asked_of(compiled: CompiledRuleBase, rule: int) -> list[str]:
    """List the facts that a rule stands on in the vocabulary's order, those first that it names itself."""
    facts = [name for name in compiled.rule_base.facts if name in compiled.asked_of[rule]]
    return sorted(facts, key=lambda name: name not in compiled.asks[rule])
