"""What a case expects of an evaluation, and how it differs, in sentences for rule owners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from service.advice.risk_states import risk_level
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, amount
from service.knowledge.model import Kind

NOTHING: Final = "none"
SUMS: Final = (Kind.TOOLS, Kind.RISKS)
LEVELS: Final = (Kind.ANCHORING_MEASURES, Kind.METRICS)


def differences(compiled: CompiledRuleBase, evaluation: Evaluation, shows: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the evaluation shows otherwise than the case says."""
    yield from _scores(compiled, evaluation, shows)
    yield from _places(compiled, evaluation, shows)
    for kind in (*SUMS, *LEVELS):
        for target, expected in shows.get(kind, {}).items():
            found = shown(compiled, evaluation, kind, target)
            if found != expected:
                yield f"{kind} {target}: {expected} expected, {found} found"
    yield from _risks(compiled, evaluation, shows)
    yield from _hidden(compiled, evaluation, shows)
    fired = {compiled.rule_base.rules[index].id for index in evaluation.fired}
    yield from (f"{rule}: fires, and should not" for rule in shows.get("rulesNotFiring", ()) if rule in fired)


def shown(compiled: CompiledRuleBase, evaluation: Evaluation, kind: Kind, target: str) -> int | str:
    """Return a form's score, a tool's or risk's points, or the id of a level (``none`` without one)."""
    position = compiled.layout.position[kind][target]
    if kind is Kind.FORMS:
        return evaluation.scores[position]
    found = amount(compiled, evaluation, kind, position)
    return found if kind in SUMS else level_name(compiled, found)


def level_name(compiled: CompiledRuleBase, level: int) -> str:
    """Return the id of a metric's or measure's level; 0 is ``none``."""
    return compiled.rule_base.method.priorities[level - 1].id if level else NOTHING


def first_forms(compiled: CompiledRuleBase, evaluation: Evaluation) -> tuple[str, ...]:
    """Return the forms on the ranks that count as recommended, best first."""
    most = compiled.rule_base.method.recommended_ranks
    return tuple(compiled.forms[form] for form in evaluation.ranking[:most])


def risk_is_shown(compiled: CompiledRuleBase, evaluation: Evaluation, risk: str) -> bool:
    """Tell whether the advice warns of the risk."""
    return _risk_level(compiled, evaluation, risk) > 0


def _risk_level(compiled: CompiledRuleBase, evaluation: Evaluation, risk: str) -> int:
    position = compiled.layout.position[Kind.RISKS][risk]
    return risk_level(compiled, amount(compiled, evaluation, Kind.RISKS, position))


def _scores(compiled: CompiledRuleBase, evaluation: Evaluation, shows: Mapping[str, Any]) -> Iterator[str]:
    expected = dict(shows.get("forms", {}))
    if "otherForms" in shows:
        expected = dict.fromkeys(compiled.forms, shows["otherForms"]) | expected
    for form, score in expected.items():
        found = shown(compiled, evaluation, Kind.FORMS, form)
        if found != score:
            yield f"forms {form}: score {score} expected, {found} found"


def _places(compiled: CompiledRuleBase, evaluation: Evaluation, shows: Mapping[str, Any]) -> Iterator[str]:
    first = first_forms(compiled, evaluation)
    wanted = shows.get("formFirst")
    if wanted is not None and first[:1] != (wanted,):
        yield f"{wanted} should stand first, and {first[0] if first else 'no form'} does"
    for form in shows.get("formsInFirstThree", ()):
        if form not in first:
            yield f"{form} should be among the first {len(first)}: {', '.join(first)}"
    ranked = {compiled.forms[form] for form in evaluation.ranking}
    yield from (f"{form} should be excluded, and is not" for form in shows.get("formsExcluded", ()) if form in ranked)


def _risks(compiled: CompiledRuleBase, evaluation: Evaluation, shows: Mapping[str, Any]) -> Iterator[str]:
    names = [NOTHING, *(level.term.id for level in compiled.rule_base.method.risk_levels)]
    for risk, least in shows.get("risksAtLeast", {}).items():
        found = _risk_level(compiled, evaluation, risk)
        if found < names.index(least):
            yield f"risks {risk}: at least {least} expected, {names[found]} found"


def _hidden(compiled: CompiledRuleBase, evaluation: Evaluation, shows: Mapping[str, Any]) -> Iterator[str]:
    hides: Mapping[str, Iterable[str]] = shows.get("hides", {})
    for key, targets in hides.items():
        kind = Kind(key)
        least = compiled.rule_base.method.tools_shown_from if kind is Kind.TOOLS else 1
        for target in targets:
            position = compiled.layout.position[kind][target]
            if amount(compiled, evaluation, kind, position) >= least:
                yield f"{kind} {target}: should not be shown, and is"
