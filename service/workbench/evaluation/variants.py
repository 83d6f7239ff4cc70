"""Other rule bases to hold the figures against: rules left out, other settings, and a constant guess.

A rule is left out by taking away what it does; it still fires, to no effect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Final

from service.engine.compiled import Cells, CompiledRuleBase, Reach, Scoring
from service.workbench.case_files import RealCase
from service.workbench.evaluation.shown import FIRST_POSSIBLE, Reader, Scored, Shown, acceptable_forms, causes

_NOTHING: Final = Reach((), frozenset(), (), 0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Something simpler than the whole, with its scores on the cases."""

    name: str
    scores: tuple[Scored, ...]


def without_rules(compiled: CompiledRuleBase, left_out: Container[int]) -> CompiledRuleBase:
    """Return the rule base in which some rules, by index, do nothing."""
    return replace(
        compiled,
        cells=Cells(() if index in left_out else compiled.cells.of(index) for index in range(len(compiled.tests))),
        reaches=tuple(_NOTHING if index in left_out else reach for index, reach in enumerate(compiled.reaches)),
    )


def with_cap(compiled: CompiledRuleBase, cap: int) -> CompiledRuleBase:
    """Return the rule base with another cap on the sum of a step."""
    rule_base = replace(compiled.rule_base, method=replace(compiled.rule_base.method, cap_per_step=cap))
    return replace(compiled, rule_base=rule_base, scoring=Scoring(rule_base, compiled.layout))


def with_high_from(compiled: CompiledRuleBase, points: int) -> CompiledRuleBase:
    """Return the rule base in which the highest level of risk holds from other points."""
    return replace(compiled, risk_thresholds=(*compiled.risk_thresholds[:-1], points))


def no_cap(compiled: CompiledRuleBase) -> int:
    """Return a cap that no sum reaches."""
    return sum(abs(amount) for reach in compiled.reaches for _, amount in reach.sums) + 1


def baselines(compiled: CompiledRuleBase, cases: Sequence[RealCase], own: Sequence[Scored]) -> Iterator[Baseline]:
    """Score a constant guess, the rule base without parts of it, and the one without a cap.

    ``own`` are the scores of the whole rule base.
    """
    method, rules = compiled.rule_base.method, compiled.rule_base.rules
    first = method.steps[0].id
    yield Baseline("constant guess", tuple(_constant(compiled, cases, own)))
    parts = {f"only the rules of the step {first}": {place for place, rule in enumerate(rules) if rule.step != first}}
    for step in method.steps:
        parts[f"without the step {step.id}"] = {place for place, rule in enumerate(rules) if rule.step == step.id}
    for grade in method.evidence:
        of_grade = {place for place, rule in enumerate(rules) if rule.evidence == grade.id}
        parts[f"without rules of evidence {grade.id}"] = of_grade
    for name, left_out in parts.items():
        yield Baseline(name, tuple(Reader(without_rules(compiled, left_out)).scores(cases)))
    yield Baseline("without a cap", tuple(Reader(with_cap(compiled, no_cap(compiled))).scores(cases)))


def _constant(compiled: CompiledRuleBase, cases: Sequence[RealCase], own: Sequence[Scored]) -> Iterator[Scored]:
    """Score on each case the same guess for all: what the cases accept and suffered most often.

    It is chosen with all of them in view, so it does better than it would on others. It names as many
    present risks as the advice does in the mean, none of them high.
    """
    reader, ranks = Reader(compiled), compiled.rule_base.method.recommended_ranks
    named = round(fmean(one.present for one in own)) if own else 0
    forms = _most_frequent(map(acceptable_forms, cases), compiled.forms)
    risks = _most_frequent(map(causes, cases), compiled.risks)
    guess = Shown(forms[:ranks], dict.fromkeys(risks[:named], 1), risks[named : named + FIRST_POSSIBLE])
    yield from (reader.scored(case, guess) for case in cases)


def _most_frequent(found: Iterable[Iterable[str]], order: Sequence[str]) -> tuple[str, ...]:
    """List ids by how often they occur, then in the order given; those that never occur are left out."""
    counts = Counter(one for several in found for one in several)
    return tuple(sorted(counts, key=lambda one: (-counts[one], order.index(one))))
