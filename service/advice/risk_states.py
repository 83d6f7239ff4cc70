"""Where each risk stands: present, possible because facts are unknown, or ruled out by a mitigation.

Owns states, levels, and the order of risks. What open rules could still add is bounded by letting each
of them fire or not by itself: the bound may be too high, as two rules can exclude each other, and is
never too low. Knows no language.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i64, mypyc_attr, u8

from service.advice.fired import NONE, FiredFor
from service.advice.risk_rules import ADDED, ASKED, NEXT, Speaking, rules_about
from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


class RiskState(StrEnum):
    """What is said of a risk; only a present one is a warning."""

    PRESENT = "present"
    POSSIBLE = "possible"
    RULED_OUT = "ruled-out"


class Standing:
    """Where a risk stands; ``position`` is its own in the catalogue.

    ``points`` are those of the rules that fired, ``worth`` what its order goes by among those of the same
    state. ``level`` is 1 to 3 for a present risk and 0 for the others. Of a possible risk ``could_reach`` is
    the highest level that open rules allow, ``likelihood`` the position of how likely it is among the
    declared ones (0 for the likeliest), and ``settled_by`` the facts to ask, by their places in the vocabulary.
    """

    def __init__(
        self,
        risk: str,
        position: int,
        state: RiskState,
        points: int,
        worth: float = 0.0,
        level: int = 0,
        could_reach: int = 0,
        likelihood: int = 0,
        settled_by: tuple[int, ...] = (),
    ) -> None:
        self.risk = risk
        self.position = position
        self.state = state
        self.points = points
        self.worth = worth
        self.level = level
        self.could_reach = could_reach
        self.likelihood = likelihood
        self.settled_by = settled_by


@mypyc_attr(acyclic=True)
class Worth:
    """What it is worth to know each unknown fact, by its place, for the risks; ``most`` is the most it can be.

    Told as the number of worths that there can be and that are less.
    """

    def __init__(self, facts: vec[i16], most: i16) -> None:
        self.facts = facts
        self.most = most


NO_MANNER: Final = 0
IS_PRESENT: Final = 1
IS_RULED_OUT: Final = 2
FIRST_POSSIBLE: Final = 3
"""The manners in which a risk stands, by number; from the last on it is possible, by how far and how likely."""

_NEVER: Final = 10_000
"""More facts than any rule base has."""
_SENT: Final = 10_000
"""More risks than any rule base has: in place of the last one for which a fact was listed, that it was sent."""
_PRESENT: Final = 8
_SETTLING: Final = 128
"""For how many present risks, and facts that settle possible ones, there is room from the start: mostly enough."""
_FEWEST_TOGETHER: Final = 2
"""How many facts rules together ask for at least."""


def risk_level(compiled: CompiledRuleBase, points: int) -> int:
    """Return the level that the points reach: 0 (not shown) to 3."""
    return bisect_right(compiled.risk_thresholds, points)


def most_points(compiled: CompiledRuleBase) -> int:
    """Return the most that the points of a risk can be, above or below zero."""
    return max((sum(abs(one) for _, one in rules_about(compiled, at)) for at in range(len(compiled.risks))), default=0)


class RiskStates:
    """Tells where the risks of one rule base stand."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules speak of risks, and how likely each risk is with each form."""
        method = compiled.rule_base.method
        self.about_chosen = [rule for rule in compiled.second_indexes if compiled.reaches[rule].risks]
        self.risks, self.speaking = compiled.risks, Speaking(compiled)
        self.start: i64 = compiled.layout.start[Kind.RISKS]
        self.shown: i64 = compiled.risk_thresholds[0]
        self.needed: i64 = compiled.risk_thresholds[method.possible_from - 1]
        self.top: i64 = len(method.risk_levels)
        most = most_points(compiled)
        self.most: i64 = most
        self.levels = vec[u8]([risk_level(compiled, points) for points in range(-most, most + 1)])
        self._risks, self._recommended = len(compiled.risks), method.recommended_ranks
        self._rows = {form: at * self._risks for at, form in enumerate(compiled.forms)}
        by_form = [_by_form(compiled, risk) for risk in compiled.risks]
        self._likelihoods = vec[u8]([one[form] for form in range(len(compiled.forms)) for one in by_form])
        self.likelihoods: i64 = len(method.likelihoods)
        self.worths = _Worths(compiled, self.speaking.farthest)
        self.nowhere, self.most_needed = vec[u8]([NO_MANNER] * self._risks), self.needed + self.most
        self.zeros = vec[i16]([0] * max(self._risks, len(compiled.rule_base.facts), self.most_needed + 1, _SETTLING))

    def standings(self, evaluation: Evaluation, undecided: Undecided) -> Standings:
        """Say where every risk stands that a fired rule speaks of or an open rule could raise."""
        return Standings(self, evaluation, undecided)

    def level(self, points: i64) -> i64:
        """Return the level that the points reach, as ``risk_level`` does, of points that a risk can have."""
        return i64(self.levels[points + self.most])

    def ahead(self, evaluation: Evaluation) -> vec[i64]:
        """Tell of the chosen forms, or those ranked first when none is chosen, where their likelihoods begin."""
        if evaluation.chosen:
            return vec[i64]([self._rows[form] for form in evaluation.chosen])
        return vec[i64]([form * self._risks for form in evaluation.ranking[: self._recommended]])

    def likelihood(self, risk: i64, ahead: vec[i64]) -> i64:
        """Return how likely the risk is with the form, of those ``ahead``, with which it is likeliest."""
        least = self.likelihoods - 1
        for at in range(len(ahead)):
            least = min(least, i64(self._likelihoods[ahead[at] + risk]))
        return least

    def manner(self, could_reach: i64, likelihood: i64) -> i64:
        """Return the number of the manner in which a risk is possible."""
        return FIRST_POSSIBLE + (could_reach - 1) * self.likelihoods + likelihood


