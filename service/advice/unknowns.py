"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.

What some open rules could move is put together once and kept: of profiles that were never sent before, a
hundred facts meet five new such sets of rules.
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
KEPT: int = 20_000
"""Sets of open rules of which is kept what they move, some hundred bytes each."""


class Unknown:
    """A fact that was not sent. ``could_change`` lists ``first``, ``firstThree``, ``risk:<id>``."""

    def __init__(self, fact: str, could_change: tuple[str, ...]) -> None:
        self.fact = fact
        self.could_change = could_change


class Unknowns:
    """Finds the unknown facts that could change the advice. Its store only ever gains entries."""

    def __init__(self, compiled: CompiledRuleBase, states: RiskStates) -> None:
        """Look up which facts rules stand on."""
        self._compiled, self._states = compiled, states
        self._facts = list(compiled.rule_base.facts)
        self._asked_of = [
            [place for place, fact in enumerate(self._facts) if fact in asked] for asked in compiled.asked_of
        ]
        self._moves: dict[tuple[int, ...], _Moves] = {}
        self._risk_names = [f"risk:{risk}" for risk in compiled.risks]
        self._risks_from = compiled.layout.start[Kind.RISKS]

    def find(self, evaluation: Evaluation, undecided: Undecided, worth: Worth) -> list[Unknown]:
        """List the unknown facts that could change the advice, the largest weight first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        first, three = 1, self._compiled.rule_base.method.recommended_ranks
        heads = [_Head(self._compiled, evaluation, FIRST, first), _Head(self._compiled, evaluation, FIRST_THREE, three)]
        open_rules: list[list[int]] = [[] for _ in self._facts]
        for rule in undecided.rules:
            turned = rule if undecided.turns[rule] > 0 else ~rule
            for place in self._asked_of[rule]:
                open_rules[place].append(turned)
        found: list[tuple[int, float, int, Unknown]] = []
        for place, rules in enumerate(open_rules):
            fact = self._facts[place]
            if not rules or fact in undecided.sent:
                continue
            key = tuple(rules)
            moves = self._moves.get(key)
            if moves is None:
                moves = _Moves(self._compiled, rules)
                if len(self._moves) < KEPT:
                    self._moves[key] = moves
            could = [head.name for head in heads if head.is_moved(moves)] if moves.ranks else []
            self._add_risks(could, evaluation, moves)
            if could:
                own = worth.most if could[0] == FIRST else worth.facts.get(fact, 0.0)
                found.append((-moves.weight, -own, len(found), Unknown(fact, tuple(could))))
        found.sort()
        return [unknown for _, _, _, unknown in found]

    def _add_risks(self, could: list[str], evaluation: Evaluation, moves: _Moves) -> None:
        """Name the risks whose level could change."""
        for risk, least, most in moves.risks:
            points = evaluation.tally[self._risks_from + risk]
            if self._states.level(points + least) < self._states.level(points + most):
                could.append(self._risk_names[risk])


class _Move:
    """What is added to a form's sums, ``total``, and to each of them by its cell."""

    def __init__(self, form: int) -> None:
        self.form, self.total = form, 0
        self.cells: dict[int, int] = {}

    def add(self, cell: int, amount: int) -> None:
        """Add to the sum in a cell."""
        self.total += amount
        self.cells[cell] = self.cells.get(cell, 0) + amount


