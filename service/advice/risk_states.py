"""Where each risk stands: present, possible because facts are unknown, or ruled out by a mitigation.

Owns states, levels, and the order of risks. What open rules could still add is bounded by letting each
of them fire or not by itself: the bound may be too high, as two rules can exclude each other, and is
never too low. Knows no language.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from librt.vecs import vec
from mypy_extensions import i64, mypyc_attr

from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


class RiskState(StrEnum):
    """What is said of a risk; only a present one is a warning."""

    PRESENT = "present"
    POSSIBLE = "possible"
    RULED_OUT = "ruled-out"


@mypyc_attr(acyclic=True)
class Asked:
    """Facts to ask, and their places in the vocabulary; mostly the same object for the same facts."""

    def __init__(self, places: list[int], facts: list[str]) -> None:
        self.places = vec[i64](places)
        self.names = [facts[place] for place in places]


NOTHING: Final = Asked([], [])


@mypyc_attr(acyclic=True)
class Standing:
    """Where a risk stands; ``position`` is its own in the catalogue.

    ``points`` are those of the rules that fired, ``worth`` what its order goes by among those of the same
    state. ``level`` is 1 to 3 for a present risk and 0 for the others. Of a possible risk ``could_reach`` is
    the highest level that open rules allow, ``likelihood`` the position of how likely it is among the
    declared ones (0 for the likeliest), and ``settled_by`` the facts to ask.
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
        settled_by: Asked = NOTHING,
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
    """What it is worth to know each fact, by its place, for the risks; ``most`` is the most that anything can be."""

    def __init__(self, facts: vec[float], most: float) -> None:
        self.facts = facts
        self.most = most


_NEVER: Final = 10**6
"""More facts than any rule base has."""
WIDEST: Final = 62
"""Bits that go into a number under which something is kept."""
KEPT: int = 1_000
"""Lists of facts that are kept of a risk: of those of profiles that were never sent before, nine in ten are there."""
SHARED: int = 5_000
"""Lists of facts that are one object for all risks."""


def risk_level(compiled: CompiledRuleBase, points: int) -> int:
    """Return the level that the points reach: 0 (not shown) to 3."""
    return bisect_right(compiled.risk_thresholds, points)


class RiskStates:
    """Tells where the risks of one rule base stand."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules speak of risks, and how likely each risk is with each form."""
        method = compiled.rule_base.method
        self.about_chosen = [rule for rule in compiled.second_indexes if compiled.reaches[rule].risks]
        self._facts = list(compiled.rule_base.facts)
        asked: dict[tuple[int, ...], Asked] = {}
        self._risks = [_Risk(compiled, position, asked) for position in range(len(compiled.risks))]
        self._against = [[risk for risk, added in reach.risks if added < 0] for reach in compiled.reaches]
        self._forms, self._recommended = dict(compiled.layout.position[Kind.FORMS]), method.recommended_ranks
        self._start: i64 = compiled.layout.start[Kind.RISKS]
        most = max((risk.most for risk in self._risks), default=0)
        self._most: i64 = most
        self._levels = vec[i64]([risk_level(compiled, points) for points in range(-most, most + 1)])
        self._needed: i64 = compiled.risk_thresholds[method.possible_from - 1]
        self._weights = vec[i64]([one.weight for one in method.likelihoods])
        self._top = len(method.risk_levels)
        self._most_worth = float(self._top * max(one.weight for one in method.likelihoods))

    def level(self, points: i64) -> i64:
        """Return the level that the points reach, as ``risk_level`` does, of points that a risk can have."""
        return self._levels[points + self._most]

    def standings(self, evaluation: Evaluation, undecided: Undecided) -> list[Standing]:
        """Say where every risk stands that a fired rule speaks of or an open rule could raise.

        Present risks come first, the highest level and within it the most points before the others; then
        the possible ones by their worth, and the ones that are ruled out; the catalogue's order decides
        the rest.
        """
        present: list[Standing] = []
        possible: list[Standing] = []
        ruled_out: list[Standing] = []
        forms, kept_down = self._ahead(evaluation), self._kept_down(evaluation)
        for risk in self._risks:
            points = i64(evaluation.tally[self._start + risk.position])
            level = self.level(points)
            if level > 0:
                _put(Standing(risk.name, risk.position, RiskState.PRESENT, points, float(points), level), present)
            elif (most := risk.most_points(points, undecided)) >= self._needed:
                _put(self._possible(risk, points, most, forms, undecided), possible)
            elif kept_down[risk.position]:
                ruled_out.append(Standing(risk.name, risk.position, RiskState.RULED_OUT, points, 0.0))
        return present + possible + ruled_out

    def worth_of_facts(self, standings: Iterable[Standing]) -> Worth:
        """Say what it is worth to know a fact: the most that a possible risk is worth which it would settle.

        Only risks count that could reach the highest level.
        """
        facts = vec[float]([0.0] * len(self._facts))
        for one in standings:
            if one.could_reach == self._top:
                for place in one.settled_by.places:
                    facts[place] = max(facts[place], one.worth)
        return Worth(facts, self._most_worth)

    def _ahead(self, evaluation: Evaluation) -> vec[i64]:
        """Give the chosen forms, or those ranked first when none is chosen."""
        if evaluation.chosen:
            return vec[i64]([self._forms[form] for form in evaluation.chosen])
        return vec[i64](evaluation.ranking[: self._recommended])

    def _kept_down(self, evaluation: Evaluation) -> vec[i64]:
        """Give 1 for each risk against which a rule speaks that fired, 0 for the others."""
        kept_down = vec[i64]([0] * len(self._risks))
        for rule in evaluation.fired:
            for risk in self._against[rule]:
                kept_down[risk] = 1
        return kept_down

    def _possible(self, risk: _Risk, points: i64, most: i64, forms: vec[i64], undecided: Undecided) -> Standing:
        """Return where a risk stands that open rules could raise to ``most`` points."""
        could_reach, likelihood = self.level(most), risk.likelihood(forms)
        away = risk.facts_away(self._needed - points, undecided)
        worth = float(could_reach * self._weights[likelihood]) / float(away)
        return Standing(
            risk.name,
            risk.position,
            RiskState.POSSIBLE,
            points,
            worth,
            could_reach=could_reach,
            likelihood=likelihood,
            settled_by=risk.settled_by(undecided),
        )


