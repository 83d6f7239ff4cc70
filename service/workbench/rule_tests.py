"""Running the cases: those beside the rules, and the real ones; and the report of it, by rule.

A rule's case is passed when the rule fires with each profile that it should fire with, with no near
miss, and the advice shows what the case says. A real case coded with hindsight is passed when the form
of a success is among the first three and, for a failure, one of the expected risks is warned of. Cases
coded before the start are not passed or failed, as nobody knows what the right advice was: ``evaluate``
measures the advice on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any, Final

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, evaluate
from service.workbench.case_files import RealCase, RuleCase
from service.workbench.expectations import differences, first_forms, risk_is_shown

FAILED: Final = "fail"
USED_FORM: Final = "form"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: passed when there are no mistakes. ``name`` is a rule's or a case's id."""

    name: str
    group: str
    mistakes: tuple[str, ...]
    tried: int = 1


@dataclass(frozen=True, slots=True)
class CaseRun:
    """Everything that was tried; ``uncovered`` are the rules without a case."""

    rules: tuple[Result, ...]
    real: tuple[Result, ...]
    uncovered: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no case failed and no rule is without one."""
        return not self.uncovered and not any(result.mistakes for result in self.rules + self.real)


def run_cases(
    compiled: CompiledRuleBase, of_rules: Sequence[RuleCase], real: Sequence[RealCase], only: str | None = None
) -> CaseRun:
    """Run all cases, or those of one rule."""
    rules = compiled.rule_base.rules
    step_of = {rule.id: rule.step for rule in rules}
    chosen = [case for case in of_rules if only in (None, case.rule)]
    covered = {case.rule for case in of_rules}
    coded = [] if only else real
    return CaseRun(
        rules=tuple(
            Result(
                case.rule,
                step_of[case.rule],
                tuple(rule_mistakes(compiled, case)),
                1 + len(case.also) + len(case.near),
            )
            for case in chosen
        ),
        real=tuple(Result(case.id, "real", tuple(_real_mistakes(compiled, case))) for case in coded if case.expected),
        uncovered=tuple(rule.id for rule in rules if rule.id not in covered and only in (None, rule.id)),
    )


def rule_mistakes(compiled: CompiledRuleBase, case: RuleCase) -> Iterator[str]:
    """Yield what is otherwise than the rule's case says."""
    evaluation = evaluate(compiled, case.profile)
    if not fires(compiled, evaluation, case.rule):
        yield "does not fire with its profile"
    yield from differences(compiled, evaluation, case.shows)
    for variant in case.also:
        if not fires(compiled, evaluate(compiled, variant.profile), case.rule):
            yield f"does not fire with {written(variant.change)}"
    for variant in case.near:
        if fires(compiled, evaluate(compiled, variant.profile), case.rule):
            yield f"fires with {written(variant.change)}, and should not"


def fires(compiled: CompiledRuleBase, evaluation: Evaluation, rule: str) -> bool:
    """Tell whether the rule fired."""
    return any(compiled.rule_base.rules[index].id == rule for index in evaluation.fired)


def with_used_form(compiled: CompiledRuleBase, case: RealCase) -> Mapping[str, Any]:
    """Return the profile of a real case with the form that was used as the intended one."""
    return {**case.profile, compiled.roles.intended_forms: frozenset({case.form_used})}


def differs_from_expected(
    compiled: CompiledRuleBase, case: RealCase, plain: Evaluation, intended: Evaluation
) -> Iterator[str]:
    """Yield what the advice on a real case does not show; ``intended`` has the used form as intended."""
    first = first_forms(compiled, plain)
    risks = [one["risk"] for one in case.expected if not isinstance(one, str) and "risk" in one]
    forms = [one["anyForm"] for one in case.expected if not isinstance(one, str) and "anyForm" in one]
    if USED_FORM in case.expected and case.form_used not in first:
        yield f"{case.form_used} should be among the first three: {', '.join(first)}"
    yield from (f"{form} should be among the first three: {', '.join(first)}" for form in forms if form not in first)
    warned = [risk for risk in risks if risk_is_shown(compiled, intended, risk)]
    if case.outcome == FAILED and risks and not warned:
        yield f"none of the risks {', '.join(risks)} is warned of"


def written(change: Mapping[str, Any]) -> str:
    """Write a change of a profile as the files have it."""
    return ", ".join(
        f"no {name}" if value is None else f"{name}: {json.dumps(value).replace(chr(34), '')}"
        for name, value in change.items()
    )


def report_text(run: CaseRun) -> str:
    """Say it for people: a line for each rule, by step, with what is wrong below it, and the sums."""
    lines: list[str] = []
    for group, results in groupby((*run.rules, *run.real), key=lambda result: result.group):
        lines.append("Real cases, coded with hindsight" if group == "real" else f"Rules of the step '{group}'")
        for result in results:
            mark = "FAILED" if result.mistakes else "ok"
            tried = f"{result.tried} profiles" if result.tried > 1 else "1 profile"
            lines.append(f"  {mark:<7}{result.name} ({tried})")
            lines += [f"           {mistake}" for mistake in result.mistakes]
    lines += [f"No case covers the rule '{rule}'. Add one to cases/rules-<step>.yaml." for rule in run.uncovered]
    failed = [result.name for result in (*run.rules, *run.real) if result.mistakes]
    if failed:
        lines.append(
            f"Failed: {', '.join(failed)}. Look for FAILED above, and mend the rule; or, if it is right, its case."
        )
    return "\n".join([*lines, _sum(run)])


def report_json(run: CaseRun) -> str:
    """Say it for programs: ``{"passed", "rules": [...], "real": [...], "uncovered": [...]}``."""
    return json.dumps({"passed": run.passed, **asdict(run)}, ensure_ascii=False, indent=2)


def _sum(run: CaseRun) -> str:
    failed = sum(1 for result in run.rules + run.real if result.mistakes)
    tried = len(run.rules) + len(run.real)
    verdict = "All is well" if run.passed else f"{failed} of {tried} cases failed, {len(run.uncovered)} rules uncovered"
    rules, profiles = len(run.rules), sum(result.tried for result in run.rules)
    noun = "rule" if rules == 1 else "rules"
    return f"{verdict}: {rules} {noun} with {profiles} profiles, {len(run.real)} real cases."


def _real_mistakes(compiled: CompiledRuleBase, case: RealCase) -> Iterator[str]:
    plain, intended = evaluate(compiled, case.profile), evaluate(compiled, with_used_form(compiled, case))
    yield from differs_from_expected(compiled, case, plain, intended)
