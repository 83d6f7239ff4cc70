"""What an advice comes down to, without words: ids, ranks, scores, levels. For who counts, keeps or compares it."""

from __future__ import annotations

from service.advice.advised import Shown
from service.advice.compose import Advice
from service.engine.compiled import CompiledRuleBase


def fired_rules(compiled: CompiledRuleBase, advice: Advice) -> tuple[str, ...]:
    """Return the ids of the rules that fired, in the order of the rule files."""
    rules = compiled.rule_base.rules
    return tuple([rules[index].id for index in advice.evaluation.fired])


def outcome(compiled: CompiledRuleBase, advice: Advice) -> dict[str, object]:
    """Return ``{"chosenForms", "forms", "tools", "anchoringMeasures", "metrics", "risks", "firedRules"}``.

    Best and highest first, as in the advice; by id: of a form its rank (None when it is excluded) and score, of a tool
    its score, of a measure or metric its level, of a risk its state, level (0 unless it is present) and points.
    """
    return {
        "chosenForms": list(advice.evaluation.chosen),
        "forms": {form.form: [form.rank, form.score] for form in advice.forms.all()},
        "tools": _amounts(advice.tools),
        "anchoringMeasures": _amounts(advice.anchoring_measures),
        "metrics": _amounts(advice.metrics),
        "risks": {
            one.standing.risk: [one.standing.state.value, one.standing.level, one.standing.points]
            for one in advice.risks
        },
        "firedRules": list(fired_rules(compiled, advice)),
    }


def _amounts(shown: Shown) -> dict[str, int]:
    return {one.target: one.amount for one in shown.all()}
