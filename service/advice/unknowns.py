"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation, amount
from service.knowledge.model import ChosenFrom, Effect, Kind, RuleBase


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that was not sent. ``could_change`` lists ``first``, ``firstThree``, ``risk:<id>``."""

    fact: str
    could_change: tuple[str, ...]


def unknowns(compiled: CompiledRuleBase, evaluation: Evaluation) -> tuple[Unknown, ...]:
    """List the unknown facts that could change the advice, the largest weight first."""
    asking: dict[str, list[int]] = {}
    for rule in _undecided(compiled, evaluation):
        for fact in compiled.asked_of[rule]:
            if not _is_sent(compiled, evaluation, fact):
                asking.setdefault(fact, []).append(rule)
    found = []
    for fact in compiled.rule_base.facts:
        rules = asking.get(fact)
        if rules and (could := tuple(_could_change(compiled, evaluation, rules))):
            weight = max(_largest_weight(compiled, rule) for rule in rules)
            found.append((weight, Unknown(fact, could)))
    found.sort(key=lambda pair: -pair[0])
    return tuple(unknown for _, unknown in found)


def _is_sent(compiled: CompiledRuleBase, evaluation: Evaluation, fact: str) -> bool:
    value = evaluation.profile.get(fact)
    empty = compiled.rule_base.facts[fact].empty_means_absent and value == frozenset()
    return value is not None and not empty


def _undecided(compiled: CompiledRuleBase, evaluation: Evaluation) -> list[int]:
    """List the rules whose outcome is unknown once derived facts that may move are taken away."""
    unsettled = _unsettled(compiled.rule_base, evaluation)
    settled = {name: value for name, value in evaluation.known.items() if name not in unsettled}
    names = settled.keys()
    return [
        rule for rule, asks in enumerate(compiled.asks) if not asks <= names and compiled.tests[rule](settled) is None
    ]


def _unsettled(rule_base: RuleBase, evaluation: Evaluation) -> set[str]:
    """Name the derived facts that another answer could still move."""
    unsettled: set[str] = set()
    for name, fact in rule_base.facts.items():
        if fact.derived is None or isinstance(fact.derived, ChosenFrom):
            continue
        if fact.is_sent and name in evaluation.profile:
            continue
        stands = stands_on(fact)
        moves = any(one in unsettled or one not in evaluation.known for one in stands)
        if moves or fact.is_sent:
            unsettled.add(name)
    return unsettled


@dataclass(slots=True)
class _Bounds:
    """The least and the most that undecided rules can make of sums by key."""

    low: dict[int, int]
    high: dict[int, int]


def _could_change(compiled: CompiledRuleBase, evaluation: Evaluation, rules: Sequence[int]) -> Iterable[str]:
    fired = set(evaluation.fired)
    forms, risks, excludable = _Bounds({}, {}), _Bounds({}, {}), set()
    for rule in rules:
        sign = -1 if rule in fired else 1
        step = compiled.step_of[rule]
        for effect in compiled.rule_base.rules[rule].effects:
            position = compiled.layout.position[effect.kind][effect.target]
            if effect.kind is Kind.RISKS:
                _widen(risks, position, sign * (effect.amount or 0))
            elif effect.kind is Kind.FORMS and effect.amount is None:
                excludable.add(position)
            elif effect.kind is Kind.FORMS:
                _widen(forms, position * compiled.layout.steps + step, sign * (effect.amount or 0))
    yield from _ranks_that_could_change(compiled, evaluation, forms, excludable)
    yield from _risks_that_could_change(compiled, evaluation, risks)


def _widen(bounds: _Bounds, key: int, added: int) -> None:
    side = bounds.high if added > 0 else bounds.low
    side[key] = side.get(key, 0) + added


def _ranks_that_could_change(
    compiled: CompiledRuleBase, evaluation: Evaluation, bounds: _Bounds, excludable: set[int]
) -> Iterable[str]:
    touched = {key // compiled.layout.steps for key in bounds.low.keys() | bounds.high.keys()}
    if not touched and not excludable:
        return
    low = _scores(compiled, evaluation, bounds.low)
    high = _scores(compiled, evaluation, bounds.high)
    candidates = set(evaluation.ranking) | excludable
    for name, length in (("first", 1), ("firstThree", compiled.rule_base.method.recommended_ranks)):
        inside = evaluation.ranking[:length]
        outside = [form for form in candidates if form not in inside]
        overtaken = any(
            high[challenger] >= low[holder]
            for holder in inside
            for challenger in outside
            if holder in touched or challenger in touched
        )
        crosses_zero = any(low[form] <= 0 < high[form] for form in inside if form in touched)
        if overtaken or crosses_zero or excludable & set(inside):
            yield name


def _scores(compiled: CompiledRuleBase, evaluation: Evaluation, added: Mapping[int, int]) -> list[int]:
    cap, steps = compiled.rule_base.method.cap_per_step, compiled.layout.steps
    scores = list(evaluation.scores)
    for key, extra in added.items():
        total = evaluation.tally[key]
        scores[key // steps] += _cut(total + extra, cap) - _cut(total, cap)
    return scores


def _cut(total: int, cap: int) -> int:
    return max(-cap, min(cap, total))


def _risks_that_could_change(compiled: CompiledRuleBase, evaluation: Evaluation, bounds: _Bounds) -> Iterable[str]:
    names = list(compiled.rule_base.catalogue[Kind.RISKS])
    for position in sorted(bounds.low.keys() | bounds.high.keys()):
        points = amount(compiled, evaluation, Kind.RISKS, position)
        least = points + bounds.low.get(position, 0)
        most = points + bounds.high.get(position, 0)
        thresholds = (level.from_points for level in compiled.rule_base.method.risk_levels)
        if any(least < threshold <= most for threshold in thresholds):
            yield f"risk:{names[position]}"


def _largest_weight(compiled: CompiledRuleBase, rule: int) -> int:
    return max((_weight(effect, compiled) for effect in compiled.rule_base.rules[rule].effects), default=0)


def _weight(effect: Effect, compiled: CompiledRuleBase) -> int:
    if effect.kind not in (Kind.FORMS, Kind.RISKS):
        return 0
    return compiled.rule_base.method.cap_per_step if effect.amount is None else abs(effect.amount)
