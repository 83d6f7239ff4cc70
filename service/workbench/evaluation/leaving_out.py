"""Leaving out: each rule by itself, the rules that only one case speaks for, and each case in turn.

Rules are made by hand, so nothing can be fitted again on fewer cases but the settings. What a rule was
written for shows otherwise: by what changes without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from service.engine.compiled import CompiledRuleBase
from service.workbench.case_files import RealCase
from service.workbench.evaluation.measures import MEASURES
from service.workbench.evaluation.shown import Evaluated, Reader, Scored
from service.workbench.evaluation.variants import no_cap, with_cap, with_high_from, without_rules

CAPS: Final = (3, 4, 5, 6, 7, 8)
"""Caps that are tried beside the declared one and none at all."""
HIGHS: Final = (3, 4, 5, 6, 7, 8)
"""Points from which a risk is high that are tried beside the declared ones."""
SAYING_LITTLE: Final = frozenset({"precision", "usedOnOthers"})
"""Measures that no rule is judged by: not all causes were reported, and a form can fail where it fits."""


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """What leaving out one rule does: cases that get worse, cases that get better, and those that only change.

    ``fires`` are the cases on which it fires.
    """

    rule: str
    fires: tuple[str, ...]
    worse: tuple[str, ...]
    better: tuple[str, ...]
    other: tuple[str, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """Every case that is scored otherwise without the rule."""
        return (*self.worse, *self.better, *self.other)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with its declared value, how often each value was chosen on all cases but one, and the scores.

    A case's score is the one with the value that was chosen without it. ``measures`` are those it was
    chosen by; ``off`` is the value that stands for none, if there is one.
    """

    name: str
    measures: tuple[str, ...]
    declared: int
    off: int | None
    chosen: tuple[tuple[int, int], ...]
    scores: tuple[Scored, ...]


def leave_out_rules(
    reader: Reader, cases: Sequence[RealCase], found: Sequence[Evaluated], scores: Sequence[Scored]
) -> list[RuleEffect]:
    """Score every case again without each rule that has a say in it."""
    effects = []
    for index, rule in enumerate(reader.compiled.rule_base.rules):
        own = [place for place, one in enumerate(found) if index in one.plain.fired or index in one.intended.fired]
        reach = reader.compiled.reaches[index]
        says = bool(reach.sums or reach.excluded or reach.risks)
        said = [place for place, one in enumerate(found) if says and (place in own or index in one.open.rules)]
        less = Reader(without_rules(reader.compiled, {index})) if said else reader
        again = {place: less.scores([cases[place]])[0] for place in said}
        change = {place: _goodness(one) - _goodness(scores[place]) for place, one in again.items()}
        effects.append(
            RuleEffect(
                rule.id,
                tuple(cases[place].id for place in own),
                tuple(cases[place].id for place, by in change.items() if by < 0),
                tuple(cases[place].id for place, by in change.items() if by > 0),
                tuple(cases[place].id for place, by in change.items() if not by and again[place] != scores[place]),
            )
        )
    return effects


def without_rules_only_met(
    compiled: CompiledRuleBase, cases: Sequence[RealCase], effects: Sequence[RuleEffect]
) -> tuple[Scored, ...]:
    """Score each case without the rules that fire on no other."""
    own = {case.id: {place for place, one in enumerate(effects) if one.fires == (case.id,)} for case in cases}
    return tuple(Reader(without_rules(compiled, own[case.id])).scores([case])[0] for case in cases)


def without_rules_only_needed(
    compiled: CompiledRuleBase, cases: Sequence[RealCase], effects: Sequence[RuleEffect]
) -> tuple[Scored, ...]:
    """Score each case without the rules that, left out one by one, make it worse and change no other."""
    own = {
        case.id: {place for place, one in enumerate(effects) if one.changed == one.worse == (case.id,)}
        for case in cases
    }
    return tuple(Reader(without_rules(compiled, own[case.id])).scores([case])[0] for case in cases)


def refitted(compiled: CompiledRuleBase, cases: Sequence[RealCase]) -> tuple[Setting, ...]:
    """Choose each setting on all cases but one, and score it on that one, case after case."""
    off = no_cap(compiled)
    cap, high = compiled.rule_base.method.cap_per_step, compiled.risk_thresholds[-1]
    caps = {value: Reader(with_cap(compiled, value)).scores(cases) for value in dict.fromkeys((cap, *CAPS, off))}
    lowest = compiled.risk_thresholds[-2]
    highs = {
        value: Reader(with_high_from(compiled, value)).scores(cases)
        for value in dict.fromkeys((high, *HIGHS))
        if value > lowest
    }
    return (
        _refit(("the cap on a step", ("first", "firstThree"), cap, off), caps),
        _refit(("the points from which a risk is high", ("highOnOthers", "highOnSuccesses"), high, None), highs),
    )


def _refit(what: tuple[str, tuple[str, ...], int, int | None], scores: dict[int, list[Scored]]) -> Setting:
    """Choose among the values that were scored; ``what`` are the first four fields of the setting."""
    _, measures, declared, _ = what
    chosen, held_out = [], []
    for place in range(len(scores[declared])):
        others = {value: [*all_[:place], *all_[place + 1 :]] for value, all_ in scores.items()}
        best = max(others, key=lambda value: _sum(others[value], measures))  # the declared value, first, wins a tie
        chosen.append(best)
        held_out.append(scores[best][place])
    counts = tuple((value, chosen.count(value)) for value in sorted(set(chosen)))
    return Setting(*what, counts, tuple(held_out))


def _sum(scores: Iterable[Scored], measures: Sequence[str]) -> float:
    """Add up the shares of some measures; what is better when it is less counts against."""
    scores = list(scores)
    shares = ((one.better, one.of(scores).share or 0.0) for one in MEASURES if one.id in measures)
    return round(sum(share if better else -share for better, share in shares), 9)


def _goodness(score: Scored) -> int:
    """Count what an advice gets right on a case, less what it gets wrong."""
    counts = ((one.better, one.count(score)) for one in MEASURES if one.id not in SAYING_LITTLE)
    return sum(count.hits if better else -count.hits for better, count in counts)
