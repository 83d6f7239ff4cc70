"""Mutants of rules: each one small slip in one rule, such as a rule owner could make.

Owns which slips there are. A slip that leaves the meaning of a comparison as it was is not made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final, TypeAlias, cast

from service.knowledge.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Effect,
    Fact,
    FactType,
    Kind,
    Not,
    Operator,
    Rule,
    RuleBase,
)

ORDERED: Final = (Operator.IS, Operator.IS_AT_LEAST, Operator.IS_AT_MOST)
SWAPPED: Final = {
    Operator.INCLUDE_ANY_OF: Operator.INCLUDE_ALL_OF,
    Operator.INCLUDE_ALL_OF: Operator.INCLUDE_ANY_OF,
}
SINGLE: Final = {
    Operator.IS_ONE_OF: Operator.IS,
    Operator.INCLUDE_ANY_OF: Operator.INCLUDE,
    Operator.INCLUDE_ALL_OF: Operator.INCLUDE,
}
MOST: Final = 5
"""The greatest weight a rule file can give. Source: the schema of rules."""
LEVEL_WORDS: Final = ("", "could", "should", "must")

Changed: TypeAlias = tuple[str, Condition]
Neighbour: TypeAlias = Callable[[Sequence[str], str], str]
"""From ids in order and one of them to one beside it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one slip. ``index`` is the rule's in the rule base; ``what`` says the slip."""

    index: int
    rule: Rule
    what: str


def mutants(rule_base: RuleBase, seed: int = 0) -> Iterator[Mutant]:
    """Yield the mutants of all rules; the seed decides between the neighbours before and after."""
    for index, rule in enumerate(rule_base.rules):
        chance = Random(f"{seed} {rule.id}")  # noqa: S311 -- chance is for variety, and seeded
        for what, when in condition_slips(rule.when, rule_base.facts, _beside(chance)):
            yield Mutant(index, replace(rule, when=when), what)
        for what, effects in effect_slips(rule.effects, rule_base.catalogue, _beside(chance)):
            yield Mutant(index, replace(rule, effects=effects), what)


def condition_slips(condition: Condition, facts: Mapping[str, Fact], beside: Neighbour) -> Iterator[Changed]:
    """Yield the condition with one slip somewhere in it."""
    match condition:
        case Comparison():
            for changed in _comparison_slips(condition, facts[condition.fact], beside):
                yield f"{said(condition)} -> {said(changed)}", changed
        case AllOf(parts) | AnyOf(parts):
            yield from _group_slips(condition, parts, facts, beside)
        case Not(part):
            yield f"not ({said(part)}) -> {said(part)}", part
            yield from ((what, Not(slip)) for what, slip in condition_slips(part, facts, beside))


def effect_slips(
    effects: tuple[Effect, ...], catalogue: Mapping[str, Mapping[str, object]], beside: Neighbour
) -> Iterator[tuple[str, tuple[Effect, ...]]]:
    """Yield the effects with one of them weighed otherwise, on its neighbour, or gone."""
    for position, effect in enumerate(effects):
        before, after, name = effects[:position], effects[position + 1 :], f"{effect.kind} {effect.target}"
        yield f"without {name}", before + after
        for amount in _amounts(effect):
            what = f"{name}: {_written(effect, effect.amount)} -> {_written(effect, amount)}"
            yield what, (*before, replace(effect, amount=amount), *after)
        reached = {other.target for other in before + after if other.kind is effect.kind}
        free = [target for target in catalogue[effect.kind] if target not in reached]
        if len(free) > 1:
            target = beside(free, effect.target)
            yield f"{name} -> {target}", (*before, replace(effect, target=target), *after)


def said(condition: Condition) -> str:
    """Say a condition on one line, in the words of the rule files."""
    match condition:
        case Comparison(fact, operator, operand):
            value = f"[{', '.join(operand)}]" if isinstance(operand, tuple) else operand
            return f"{fact} {operator}: {str(value).lower() if isinstance(value, bool) else value}"
        case AllOf(parts):
            return f"all ({'; '.join(map(said, parts))})"
        case AnyOf(parts):
            return f"any ({'; '.join(map(said, parts))})"
        case Not(part):
            return f"not ({said(part)})"
        case _:
            return "always"


