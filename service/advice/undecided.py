"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64, mypyc_attr

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.term_bits import UNKNOWN, Outcomes
from service.knowledge.model import Fact


@mypyc_attr(acyclic=True)
class Undecided:
    """The open rules, and what is missing to decide them.

    ``turns`` has for every rule 0 when it is not open, 1 when it could come to fire and -1 when it fires now;
    ``missing`` for those that speak of risks how many of the facts they ask for are not settled, the chosen forms
    among them for one of ``other_forms``. Those are decided while the chosen forms stay as they are, and open because
    other forms may come to be chosen; none when the forms were sent.

    ``known`` and ``sent`` tell of every fact, by its place in the vocabulary, whether it is known and whether the
    client sent it; an empty set whose fact says ``emptyMeansAbsent`` is neither.
    """

    def __init__(
        self, other_forms: vec[i16], turns: vec[i16], missing: vec[i16], known: vec[bool], sent: vec[bool]
    ) -> None:
        self.other_forms = other_forms
        self.turns = turns
        self.missing = missing
        self.known = known
        self.sent = sent

    @property
    def rules(self) -> list[int]:
        """The rules by index that are open while the chosen forms stay as they are, ascending."""
        return [rule for rule, turn in enumerate(self.turns) if turn and rule not in self.other_forms]


class OpenRules:
    """Finds the open rules of one rule base; of those that other forms could open only the ones ``about_chosen``."""

    def __init__(self, compiled: CompiledRuleBase, about_chosen: Sequence[int]) -> None:
        """Look up what is derived from what, and what each rule asks for."""
        facts = compiled.rule_base.facts
        self._term_bits, self._about_chosen = compiled.term_bits, vec[i16](about_chosen)
        self._rules = len(compiled.tests)
        place = compiled.derivations.place
        self._derived = [_Derived(fact, place) for fact in facts.values() if fact.derived is not None]
        self._is_derived = vec[bool]([fact.derived is not None for fact in facts.values()])
        self._chosen: i64 = place[compiled.roles.chosen_forms]
        self._intended: i64 = place[compiled.roles.intended_forms]
        of_risks = [rule for rule, reach in enumerate(compiled.reaches) if reach.risks]
        asking = [[rule for rule in of_risks if name in compiled.asks[rule]] for name in facts]
        self._asking = vec[i16]([rule for rules in asking for rule in rules])
        self._asking_end = vec[i32](accumulate(map(len, asking)))

    def after(self, evaluation: Evaluation) -> Undecided:
        """Find what is open after an evaluation."""
        outcomes, chosen = Outcomes(self._term_bits), evaluation.values[self._chosen]
        known, sent, settled = self._learn_settled(outcomes, evaluation)
        with_other_forms = outcomes.copy()
        with_other_forms.leave(self._chosen)
        if chosen is None:
            outcomes.leave(self._chosen)
        else:
            outcomes.learn(self._chosen, evaluation.states)
        settled[self._chosen] = chosen is not None
        turns, other_forms = outcomes.unknown(), vec[i16]()
        if not sent[self._intended]:
            for rule in self._about_chosen:
                if turns[i64(rule)] == 0 and with_other_forms.of_rule(i64(rule)) == UNKNOWN:
                    turns[i64(rule)] = 1
                    other_forms = append(other_forms, rule)
        missing = self._missing(settled)
        for rule in other_forms:
            missing[i64(rule)] += 1
        for fired in evaluation.fired:
            if turns[fired]:
                turns[fired] = -1
        return Undecided(other_forms, turns, missing, known, sent)

    def _learn_settled(self, outcomes: Outcomes, evaluation: Evaluation) -> tuple[vec[bool], vec[bool], vec[bool]]:
        """Tell the outcomes what is settled and what is not, but for the chosen forms.

        What is derived is settled when it was sent itself, or when it cannot be sent and all that it stands on is
        settled. Of the rest all that is known is. Return which facts are known, which were sent, and which are
        settled, the chosen forms among them.
        """
        is_derived = self._is_derived
        known, place = vec[bool]([False] * len(is_derived)), i64(0)
        for value in evaluation.values:
            if value is not None:
                known[place] = True
                if not is_derived[place]:
                    outcomes.learn(place, evaluation.states)
            place += 1
        sent, settled = known[:], known[:]
        for derived in self._derived:
            place = derived.place
            if known[place]:
                sent[place] = derived.is_sent and derived.name in evaluation.profile
                settled[place] = sent[place] or derived.is_settled(settled)
                if settled[place] and place != self._chosen:
                    outcomes.learn(place, evaluation.states)
        settled[self._chosen] = True
        outcomes.leave_others(settled)
        return known, sent, settled

    def _missing(self, settled: vec[bool]) -> vec[i16]:
        """Count for each rule that speaks of risks what it asks for that is not settled."""
        missing, asking, ends = vec[i16]([0] * self._rules), self._asking, self._asking_end
        end: i64 = 0
        for fact in range(i64(len(settled))):
            at, end = end, i64(ends[fact])
            if not settled[fact]:
                while at < end:
                    missing[i64(asking[at])] += 1
                    at += 1
        return missing


class _Derived:
    """A derived fact, by name and place, whether it may be sent as well, and the places of those on which it stands."""

    def __init__(self, fact: Fact, places: dict[str, int]) -> None:
        self.name, self.place, self.is_sent = fact.id, i64(places[fact.id]), fact.is_sent
        self._stands_on = vec[i64]([places[name] for name in stands_on(fact)])

    def is_settled(self, settled: vec[bool]) -> bool:
        """Tell whether no answer can move what is derived."""
        return not self.is_sent and all(settled[place] for place in self._stands_on)
