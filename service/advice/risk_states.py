"""Where each risk stands: present, possible because facts are unknown, or ruled out by a mitigation.

Owns states, levels, and the order of risks. What open rules could still add is bounded by letting each
of them fire or not by itself: the bound may be too high, as two rules can exclude each other, and is
never too low. Knows no language.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.engine.rule_bits import bits_of, rules_in
from service.knowledge.model import Kind


class RiskState(StrEnum):
    """What is said of a risk; only a present one is a warning."""

    PRESENT = "present"
    POSSIBLE = "possible"
    RULED_OUT = "ruled-out"


class Standing(NamedTuple):
    """Where a risk stands.

    ``points`` are those of the rules that fired. ``level`` is 1 to 3 for a present risk and 0 for the
    others. Of a possible risk ``could_reach`` is the highest level that open rules allow, ``likelihood``
    the position of how likely it is among the declared ones (0 for the likeliest), ``settled_by`` the
    facts to ask, and ``worth`` what its order goes by.
    """

    risk: str
    state: RiskState
    points: int
    level: int = 0
    could_reach: int = 0
    likelihood: int = 0
    settled_by: tuple[str, ...] = ()
    worth: float = 0.0


@dataclass(frozen=True, slots=True)
class Worth:
    """What it is worth to know each fact, for the risks; ``most`` is the most that anything can be worth."""

    facts: Mapping[str, float]
    most: float


class _OpenRule(NamedTuple):
    """An open rule that speaks of a risk.

    ``gain`` is what comes on top when it turns out for the worst, 0 or more; ``missing`` how many facts
    it still asks for.
    """

    rule: int
    gain: int
    missing: int


class _Prospect(NamedTuple):
    """What can become of a risk that is not present.

    ``could_reach`` is the highest level that open rules allow, ``away`` the fewest facts to be known before
    it is serious enough to be possible, ``settled_by`` the facts to ask.
    """

    could_reach: int
    away: int
    settled_by: tuple[str, ...]


_NEVER: Final = 10**6
"""More facts than any rule base has."""
KEPT: Final = 20_000
"""Prospects that are kept, some hundred bytes each; a rule base of some hundred rules has thousands."""


def risk_level(compiled: CompiledRuleBase, points: int) -> int:
    """Return the level that the points reach: 0 (not shown) to 3."""
    return bisect_right(compiled.risk_thresholds, points)


class RiskStates:
    """Tells where the risks of one rule base stand; what does not depend on a profile is worked out once.

    What can become of a risk follows from the rules about it that are open and the facts that these ask for,
    and is kept by those; the store only ever gains entries. ``level`` is ``risk_level`` for all points that a
    risk can have.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules speak of risks, and how likely each risk is with each form."""
        self._compiled = compiled
        self.about_chosen = bits_of(rule for rule in compiled.second_pass if compiled.reaches[rule].risks)
        method = compiled.rule_base.method
        self._likelihoods = tuple(_by_form(compiled, risk) for risk in compiled.risks)
        self._speaking = tuple(_speaking(compiled, position) for position in range(len(compiled.risks)))
        self._speaking_bits = tuple(bits_of(rule for rule, _ in speaking) for speaking in self._speaking)
        self._against_bits = tuple(
            bits_of(rule for rule, added in speaking if added < 0) for speaking in self._speaking
        )
        most = max((sum(abs(added) for _, added in speaking) for speaking in self._speaking), default=0)
        self.level = {points: risk_level(compiled, points) for points in range(-most, most + 1)}
        self._asked = tuple(_asked_of(compiled, rule) for rule in range(len(compiled.asks)))
        place = compiled.bits.place
        self._asks_bits = tuple(bits_of(place[fact] for fact in asks) for asks in compiled.asks)
        self._asked_of_bits = tuple(bits_of(place[fact] for fact in asked) for asked in compiled.asked_of)
        self._asked_together: dict[int, tuple[int, int]] = {}
        self._prospects: dict[tuple[int, ...], _Prospect | None] = {}
        self._possible_points = compiled.risk_thresholds[method.possible_from - 1]
        self._top = len(method.risk_levels)
        self._most_worth = float(self._top * max(one.weight for one in method.likelihoods))

    def standings(self, evaluation: Evaluation, undecided: Undecided) -> tuple[Standing, ...]:
        """Say where every risk stands that a fired rule speaks of or an open rule could raise.

        Present risks come first, the highest level and within it the most points before the others; then
        the possible ones by their worth, and the ones that are ruled out; the catalogue's order decides
        the rest.
        """
        compiled, start = self._compiled, self._compiled.layout.start[Kind.RISKS]
        fired, forms = bits_of(evaluation.fired), self._forms(evaluation)
        both = undecided.rule_bits | undecided.other_bits
        present, possible, ruled_out = [], [], []
        for position, risk in enumerate(compiled.risks):
            points = evaluation.tally[start + position]
            level = self.level[points]
            if level:
                present.append(Standing(risk, RiskState.PRESENT, points, level))
            elif both & self._speaking_bits[position] and (
                prospect := self._prospect(position, points, fired, undecided)
            ):
                possible.append(self._possible(position, points, prospect, forms))
            elif fired & self._against_bits[position]:
                ruled_out.append(Standing(risk, RiskState.RULED_OUT, points))
        present.sort(key=lambda one: (-one.level, -one.points))
        possible.sort(key=lambda one: -one.worth)
        return (*present, *possible, *ruled_out)

    def worth_of_facts(self, standings: Iterable[Standing]) -> Worth:
        """Say what it is worth to know a fact: the most that a possible risk is worth which it would settle.

        Only risks count that could reach the highest level.
        """
        facts: dict[str, float] = {}
        for one in standings:
            if one.could_reach == self._top:
                for fact in one.settled_by:
                    if facts.get(fact, 0.0) < one.worth:
                        facts[fact] = one.worth
        return Worth(facts, self._most_worth)

    def _forms(self, evaluation: Evaluation) -> Sequence[int]:
        """Give the chosen forms, or those ranked first when none is chosen."""
        if evaluation.chosen:
            return [self._compiled.forms.index(form) for form in evaluation.chosen]
        return evaluation.ranking[: self._compiled.rule_base.method.recommended_ranks]

    def _possible(self, position: int, points: int, prospect: _Prospect, forms: Sequence[int]) -> Standing:
        """Say where a possible risk stands."""
        likelihoods, by_form = self._compiled.rule_base.method.likelihoods, self._likelihoods[position]
        likelihood = min([by_form[form] for form in forms], default=len(likelihoods) - 1)
        could_reach, away, settled_by = prospect
        risk, worth = self._compiled.risks[position], could_reach * likelihoods[likelihood].weight / away
        return Standing(risk, RiskState.POSSIBLE, points, 0, could_reach, likelihood, settled_by, worth)

    def _prospect(self, position: int, points: int, fired: int, undecided: Undecided) -> _Prospect | None:
        """Return what can become of a risk with these points; None when it stays below what is possible."""
        about = self._speaking_bits[position]
        rules, other = undecided.rule_bits & about, undecided.other_bits & about
        asks, asked_of = self._asked_together.get(rules | other) or self._ask_together(rules | other)
        missing, unsent = undecided.missing & asks, undecided.unsent & asked_of
        key = (position, points, rules, other, (rules | other) & fired, missing, unsent)
        if key in self._prospects:
            return self._prospects[key]
        open_rules = [
            _OpenRule(rule, max(0, -added if fired >> rule & 1 else added), missing)
            for rule, added in self._speaking[position]
            if (missing := self._missing(rule, undecided))
        ]
        most = points + sum([one.gain for one in open_rules])
        made = None
        if most >= self._possible_points:
            away = _facts_away(open_rules, self._possible_points - points)
            made = _Prospect(self.level[most], away, self._settled_by(open_rules, undecided.sent))
        if len(self._prospects) < KEPT:
            self._prospects[key] = made
        return made

    def _ask_together(self, rules: int) -> tuple[int, int]:
        """Return the facts that some rules name, and those that can be sent on which they stand, as bits."""
        asks = asked_of = 0
        for rule in rules_in(rules):
            asks |= self._asks_bits[rule]
            asked_of |= self._asked_of_bits[rule]
        if len(self._asked_together) < KEPT:
            self._asked_together[rules] = asks, asked_of
        return asks, asked_of

    def _missing(self, rule: int, undecided: Undecided) -> int:
        """Count the facts that an open rule still asks for; 0 when it is not open."""
        missing = (self._asks_bits[rule] & undecided.missing).bit_count()
        if undecided.rule_bits >> rule & 1:
            return missing
        return missing + 1 if undecided.other_bits >> rule & 1 else 0

    def _settled_by(self, open_rules: Iterable[_OpenRule], sent: frozenset[str]) -> tuple[str, ...]:
        """List the facts that were not sent and that open rules ask for, in the order of the rules."""
        intended = self._compiled.roles.intended_forms
        facts: dict[str, None] = {}
        for one in open_rules:
            facts |= self._asked[one.rule]
        left = [fact for fact in facts if fact not in sent and fact != intended]
        return (*left, intended) if intended in facts and intended not in sent else tuple(left)


def _by_form(compiled: CompiledRuleBase, risk: str) -> tuple[int, ...]:
    """Give for each form the position of the risk's likelihood among the declared ones."""
    terms = [one.term.id for one in compiled.rule_base.method.likelihoods]
    typical = compiled.rule_base.catalogue[Kind.RISKS][risk].typical_of
    positions = {form: terms.index(name) for name, forms in typical.items() for form in forms}
    return tuple(positions.get(form, len(terms) - 1) for form in compiled.forms)


