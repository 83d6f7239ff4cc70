"""Where each risk stands: present, possible because facts are unknown, or ruled out by a mitigation.

Owns states, levels, and the order of risks. What open rules could still add is bounded by letting each
of them fire or not by itself: the bound may be too high, as two rules can exclude each other, and is
never too low. Knows no language.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from itertools import accumulate
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i64, mypyc_attr, u8

from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


class RiskState(StrEnum):
    """What is said of a risk; only a present one is a warning."""

    PRESENT = "present"
    POSSIBLE = "possible"
    RULED_OUT = "ruled-out"


NO_FACTS: Final = vec[i16]()


@mypyc_attr(acyclic=True)
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
        position: i64,
        state: RiskState,
        points: int,
        worth: float,
        level: int = 0,
        could_reach: int = 0,
        likelihood: int = 0,
        settled_by: vec[i16] = NO_FACTS,
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
    """What it is worth to know each unknown fact, by its place, for the risks; ``most`` is the most it can be."""

    def __init__(self, facts: vec[float], most: float) -> None:
        self.facts = facts
        self.most = most


_NEVER: Final = 10_000
"""More facts than any rule base has."""


def risk_level(compiled: CompiledRuleBase, points: int) -> int:
    """Return the level that the points reach: 0 (not shown) to 3."""
    return bisect_right(compiled.risk_thresholds, points)


class RiskStates:
    """Tells where the risks of one rule base stand."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules speak of risks, and how likely each risk is with each form."""
        method = compiled.rule_base.method
        self.about_chosen = [rule for rule in compiled.second_indexes if compiled.reaches[rule].risks]
        self.risks, self.speaking = compiled.risks, _Speaking(compiled)
        self.start: i64 = compiled.layout.start[Kind.RISKS]
        self.shown: i64 = compiled.risk_thresholds[0]
        self.needed: i64 = compiled.risk_thresholds[method.possible_from - 1]
        self.top: i64 = len(method.risk_levels)
        most = self.speaking.most
        self.most: i64 = most
        self.levels = vec[u8]([risk_level(compiled, points) for points in range(-most, most + 1)])
        self._forms, self._recommended = dict(compiled.layout.position[Kind.FORMS]), method.recommended_ranks
        by_form = [_by_form(compiled, risk) for risk in compiled.risks]
        self._likelihoods = vec[u8]([one[form] for form in range(len(compiled.forms)) for one in by_form])
        self._least_likely: i64 = len(method.likelihoods) - 1
        self._weights = vec[i64]([one.weight for one in method.likelihoods])
        self.most_worth = float(len(method.risk_levels) * max(one.weight for one in method.likelihoods))

    def standings(self, evaluation: Evaluation, undecided: Undecided) -> Standings:
        """Say where every risk stands that a fired rule speaks of or an open rule could raise."""
        return Standings(self, evaluation, undecided)

    def level(self, points: i64) -> i64:
        """Return the level that the points reach, as ``risk_level`` does, of points that a risk can have."""
        return i64(self.levels[points + self.most])

    def ahead(self, evaluation: Evaluation) -> vec[i64]:
        """Give the chosen forms, or those ranked first when none is chosen."""
        if evaluation.chosen:
            return vec[i64]([self._forms[form] for form in evaluation.chosen])
        return vec[i64](evaluation.ranking[: self._recommended])

    def likelihood(self, risk: i64, forms: vec[i64]) -> i64:
        """Return how likely the risk is with the form, of those given, with which it is likeliest."""
        least = self._least_likely
        for form in forms:
            least = min(least, i64(self._likelihoods[form * len(self.risks) + risk]))
        return least

    def worth(self, could_reach: i64, likelihood: i64, away: i64) -> float:
        """Return what a possible risk is worth that is so many facts ``away``."""
        return float(could_reach * self._weights[likelihood]) / float(away)