class _Moves:
    """What open rules could move: up and down are apart, as each rule fires or not by itself.

    ``ups`` and ``downs`` are by form, those ``ups`` first that add most; ``ranks`` tells whether there is
    anything that touches forms; ``excludable`` are forms that may go or come back; ``risks`` are positions
    with the least and the most that is added to their points; ``weight`` is the largest amount of a rule.
    """

    def __init__(self, compiled: CompiledRuleBase, rules: list[int]) -> None:
        """Add up what each of the rules moves when it fires; one put as ``~rule`` fires, and would no longer."""
        steps, self.weight = compiled.layout.steps, 0
        self.up_of: dict[int, _Move] = {}
        down_of: dict[int, _Move] = {}
        least: dict[int, int] = {}
        most: dict[int, int] = {}
        self.excludable: list[int] = []
        for turned in rules:
            reach, sign = compiled.reaches[max(turned, ~turned)], 1 if turned >= 0 else -1
            self.weight = max(self.weight, reach.weight)
            for cell, amount in reach.sums:
                side = self.up_of if amount * sign > 0 else down_of
                form = cell // steps
                side.setdefault(form, _Move(form)).add(cell, amount * sign)
            for risk, points in reach.risks:
                bound = most if points * sign > 0 else least
                bound[risk] = bound.get(risk, 0) + points * sign
            self.excludable += reach.excluded
        self.ups = sorted(self.up_of.values(), key=lambda move: -move.total)
        self.downs = list(down_of.values())
        self.ranks = bool(self.ups or self.downs or self.excludable)
        self.risks = [(risk, least.get(risk, 0), most.get(risk, 0)) for risk in sorted(least.keys() | most.keys())]


class _Head:
    """The first forms of a ranking, which others could come into.

    ``weakest`` is the lowest score among them, ``strongest_outside`` the highest of the others.
    """

    def __init__(self, compiled: CompiledRuleBase, evaluation: Evaluation, name: str, length: int) -> None:
        """Take the first ``length`` forms; ``name`` says that they could change."""
        self.name, self._cap = name, compiled.rule_base.method.cap_per_step
        self._scores, self._tally = evaluation.scores, evaluation.tally
        self._inside, self._outside = evaluation.ranking[:length], evaluation.ranking[length:]
        self._is_inside = [False] * len(self._scores)
        for form in self._inside:
            self._is_inside[form] = True
        self._weakest = min([self._scores[form] for form in self._inside], default=0)
        others = [score for form, score in enumerate(self._scores) if not self._is_inside[form]]
        self._strongest_outside = max(others, default=0)

    def is_moved(self, moves: _Moves) -> bool:
        """Tell whether a form of the head could go, another draw level with them, or one of them cross zero."""
        low, weakest = self._lowered(moves), self._weakest
        for lowered in low.values():
            weakest = min(weakest, lowered)
        for up in moves.ups:  # the most first; the cap is counted in only where it could matter
            if self._strongest_outside + up.total < weakest:
                break
            if (
                not self._is_inside[up.form]
                and self._scores[up.form] + up.total >= weakest
                and self._moved(up) >= weakest
            ):
                return True
        if (low or self._weakest <= 0) and self._crosses_zero(low, moves):
            return True
        if low and self._falls_level(min(low.values()), moves):
            return True
        for form in moves.excludable:
            if self._is_inside[form] or (form not in moves.up_of and self._scores[form] >= weakest):
                return True
        return False

    def _lowered(self, moves: _Moves) -> dict[int, int]:
        """Give the lowest score that each form of the head could come to, of those that could come lower."""
        low: dict[int, int] = {}
        for down in moves.downs:
            if self._is_inside[down.form]:
                low[down.form] = self._moved(down)
        return low

    def _crosses_zero(self, low: dict[int, int], moves: _Moves) -> bool:
        for form in self._inside:
            if low.get(form, self._scores[form]) <= 0:
                up = moves.up_of.get(form)
                if (self._scores[form] if up is None else self._moved(up)) > 0:
                    return True
        return False

    def _falls_level(self, lowest: int, moves: _Moves) -> bool:
        """Tell whether the lowest that a form could come to is no more than the best of the others not raised."""
        for form in self._outside:
            if form not in moves.up_of:
                return lowest <= self._scores[form]
        return False

    def _moved(self, move: _Move) -> int:
        """Return the form's score with what is added to its sums, each cut to the cap before and after."""
        score = self._scores[move.form]
        for cell, extra in move.cells.items():
            before = self._tally[cell]
            score += _cut(before + extra, self._cap) - _cut(before, self._cap)
        return score


def _cut(total: int, cap: int) -> int:
    return max(-cap, min(cap, total))
