"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from librt.vecs import append, vec
from mypy_extensions import i16, i64, mypyc_attr

from service.advice.risk_states import RiskStates, Worth
from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind

FIRST: Final = 1
FIRST_THREE: Final = 2
RISKS: Final = 2
"""Which bit of what could change is the first risk's."""

NONE_OPEN: Final = -1
NOT_LOWERED: Final = 1 << 40
"""More than any score."""


def names_of_bits(risks: Sequence[str]) -> list[str]:
    """Name the bits of what could change: ``first``, ``firstThree``, ``risk:<id>``."""
    return ["first", "firstThree", *[f"risk:{risk}" for risk in risks]]


@mypyc_attr(acyclic=True)
class Unknown:
    """A fact that was not sent, and its place in the vocabulary. ``could_change`` are bits: see ``names_of_bits``.

    ``weight`` is the largest amount of a rule that it leaves open, ``worth`` what it is worth to know it.
    """

    def __init__(self, fact: str, place: i64, could_change: int, weight: i64, worth: float) -> None:
        self.fact = fact
        self.place = place
        self.could_change = could_change
        self.weight = weight
        self.worth = worth


class Unknowns:
    """Finds the unknown facts that could change the advice."""

    def __init__(self, compiled: CompiledRuleBase, states: RiskStates) -> None:
        """Look up which rules stand on which fact, and what they could move."""
        self._compiled, self._states = compiled, states
        self._facts = [_Fact(compiled, fact) for fact in compiled.rule_base.facts]
        self._risk_bits = [1 << RISKS + risk for risk in range(len(compiled.risks))]
        self._three: i64 = compiled.rule_base.method.recommended_ranks
        self._risks_from: i64 = compiled.layout.start[Kind.RISKS]

    def find(self, evaluation: Evaluation, undecided: Undecided, worth: Worth) -> list[Unknown]:
        """List the unknown facts that could change the advice, the largest weight first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        moves, turns = _Moves(self._compiled, evaluation), undecided.turns[:]
        for rule in undecided.other_forms:
            turns[i64(rule)] = 0
        found: list[Unknown] = []
        for place, fact in enumerate(self._facts):
            if undecided.sent[place]:
                continue
            weight = fact.weight(turns)
            if weight == NONE_OPEN:
                continue
            could = self._risks_moved(fact.risks, turns, evaluation.tally)
            moves.turn(fact, turns)
            if moves.reach(1):
                could |= FIRST
            if moves.reach(self._three):
                could |= FIRST_THREE
            if could:
                own = worth.most if could & FIRST else worth.facts[place]
                _put(Unknown(fact.name, place, could, weight, own), found)
        return found

    def _risks_moved(self, risks: _Effects, turns: vec[i16], tally: vec[i16]) -> int:
        """Give the risks, as bits, whose level could change."""
        could = 0
        start, rules, amounts = risks.start, risks.rules, risks.amounts
        for at in range(len(risks.targets)):
            least = most = i64(tally[self._risks_from + risks.targets[at]])
            for place in range(start[at], start[at + 1]):
                change = amounts[place] * i64(turns[rules[place]])
                if change > 0:
                    most += change
                else:
                    least += change
            if least < most and self._states.level(least) < self._states.level(most):
                could |= self._risk_bits[risks.targets[at]]
        return could


class _Effects:
    """What rules add to what: to ``targets[at]`` the entries from ``start[at]`` on, up to those of the next."""

    def __init__(self, effects: list[tuple[int, int, int]]) -> None:
        """Take the effects: target, rule and amount."""
        ordered = sorted(effects)
        targets = [target for target, _, _ in ordered]
        self.targets = vec[i64](sorted(set(targets)))
        self.start = append(vec[i64]([targets.index(target) for target in self.targets]), len(targets))
        self.rules = vec[i64]([rule for _, rule, _ in ordered])
        self.amounts = vec[i64]([amount for _, _, amount in ordered])


class _Fact:
    """A fact with the rules that stand on it: what they add to sums of forms and to risks, which forms they exclude."""

    def __init__(self, compiled: CompiledRuleBase, name: str) -> None:
        asking = [rule for rule, asked in enumerate(compiled.asked_of) if name in asked]
        reaches = [(rule, compiled.reaches[rule]) for rule in asking]
        self.name = name
        self.sums = _Effects([(cell, rule, amount) for rule, reach in reaches for cell, amount in reach.sums])
        self.forms = vec[i64]([cell // compiled.layout.steps for cell in self.sums.targets])
        self.risks = _Effects([(risk, rule, points) for rule, reach in reaches for risk, points in reach.risks])
        self.excluded = _Effects([(form, rule, 0) for rule, reach in reaches for form in reach.excluded])
        heaviest = sorted(asking, key=lambda rule: -compiled.reaches[rule].weight)
        self._rules = vec[i64](heaviest)
        self._weights = vec[i64]([compiled.reaches[rule].weight for rule in heaviest])

    def weight(self, turns: vec[i16]) -> i64:
        """Return the largest amount of a rule among those that are open, or NONE_OPEN."""
        rules = self._rules
        for at in range(len(rules)):
            if turns[rules[at]]:
                return self._weights[at]
        return NONE_OPEN


class _Moves:
    """What could move in the ranking, when open rules turn: up and down are apart, as each rule turns by itself.

    The first ``_count`` of ``_touched`` are the forms of which a sum could move. By form, ``_gain`` and ``_loss`` are
    what that adds to its score at most and at least, and ``_is_raised`` and ``_is_lowered`` whether a sum could move
    that way, which the cap may keep from the score. ``_excludable`` are forms that may go or come back.
    """

    def __init__(self, compiled: CompiledRuleBase, evaluation: Evaluation) -> None:
        """Start with nothing that could move."""
        self._tally, self._cap = evaluation.tally, i64(compiled.rule_base.method.cap_per_step)
        forms, ranked = len(evaluation.scores), len(evaluation.ranking)
        self._scores, self._ranking = vec[i64]([0] * forms), vec[i64]([0] * ranked)
        self._rank = vec[i64]([forms] * forms)
        for form, score in enumerate(evaluation.scores):
            self._scores[form] = score
        for place, form in enumerate(evaluation.ranking):
            self._ranking[place], self._rank[form] = form, place
        self._count: i64 = 0
        self._touched, self._excludable = vec[i64]([0] * forms), vec[i64]()
        self._gain, self._loss = vec[i64]([0] * forms), vec[i64]([0] * forms)
        self._is_raised, self._is_lowered = vec[bool]([False] * forms), vec[bool]([False] * forms)

    def turn(self, fact: _Fact, turns: vec[i16]) -> None:
        """Let only the open rules turn that stand on a fact."""
        touched, gain, loss, is_raised, is_lowered = (
            self._touched,
            self._gain,
            self._loss,
            self._is_raised,
            self._is_lowered,
        )
        for place in range(self._count):
            form = touched[place]
            gain[form] = 0
            loss[form] = 0
            is_raised[form] = False
            is_lowered[form] = False
        self._count = 0
        if len(fact.sums.targets):
            self._turn_sums(fact, turns)
        if len(fact.excluded.targets) or len(self._excludable):
            self._excludable = _open_targets(fact.excluded, turns)

    def _turn_sums(self, fact: _Fact, turns: vec[i16]) -> None:
        """Add up what comes to each sum, and to the scores what the cap lets through."""
        cells, start, rules, amounts = fact.sums.targets, fact.sums.start, fact.sums.rules, fact.sums.amounts
        is_raised, is_lowered, gain, loss = self._is_raised, self._is_lowered, self._gain, self._loss
        tally, cap, count = self._tally, self._cap, self._count
        for at in range(len(cells)):
            up: i64 = 0
            down: i64 = 0
            for place in range(start[at], start[at + 1]):
                change = amounts[place] * i64(turns[rules[place]])
                if change > 0:
                    up += change
                else:
                    down += change
            if up == 0 and down == 0:
                continue
            form, now = fact.forms[at], i64(tally[cells[at]])
            if not is_raised[form] and not is_lowered[form]:
                self._touched[count] = form
                count += 1
            if up > 0:
                is_raised[form] = True
                gain[form] += _counted(now, up, cap)
            if down < 0:
                is_lowered[form] = True
                loss[form] += _counted(now, down, cap)
        self._count = count

    def reach(self, length: i64) -> bool:
        """Tell whether one of the first forms could go, another draw level with them, or one of them cross zero."""
        if self._count == 0 and len(self._excludable) == 0:
            return False
        length = min(length, len(self._ranking))
        weakest: i64 = 0
        if length > 0:
            weakest = self._scores[self._ranking[length - 1]]
        fallen = self._fallen(length)
        if fallen != NOT_LOWERED:
            if self._falls_level(fallen, length):
                return True
            weakest = min(weakest, fallen)
        return self._crosses(length, weakest) or self._is_excludable(length, weakest)

    def _fallen(self, length: i64) -> i64:
        """Give the lowest score that one of the first forms could come to, of those that could come lower."""
        fallen: i64 = NOT_LOWERED
        for place in range(length):
            form = self._ranking[place]
            if self._is_lowered[form]:
                fallen = min(fallen, self._scores[form] + self._loss[form])
        return fallen

    def _falls_level(self, fallen: i64, length: i64) -> bool:
        """Tell whether a score is no more than that of the best of the other forms that are not raised."""
        for place in range(length, len(self._ranking)):
            form = self._ranking[place]
            if not self._is_raised[form]:
                return fallen <= self._scores[form]
        return False

    def _crosses(self, length: i64, weakest: i64) -> bool:
        """Tell whether one of the first forms could cross zero, or a raised one draw level with the weakest of them."""
        touched, rank, scores, gain = self._touched, self._rank, self._scores, self._gain
        for place in range(self._count):
            form = touched[place]
            highest = scores[form] + gain[form]
            if rank[form] < length:
                if scores[form] + self._loss[form] <= 0 < highest:
                    return True
            elif highest >= weakest and self._is_raised[form]:
                return True
        return False

    def _is_excludable(self, length: i64, weakest: i64) -> bool:
        """Tell whether one of the first forms could be excluded, or one come back that is no weaker than they."""
        for form in self._excludable:
            if self._rank[form] < length or (not self._is_raised[form] and self._scores[form] >= weakest):
                return True
        return False


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


def _open_targets(effects: _Effects, turns: vec[i16]) -> vec[i64]:
    """Return the targets to which an open rule adds."""
    found = vec[i64]()
    for at in range(len(effects.targets)):
        for place in range(effects.start[at], effects.start[at + 1]):
            if turns[effects.rules[place]]:
                found = append(found, effects.targets[at])
    return found


def _put(unknown: Unknown, found: list[Unknown]) -> None:
    """Put an unknown fact among the others, behind those that are to be asked as soon."""
    weight, worth = unknown.weight, unknown.worth
    place: i64 = len(found)
    while place > 0:
        before = found[place - 1]
        if before.weight > weight or (before.weight == weight and before.worth >= worth):
            break
        place -= 1
    found.insert(place, unknown)
