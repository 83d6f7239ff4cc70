"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from librt.vecs import vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.advice.advised import Forms
from service.advice.effects_of_facts import AMOUNT, CELLS, EFFECT, EFFECTS, LENGTH, MOST, OTHER, RULE, Cells, Effects
from service.advice.forms_in_motion import FIRST, FIRST_THREE, FormsInMotion
from service.advice.risk_states import RiskStates, Standings, Worth
from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase

RISKS: Final = 2
"""Which bit of what could change is the first risk's."""
OF_FORMS: Final = FIRST | FIRST_THREE
WORD: Final = 62
"""How many bits are in a word."""
LAST_OF_WORD: Final = 1 << WORD - 1
UNMOVED: Final = -1
"""In place of the weight of a fact that could change nothing."""


def names_of_bits(risks: Sequence[str]) -> list[str]:
    """Name the bits of what could change: ``first``, ``firstThree``, ``risk:<id>``."""
    return ["first", "firstThree", *[f"risk:{risk}" for risk in risks]]


@mypyc_attr(acyclic=True)
class UnknownFacts:
    """The facts that were not sent and could change the advice, those first that are to be asked first.

    The first ``count`` of ``places`` are theirs in the vocabulary. ``changes`` has the bits of what each fact of the
    vocabulary could change, see ``names_of_bits``: so many ``words`` for a fact, of WORD bits each.
    """

    def __init__(self, count: i64, places: vec[i16], changes: vec[i64], words: i64) -> None:
        self.count = count
        self.places = places
        self.changes = changes
        self.words = words


class Unknowns:
    """Finds the unknown facts that could change the advice."""

    def __init__(self, compiled: CompiledRuleBase, states: RiskStates) -> None:
        """Look up which rules stand on which fact, and what they could move."""
        names = list(compiled.rule_base.facts)
        asking = [[rule for rule, asked in enumerate(compiled.asked_of) if name in asked] for name in names]
        self._words: i64 = (RISKS + len(compiled.risks) - 1) // WORD + 1
        self._weights, self._risks, self._forms = (
            _Weights(compiled, asking),
            _RisksInMotion(compiled, asking, states),
            FormsInMotion(compiled, asking),
        )

    def find(self, forms: Forms, undecided: Undecided, standings: Standings) -> UnknownFacts:
        """Find the unknown facts that could change the advice, the largest weight of a rule that they open first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        turns, sent = undecided.turns[:], undecided.sent
        for rule in undecided.other_forms:
            turns[i64(rule)] = 0
        changes = vec[i64]([0] * (i64(len(sent)) * self._words))
        self._risks.move(sent, turns, forms.evaluation.tally, changes, self._words)
        self._forms.move(sent, turns, forms, changes, self._words)
        return self._in_order(sent, turns, changes, standings.worth_of_facts())

    def _in_order(self, sent: vec[bool], turns: vec[i16], changes: vec[i64], worth: Worth) -> UnknownFacts:
        """Put the facts that could change something in their order."""
        worths, words, ends = worth.facts, self._words, vec[i16]([0] * (self._weights.most + 1))
        weights, places = vec[i16]([UNMOVED] * len(sent)), vec[i16]([0] * len(sent))
        for fact in range(i64(len(sent))):
            bits = changes[fact * words]
            for at in range(fact * words + 1, (fact + 1) * words):
                bits |= changes[at]
            if bits != 0:
                weight = self._weights.of(fact, turns)
                weights[fact] = i16(weight)
                ends[weight] += 1
                if changes[fact * words] & FIRST:
                    worths[fact] = worth.most
        count: i64 = 0
        weight = i64(len(ends))
        while weight > 0:  # those of a weight begin where the heavier ones end
            weight -= 1
            count, ends[weight] = count + i64(ends[weight]), i16(count)
        for fact in range(i64(len(weights))):
            weight = i64(weights[fact])
            if weight != UNMOVED:
                at = i64(ends[weight])
                ends[weight] += 1
                while at > 0:
                    before = i64(places[at - 1])
                    if i64(weights[before]) != weight or worths[before] >= worths[fact]:
                        break
                    places[at] = i16(before)
                    at -= 1
                places[at] = i16(fact)
        return UnknownFacts(count, places, changes, words)


class _Weights:
    """How much the rules weigh that stand on each fact, the heaviest first; ``most`` is the weight of the heaviest."""

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]]) -> None:
        """Take for each fact the rules that stand on it."""
        weights = [reach.weight for reach in compiled.reaches]
        ordered = [sorted(rules, key=lambda rule: -weights[rule]) for rules in asking]
        self.most: i64 = max(weights, default=0)
        self._first, self._weights = vec[i32](accumulate(map(len, ordered), initial=0)), vec[i16](weights)
        self._rules = vec[i16]([rule for rules in ordered for rule in rules])

    def of(self, fact: i64, turns: vec[i16]) -> i64:
        """Return the largest weight of a rule that a fact leaves open, 0 without one."""
        rules = self._rules
        for at in range(i64(self._first[fact]), i64(self._first[fact + 1])):
            rule = i64(rules[at])
            if turns[rule] != 0:
                return i64(self._weights[rule])
        return 0


class _RisksInMotion:
    """Tells which facts could change the level of risks, by what the rules that stand on them add to the points.

    With ``_near[points]``, from the least points on that a risk can have, a risk is so many away from another level.
    """

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]], states: RiskStates) -> None:
        """Take for each fact the rules that stand on it."""
        of_risks: list[dict[int, Cells]] = [{} for _ in compiled.risks]
        for fact, rules in enumerate(asking):
            for rule in rules:
                for risk, points in compiled.reaches[rule].risks:
                    cells = of_risks[risk].setdefault(fact, {})
                    cells.setdefault(states.start + risk, []).append((rule, points))
        self._effects = Effects(of_risks, abs)
        self._start, self._levels, self._most = states.start, states.levels, states.most
        self._near = vec[i16](_steps_to_another([int(level) for level in states.levels]))

    def move(self, sent: vec[bool], turns: vec[i16], tally: vec[i16], changes: vec[i64], words: i64) -> None:
        """Set in what facts could change the bits of the risks whose level could change."""
        first, parts, levels = self._effects.first, self._effects.parts, self._levels
        word: i64 = 0
        bit: i64 = 1 << RISKS
        end: i64 = 0
        for risk in range(i64(len(first)) - 1):
            at, end = end, i64(first[risk + 1])
            points = i64(tally[self._start + risk]) + self._most
            near = self._near[points]
            while at < end and parts[at + MOST] >= near:
                fact, effects = i64(parts[at + OTHER]), at + CELLS + EFFECTS  # a risk has one cell
                at += CELLS + i64(parts[at + LENGTH])
                if not sent[fact]:
                    least = most = points
                    while effects < at:
                        change = i64(parts[effects + AMOUNT]) * i64(turns[i64(parts[effects + RULE])])
                        if change > 0:
                            most += change
                        else:
                            least += change
                        effects += EFFECT
                    if levels[least] < levels[most]:
                        changes[fact * words + word] |= bit
            if bit == LAST_OF_WORD:
                word, bit = word + 1, 1
            else:
                bit <<= 1


def _steps_to_another(levels: list[int]) -> list[int]:
    """Give for each of some levels how far it is from the nearest one that is another; beyond all when none is."""
    count = len(levels)
    return [
        min((abs(int(other - at)) for other in range(count) if levels[other] != levels[at]), default=count)
        for at in range(count)
    ]
