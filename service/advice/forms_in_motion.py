"""Which facts could change the first form or the first three: how far open rules could move the scores of forms."""

from __future__ import annotations

from typing import Final, TypeAlias

from librt.vecs import vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.advice.effects_of_facts import Effects
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation

FIRST: Final = 1
FIRST_THREE: Final = 2
"""Bits of what could change."""

NONE_OPEN: Final = -1
"""In place of the weight of a fact that leaves no rule open."""
NOWHERE: Final = -1
BEYOND: Final = 1 << 40
"""More than any score."""

_Change: TypeAlias = tuple[i64, i64, bool, bool]
"""What a score could gain and lose, and whether a sum could move up and down, which the cap may keep from the score."""

GAIN: Final = 0
LOSS: Final = 1
IS_RAISED: Final = 2
IS_LOWERED: Final = 3


class Forms:
    """What the rules that stand on each fact add to the sums of forms, form by form, and which forms they exclude.

    The forms of a fact are the ``_forms`` from ``_first[fact]`` on; of one the sums are those from ``_sums_from`` on,
    and ``_most`` is the most that they can come to, when no rule is taken back: those come first that can come to more.
    By form and fact ``_where`` has the place of the form among those of the fact, NOWHERE when it is not among them.
    What a rule takes from forms is ``_taken[rule]``, which comes back with it.
    """

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]]) -> None:
        """Take for each fact the rules that stand on it."""
        reaches, steps = compiled.reaches, compiled.layout.steps
        self._cap: i64 = compiled.rule_base.method.cap_per_step
        self._three: i64 = compiled.rule_base.method.recommended_ranks
        self._excluded = Effects(
            [sorted((form, 0, rule) for rule in rules for form in reaches[rule].excluded) for rules in asking]
        )
        self._taken = vec[i16]([-sum(min(0, amount) for _, amount in reach.sums) for reach in reaches])
        first, sums_from = [0], [0]
        forms: list[int] = []
        most: list[int] = []
        where = [[NOWHERE] * len(asking) for _ in compiled.forms]
        ordered: list[list[tuple[int, int, int]]] = []
        for fact, rules in enumerate(asking):
            effects = [(*one, rule) for rule in rules for one in reaches[rule].sums]
            gains = [0] * len(compiled.forms)
            for cell, amount, _ in effects:
                gains[cell // steps] += max(0, amount)
            effects.sort(key=lambda one: (-gains[one[0] // steps], one[0]))
            ordered.append(effects)
            sums = sums_from[-1]
            for cell in dict.fromkeys(cell for cell, _, _ in effects):
                form, sums = cell // steps, sums + 1
                if where[form][fact] == NOWHERE:
                    where[form][fact] = len(forms)
                    forms.append(form)
                    most.append(gains[form])
                    sums_from.append(sums)
                sums_from[-1] = sums
            first.append(len(forms))
        self._sums = Effects(ordered)
        self._first, self._forms, self._most = vec[i32](first), vec[i16](forms), vec[i16](most)
        self._sums_from, self._where = vec[i32](sums_from), vec[i16]([place for row in where for place in row])

    def move(self, weights: vec[i16], turns: vec[i16], evaluation: Evaluation, changes: vec[i64], words: i64) -> None:
        """Set in what facts could change the bits of the first form (FIRST) and the first three (FIRST_THREE)."""
        scores, rank, back = _scores(evaluation), _ranks(evaluation), self._back(evaluation, turns)
        one, three = _Lead(1, evaluation), _Lead(self._three, evaluation)
        first, forms, most, where, tally = self._first, self._forms, self._most, self._where, evaluation.tally
        leading = _leading(evaluation, max(one.length, three.length))
        for fact in range(i64(len(weights))):
            if weights[fact] == NONE_OPEN:
                continue
            one.begin()
            three.begin()
            for ahead in range(i64(len(leading))):
                form = leading[ahead]
                at = i64(where[form * i64(len(weights)) + fact])
                if at != NOWHERE:
                    change = self._change(at, turns, tally)
                    one.move(ahead, scores[form], change)
                    three.move(ahead, scores[form], change)
            self._exclude(fact, turns, one, three, rank, scores)
            floor = min(one.floor, three.floor)
            for at in range(i64(first[fact]), i64(first[fact + 1])):
                could_come = i64(most[at]) + back
                if could_come <= 0 or floor == BEYOND:
                    break
                form = i64(forms[at])
                if scores[form] + could_come >= floor:
                    change = self._change(at, turns, tally)
                    if change[IS_RAISED]:
                        one.rise(rank[form], scores[form] + change[GAIN])
                        three.rise(rank[form], scores[form] + change[GAIN])
                        floor = min(one.floor, three.floor)
            changes[fact * words] |= _moved(one, three)

    def _change(self, at: i64, turns: vec[i16], tally: vec[i16]) -> _Change:
        """Add up what open rules could add to a form's sums, and to its score what the cap lets through.

        Up and down are apart, as each rule turns by itself.
        """
        start, rules, amounts, cap = self._sums.start, self._sums.rules, self._sums.amounts, self._cap
        gain: i64 = 0
        loss: i64 = 0
        is_raised = is_lowered = False
        for cell in range(i64(self._sums_from[at]), i64(self._sums_from[at + 1])):
            up: i64 = 0
            down: i64 = 0
            for place in range(i64(start[cell]), i64(start[cell + 1])):
                change = i64(amounts[place]) * i64(turns[i64(rules[place])])
                if change > 0:
                    up += change
                else:
                    down += change
            now = i64(tally[i64(self._sums.targets[cell])])
            if up > 0:
                is_raised = True
                gain += _counted(now, up, cap)
            if down < 0:
                is_lowered = True
                loss += _counted(now, down, cap)
        return gain, loss, is_raised, is_lowered

    def _exclude(self, fact: i64, turns: vec[i16], one: _Lead, three: _Lead, rank: vec[i64], scores: vec[i64]) -> None:
        """Let the forms go or come back that an open rule excludes."""
        excluded = self._excluded
        for at in range(i64(excluded.first[fact]), i64(excluded.first[fact + 1])):
            form = i64(excluded.targets[at])
            for place in range(i64(excluded.start[at]), i64(excluded.start[at + 1])):
                if turns[i64(excluded.rules[place])] != 0:
                    one.exclude(rank[form], scores[form])
                    three.exclude(rank[form], scores[form])

    def _back(self, evaluation: Evaluation, turns: vec[i16]) -> i64:
        """Add up what comes back to forms when the rules that fire and are open fire no longer."""
        back: i64 = 0
        for rule in evaluation.fired:
            if turns[rule] < 0:
                back += i64(self._taken[rule])
        return back


@mypyc_attr(acyclic=True)
class _Lead:
    """Whether the first forms of a ranking, so many, could become others, or one of them cross zero.

    They could when another form comes to the ``floor``: the least score that one of them could come to. It is BEYOND
    as soon as they could.
    """

    def __init__(self, length: i64, evaluation: Evaluation) -> None:
        """Take the ranking, and the score of the form behind the first ones, if there is one."""
        ranking, scores = evaluation.ranking, evaluation.scores
        self.length: i64 = min(length, len(ranking))
        self._weakest: i64 = scores[ranking[self.length - 1]] if self.length > 0 else 0
        self._behind: i64 = scores[ranking[self.length]] if self.length < len(ranking) else -BEYOND
        self.floor: i64 = self._weakest

    def begin(self) -> None:
        """Begin anew, with nothing that could move."""
        self.floor = self._weakest

    def move(self, rank: i64, score: i64, change: _Change) -> None:
        """Let the score of a form change, of one of the first: it could cross zero, or fall level with another."""
        gain, loss, is_lowered = change[GAIN], change[LOSS], change[IS_LOWERED]
        if rank >= self.length or self.floor == BEYOND:
            return
        if score + loss <= 0 < score + gain or (is_lowered and score + loss <= self._behind):
            self.floor = BEYOND
        elif is_lowered:
            self.floor = min(self.floor, score + loss)

    def rise(self, rank: i64, highest: i64) -> None:
        """Let a form come to a score, of one behind the first: it could draw level with the weakest of them."""
        if rank >= self.length and highest >= self.floor:
            self.floor = BEYOND

    def exclude(self, rank: i64, score: i64) -> None:
        """Let a form go, of one of the first, or come back, of one that is no weaker than they."""
        if rank < self.length or score >= self.floor:
            self.floor = BEYOND


def _moved(one: _Lead, three: _Lead) -> i64:
    """Return the bits of what could become another: the first form, the first three."""
    return (FIRST if one.floor == BEYOND else 0) | (FIRST_THREE if three.floor == BEYOND else 0)


def _scores(evaluation: Evaluation) -> vec[i64]:
    """Give the score of every form."""
    scores = vec[i64]([0] * len(evaluation.scores))
    for form, score in enumerate(evaluation.scores):
        scores[form] = score
    return scores


def _ranks(evaluation: Evaluation) -> vec[i64]:
    """Give the place of every form in the ranking; a form that is out of it comes after all others."""
    ranks = vec[i64]([len(evaluation.scores)] * len(evaluation.scores))
    for place, form in enumerate(evaluation.ranking):
        ranks[form] = place
    return ranks


def _leading(evaluation: Evaluation, count: i64) -> vec[i64]:
    """Give the first forms of the ranking."""
    leading = vec[i64]([0] * count)
    for place in range(count):
        leading[place] = evaluation.ranking[place]
    return leading


def _counted(now: i64, added: i64, cap: i64) -> i64:
    """Return what something adds to a score when it is added to a sum, which counts up to the cap either way."""
    after = now + added
    if after > cap:
        after = cap
    elif after < -cap:
        after = -cap
    if now > cap:
        now = cap
    elif now < -cap:
        now = -cap
    return after - now
