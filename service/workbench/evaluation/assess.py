"""Everything that is measured on sets of cases, put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.engine.compiled import CompiledRuleBase
from service.workbench.case_files import CaseSet, RealCase
from service.workbench.evaluation.leaving_out import (
    RuleEffect,
    Setting,
    leave_out_rules,
    refitted,
    without_rules_only_met,
    without_rules_only_needed,
)
from service.workbench.evaluation.shown import Reader, Scored, Shown
from service.workbench.evaluation.variants import Baseline, baselines

UNSAID: Final = "not said"


@dataclass(frozen=True, slots=True)
class Assessment:
    """How the advice of one rule base does on sets of cases.

    ``shown``, ``scores``, ``only_met`` and ``only_needed`` stand in the order of ``cases``, which is that
    of the sets.
    """

    compiled: CompiledRuleBase
    sets: tuple[CaseSet, ...]
    cases: tuple[RealCase, ...]
    shown: tuple[Shown, ...]
    scores: tuple[Scored, ...]
    baselines: tuple[Baseline, ...]
    rules: tuple[RuleEffect, ...]
    only_met: tuple[Scored, ...]
    only_needed: tuple[Scored, ...]
    settings: tuple[Setting, ...]

    def groups(self) -> Iterator[tuple[str, dict[str, list[Scored]]]]:
        """Yield the ways in which cases are taken apart, each with the scores by its values."""
        fact = self.compiled.rule_base.facts[self.compiled.rule_base.method.cases_grouped_by]
        ids = [option.id for option in fact.options]
        by_set = [(one, case) for one in self.sets for case in one.cases]
        yield "set", self._grouped([one.file for one, _ in by_set])
        yield "coder", self._grouped([_knowing(one) for one, _ in by_set])
        yield "confidence", self._grouped([case.confidence or UNSAID for case in self.cases])
        values = [str(case.profile.get(fact.id, UNSAID)) for case in self.cases]
        yield fact.id, self._grouped(values, ids)

    def _grouped(self, keys: Sequence[str], order: Sequence[str] = ()) -> dict[str, list[Scored]]:
        found: dict[str, list[Scored]] = {key: [] for key in order if key in keys}
        for key, one in zip(keys, self.scores, strict=True):
            found.setdefault(key, []).append(one)
        return found


def assess(compiled: CompiledRuleBase, sets: Sequence[CaseSet]) -> Assessment:
    """Measure a rule base on all cases of the sets."""
    cases = tuple(case for one in sets for case in one.cases)
    reader = Reader(compiled)
    found = [reader.evaluated(case) for case in cases]
    shown = tuple(reader.shown(one) for one in found)
    scores = tuple(reader.scored(case, one) for case, one in zip(cases, shown, strict=True))
    effects = leave_out_rules(reader, cases, found, scores)
    return Assessment(
        compiled=compiled,
        sets=tuple(sets),
        cases=cases,
        shown=shown,
        scores=scores,
        baselines=tuple(baselines(compiled, cases, scores)),
        rules=tuple(effects),
        only_met=without_rules_only_met(compiled, cases, effects),
        only_needed=without_rules_only_needed(compiled, cases, effects),
        settings=refitted(compiled, cases),
    )


def _knowing(one: CaseSet) -> str:
    """Say in a few words how a set was coded."""
    if one.coded is None:
        return UNSAID
    rules = "rules seen" if one.coded.rules_seen else "rules not seen"
    return f"{rules}, {'with hindsight' if one.coded.with_hindsight else 'as before the start'}"
