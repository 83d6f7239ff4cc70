"""Trying the cases on mutants of rules: which slips some case notices, and which pass unseen.

A mutant changes one rule, so nothing is compiled anew but that rule's test and cells: an evaluation is
corrected for the one rule, and the engine works out what follows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final, TypeAlias

from service.engine.compiled import (
    Cells,
    CompiledRuleBase,
    cells_of,  # the layout of the tally is the engine's, and a mutant needs no more of it
)
from service.engine.conditions import compile_condition
from service.engine.evaluation import Evaluation, change, evaluate
from service.knowledge.model import Rule
from service.workbench.case_files import RealCase, RuleCase
from service.workbench.expectations import differences
from service.workbench.mutants import Mutant
from service.workbench.rule_tests import differs_from_expected, with_used_form

ENOUGH: Final = 0.95
"""The share of mutants that cases have to notice."""

Notices: TypeAlias = Callable[[CompiledRuleBase, Sequence[Evaluation]], bool]


@dataclass(frozen=True, slots=True)
class Probe:
    """A claim of a case, with what follows from its profiles before anything is changed.

    ``notices`` tells from the evaluations of the mutant whether the claim no longer holds.
    """

    rule: str
    evaluations: tuple[Evaluation, ...]
    notices: Notices


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """A mutant that no case notices; ``reason`` says why that is right, or is empty."""

    rule: str
    mutant: str
    reason: str


@dataclass(frozen=True, slots=True)
class MutationRun:
    """How many mutants there were, and those that passed unseen."""

    mutants: int
    unnoticed: tuple[Unnoticed, ...]

    @property
    def noticed(self) -> int:
        """How many mutants some case noticed."""
        return self.mutants - len(self.unnoticed)

    @property
    def share(self) -> float:
        """The noticed part of all mutants, 0 to 1."""
        return self.noticed / self.mutants if self.mutants else 1.0

    @property
    def passed(self) -> bool:
        """Whether enough mutants are noticed, and the others have a reason."""
        return self.share >= ENOUGH and all(one.reason for one in self.unnoticed)


def run_mutants(
    compiled: CompiledRuleBase,
    mutants: Iterable[Mutant],
    probes: Sequence[Probe],
    waived: Mapping[tuple[str, str], str],
) -> MutationRun:
    """Try every mutant on the probes, first on those of its own rule."""
    count, unnoticed = 0, []
    for mutant in mutants:
        count += 1
        if not is_noticed(compiled, mutant, probes):
            reason = waived.get((mutant.rule.id, mutant.what), "")
            unnoticed.append(Unnoticed(mutant.rule.id, mutant.what, reason))
    return MutationRun(count, tuple(unnoticed))


def is_noticed(compiled: CompiledRuleBase, mutant: Mutant, probes: Sequence[Probe]) -> bool:
    """Tell whether some probe fails on the mutant."""
    mutated = with_rule(compiled, mutant.index, mutant.rule)
    own_first = sorted(probes, key=lambda probe: probe.rule != mutant.rule.id)
    for probe in own_first:
        after = [again(compiled, mutated, mutant.index, one) for one in probe.evaluations]
        if any(one is not was for one, was in zip(after, probe.evaluations, strict=True)) and probe.notices(
            mutated, after
        ):
            return True
    return False


def with_rule(compiled: CompiledRuleBase, index: int, rule: Rule) -> CompiledRuleBase:
    """Return the rule base with another rule in one place, for ``again``; its matchers stay as they were."""
    rules = compiled.rule_base.rules
    base = replace(compiled.rule_base, rules=(*rules[:index], rule, *rules[index + 1 :]))
    steps = [term.id for term in base.method.steps]
    test = compile_condition(rule.when, base.facts)
    cells = [compiled.cells.of(place) for place in range(len(rules))]
    cells[index] = [*cells_of(rule, steps, base.method, compiled.layout)]
    return replace(
        compiled,
        rule_base=base,
        tests=(*compiled.tests[:index], test, *compiled.tests[index + 1 :]),
        cells=Cells(cells),
    )


def again(compiled: CompiledRuleBase, mutated: CompiledRuleBase, index: int, evaluation: Evaluation) -> Evaluation:
    """Return what the mutated rule base makes of the evaluation's profile; the same object when nothing changes."""
    fired = index in evaluation.fired
    fires = mutated.tests[index](evaluation.known) is True
    if fired == fires and (not fired or compiled.cells.of(index) == mutated.cells.of(index)):
        return evaluation
    tally = evaluation.tally[:]
    if fired:
        compiled.cells.add(index, tally, -1)
    if fires:
        mutated.cells.add(index, tally, 1)
    now = set(evaluation.fired) - {index} | ({index} if fires else set())
    before_change = Evaluation(
        evaluation.profile,
        compiled.derivations,
        evaluation.values,
        evaluation.states,
        tuple(sorted(now)),
        tally,
        evaluation.scores,
        evaluation.ranking,
        evaluation.chosen,
        evaluation.findings,
    )
    return change(mutated, before_change, {})


