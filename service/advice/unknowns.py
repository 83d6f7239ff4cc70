"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.engine.compiled import Cell, CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.knowledge.model import ChosenFrom, Kind, RuleBase


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
            weight = max(compiled.reaches[rule].weight for rule in rules)
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


def _could_change(compiled: CompiledRuleBase, evaluation: Evaluation, rules: Sequence[int]) -> Iterable[str]:
    """Let each of the rules fire or not, and say what that could move."""
    fired = evaluation.fired
    low: dict[int, int] = {}
    high: dict[int, int] = {}
    least: dict[int, int] = {}
    most: dict[int, int] = {}
    excludable: set[int] = set()
    for rule in rules:
        reach, sign = compiled.reaches[rule], -1 if rule in fired else 1
        _widen(low, high, reach.sums, sign)
        _widen(least, most, reach.risks, sign)
        excludable |= reach.excluded
    yield from _ranks_that_could_change(compiled, evaluation, _Bounds(low, high, excludable))
    yield from _risks_that_could_change(compiled, evaluation, least, most)


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The least and the most that is added to sums by cell, and the forms that may go or come back."""

    low: Mapping[int, int]
    high: Mapping[int, int]
    excludable: set[int]


def _widen(low: dict[int, int], high: dict[int, int], cells: Iterable[Cell], sign: int) -> None:
    for key, amount in cells:
        side = high if amount * sign > 0 else low
        side[key] = side.get(key, 0) + amount * sign


def _ranks_that_could_change(compiled: CompiledRuleBase, evaluation: Evaluation, bounds: _Bounds) -> Iterable[str]:
    low = _scores(compiled, evaluation, bounds.low)
    high = _scores(compiled, evaluation, bounds.high)
    touched = low.keys() | high.keys()
    if not touched and not bounds.excludable:
        return
    for name, length in (("first", 1), ("firstThree", compiled.rule_base.method.recommended_ranks)):
        inside = evaluation.ranking[:length]
        if not bounds.excludable.isdisjoint(inside) or _overtakes(evaluation, length, low, high, bounds.excludable):
            yield name


def _overtakes(
    evaluation: Evaluation, length: int, low: Mapping[int, int], high: Mapping[int, int], returning: set[int]
) -> bool:
    """Tell whether a form outside the first ``length`` could draw level, or one inside cross zero."""
    scores, inside, outside = evaluation.scores, evaluation.ranking[:length], evaluation.ranking[length:]
    weakest = min((low.get(form, scores[form]) for form in inside), default=0)
    strongest_unmoved = next((scores[form] for form in outside if form not in high), weakest - 1)
    rising = [form for form in high if form not in inside] + [form for form in returning if form not in high]
    if any(high.get(form, scores[form]) >= weakest for form in rising):
        return True
    falling = [form for form in inside if form in low]
    if any(low[form] <= strongest_unmoved for form in falling):
        return True
    moved = [form for form in inside if form in low or form in high]
    return any(low.get(form, scores[form]) <= 0 < high.get(form, scores[form]) for form in moved)


def _scores(compiled: CompiledRuleBase, evaluation: Evaluation, added: Mapping[int, int]) -> dict[int, int]:
    """Give the scores of the forms whose sums move, with what is added to them."""
    cap, steps = compiled.rule_base.method.cap_per_step, compiled.layout.steps
    scores: dict[int, int] = {}
    for key, extra in added.items():
        form, total = key // steps, evaluation.tally[key]
        before = scores.get(form, evaluation.scores[form])
        scores[form] = before + max(-cap, min(cap, total + extra)) - max(-cap, min(cap, total))
    return scores


def _risks_that_could_change(
    compiled: CompiledRuleBase, evaluation: Evaluation, least: Mapping[int, int], most: Mapping[int, int]
) -> Iterable[str]:
    if not least and not most:
        return
    start, names = compiled.layout.start[Kind.RISKS], compiled.risks
    thresholds = [level.from_points for level in compiled.rule_base.method.risk_levels]
    for position in sorted(least.keys() | most.keys()):
        points = evaluation.tally[start + position]
        low, high = points + least.get(position, 0), points + most.get(position, 0)
        if any(low < threshold <= high for threshold in thresholds):
            yield f"risk:{names[position]}"
