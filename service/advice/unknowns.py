"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.

What the open rules of a fact could move is put together once for every way in which rules are open, and
kept; a profile then only holds it against its scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from service.advice.risk_states import RiskStates, Worth
from service.advice.undecided import Undecided
from service.engine.compiled import Cell, CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.engine.rule_bits import bits_of, rules_in
from service.knowledge.model import Kind

FIRST: Final = "first"
FIRST_THREE: Final = "firstThree"
KEPT: Final = 20_000
"""Ways of being open that are kept, some hundred bytes each; a rule base of some hundred rules has thousands."""


class Unknown(NamedTuple):
    """A fact that was not sent. ``could_change`` lists ``first``, ``firstThree``, ``risk:<id>``."""

    fact: str
    could_change: tuple[str, ...]


Sums: TypeAlias = Mapping[int, tuple[int, tuple[Cell, ...]]]
"""By form the sum of what could be added to its sums, and to each of them."""


class _Moves(NamedTuple):
    """What open rules could move: up and down are apart, as each rule fires or not by itself.

    ``ranks`` tells whether there is anything that touches forms; ``excludable`` are forms that may go or come
    back; ``risks`` are positions with the least and the most that is added to their points; ``weight`` is the
    largest amount of a rule.
    """

    ranks: bool
    up: Sums
    down: Sums
    excludable: frozenset[int]
    risks: tuple[tuple[int, int, int], ...]
    weight: int


class Unknowns:
    """Finds the unknown facts that could change the advice. Its store only ever gains entries."""

    def __init__(self, compiled: CompiledRuleBase, states: RiskStates) -> None:
        """Look up which rules stand on which facts."""
        self._compiled, self._level = compiled, states.level
        self._standing_on = {
            fact: bits_of(rule for rule, asked in enumerate(compiled.asked_of) if fact in asked)
            for fact in compiled.rule_base.facts
        }
        self._moves: dict[tuple[int, int], _Moves] = {}
        self._risk_names = tuple(f"risk:{risk}" for risk in compiled.risks)
        self._risks_from, self._cap = compiled.layout.start[Kind.RISKS], compiled.rule_base.method.cap_per_step
        self._lengths = ((FIRST, 1), (FIRST_THREE, compiled.rule_base.method.recommended_ranks))

    def find(self, evaluation: Evaluation, undecided: Undecided, worth: Worth) -> tuple[Unknown, ...]:
        """List the unknown facts that could change the advice, the largest weight first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        heads = [_Head(evaluation, name, length) for name, length in self._lengths]
        level, names = self._level, self._risk_names
        points = evaluation.tally[self._risks_from : self._risks_from + len(names)]
        fired = bits_of(evaluation.fired)
        found: list[tuple[int, float, int, Unknown]] = []
        for fact, standing_on in self._standing_on.items():
            rules = undecided.rule_bits & standing_on
            if not rules or fact in undecided.sent:
                continue
            moves = self._moves.get((rules, rules & fired)) or self._put_together(rules, rules & fired)
            could = [head.name for head in heads if self._moves_head(head, moves)] if moves.ranks else []
            for risk, least, most in moves.risks:
                if level[points[risk] + least] < level[points[risk] + most]:
                    could.append(names[risk])
            if could:
                own = worth.most if could[0] == FIRST else worth.facts.get(fact, 0.0)
                found.append((-moves.weight, -own, len(found), Unknown(fact, tuple(could))))
        found.sort()
        return tuple([unknown for _, _, _, unknown in found])

    def _put_together(self, rules: int, fired: int) -> _Moves:
        """Add up what each of the rules moves when it fires, or no longer does."""
        up: dict[int, int] = {}
        down: dict[int, int] = {}
        least: dict[int, int] = {}
        most: dict[int, int] = {}
        reaches = [(self._compiled.reaches[rule], -1 if fired >> rule & 1 else 1) for rule in rules_in(rules)]
        for reach, sign in reaches:
            _widen(down, up, reach.sums, sign)
            _widen(least, most, reach.risks, sign)
        excludable = frozenset[int]().union(*(reach.excluded for reach, _ in reaches))
        moves = _Moves(
            ranks=bool(up or down or excludable),
            up=_by_form(up, self._compiled.layout.steps),
            down=_by_form(down, self._compiled.layout.steps),
            excludable=excludable,
            risks=tuple((risk, least.get(risk, 0), most.get(risk, 0)) for risk in sorted(least.keys() | most.keys())),
            weight=max(reach.weight for reach, _ in reaches),
        )
        if len(self._moves) < KEPT:
            self._moves[rules, fired] = moves
        return moves

    def _moves_head(self, head: _Head, moves: _Moves) -> bool:
        """Tell whether a form of the head could go, another draw level with them, or one of them cross zero."""
        scores, inside, (_, up, down, excludable, *_) = head.scores, head.inside, moves
        weakest, low = head.weakest, {}
        if not inside.isdisjoint(down):
            low = {form: self._moved(head, form, down[form][1]) for form in inside if form in down}
            weakest = min([low.get(form, scores[form]) for form in inside])
        for form, (most, cells) in up.items():  # the most first; the cap is counted in only where it could matter
            if head.strongest_outside + most < weakest:
                break
            if scores[form] + most >= weakest and form not in inside and self._moved(head, form, cells) >= weakest:
                return True
        if low or head.weakest <= 0:
            for form in inside:
                if low.get(form, scores[form]) <= 0 < self._moved(head, form, up[form][1] if form in up else ()):
                    return True
        if low:
            strongest_unmoved = next((scores[form] for form in head.outside if form not in up), weakest - 1)
            if min(low.values()) <= strongest_unmoved:
                return True
        return bool(excludable) and any(
            form in inside or (form not in up and scores[form] >= weakest) for form in excludable
        )

    def _moved(self, head: _Head, form: int, cells: Sequence[Cell]) -> int:
        """Return the form's score with what is added to its sums, each cut to the cap before and after."""
        cap, score, tally = self._cap, head.scores[form], head.tally
        for cell, extra in cells:
            before = tally[cell]
            after = before + extra
            score += extra if -cap <= before <= cap >= after >= -cap else _cut(after, cap) - _cut(before, cap)
        return score


