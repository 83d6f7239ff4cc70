"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from collections.abc import Sequence

from librt.vecs import append, vec
from mypy_extensions import i64

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.term_counts import Counts
from service.knowledge.model import ChosenFrom, RuleBase


class Undecided:
    """The open rules by index, ascending, and what is missing to decide them.

    ``rules`` are open while the chosen forms stay as they are. ``other_forms`` are decided then, and
    open because other forms may come to be chosen; none when the forms were sent. ``turns`` has for every
    rule 0 when it is not open, 1 when it could come to fire and -1 when it fires now; ``missing`` how many
    of the facts it asks for are not settled, the chosen forms among them for one of ``other_forms``.
    ``sent`` tells of every fact, by its place in the vocabulary, whether the client sent it; an empty set whose
    fact says ``emptyMeansAbsent`` was not.
    """

    def __init__(
        self,
        rules: vec[i64],
        other_forms: vec[i64],
        turns: vec[i64],
        missing: vec[i64],
        sent: vec[bool],
    ) -> None:
        self.rules = rules
        self.other_forms = other_forms
        self.turns = turns
        self.missing = missing
        self.sent = sent


class OpenRules:
    """Finds the open rules of one rule base; of those that other forms could open only the ones ``about_chosen``."""

    def __init__(self, compiled: CompiledRuleBase, about_chosen: Sequence[int]) -> None:
        """Look up what is derived from what."""
        self._term_counts = compiled.term_counts
        self._rules, self._about_chosen = vec[i64](range(len(compiled.tests))), vec[i64](about_chosen)
        self._chosen, self._intended = compiled.roles.chosen_forms, compiled.roles.intended_forms
        self._places = {name: place for place, name in enumerate(compiled.rule_base.facts)}
        self._derived = _derived(compiled.rule_base)

    def after(self, evaluation: Evaluation) -> Undecided:
        """Find what is open after an evaluation."""
        known, profile, chosen = evaluation.known, evaluation.profile, self._chosen
        unsettled = self._unsettled(evaluation)
        counts, sent = Counts(self._term_counts), vec[bool]([False] * len(self._places))
        for name, value in known.items():
            sent[self._places[name]] = name in profile
            if name != chosen and name not in unsettled:
                counts.learn(name, value)
        are_forms_sent = sent[self._places[self._intended]]
        with_other_forms = vec[i64]() if are_forms_sent else counts.unknown_among(self._about_chosen)
        if chosen in known:
            counts.learn(chosen, known[chosen])
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
        return Undecided(rules, other_forms, turns, missing, sent)

    def _unsettled(self, evaluation: Evaluation) -> set[str]:
        """Give the derived facts that another answer could still move; the chosen forms are left alone."""
        known, profile = evaluation.known, evaluation.profile
        unsettled: set[str] = set()
        for name, is_sent, stands in self._derived:
            if is_sent and name in profile:
                continue
            moves = is_sent
            for one in stands:
                if one in unsettled or one not in known:
                    moves = True
            if moves:
                unsettled.add(name)
        return unsettled


def _derived(rule_base: RuleBase) -> list[tuple[str, bool, tuple[str, ...]]]:
    """List the derived facts but the chosen forms: whether each may be sent as well, and on what it stands."""
    return [
        (name, fact.is_sent, stands_on(fact))
        for name, fact in rule_base.facts.items()
        if fact.derived is not None and not isinstance(fact.derived, ChosenFrom)
    ]
