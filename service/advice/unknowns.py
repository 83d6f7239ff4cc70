"""What was not sent and could still change the advice: cheap and exact bounds, fact by fact.

A fact's bound lets every rule that asks for it and is not settled yet fire or not, and leaves all other
rules as they are. It says what could move, not how likely that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from librt.vecs import vec
from mypy_extensions import i16, i32, i64, mypyc_attr, u8

from service.advice.effects_of_facts import Effects
from service.advice.forms_in_motion import FIRST, FIRST_THREE, NONE_OPEN, Forms
from service.advice.risk_states import RiskStates, Worth
from service.advice.undecided import Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation

RISKS: Final = 2
"""Which bit of what could change is the first risk's."""
OF_FORMS: Final = FIRST | FIRST_THREE
WORD: Final = 62
"""How many bits are in a word."""


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
            _Risks(compiled, asking, states),
            Forms(compiled, asking),
        )

    def find(self, evaluation: Evaluation, undecided: Undecided, worth: Worth) -> UnknownFacts:
        """Find the unknown facts that could change the advice, the largest weight of a rule that they open first.

        Of facts with equal weight the one comes first that is worth more to
        know: for a possible risk that it would settle, or because it could change the first form, which
        is worth as much as any risk can be.
        """
        turns = undecided.turns[:]
        for rule in undecided.other_forms:
            turns[i64(rule)] = 0
        weights = self._weights.of(undecided.sent, turns)
        changes = vec[i64]([0] * (i64(len(weights)) * self._words))
        self._risks.move(weights, turns, evaluation.tally, changes, self._words)
        self._forms.move(weights, turns, evaluation, changes, self._words)
        return self._in_order(weights, changes, worth)

    def _in_order(self, weights: vec[i16], changes: vec[i64], worth: Worth) -> UnknownFacts:
        """Put the facts that could change something in their order."""
        worths, words, ends = worth.facts[:], self._words, vec[i16]([0] * (self._weights.most + 1))
        places = vec[i16]([0] * len(weights))
        for fact in range(i64(len(weights))):
            if weights[fact] == NONE_OPEN:
                continue
            if changes[fact * words] & FIRST:
                worths[fact] = worth.most
            if _changes_any(changes, fact * words, words):
                ends[i64(weights[fact])] += 1
            else:
                weights[fact] = NONE_OPEN
        count: i64 = 0
        weight = i64(len(ends))
        while weight > 0:  # those of a weight begin where the heavier ones end
            weight -= 1
            count, ends[weight] = count + i64(ends[weight]), i16(count)
        for fact in range(i64(len(weights))):
            weight = i64(weights[fact])
            if weight != NONE_OPEN:
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


def _changes_any(changes: vec[i64], start: i64, words: i64) -> bool:
    """Tell whether any bit of a fact is set."""
    return any(changes[at] != 0 for at in range(start, start + words))


class _Weights:
    """How much the rules weigh that stand on each fact, the heaviest first; ``most`` is the weight of the heaviest."""

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]]) -> None:
        """Take for each fact the rules that stand on it."""
        first, ordered = [0], list[tuple[int, int]]()
        for rules in asking:
            ordered += sorted([(compiled.reaches[rule].weight, rule) for rule in rules], reverse=True)
            first.append(len(ordered))
        self._first, self.most = vec[i32](first), max((weight for weight, _ in ordered), default=0)
        self._rules = vec[i16]([rule for _, rule in ordered])
        self._weights = vec[i16]([weight for weight, _ in ordered])

    def of(self, sent: vec[bool], turns: vec[i16]) -> vec[i16]:
        """Give by fact the largest weight of a rule that it leaves open, NONE_OPEN without one and when it was sent."""
        first, rules, found = self._first, self._rules, vec[i16]([NONE_OPEN] * len(sent))
        for fact in range(i64(len(sent))):
            if sent[fact]:
                continue
            for at in range(i64(first[fact]), i64(first[fact + 1])):
                if turns[i64(rules[at])] != 0:
                    found[fact] = self._weights[at]
                    break
        return found


class _Risks:
    """What the rules that stand on each fact add to the points of risks."""

    def __init__(self, compiled: CompiledRuleBase, asking: list[list[int]], states: RiskStates) -> None:
        """Take for each fact the rules that stand on it."""
        of_facts = [sorted((*one, rule) for rule in rules for one in compiled.reaches[rule].risks) for rules in asking]
        self._effects, self._states = Effects(of_facts), states
        bits = range(RISKS, RISKS + len(compiled.risks))
        self._word, self._bit = vec[u8]([bit // WORD for bit in bits]), vec[i64]([1 << bit % WORD for bit in bits])

    def move(self, weights: vec[i16], turns: vec[i16], tally: vec[i16], changes: vec[i64], words: i64) -> None:
        """Set in what facts could change the bits of the risks whose level could change."""
        of_risks, levels, zero = self._states.start, self._states.levels, self._states.most
        first, targets, start = self._effects.first, self._effects.targets, self._effects.start
        rules, amounts = self._effects.rules, self._effects.amounts
        end: i64 = 0
        for fact in range(i64(len(weights))):
            begin, end = end, i64(first[fact + 1])
            if weights[fact] == NONE_OPEN or begin == end:
                continue
            place = i64(start[begin])
            for at in range(begin, end):
                until, risk = i64(start[at + 1]), i64(targets[at])
                least: i64 = 0
                most: i64 = 0
                while place < until:
                    change = i64(amounts[place]) * i64(turns[i64(rules[place])])
                    if change > 0:
                        most += change
                    else:
                        least += change
                    place += 1
                if least != most:
                    points = i64(tally[of_risks + risk]) + zero
                    if levels[points + least] < levels[points + most]:
                        changes[fact * words + i64(self._word[risk])] |= self._bit[risk]