@mypyc_attr(acyclic=True)
class Standings:
    """Where the risks stand after one evaluation.

    ``present`` are those that are, the highest level and within it the most points before the others. ``serious``
    is how many of the possible ones could reach the highest level, and ``first_serious`` the position of the one that
    comes first. What else there is to say of risks that are not present is worked out whenever it is asked for: advice
    in brief does not.
    """

    def __init__(self, states: RiskStates, evaluation: Evaluation, undecided: Undecided) -> None:
        """Find the present risks and what others could reach, and weigh the serious ones."""
        self._states, self._evaluation, self._undecided = states, evaluation, undecided
        self._forms = states.ahead(evaluation)
        self._could_reach, self._worths = vec[u8]([0] * len(states.risks)), vec[float]([0.0] * len(states.risks))
        self._fewest = vec[i16]([_NEVER] * (states.needed + states.speaking.most + 1))
        self.present: list[Standing] = []
        self.serious = 0
        self.first_serious: i64 = 0
        tally, start, shown, needed, speaking = (
            evaluation.tally,
            states.start,
            states.shown,
            states.needed,
            states.speaking,
        )
        for risk in range(len(self._could_reach)):
            points = i64(tally[start + risk])
            if points >= shown:
                self._add_present(risk, points)
                continue
            most = speaking.most_points(risk, points, undecided)
            if most >= needed:
                could_reach = states.level(most)
                self._could_reach[risk] = u8(could_reach)
                if could_reach == states.top:
                    self._add_serious(risk)

    def all(self) -> list[Standing]:
        """List the present risks, then the possible ones by their worth, then the ones that are ruled out.

        The catalogue's order decides the rest.
        """
        return self.present + self._possible() + self._ruled_out()

    def worth_of_facts(self) -> Worth:
        """Say what it is worth to know a fact: the most that a serious risk is worth which it would settle."""
        states, undecided = self._states, self._undecided
        facts = vec[float]([0.0] * len(undecided.sent))
        for risk in range(len(self._could_reach)):
            if i64(self._could_reach[risk]) == states.top:
                states.speaking.raise_facts(risk, self._worths[risk], undecided, facts)
        return Worth(facts, states.most_worth)

    def _points(self, risk: i64) -> i64:
        return i64(self._evaluation.tally[self._states.start + risk])

    def _add_present(self, risk: i64, points: i64) -> None:
        name, level = self._states.risks[risk], self._states.level(points)
        _put(Standing(name, risk, RiskState.PRESENT, points, float(points), level), self.present)

    def _add_serious(self, risk: i64) -> None:
        worth = self._worth(risk)
        if self.serious == 0 or self._worths[self.first_serious] < worth:
            self.first_serious = risk
        self.serious += 1
        self._worths[risk] = worth

    def _worth(self, risk: i64) -> float:
        """Return what a possible risk is worth: the graver, the likelier and the nearer it is."""
        states = self._states
        need = states.needed - self._points(risk)
        away = states.speaking.facts_away(risk, need, self._undecided, self._fewest)
        return states.worth(i64(self._could_reach[risk]), states.likelihood(risk, self._forms), away)

    def _possible(self) -> list[Standing]:
        order, worths, count = vec[i16]([0] * len(self._worths)), vec[float]([0.0] * len(self._worths)), i64(0)
        for risk in range(len(self._worths)):
            could_reach = i64(self._could_reach[risk])
            if could_reach > 0:
                worth = self._worths[risk] if could_reach == self._states.top else self._worth(risk)
                at = count
                while at > 0 and worths[at - 1] < worth:
                    order[at], worths[at] = order[at - 1], worths[at - 1]
                    at -= 1
                order[at], worths[at] = i16(risk), worth
                count += 1
        listed = vec[i16]([-1] * len(self._undecided.sent))
        return [self._possible_one(i64(order[at]), worths[at], listed) for at in range(count)]

    def _possible_one(self, risk: i64, worth: float, listed: vec[i16]) -> Standing:
        states = self._states
        return Standing(
            states.risks[risk],
            risk,
            RiskState.POSSIBLE,
            self._points(risk),
            worth,
            could_reach=i64(self._could_reach[risk]),
            likelihood=states.likelihood(risk, self._forms),
            settled_by=states.speaking.settled_by(risk, self._undecided, listed),
        )

    def _ruled_out(self) -> list[Standing]:
        """List the risks against which a rule speaks that fired, of those that are neither present nor possible."""
        states, fired, found = self._states, vec[bool]([False] * len(self._undecided.turns)), list[Standing]()
        for rule in self._evaluation.fired:
            fired[rule] = True
        for risk in range(len(self._could_reach)):
            if i64(self._could_reach[risk]) == 0 and states.speaking.is_kept_down(risk, fired):
                points = self._points(risk)
                if points < states.shown:
                    found.append(Standing(states.risks[risk], risk, RiskState.RULED_OUT, points, 0.0))
        return found