class _Head:
    """The first forms of a ranking, which others could come into; ``strongest_outside`` is the score of another."""

    __slots__ = ("inside", "name", "outside", "scores", "strongest_outside", "tally", "weakest")

    def __init__(self, evaluation: Evaluation, name: str, length: int) -> None:
        """Take the first ``length`` forms; ``name`` says that they could change."""
        self.name, self.scores, self.tally = name, evaluation.scores, evaluation.tally
        self.inside, self.outside = frozenset(evaluation.ranking[:length]), evaluation.ranking[length:]
        self.weakest = min([self.scores[form] for form in self.inside], default=0)
        others = [score for form, score in enumerate(self.scores) if form not in self.inside]
        self.strongest_outside = max(others, default=0)


def _cut(total: int, cap: int) -> int:
    return max(-cap, min(cap, total))


def _widen(low: dict[int, int], high: dict[int, int], cells: Iterable[Cell], sign: int) -> None:
    for key, amount in cells:
        side = high if amount * sign > 0 else low
        side[key] = side.get(key, 0) + amount * sign


def _by_form(added: Mapping[int, int], steps: int) -> Sums:
    """Gather what is added to the sums by form, the form with the most first."""
    sums: dict[int, int] = {}
    cells: dict[int, list[Cell]] = {}
    for cell, amount in added.items():
        form = cell // steps
        sums[form] = sums.get(form, 0) + amount
        cells.setdefault(form, []).append((cell, amount))
    return {form: (sums[form], tuple(cells[form])) for form in sorted(sums, key=sums.__getitem__, reverse=True)}
