"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from typing import Final

from service.advice.risk_states import RiskStates, Worth
from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind

FIRST: Final = "first"
FIRST_THREE: Final = "firstThree"


class Unknown:
    """A fact that was not sent. ``could_change`` lists ``first``, ``firstThree``, ``risk:<id>``."""

    def __init__(self, fact: str, could_change: tuple[str, ...]) -> None:
        self.fact = fact
        self.could_change = could_change


class Unknowns:
    """Finds the unknown facts that could change the advice."""

    def __init__(self, compiled: CompiledRuleBase, states: RiskStates) -> None:
        """Look up which rules stand on which facts."""
        self._compiled, self._states = compiled, states
        self._facts = list(compiled.rule_base.facts)
        self._asked_of = [
            [place for place, fact in enumerate(self._facts) if fact in asked] for asked in compiled.asked_of
        ]
        self._risk_names = [f"risk:{risk}" for risk in compiled.risks]
        self._risks_from = compiled.layout.start[Kind.RISKS]

    def find(self, evaluation: Evaluation, undecided: Undecided, worth: Worth) -> list[Unknown]:
        """List the unknown facts that could change the advice, the largest weight first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        heads = [_Head(evaluation, FIRST, 1)]
        heads.append(_Head(evaluation, FIRST_THREE, self._compiled.rule_base.method.recommended_ranks))
        moves = _Moves(self._compiled, evaluation)
        standing_on: list[list[int]] = [[] for _ in self._facts]
        for rule in undecided.rules:
            for fact_place in self._asked_of[rule]:
                standing_on[fact_place].append(rule)
        found: list[tuple[int, float, int, Unknown]] = []
        for place, rules in enumerate(standing_on):
            fact = self._facts[place]
            if not rules or fact in undecided.sent:
                continue
            moves.let(rules, undecided.turns)
            could = [head.name for head in heads if moves.move(head)] if moves.ranks else []
            could += self._risks(evaluation, moves)
            if could:
                own = worth.most if could[0] == FIRST else worth.facts.get(fact, 0.0)
                found.append((-moves.weight, -own, len(found), Unknown(fact, tuple(could))))
        found.sort()
        return [unknown for _, _, _, unknown in found]

    def _risks(self, evaluation: Evaluation, moves: _Moves) -> list[str]:
        """Name the risks whose level could change."""
        could: list[str] = []
        moves.risks.sort()
        for risk in moves.risks:
            points = evaluation.tally[self._risks_from + risk]
            if self._states.level(points + moves.least[risk]) < self._states.level(points + moves.most[risk]):
                could.append(self._risk_names[risk])
        return could


class _Head:
    """The first forms of a ranking, which others could come into. ``weakest`` is the lowest score among them."""

    def __init__(self, evaluation: Evaluation, name: str, length: int) -> None:
        """Take the first ``length`` forms; ``name`` says that they could change."""
        self.name, self.scores = name, evaluation.scores
        self.inside = list(evaluation.ranking[:length])
        self.outside = list(evaluation.ranking[length:])
        self.is_inside = [False] * len(self.scores)
        for form in self.inside:
            self.is_inside[form] = True
        self.weakest = min([self.scores[form] for form in self.inside], default=0)


class _Moves:
    """What some open rules could move: up and down are apart, as each rule fires or not by itself.

    By form the lowest and the highest score that it could come to, each step cut to the cap; by risk the
    least and the most that is added to its points. Used for one fact after the other, as making it anew
    costs more than clearing it.
    """

    def __init__(self, compiled: CompiledRuleBase, evaluation: Evaluation) -> None:
        """Start from an evaluation, with nothing moved."""
        self._reaches, self._cap = compiled.reaches, compiled.rule_base.method.cap_per_step
        steps, forms, risks = compiled.layout.steps, len(compiled.forms), len(compiled.risks)
        self._form_of = [cell // steps for cell in range(forms * steps)]
        self._scores, self._sums = evaluation.scores, evaluation.tally
        self._highest, self._lowest = list(self._sums[: forms * steps]), list(self._sums[: forms * steps])
        self._moved: list[int] = []
        self.low, self.high = list(self._scores), list(self._scores)
        self.is_raised, self.is_lowered = [False] * forms, [False] * forms
        self.raised: list[int] = []
        self.excludable: list[int] = []
        self.least, self.most, self._is_moved = [0] * risks, [0] * risks, [False] * risks
        self.risks: list[int] = []
        self.weight = 0

    @property
    def ranks(self) -> bool:
        """Whether anything touches the forms."""
        return bool(self._moved or self.excludable)

    def _clear(self) -> None:
        """Move nothing any more."""
        for cell in self._moved:
            form = self._form_of[cell]
            self._highest[cell] = self._lowest[cell] = self._sums[cell]
            self.high[form] = self.low[form] = self._scores[form]
            self.is_raised[form] = self.is_lowered[form] = False
        for risk in self.risks:
            self.least[risk] = self.most[risk] = 0
            self._is_moved[risk] = False
        self._moved.clear()
        self.raised.clear()
        self.risks.clear()
        self.excludable.clear()
        self.weight = 0

    def let(self, rules: list[int], turns: list[int]) -> None:
        """Let just these open rules fire or not; ``turns`` says of each which of the two is another than now."""
        self._clear()
        for rule in rules:
            reach, fires_now = self._reaches[rule], turns[rule] < 0
            self.weight = max(self.weight, reach.weight)
            for cell, amount in reach.sums:
                self._move_sum(cell, -amount if fires_now else amount)
            for risk, points in reach.risks:
                self._move_risk(risk, -points if fires_now else points)
            if reach.excluded:
                self.excludable += reach.excluded

    def move(self, head: _Head) -> bool:
        """Tell whether a form of the head could go, another draw level with them, or one of them cross zero."""
        weakest, any_lowered = head.weakest, False
        for form in head.inside:
            weakest = min(weakest, self.low[form])
            any_lowered = any_lowered or self.is_lowered[form]
        for form in self.raised:
            if not head.is_inside[form] and self.high[form] >= weakest:
                return True
        for form in head.inside:
            if self.low[form] <= 0 < self.high[form]:
                return True
        if any_lowered and self._falls_level(head):
            return True
        for form in self.excludable:
            if head.is_inside[form] or (not self.is_raised[form] and head.scores[form] >= weakest):
                return True
        return False

    def _falls_level(self, head: _Head) -> bool:
        """Tell whether a lowered form of the head could come down to the best of the others that nothing raises."""
        for form in head.outside:
            if not self.is_raised[form]:
                return any(self.is_lowered[one] and self.low[one] <= head.scores[form] for one in head.inside)
        return False

    def _move_sum(self, cell: int, amount: int) -> None:
        form = self._form_of[cell]
        self._moved.append(cell)
        if amount > 0:
            before = self._highest[cell]
            self._highest[cell] = before + amount
            self.high[form] += _cut(before + amount, self._cap) - _cut(before, self._cap)
            if not self.is_raised[form]:
                self.is_raised[form] = True
                self.raised.append(form)
        else:
            before = self._lowest[cell]
            self._lowest[cell] = before + amount
            self.low[form] += _cut(before + amount, self._cap) - _cut(before, self._cap)
            self.is_lowered[form] = True

    def _move_risk(self, risk: int, points: int) -> None:
        if not self._is_moved[risk]:
            self._is_moved[risk] = True
            self.risks.append(risk)
        if points > 0:
            self.most[risk] += points
        else:
            self.least[risk] += points


def _cut(total: int, cap: int) -> int:
    return max(-cap, min(cap, total))
