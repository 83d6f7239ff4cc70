"""How sure the advice is: the lead of the first form, its evidence, and how much is known."""

from __future__ import annotations

from dataclasses import dataclass

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


@dataclass(frozen=True, slots=True)
class Confidence:
    """``margin`` in points; ``evidence`` and ``known`` as shares from 0 to 1, to two decimals.

    margin: points by which the first form is ahead of the second. evidence: share of the first form's
    positive weight that rests on strong evidence. known: share of the rules that could touch the first
    three forms and ask about known facts only.
    """

    margin: int
    evidence: float
    known: float


def confidence(compiled: CompiledRuleBase, evaluation: Evaluation) -> Confidence:
    """Work out the confidence; with nothing in the ranking all of it is 0."""
    ranking, scores = evaluation.ranking, evaluation.scores
    if not ranking:
        return Confidence(0, 0.0, 0.0)
    margin = scores[ranking[0]] - scores[ranking[1]] if len(ranking) > 1 else 0
    evidence = _share_on_strong_evidence(compiled, evaluation, compiled.forms[ranking[0]])
    return Confidence(margin, evidence, _share_known(compiled, evaluation))


def _share_on_strong_evidence(compiled: CompiledRuleBase, evaluation: Evaluation, form: str) -> float:
    strong = positive = 0
    for index in evaluation.fired:
        rule = compiled.rule_base.rules[index]
        for effect in rule.effects:
            if effect.kind is Kind.FORMS and effect.target == form and (effect.amount or 0) > 0:
                positive += effect.amount or 0
                if rule.evidence in compiled.rule_base.method.strong_evidence:
                    strong += effect.amount or 0
    return round(strong / positive, 2) if positive else 0.0


def _share_known(compiled: CompiledRuleBase, evaluation: Evaluation) -> float:
    first = evaluation.ranking[: compiled.rule_base.method.recommended_ranks]
    touching = set().union(*(compiled.rules_touching[form] for form in first))
    known = evaluation.known.keys()
    asking_known = sum(1 for rule in touching if compiled.asks[rule] <= known)
    return round(asking_known / len(touching), 2) if touching else 0.0