class _Risk:
    """A risk and the rules that speak of it, those first that weigh most.

    Rule ``rules[at]`` adds ``added[at]`` points and stands on the facts ``asked[at]``, those first that it names
    itself; ``facts`` are those of all of them. ``likelihoods`` are by form; ``most`` is the most that the points
    can be. Its stores only ever gain entries.
    """

    def __init__(self, compiled: CompiledRuleBase, position: int, shared: dict[tuple[int, ...], Asked]) -> None:
        """Look up what is said of the risk at the position; the facts to ask are ``shared`` with the other risks."""
        self.name, self.position = compiled.risks[position], i64(position)
        speaking = _speaking(compiled, position)
        self.most = sum(abs(added) for _, added in speaking)
        self._rules, self._added = vec[i64]([rule for rule, _ in speaking]), vec[i64]([added for _, added in speaking])
        self._names = list(compiled.rule_base.facts)
        self._asked = [[self._names.index(fact) for fact in _asked_of(compiled, rule)] for rule, _ in speaking]
        self._facts = vec[i64](sorted({place for asked in self._asked for place in asked}))
        self._settled_by: dict[int, Asked] = {}
        self._shared = shared
        self._likelihoods = vec[i64](_by_form(compiled, self.name))
        self._least_likely: i64 = len(compiled.rule_base.method.likelihoods) - 1
        self._intended = self._names.index(compiled.roles.intended_forms)

    def most_points(self, points: i64, undecided: Undecided) -> i64:
        """Return the points with all that open rules could add to those that there are."""
        rules, added, turns = self._rules, self._added, undecided.turns
        at: i64
        for at in range(len(rules)):
            gain = added[at] * i64(turns[rules[at]])
            if gain > 0:
                points += gain
        return points

    def facts_away(self, need: i64, undecided: Undecided) -> i64:
        """Return the fewest facts to be known before the points needed can be there, each rule asking for its own.

        ``fewest[gained]`` is the least number of facts with which the points are gained, ``need`` at most.
        """
        rules, added, turns, missing = self._rules, self._added, undecided.turns, undecided.missing
        fewest = vec[i64]([_NEVER] * (need + 1))
        fewest[0] = 0
        at: i64
        for at in range(len(rules)):
            gain = added[at] * i64(turns[rules[at]])
            if gain > 0:
                gained = need
                while gained > 0:
                    before = gained - gain
                    with_it = i64(missing[rules[at]]) + fewest[max(0, before)]
                    fewest[gained] = min(fewest[gained], with_it)
                    gained -= 1
            if fewest[need] == 1:
                break  # there is no less
        return fewest[need]

    def settled_by(self, undecided: Undecided) -> Asked:
        """List the facts that were not sent and that open rules ask for, in the order of the rules, once each.

        The intended forms come last.
        """
        rules, facts, turns, sent = self._rules, self._facts, undecided.turns, undecided.sent
        if len(rules) + len(facts) > WIDEST:
            return self._listed(undecided)
        bits: i64 = 0
        for rule in rules:
            bits = bits << 1 | i64(turns[rule] & 1)
        for place in facts:
            bits = bits << 1 | (1 if sent[place] else 0)
        asked = self._settled_by.get(bits)
        if asked is None:
            asked = self._listed(undecided)
            if len(self._settled_by) < KEPT:
                self._settled_by[bits] = asked
        return asked

    def _listed(self, undecided: Undecided) -> Asked:
        turns, sent, listed = undecided.turns, undecided.sent, vec[bool]([False] * len(self._names))
        places: list[int] = []
        for at, asked in enumerate(self._asked):
            if turns[self._rules[at]] != 0:
                for place in asked:
                    if not (sent[place] or listed[place]):
                        listed[place] = True
                        if place != self._intended:
                            places.append(place)
        if listed[self._intended]:
            places.append(self._intended)
        return self._same(places)

    def _same(self, places: list[int]) -> Asked:
        """Return the facts at the places, as one object for all risks that they would settle."""
        asked = self._shared.get(tuple(places))
        if asked is None:
            asked = Asked(places, self._names)
            if len(self._shared) < SHARED:
                self._shared[tuple(places)] = asked
        return asked

    def likelihood(self, forms: vec[i64]) -> i64:
        """Return how likely the risk is with the form, of those given, with which it is likeliest."""
        least = self._least_likely
        for form in forms:
            least = min(least, self._likelihoods[form])
        return least


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


def _speaking(compiled: CompiledRuleBase, risk: int) -> list[tuple[int, int]]:
    """List the rules that speak of a risk with their points, those first that weigh most."""
    found = [(rule, added) for rule, reach in enumerate(compiled.reaches) for at, added in reach.risks if at == risk]
    return sorted(found, key=lambda one: -abs(one[1]))


def _asked_of(compiled: CompiledRuleBase, rule: int) -> list[str]:
    """List the facts that a rule stands on in the vocabulary's order, those first that it names itself."""
    facts = [name for name in compiled.rule_base.facts if name in compiled.asked_of[rule]]
    return sorted(facts, key=lambda name: name not in compiled.asks[rule])