class _Speaking:
    """Which rules speak of each risk, those first that weigh most.

    Those of a risk have the numbers from ``start[risk]`` on, up to those of the next. The one with number ``at`` is
    ``rules[at]``, adds ``added[at]`` points, and stands on the facts from ``asked_from[at]`` on in ``asked``, by their
    places, those first that it names itself. ``most`` is the most that the points of a risk can be.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up what is said of each risk."""
        names = list(compiled.rule_base.facts)
        speaking = [_rules_about(compiled, risk) for risk in range(len(compiled.risks))]
        asked = [[names.index(fact) for fact in _asked_of(compiled, rule)] for one in speaking for rule, _ in one]
        self.most = max((sum(abs(added) for _, added in one) for one in speaking), default=0)
        self._start, self._asked_from = _starts([len(one) for one in speaking]), _starts([len(one) for one in asked])
        self._rules = vec[i16]([rule for one in speaking for rule, _ in one])
        self._added = vec[i16]([added for one in speaking for _, added in one])
        self._asked = vec[i16]([place for one in asked for place in one])
        self._intended: i64 = names.index(compiled.roles.intended_forms)

    def most_points(self, risk: i64, points: i64, undecided: Undecided) -> i64:
        """Return the points with all that open rules could add to those that there are."""
        rules, added, turns = self._rules, self._added, undecided.turns
        for at in range(i64(self._start[risk]), i64(self._start[risk + 1])):
            gain = i64(added[at]) * i64(turns[i64(rules[at])])
            if gain > 0:
                points += gain
        return points

    def facts_away(self, risk: i64, need: i64, undecided: Undecided, fewest: vec[i16]) -> i64:
        """Return the fewest facts to be known before the points needed can be there, each rule asking for its own.

        ``fewest[gained]`` becomes the least number of facts with which rules gain as many points together that each add
        fewer than are needed.
        """
        rules, added, turns, missing = self._rules, self._added, undecided.turns, undecided.missing
        least: i64 = _NEVER
        fewest[0] = 0
        for gained in range(1, need + 1):
            fewest[gained] = _NEVER
        for at in range(i64(self._start[risk]), i64(self._start[risk + 1])):
            rule = i64(rules[at])
            gain = i64(added[at]) * i64(turns[rule])
            if gain >= need:
                least = min(least, i64(missing[rule]))
                if least == 1:
                    break  # there is no less
            elif gain > 0 and i64(missing[rule]) < least - 1:  # another rule asks for one fact at least
                gained = need
                while gained > 0:
                    with_it = i64(missing[rule]) + i64(fewest[max(0, gained - gain)])
                    fewest[gained] = i16(min(i64(fewest[gained]), with_it))
                    gained -= 1
                least = min(least, i64(fewest[need]))
        return least

    def raise_facts(self, risk: i64, worth: float, undecided: Undecided, facts: vec[float]) -> None:
        """Make the facts worth as much, at least, that open rules ask for."""
        rules, asked_from, asked, turns = self._rules, self._asked_from, self._asked, undecided.turns
        for at in range(i64(self._start[risk]), i64(self._start[risk + 1])):
            if turns[i64(rules[at])] != 0:
                for asking in range(i64(asked_from[at]), i64(asked_from[at + 1])):
                    place = i64(asked[asking])
                    facts[place] = max(facts[place], worth)

    def settled_by(self, risk: i64, undecided: Undecided, listed: vec[i16]) -> vec[i16]:
        """List the facts that were not sent and that open rules ask for, in the order of the rules, once each.

        The intended forms come last. ``listed`` has for each fact the last risk for which it was listed.
        """
        rules, asked_from, asked = self._rules, self._asked_from, self._asked
        turns, sent = undecided.turns, undecided.sent
        first, end = i64(self._start[risk]), i64(self._start[risk + 1])
        places = vec[i16](capacity=i64(asked_from[end]) - i64(asked_from[first]))
        for at in range(first, end):
            if turns[i64(rules[at])] != 0:
                for asking in range(i64(asked_from[at]), i64(asked_from[at + 1])):
                    place = i64(asked[asking])
                    if i64(listed[place]) != risk and not sent[place]:
                        listed[place] = i16(risk)
                        if place != self._intended:
                            places = append(places, i16(place))
        if i64(listed[self._intended]) == risk:
            places = append(places, i16(self._intended))
        return places

    def is_kept_down(self, risk: i64, fired: vec[bool]) -> bool:
        """Tell whether a rule that fired speaks against the risk."""
        for at in range(i64(self._start[risk]), i64(self._start[risk + 1])):
            if i64(self._added[at]) < 0 and fired[i64(self._rules[at])]:
                return True
        return False


def _starts(lengths: list[int]) -> vec[i16]:
    """Say where each part begins of parts with these lengths, and where the last one ends."""
    return vec[i16](accumulate(lengths, initial=0))


def _put(one: Standing, standings: list[Standing]) -> None:
    """Put a risk among others of its state, behind those that are worth as much or more."""
    at: i64 = len(standings)
    while at > 0 and standings[at - 1].worth < one.worth:
        at -= 1
    standings.insert(at, one)


def _by_form(compiled: CompiledRuleBase, risk: str) -> list[int]:
    """Give for each form the position of the risk's likelihood among the declared ones."""
    terms = [one.term.id for one in compiled.rule_base.method.likelihoods]
    typical = compiled.rule_base.catalogue[Kind.RISKS][risk].typical_of
    positions = {form: terms.index(name) for name, forms in typical.items() for form in forms}
    return [positions.get(form, len(terms) - 1) for form in compiled.forms]


def _rules_about(compiled: CompiledRuleBase, risk: int) -> list[tuple[int, int]]:
    """List the rules that speak of a risk with their points, those first that weigh most."""
    found = [(rule, added) for rule, reach in enumerate(compiled.reaches) for at, added in reach.risks if at == risk]
    return sorted(found, key=lambda one: -abs(one[1]))


def _asked_of(compiled: CompiledRuleBase, rule: int) -> list[str]:
    """List the facts that a rule stands on in the vocabulary's order, those first that it names itself."""
    facts = [name for name in compiled.rule_base.facts if name in compiled.asked_of[rule]]
    return sorted(facts, key=lambda name: name not in compiled.asks[rule])
