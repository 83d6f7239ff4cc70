"""How sure the advice is: the lead of the first form, its evidence, and how much is known."""

from __future__ import annotations

from itertools import accumulate

from librt.vecs import vec
from mypy_extensions import i32, i64, mypyc_attr

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


@mypyc_attr(acyclic=True)
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
        self._forms = [_Form(compiled, position) for position in range(len(compiled.forms))]
        self._none_seen = vec[bool]([False] * len(compiled.tests))
        self._recommended = compiled.rule_base.method.recommended_ranks

    def of(self, evaluation: Evaluation, fired: vec[bool], known: vec[bool]) -> Confidence:
        """Return the confidence; with nothing in the ranking all of it is 0.

        ``fired`` tells which rules fired; ``known``, by place, which facts are known.
        """
        ranking, scores = evaluation.ranking, evaluation.scores
        if not ranking:
            return Confidence(0, 0.0, 0.0)
        margin = scores[ranking[0]] - scores[ranking[1]] if len(ranking) > 1 else 0
        return Confidence(
            margin, self._forms[ranking[0]].share_on_strong_evidence(fired), self._share_known(evaluation, known)
        )

    def _share_known(self, evaluation: Evaluation, known: vec[bool]) -> float:
        seen = self._none_seen[:]
        touching: i64 = 0
        certain: i64 = 0
        for form in evaluation.ranking[: self._recommended]:
            one, start = self._forms[form], i64(0)
            for at in range(len(one.touching)):
                rule, end = i64(one.touching[at]), i64(one.ends[at])
                if not seen[rule]:
                    seen[rule] = True
                    touching += 1
                    while start < end and known[i64(one.asked[start])]:
                        start += 1
                    certain += 1 if start == end else 0
                start = end
        return _share(certain, touching)


class _Form:
    """A form: the rules ``touching`` it, and what those weigh that speak for it.

    The facts that the rules ask about, by place, are the ``asked`` up to the rule's of the ``ends``.
    """

    def __init__(self, compiled: CompiledRuleBase, position: int) -> None:
        """Look up the rules."""
        rules, strong = compiled.rule_base.rules, compiled.rule_base.method.strong_evidence
        touching = sorted(compiled.rules_touching[position])
        places = {name: place for place, name in enumerate(compiled.rule_base.facts)}
        self.touching = vec[i32](touching)
        self.ends = vec[i32](list(accumulate(len(compiled.asks[rule]) for rule in touching)))
        self.asked = vec[i32]([places[name] for rule in touching for name in compiled.asks[rule]])
        speaking = [
            (index, effect.amount)
            for index in touching
            for effect in rules[index].effects
            if effect.kind is Kind.FORMS and effect.target == compiled.forms[position]
            if effect.amount is not None and effect.amount > 0
        ]
        self._rules = vec[i32]([rule for rule, _ in speaking])
        self._weights = vec[i32]([weight for _, weight in speaking])
        self._strong = vec[i32]([weight if rules[rule].evidence in strong else 0 for rule, weight in speaking])

    def share_on_strong_evidence(self, fired: vec[bool]) -> float:
        """Return which part of the weight for the form rests on strong evidence, of the rules that fired."""
        positive: i64 = 0
        strong: i64 = 0
        for at in range(len(self._rules)):
            if fired[i64(self._rules[at])]:
                positive += i64(self._weights[at])
                strong += i64(self._strong[at])
        return _share(strong, positive)


def _share(part: i64, whole: i64) -> float:
    """Return part of whole to two decimals, as ``round`` does; it is asked only where halves need its care."""
    if whole == 0:
        return 0.0
    twice = 200 * part + whole
    if twice % (2 * whole) == 0:
        return round(int(part) / int(whole), 2)
    return float(twice // (2 * whole)) / 100.0
