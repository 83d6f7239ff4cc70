"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from collections.abc import Sequence

from librt.vecs import append, vec
from mypy_extensions import i64, mypyc_attr

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.term_counts import Compared, Counts


@mypyc_attr(acyclic=True)
class Undecided:
    """The open rules by index, ascending, and what is missing to decide them.

    ``rules`` are open while the chosen forms stay as they are. ``other_forms`` are decided then, and
    open because other forms may come to be chosen; none when the forms were sent. ``turns`` has for every
    rule 0 when it is not open, 1 when it could come to fire and -1 when it fires now; ``missing`` how many
    of the facts it asks for are not settled, the chosen forms among them for one of ``other_forms``.

    ``known`` and ``sent`` tell of every fact, by its place in the vocabulary, whether it is known and whether the
    client sent it; an empty set whose fact says ``emptyMeansAbsent`` is neither.
    """

    def __init__(
        self,
        rules: vec[i64],
        other_forms: vec[i64],
        turns: vec[i64],
        missing: vec[i64],
        known: vec[bool],
        sent: vec[bool],
    ) -> None:
        self.rules = rules
        self.other_forms = other_forms
        self.turns = turns
        self.missing = missing
        self.known = known
        self.sent = sent


class OpenRules:
    """Finds the open rules of one rule base; of those that other forms could open only the ones ``about_chosen``."""

    def __init__(self, compiled: CompiledRuleBase, about_chosen: Sequence[int]) -> None:
        """Look up what is derived from what."""
        self._term_counts, self._about_chosen = compiled.term_counts, vec[i64](about_chosen)
        self._rules = vec[i64](range(len(compiled.tests)))
        self._facts = compiled.term_counts.compared
        self._derived = [
            _Derived(self._facts[name], fact.is_sent, vec[i64]([self._facts[one].place for one in stands_on(fact)]))
            for name, fact in compiled.rule_base.facts.items()
            if fact.derived is not None
        ]
        self._chosen = self._facts[compiled.roles.chosen_forms]
        self._intended = self._facts[compiled.roles.intended_forms].place

    def after(self, evaluation: Evaluation) -> Undecided:
        """Find what is open after an evaluation."""
        counts, chosen = Counts(self._term_counts), evaluation.known.get(self._chosen.name)
        known, sent = self._learn_settled(counts, evaluation)
        with_other_forms = vec[i64]() if sent[self._intended] else counts.unknown_among(self._about_chosen)
        if chosen is not None:
            counts.learn(self._chosen, chosen)
        rules, other_forms = counts.unknown_among(self._rules), vec[i64]()
        turns, missing = vec[i64]([0] * len(self._rules)), counts.missing
        for rule in rules:
            turns[rule] = 1
        for rule in with_other_forms:
            if turns[rule] == 0:
                other_forms = append(other_forms, rule)
                turns[rule] = 1
                missing[rule] += 1
        for fired in evaluation.fired:
            if turns[fired] == 1:
                turns[fired] = -1
        return Undecided(rules, other_forms, turns, missing, known, sent)

    def _learn_settled(self, counts: Counts, evaluation: Evaluation) -> tuple[vec[bool], vec[bool]]:
        """Count the settled facts as known but for the chosen forms; return which facts are known, and which were sent.

        What is derived is settled when it was sent itself, or when it cannot be sent and all that it stands on is
        settled. Of the rest all that is known is.
        """
        known = vec[bool]([False] * len(self._facts))
        for name, value in evaluation.known.items():
            fact = self._facts[name]
            known[fact.place] = True
            if not fact.is_derived:
                counts.learn(fact, value)
        sent, settled = known[:], known[:]
        for derived in self._derived:
            fact, place = derived.fact, derived.fact.place
            if known[place]:
                sent[place] = derived.is_sent and fact.name in evaluation.profile
                settled[place] = sent[place] or derived.is_settled(settled)
                if settled[place] and fact is not self._chosen:
                    counts.learn(fact, evaluation.known[fact.name])
        return known, sent


class _Derived:
    """A derived fact, whether it may be sent as well, and the places of the facts on which it stands."""

    def __init__(self, fact: Compared, is_sent: bool, stands_on: vec[i64]) -> None:
        self.fact, self.is_sent, self._stands_on = fact, is_sent, stands_on

    def is_settled(self, settled: vec[bool]) -> bool:
        """Tell whether no answer can move what is derived."""
        return not self.is_sent and all(settled[place] for place in self._stands_on)