@mypyc_attr(acyclic=True)
class Standings:
    """Where the risks stand after one evaluation.

    ``present`` are those that are, by position, the highest level and within it the most points before the others.
    ``serious`` is how many of the possible ones could reach the highest level, and ``first_serious`` the position of
    the one that comes first. ``manners`` has by position in which manner a risk stands, of those that are ruled out
    once all are put ``in_order``: advice in brief does not say them. The facts that would settle a possible risk stand
    in ``settling``, by their places, from the risk's number in ``settled_from`` on, as many as in ``settled_by``.
    """

    def __init__(self, states: RiskStates, evaluation: Evaluation, undecided: Undecided) -> None:
        """Find the present risks, the possible ones, and what it is worth to know each fact."""
        self._states, self.tally, self._undecided = states, evaluation.tally, undecided
        self._ahead = states.ahead(evaluation)
        zeros, risks, facts = states.zeros, len(states.nowhere), len(undecided.sent)
        self.manners, self._worths = states.nowhere[:], zeros[:risks]
        self.settled_from, self.settled_by, self.settling = zeros[:risks], zeros[:risks], zeros[:_SETTLING]
        self._fewest, self._worth_of_facts, self._listed = zeros[: states.most_needed + 1], zeros[:facts], zeros[:facts]
        for fact in range(facts):
            if undecided.sent[fact]:
                self._listed[fact] = _SENT
        self.present = vec[i16](capacity=_PRESENT)
        self.serious = 0
        self.first_serious: i64 = 0
        self._find()

    def worth_of_facts(self) -> Worth:
        """Say what it is worth to know a fact: the most that a serious risk is worth which it would settle."""
        return Worth(self._worth_of_facts, self._states.worths.most)

    def points(self, risk: i64) -> i64:
        """Return the points of the rules that fired."""
        return i64(self.tally[self._states.start + risk])

    def level(self, risk: i64) -> i64:
        """Return the level of a present risk."""
        return self._states.level(self.points(risk))

    def possible(self) -> vec[i16]:
        """List the possible risks by their worth, those in the catalogue's order that are worth the same."""
        return self._with_possible(vec[i16]())

    def in_order(self, fired: FiredFor) -> vec[i16]:
        """List the present risks, then the possible ones, then those that are ruled out by rules that ``fired``."""
        order = vec[i16](capacity=len(self.manners))
        for at in range(len(self.present)):
            order = append(order, self.present[at])
        order = self._with_possible(order)
        for risk in range(len(self.manners)):
            if self.manners[risk] == NO_MANNER and _is_kept_down(risk, fired):
                self.manners[risk] = IS_RULED_OUT
            if self.manners[risk] == IS_RULED_OUT:
                order = append(order, i16(risk))
        return order

    def standing(self, risk: int) -> Standing:
        """Say where one of the risks stands."""
        states, manner, points = self._states, int(self.manners[risk]), int(self.points(risk))
        name = states.risks[risk]
        if manner == IS_PRESENT:
            return Standing(name, risk, RiskState.PRESENT, points, float(points), int(self.level(risk)))
        if manner == IS_RULED_OUT:
            return Standing(name, risk, RiskState.RULED_OUT, points)
        could_reach, likelihood = divmod(manner - FIRST_POSSIBLE, int(states.likelihoods))
        start = self.settled_from[risk]
        return Standing(
            name,
            risk,
            RiskState.POSSIBLE,
            points,
            states.worths.all[self._worths[risk]],
            could_reach=could_reach + 1,
            likelihood=likelihood,
            settled_by=tuple(self.settling[start : start + self.settled_by[risk]]),
        )

    def _with_possible(self, order: vec[i16]) -> vec[i16]:
        first, worths = len(order), self._worths
        for risk in range(len(worths)):
            if self.manners[risk] >= FIRST_POSSIBLE:
                worth, at = worths[risk], i64(len(order))
                order = append(order, i16(risk))
                while at > first and worths[i64(order[at - 1])] < worth:
                    order[at] = order[at - 1]
                    at -= 1
                order[at] = i16(risk)
        return order

    def _find(self) -> None:
        """Go through the rules that speak of each risk: what could open ones add, and which facts do they ask for?"""
        states, undecided, listed, settling, end = self._states, self._undecided, self._listed, self.settling, i64(0)
        turns, missing, first, said = undecided.turns, undecided.missing, states.speaking.first, states.speaking.said
        for risk in range(len(self.manners)):
            points, start, at = i64(self.tally[states.start + risk]), end, i64(first[risk])
            if points >= states.shown:
                self._add_present(risk, points)
                continue
            need, most, alone, last = states.needed - points, points, i64(_NEVER), i64(first[risk + 1])
            while at < last:
                rule, at = at, i64(said[at + NEXT])
                turn = i64(turns[i64(said[rule])])
                if turn != 0:
                    gain = i64(said[rule + ADDED]) * turn
                    most += max(0, gain)
                    if gain >= need:
                        alone = min(alone, i64(missing[i64(said[rule])]))
                    for asked in range(rule + ASKED, at):
                        place = i64(said[asked])
                        if i64(listed[place]) <= risk:
                            listed[place] = i16(risk + 1)
                            if end < len(settling):
                                settling[end] = i16(place)
                            else:
                                settling = append(settling, i16(place))
                            end += 1
            if most >= states.needed:
                self._add_possible(risk, states.level(most), alone, settling, start, end)
            else:
                end = start
        self.settling = settling

    def _add_present(self, risk: i64, points: i64) -> None:
        """Put a risk among the present ones, behind those that have as many points or more."""
        self.manners[risk] = IS_PRESENT
        at = i64(len(self.present))
        present = append(self.present, i16(risk))
        while at > 0 and self.points(i64(present[at - 1])) < points:
            present[at] = present[at - 1]
            at -= 1
        present[at] = i16(risk)
        self.present = present

    def _add_possible(self, risk: i64, could_reach: i64, away: i64, settling: vec[i16], start: i64, end: i64) -> None:
        """Say of a risk that it is possible, and what it is worth: the graver, the likelier and the nearer it is.

        By one rule it is so many facts ``away``; what is ``settling`` it stands there from ``start`` to ``end``.
        """
        states = self._states
        intended = states.speaking.intended
        if i64(self._listed[intended]) == risk + 1:
            _move_last(intended, settling, start, end)
        if away > _FEWEST_TOGETHER:
            away = min(away, self._facts_away(risk, states.needed - self.points(risk), away))
        manner = states.manner(could_reach, states.likelihood(risk, self._ahead))
        worth = states.worths.of(manner, away)
        self.manners[risk], self._worths[risk] = u8(manner), worth
        self.settled_from[risk], self.settled_by[risk] = i16(start), i16(end - start)
        if could_reach == states.top:
            if self.serious == 0 or self._worths[self.first_serious] < worth:
                self.first_serious = risk
            self.serious += 1
            facts = self._worth_of_facts
            for at in range(start, end):
                place = i64(settling[at])
                facts[place] = max(facts[place], worth)

    def _facts_away(self, risk: i64, need: i64, alone: i64) -> i64:
        """Return the fewest facts to be known before rules together give the points needed, each asking for its own.

        ``fewest[gained]`` becomes the least number of facts with which rules gain as many points together that each add
        fewer than are needed, and ask for so few facts that others can join them.
        """
        undecided, fewest, speaking = self._undecided, self._fewest, self._states.speaking
        turns, missing, said = undecided.turns, undecided.missing, speaking.said
        at, last = i64(speaking.first[risk]), i64(speaking.first[risk + 1])
        for gained in range(1, need + 1):
            fewest[gained] = _NEVER
        while at < last:
            rule, gained = i64(said[at]), need
            gain, asks = i64(said[at + ADDED]) * i64(turns[rule]), i64(missing[rule])
            at = i64(said[at + NEXT])
            if 0 < gain < need and asks < alone - 1:
                while gained > 0:
                    with_it = asks
                    if gained > gain:
                        with_it += i64(fewest[gained - gain])
                    if with_it < i64(fewest[gained]):
                        fewest[gained] = i16(with_it)
                    gained -= 1
        return i64(fewest[need])