def _speaking(compiled: CompiledRuleBase, risk: int) -> tuple[tuple[int, int], ...]:
    """List the rules that speak of a risk with their points, those first that weigh most."""
    found = [(rule, added) for rule, reach in enumerate(compiled.reaches) for at, added in reach.risks if at == risk]
    return tuple(sorted(found, key=lambda one: -abs(one[1])))


def _asked_of(compiled: CompiledRuleBase, rule: int) -> dict[str, None]:
    """List the facts that a rule stands on in the vocabulary's order, those first that it names itself."""
    facts = [name for name in compiled.rule_base.facts if name in compiled.asked_of[rule]]
    return dict.fromkeys(sorted(facts, key=lambda name: name not in compiled.asks[rule]))


def _facts_away(open_rules: Iterable[_OpenRule], need: int) -> int:
    """Return the fewest facts to be known before ``need`` points can be there, each rule asking for its own.

    ``fewest[gained]`` is the least number of facts with which the points are gained, ``need`` at most.
    """
    fewest = [0, *[_NEVER] * need]
    for one in open_rules:
        if one.gain:
            for gained in range(need, 0, -1):
                facts = one.missing + (fewest[gained - one.gain] if gained > one.gain else 0)
                fewest[gained] = min(fewest[gained], facts)
    return fewest[need]
