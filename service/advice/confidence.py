"""How sure the advice is: the lead of the first form, its evidence, and how much is known."""

from __future__ import annotations

from librt.vecs import vec
from mypy_extensions import i64

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation


class Confidence:
    """``margin`` in points; ``evidence`` and ``known`` as shares from 0 to 1, to two decimals.

    margin: points by which the first form is ahead of the second. evidence: share of the first form's
    positive weight that rests on strong evidence. known: share of the rules that could touch the first
    three forms and ask about known facts only.
    """

    def __init__(self, margin: int, evidence: float, known: float) -> None:
        self.margin = margin
        self.evidence = evidence
        self.known = known


class ConfidenceOf:
    """Works out the confidence of advice on one rule base."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules touch which form, and which rest on strong evidence."""
        self._compiled = compiled
        self._touching = [vec[i64](sorted(rules)) for rules in compiled.rules_touching]
        strong = compiled.rule_base.method.strong_evidence
        self._strong = tuple(rule.evidence in strong for rule in compiled.rule_base.rules)

    def of(self, evaluation: Evaluation, first: list[tuple[int, int]]) -> Confidence:
        """Return the confidence; with nothing in the ranking all of it is 0.

        ``first`` are the rules that speak of the first form, with their weights.
        """
        ranking, scores = evaluation.ranking, evaluation.scores
        if not ranking:
            return Confidence(0, 0.0, 0.0)
        margin = scores[ranking[0]] - scores[ranking[1]] if len(ranking) > 1 else 0
        return Confidence(margin, self._share_on_strong_evidence(first), self._share_known(evaluation))

    def _share_on_strong_evidence(self, first: list[tuple[int, int]]) -> float:
        strong = positive = 0
        for rule, weight in first:
            if weight > 0:
                positive += weight
                strong += weight if self._strong[rule] else 0
        return round(strong / positive, 2) if positive else 0.0

    def _share_known(self, evaluation: Evaluation) -> float:
        missing = self._compiled.term_counts.missing_beyond(evaluation.known)
        seen = vec[bool]([False] * len(missing))
        touching = known = 0
        for form in evaluation.ranking[: self._compiled.rule_base.method.recommended_ranks]:
            for rule in self._touching[form]:
                if not seen[rule]:
                    seen[rule] = True
                    touching += 1
                    known += 0 if missing[rule] else 1
        return round(known / touching, 2) if touching else 0.0
