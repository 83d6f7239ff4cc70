"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.advice.risk_states import Worth, risk_level
from service.advice.undecided import Undecided
from service.engine.compiled import Cell, CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind

FIRST: Final = "first"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that was not sent. ``could_change`` lists ``first``, ``firstThree``, ``risk:<id>``."""

    fact: str
    could_change: tuple[str, ...]


def unknowns(
    compiled: CompiledRuleBase, evaluation: Evaluation, undecided: Undecided, worth: Worth
) -> tuple[Unknown, ...]:
    """List the unknown facts that could change the advice, the largest weight first.

    Of facts with equal weight the one comes first that is worth more to
    know: for a possible risk that it would settle, or because it could change the first form, which
    is worth as much as any risk can be.
    """
    asking: dict[str, list[int]] = {}
    for rule in undecided.rules:
        for fact in compiled.asked_of[rule] - undecided.sent:
            asking.setdefault(fact, []).append(rule)
    fired, found = frozenset(evaluation.fired), []
    for fact in compiled.rule_base.facts:
        asked = asking.get(fact)
        if asked and (could := tuple(_could_change(compiled, evaluation, asked, fired))):
            weight = max(compiled.reaches[rule].weight for rule in asked)
            own = worth.most if FIRST in could else worth.facts.get(fact, 0.0)
            found.append((weight, own, Unknown(fact, could)))
    found.sort(key=lambda one: (-one[0], -one[1]))
    return tuple(unknown for _, _, unknown in found)


def _could_change(
    compiled: CompiledRuleBase, evaluation: Evaluation, rules: Sequence[int], fired: frozenset[int]
) -> Iterable[str]:
    """Let each of the rules fire or not, and say what that could move."""
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
    for name, length in ((FIRST, 1), ("firstThree", compiled.rule_base.method.recommended_ranks)):
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
        cut, moved = max(-cap, min(cap, total)), total + extra
        scores[form] = before - cut + (moved if -cap <= moved <= cap else max(-cap, min(cap, moved)))
    return scores


def _risks_that_could_change(
    compiled: CompiledRuleBase, evaluation: Evaluation, least: Mapping[int, int], most: Mapping[int, int]
) -> Iterable[str]:
    if not least and not most:
        return
    start, names = compiled.layout.start[Kind.RISKS], compiled.risks
    for position in sorted(least.keys() | most.keys()):
        points = evaluation.tally[start + position]
        low, high = points + least.get(position, 0), points + most.get(position, 0)
        if risk_level(compiled, low) < risk_level(compiled, high):
            yield f"risk:{names[position]}"