def _beside(chance: Random) -> Neighbour:
    def neighbour(names: Sequence[str], name: str) -> str:
        place = names.index(name)
        beside = [*names[max(0, place - 1) : place], *names[place + 1 : place + 2]]
        return chance.choice(beside)

    return neighbour


def _group_slips(
    group: AllOf | AnyOf, parts: tuple[Condition, ...], facts: Mapping[str, Fact], beside: Neighbour
) -> Iterator[Changed]:
    own, other = (AllOf, AnyOf) if isinstance(group, AllOf) else (AnyOf, AllOf)
    yield f"{said(group)} -> {said(other(parts))}", other(parts)
    for position, part in enumerate(parts):
        before, after = parts[:position], parts[position + 1 :]
        rest = before + after
        yield f"without '{said(part)}'", own(rest) if len(rest) > 1 else rest[0]
        for what, changed in condition_slips(part, facts, beside):
            yield what, own((*before, changed, *after))


def _comparison_slips(comparison: Comparison, fact: Fact, beside: Neighbour) -> Iterator[Comparison]:
    operator, operand = comparison.operator, comparison.operand
    ids = [option.id for option in fact.options]
    if isinstance(operand, bool):
        yield replace(comparison, operand=not operand)
    elif isinstance(operand, tuple):
        yield from _list_slips(comparison, operand)
    elif fact.type in (FactType.SCALE, FactType.INTEGER, FactType.ORDINAL):
        yield from _ordered_slips(comparison, _domain(fact))
    elif operator in (Operator.IS, Operator.INCLUDE) and len(ids) > 1:
        yield replace(comparison, operand=beside(ids, cast("str", operand)))


def _list_slips(comparison: Comparison, operand: tuple[str, ...]) -> Iterator[Comparison]:
    operator = comparison.operator
    if operator in SWAPPED:
        yield replace(comparison, operator=SWAPPED[operator])
    for member in operand:
        rest = tuple(one for one in operand if one != member)
        if len(rest) > 1:
            yield replace(comparison, operand=rest)
        else:
            yield replace(comparison, operator=SINGLE[operator], operand=rest[0])


def _ordered_slips(comparison: Comparison, domain: Sequence[str | int]) -> Iterator[Comparison]:
    place = domain.index(cast("str | int", comparison.operand))
    seen = {_accepted(comparison.operator, place, len(domain))}
    slips = [(operator, place) for operator in ORDERED]
    slips += [(comparison.operator, beside) for beside in (place - 1, place + 1) if 0 <= beside < len(domain)]
    for operator, bound in slips:
        accepted = _accepted(operator, bound, len(domain))
        if accepted not in seen:
            seen.add(accepted)
            yield replace(comparison, operator=operator, operand=domain[bound])


def _domain(fact: Fact) -> Sequence[str | int]:
    if fact.type is FactType.ORDINAL:
        return [option.id for option in fact.options]
    return range(fact.minimum or 0, (fact.maximum or 0) + 1)


def _accepted(operator: Operator, place: int, size: int) -> tuple[int, int]:
    """Return the first and the last place that the comparison accepts."""
    least = 0 if operator is Operator.IS_AT_MOST else place
    most = size - 1 if operator is Operator.IS_AT_LEAST else place
    return least, most


def _amounts(effect: Effect) -> Iterator[int]:
    amount = effect.amount
    if amount is None:
        return
    if effect.kind in (Kind.METRICS, Kind.ANCHORING_MEASURES):
        yield from (level for level in (amount - 1, amount + 1) if 0 < level < len(LEVEL_WORDS))
        return
    yield -amount
    nearby = (one for one in (amount - 1, amount + 1) if one not in (0, -amount) and abs(one) <= MOST)
    yield from nearby


def _written(effect: Effect, amount: int | None) -> str:
    if effect.kind in (Kind.METRICS, Kind.ANCHORING_MEASURES) and amount is not None:
        return LEVEL_WORDS[amount]
    return "excluded" if amount is None else str(amount)