def probes_of(compiled: CompiledRuleBase, of_rules: Iterable[RuleCase], real: Iterable[RealCase]) -> list[Probe]:
    """Evaluate the profiles of all cases, once; a claim that does not hold of the rules as they are is left out."""
    index_of = {rule.id: index for index, rule in enumerate(compiled.rule_base.rules)}
    probes = [probe for case in of_rules for probe in _rule_probes(compiled, case, index_of[case.rule])]
    probes += [_real_probe(compiled, case) for case in real if case.expected]
    return [probe for probe in probes if not probe.notices(compiled, probe.evaluations)]


def report_text(run: MutationRun) -> str:
    """Say it for people: the mutants that no case notices, the waived ones apart, and the sums."""
    unseen = [one for one in run.unnoticed if not one.reason]
    lines = [f"Not noticed: {one.rule}: {one.mutant}" for one in unseen]
    if unseen:
        lines.append(
            "After such a slip all cases still hold. Give the case of the rule another profile with which it fires "
            "('alsoWith') or does not ('notWith'), or say more under 'shows'."
        )
    lines += [f"Waived: {one.rule}: {one.mutant} ({one.reason})" for one in run.unnoticed if one.reason]
    waived = len(run.unnoticed) - len(unseen)
    figures = f"{run.mutants} mutants, {run.noticed} noticed ({run.share:.1%}), {waived} waived, {len(unseen)} left."
    return "\n".join([*lines, figures])


def report_json(run: MutationRun) -> str:
    """Say it for programs: ``{"passed", "mutants", "noticed", "share", "unnoticed": [...]}``."""
    return json.dumps(
        {
            "passed": run.passed,
            "mutants": run.mutants,
            "noticed": run.noticed,
            "share": round(run.share, 4),
            "unnoticed": [asdict(one) for one in run.unnoticed],
        },
        ensure_ascii=False,
        indent=2,
    )


def _rule_probes(compiled: CompiledRuleBase, case: RuleCase, index: int) -> Iterator[Probe]:
    def shows_otherwise(mutated: CompiledRuleBase, after: Sequence[Evaluation]) -> bool:
        return index not in after[0].fired or any(differences(mutated, after[0], case.shows))

    def is_silent(_: CompiledRuleBase, after: Sequence[Evaluation]) -> bool:
        return index not in after[0].fired

    def fires(_: CompiledRuleBase, after: Sequence[Evaluation]) -> bool:
        return index in after[0].fired

    yield Probe(case.rule, (evaluate(compiled, case.profile),), shows_otherwise)
    for variants, notices in ((case.also, is_silent), (case.near, fires)):
        for variant in variants:
            yield Probe(case.rule, (evaluate(compiled, variant.profile),), notices)


def _real_probe(compiled: CompiledRuleBase, case: RealCase) -> Probe:
    def differs(mutated: CompiledRuleBase, after: Sequence[Evaluation]) -> bool:
        return any(differs_from_expected(mutated, case, after[0], after[1]))

    evaluations = (evaluate(compiled, case.profile), evaluate(compiled, with_used_form(compiled, case)))
    return Probe("", evaluations, differs)