def _move_last(place: i64, settling: vec[i16], start: i64, end: i64) -> None:
    """Put one of the facts from ``start`` to ``end`` behind the others."""
    at, last = start, end - 1
    while i64(settling[at]) != place:
        at += 1
    while at < last:
        settling[at] = settling[at + 1]
        at += 1
    settling[last] = i16(place)


class _Worths:
    """``all`` that a possible risk can be worth, the least first, after that of others; ``most`` is the last of them.

    A worth is told by its place among them.
    """

    def __init__(self, compiled: CompiledRuleBase, farthest: int) -> None:
        """Work them out for the manners in which a risk is possible and up to the most facts that it can be away."""
        method = compiled.rule_base.method
        levels = range(1, len(method.risk_levels) + 1)
        manners = [float(level * one.weight) for level in levels for one in method.likelihoods]
        found = [worth / away for worth in manners for away in range(1, farthest + 1)]
        self.all = sorted({0.0, *found})
        self.most: i16 = i16(len(self.all) - 1)
        self._places, self._farthest = vec[i16]([self.all.index(worth) for worth in found]), i64(farthest)

    def of(self, manner: i64, away: i64) -> i16:
        """Return what a risk is worth that is possible in a manner and so many facts away."""
        return self._places[(manner - FIRST_POSSIBLE) * self._farthest + away - 1]


def _is_kept_down(risk: i64, fired: FiredFor) -> bool:
    """Tell whether a rule that fired speaks against the risk."""
    return fired.first(risk) != NONE and any((one.amount or 0) < 0 for one in fired.reasons(risk))


def _by_form(compiled: CompiledRuleBase, risk: str) -> list[int]:
    """Give for each form the position of the risk's likelihood among the declared ones."""
    terms = [one.term.id for one in compiled.rule_base.method.likelihoods]
    typical = compiled.rule_base.catalogue[Kind.RISKS][risk].typical_of
    positions = {form: terms.index(name) for name, forms in typical.items() for form in forms}
    return [positions.get(form, len(terms) - 1) for form in compiled.forms]
