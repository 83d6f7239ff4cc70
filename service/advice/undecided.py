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
from service.engine.term_counts import Counts
from service.knowledge.model import RuleBase


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
        self._places = {name: place for place, name in enumerate(compiled.rule_base.facts)}
        self._derived = _derived(compiled.rule_base, self._places)
        self._chosen = compiled.roles.chosen_forms
        self._intended: i64 = self._places[compiled.roles.intended_forms]

    def after(self, evaluation: Evaluation) -> Undecided:
        """Find what is open after an evaluation."""
        counts, chosen = Counts(self._term_counts), evaluation.known.get(self._chosen)
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
        known = vec[bool]([False] * len(self._places))
        for name, value in evaluation.known.items():
            known[self._places[name]] = True
            if name not in self._derived:
                counts.learn(name, value)
        sent, settled = known[:], known[:]
        for name, derived in self._derived.items():
            if known[derived.place]:
                sent[derived.place] = derived.is_sent and name in evaluation.profile
                settled[derived.place] = sent[derived.place] or derived.is_settled(settled)
                if settled[derived.place] and name != self._chosen:
                    counts.learn(name, evaluation.known[name])
        return known, sent


class _Derived:
    """A derived fact: its place, whether it may be sent as well, and the places of the facts on which it stands."""

    def __init__(self, place: i64, is_sent: bool, stands_on: vec[i64]) -> None:
        self.place, self.is_sent, self._stands_on = place, is_sent, stands_on

    def is_settled(self, settled: vec[bool]) -> bool:
        """Tell whether no answer can move what is derived."""
        return not self.is_sent and all(settled[place] for place in self._stands_on)


def _derived(rule_base: RuleBase, places: dict[str, int]) -> dict[str, _Derived]:
    """Give the derived facts, each after those on which it stands."""
    return {
        name: _Derived(places[name], fact.is_sent, vec[i64]([places[one] for one in stands_on(fact)]))
        for name, fact in rule_base.facts.items()
        if fact.derived is not None
    }
