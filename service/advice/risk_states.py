"""Where each risk stands: present, possible because facts are unknown, or ruled out by a mitigation.

Owns states, levels, and the order of risks. What open rules could still add is bounded by letting each
of them fire or not by itself: the bound may be too high, as two rules can exclude each other, and is
never too low. Knows no language.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from mypy_extensions import i64

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

    ``points`` are those of the rules that fired. ``level`` is 1 to 3 for a present risk and 0 for the
    others. Of a possible risk ``could_reach`` is the highest level that open rules allow, ``likelihood``
    the position of how likely it is among the declared ones (0 for the likeliest), ``settled_by`` the
    facts to ask, and ``worth`` what its order goes by.
    """

    def __init__(
        self,
        risk: str,
        position: i64,
        state: RiskState,
        points: int,
        level: int = 0,
        could_reach: int = 0,
        likelihood: int = 0,
        settled_by: tuple[str, ...] = (),
        worth: float = 0.0,
    ) -> None:
        self.risk = risk
        self.position = position
        self.state = state
        self.points = points
        self.level = level
        self.could_reach = could_reach
        self.likelihood = likelihood
        self.settled_by = settled_by
        self.worth = worth


class Worth:
    """What it is worth to know each fact, for the risks; ``most`` is the most that anything can be worth."""

    def __init__(self, facts: Mapping[str, float], most: float) -> None:
        self.facts = facts
        self.most = most


_NEVER: Final = 10**6
"""More facts than any rule base has."""


def risk_level(compiled: CompiledRuleBase, points: int) -> int:
    """Return the level that the points reach: 0 (not shown) to 3."""
    return bisect_right(compiled.risk_thresholds, points)


class RiskStates:
    """Tells where the risks of one rule base stand."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Look up which rules speak of risks, and how likely each risk is with each form."""
        method = compiled.rule_base.method
        self._compiled, self._risks = compiled, compiled.risks
        self.about_chosen = [rule for rule in compiled.second_indexes if compiled.reaches[rule].risks]
        self._likelihoods = [_by_form(compiled, risk) for risk in compiled.risks]
        self._weights = [one.weight for one in method.likelihoods]
        self._speaking = [_speaking(compiled, position) for position in range(len(compiled.risks))]
        self._most = max((sum(abs(added) for _, added in speaking) for speaking in self._speaking), default=0)
        self._levels = [risk_level(compiled, points) for points in range(-self._most, self._most + 1)]
        self._asked = [_asked_of(compiled, rule) for rule in range(len(compiled.asks))]
        self._intended, self._start = compiled.roles.intended_forms, compiled.layout.start[Kind.RISKS]
        self._possible_points = compiled.risk_thresholds[method.possible_from - 1]
        self._top = len(method.risk_levels)
        self._most_worth = float(self._top * max(self._weights))

    def level(self, points: int) -> int:
        """Return the level that the points reach, as ``risk_level`` does, of points that a risk can have."""
        return self._levels[points + self._most]

    def standings(self, evaluation: Evaluation, undecided: Undecided) -> list[Standing]:
        """Say where every risk stands that a fired rule speaks of or an open rule could raise.

        Present risks come first, the highest level and within it the most points before the others; then
        the possible ones by their worth, and the ones that are ruled out; the catalogue's order decides
        the rest.
        """
        forms, kept_down = self._forms(evaluation), self._kept_down(evaluation)
        present: list[tuple[int, int, int, Standing]] = []
        possible: list[tuple[float, int, Standing]] = []
        ruled_out: list[Standing] = []
        for position, risk in enumerate(self._risks):
            points = evaluation.tally[self._start + position]
            level = self.level(points)
            if level:
                one = Standing(risk, position, RiskState.PRESENT, points, level)
                present.append((-level, -points, position, one))
            elif (maybe := self._possible(position, points, forms, undecided)) is not None:
                possible.append((-maybe.worth, position, maybe))
            elif position in kept_down:
                ruled_out.append(Standing(risk, position, RiskState.RULED_OUT, points))
        present.sort()
        possible.sort()
        return [one for _, _, _, one in present] + [one for _, _, one in possible] + ruled_out

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

    def _forms(self, evaluation: Evaluation) -> list[int]:
        """Give the chosen forms, or those ranked first when none is chosen."""
        if evaluation.chosen:
            return [self._compiled.forms.index(form) for form in evaluation.chosen]
        return list(evaluation.ranking[: self._compiled.rule_base.method.recommended_ranks])

    def _kept_down(self, evaluation: Evaluation) -> set[int]:
        """Give the risks against which a rule speaks that fired."""
        found: set[int] = set()
        for rule in evaluation.fired:
            for risk, added in self._compiled.reaches[rule].risks:
                if added < 0:
                    found.add(risk)
        return found

    def _possible(self, position: int, points: int, forms: list[int], undecided: Undecided) -> Standing | None:
        """Return where a risk stands that is not present and that open rules could raise far enough, else None."""
        most = points
        gains: list[int] = []
        missing: list[int] = []
        rules: list[int] = []
        for rule, added in self._speaking[position]:
            turn = undecided.turns[rule]
            if turn:
                rules.append(rule)
                gain = added if turn > 0 else -added
                if gain > 0:
                    most += gain
                    gains.append(gain)
                    missing.append(undecided.missing[rule])
        if most < self._possible_points:
            return None
        away = _facts_away(gains, missing, self._possible_points - points)
        likelihood = len(self._weights) - 1
        by_form = self._likelihoods[position]
        for form in forms:
            likelihood = min(likelihood, by_form[form])
        could_reach = self.level(most)
        worth = could_reach * self._weights[likelihood] / away
        settled_by = self._settled_by(rules, undecided.sent)
        risk = self._risks[position]
        return Standing(risk, position, RiskState.POSSIBLE, points, 0, could_reach, likelihood, settled_by, worth)

    def _settled_by(self, rules: list[int], sent: set[str]) -> tuple[str, ...]:
        """List the facts that were not sent and that open rules ask for, in the order of the rules, once each."""
        facts: list[str] = []
        intended = False
        for rule in rules:
            for fact in self._asked[rule]:
                if fact in sent or fact in facts:
                    continue
                if fact == self._intended:
                    intended = True
                else:
                    facts.append(fact)
        if intended:
            facts.append(self._intended)
        return tuple(facts)


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


def _facts_away(gains: list[int], missing: list[int], need: int) -> int:
    """Return the fewest facts to be known before ``need`` points can be there, each rule asking for its own.

    ``gains`` are what open rules add, ``missing`` how many facts each still asks for. ``fewest[gained]`` is
    the least number of facts with which the points are gained, ``need`` at most.
    """
    fewest = [_NEVER] * (need + 1)
    fewest[0] = 0
    for gain, facts in zip(gains, missing, strict=True):
        for gained in range(need, 0, -1):
            with_it = facts + (fewest[gained - gain] if gained > gain else 0)
            fewest[gained] = min(fewest[gained], with_it)
    return fewest[need]
