"""What a difference of two rule bases does to advice: outcomes on profiles, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.advice.risk_states import risk_level
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.conditions import comparisons
from service.engine.evaluation import Evaluation, amount, evaluate
from service.knowledge.model import FactType, Kind, Profile, Rule, RuleBase
from service.workbench.changes import rules_by_id
from service.workbench.sampling import shared_facts

FIRST: Final = 3
KINDS: Final = ("firstForm", "firstThree", "highRisks")

Outcome = Mapping[str, tuple[str, ...]]
"""For each of KINDS the ids: of forms in their order, of risks in that of the catalogue."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a number of profiles get other advice, in whole and for each of KINDS."""

    profiles: int
    changed: int
    by_kind: Mapping[str, int]


def outcome(compiled: CompiledRuleBase, evaluation: Evaluation) -> Outcome:
    """Return the first form, the first three, and the risks of the highest level."""
    ranked = tuple(compiled.forms[form] for form in evaluation.ranking[:FIRST])
    risks = compiled.rule_base.catalogue[Kind.RISKS]
    top = len(compiled.rule_base.method.risk_levels)
    high = tuple(
        risk
        for position, risk in enumerate(risks)
        if risk_level(compiled, amount(compiled, evaluation, Kind.RISKS, position)) == top
    )
    return {"firstForm": ranked[:1], "firstThree": ranked, "highRisks": high}


class Comparer:
    """Two rule bases, compiled, and the rules in which they differ. Not shared between threads."""

    def __init__(self, old: RuleBase, new: RuleBase, rules: Iterable[str]) -> None:
        """Compile both; ``rules`` are the ids of the rules that came, went or changed."""
        self.old, self.new = compile_rule_base(old), compile_rule_base(new)
        self.facts = shared_facts(old.facts, new.facts)
        self.rules = tuple(rules)
        self._own = tuple(rules_by_id(old).items()), tuple(rules_by_id(new).items())
        self._without: dict[str, CompiledRuleBase | None] = {}

    def outcomes(self, profile: Profile) -> tuple[Outcome, Outcome]:
        """Return what the profile gets by the old rule base and by the new one."""
        return self._outcome(self.old, profile), self._outcome(self.new, profile)

    def kinds(self, profile: Profile) -> tuple[str, ...]:
        """Return the kinds of change that the profile shows."""
        before, after = self.outcomes(profile)
        return tuple(kind for kind in KINDS if before[kind] != after[kind])

    def responsible(self, profile: Profile, kind: str) -> frozenset[str]:
        """Return the differing rules that make this difference.

        Those with which, each put back by itself, the new rule base says something else; where several
        only do it together, all that fire. None, when it is not by a rule.
        """
        fired = [*self._fired(self.old, profile), *self._fired(self.new, profile)]
        involved = [rule for rule in self.rules if rule in fired]
        after = self._outcome(self.new, profile)[kind]
        alone = frozenset(rule for rule in involved if self._put_back(rule, profile, kind) not in (None, after))
        return alone or frozenset(involved)

    def count(self, profiles: Sequence[Profile]) -> Counts:
        """Count the profiles that get other advice."""
        found = [self.kinds(profile) for profile in profiles]
        by_kind = {kind: sum(kind in kinds for kinds in found) for kind in KINDS}
        return Counts(len(profiles), sum(bool(kinds) for kinds in found), by_kind)

    def _outcome(self, compiled: CompiledRuleBase, profile: Profile) -> Outcome:
        return outcome(compiled, evaluate(compiled, profile))

    def _fired(self, compiled: CompiledRuleBase, profile: Profile) -> list[str]:
        rules = compiled.rule_base.rules
        return [rules[index].id for index in evaluate(compiled, profile).fired]

    def _put_back(self, rule: str, profile: Profile, kind: str) -> tuple[str, ...] | None:
        """Return what the new rule base says with this one rule as it was; None when it cannot be put back."""
        if rule not in self._without:
            self._without[rule] = self._with_old(rule)
        compiled = self._without[rule]
        return None if compiled is None else self._outcome(compiled, profile)[kind]

    def _with_old(self, rule: str) -> CompiledRuleBase | None:
        before, base = dict(self._own[0]).get(rule), self.new.rule_base
        if before is not None and not _fits(before, self.old.rule_base, base):
            return None
        kept = [one for one in base.rules if one.id != rule]
        rules = [*kept, before] if before is not None else kept
        return compile_rule_base(replace(base, rules=tuple(rules)))


def _fits(rule: Rule, own: RuleBase, other: RuleBase) -> bool:
    """Tell whether everything that the rule names is there in the other rule base too."""
    steps = {step.id for step in other.method.steps}
    targets = all(effect.target in other.catalogue[effect.kind] for effect in rule.effects)
    return (
        rule.step in steps
        and targets
        and all(_known(one.fact, one.operand, own, other) for one in comparisons(rule.when))
    )


def _known(name: str, operand: object, own: RuleBase, other: RuleBase) -> bool:
    fact = other.facts.get(name)
    if fact is None or fact.type is not own.facts[name].type:
        return False
    if fact.type in (FactType.FLAG, FactType.SCALE, FactType.INTEGER):
        return True
    ids = {option.id for option in fact.options}
    return ids >= set(operand if isinstance(operand, tuple) else (operand,))
