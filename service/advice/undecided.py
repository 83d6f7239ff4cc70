"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from librt.vecs import vec
from mypy_extensions import i64

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.rule_bits import rules_in
from service.knowledge.model import ChosenFrom, RuleBase, Value


class Undecided:
    """The open rules by index, ascending, and what is missing to decide them.

    ``rules`` are open while the chosen forms stay as they are. ``other_forms`` are decided then, and
    open because other forms may come to be chosen; none when the forms were sent. ``turns`` has for every
    rule 0 when it is not open, 1 when it could come to fire and -1 when it fires now; ``missing`` how many
    facts it still asks for, 0 when it is not open. ``settled`` are the facts that nothing can move any
    more, the chosen forms as they stand among them; ``sent`` the facts that the client sent, an empty set
    whose fact says ``emptyMeansAbsent`` left out.
    """

    def __init__(
        self,
        rules: list[int],
        other_forms: list[int],
        turns: vec[i64],
        missing: vec[i64],
        settled: dict[str, Value],
        sent: set[str],
    ) -> None:
        self.rules = rules
        self.other_forms = other_forms
        self.turns = turns
        self.missing = missing
        self.settled = settled
        self.sent = sent


class OpenRules:
    """Finds the open rules of one rule base; of those that other forms could open only the ones ``about_chosen``."""

    def __init__(self, compiled: CompiledRuleBase, about_chosen: int) -> None:
        """Look up what is derived from what; ``about_chosen`` are rules as bits (see ``rule_bits``)."""
        self._compiled, self._about_chosen = compiled, about_chosen
        self._chosen, self._intended = compiled.roles.chosen_forms, compiled.roles.intended_forms
        self._derived = _derived(compiled.rule_base)
        self._facts = list(compiled.rule_base.facts)
        self._asking = [compiled.bits.asking[fact] for fact in self._facts]
        place = {fact: at for at, fact in enumerate(self._facts)}
        self._asks = [[place[fact] for fact in asks] for asks in compiled.asks]

    def after(self, evaluation: Evaluation) -> Undecided:
        """Find what is open after an evaluation."""
        bits, chosen = self._compiled.bits, self._chosen
        profile, known = evaluation.profile, evaluation.known
        settled = self._settled(evaluation)
        sent = {name for name in profile if name in known}
        is_missing = [fact not in settled for fact in self._facts]
        unknown = self._asking_for(is_missing)
        rules = bits.open(settled, unknown)
        other = 0
        if self._intended not in sent:
            fixed = settled
            if chosen in settled:
                fixed = settled.copy()
                del fixed[chosen]
            other = bits.open(fixed, (unknown | bits.asking[chosen]) & self._about_chosen & ~rules)
        open_rules, other_forms = rules_in(rules), rules_in(other)
        turns, missing = vec[i64]([0] * len(self._asks)), vec[i64]([0] * len(self._asks))
        for rule in other_forms:
            missing[rule] = 1
        for rule in open_rules + other_forms:
            turns[rule] = 1
            for place in self._asks[rule]:
                if is_missing[place]:
                    missing[rule] += 1
        for rule in evaluation.fired:
            if turns[rule]:
                turns[rule] = -1
        return Undecided(open_rules, other_forms, turns, missing, settled, sent)

    def _asking_for(self, is_missing: list[bool]) -> int:
        """Return the rules, as bits, that ask for one of the missing facts."""
        rules = 0
        for place, missing in enumerate(is_missing):
            if missing:
                rules |= self._asking[place]
        return rules

    def _settled(self, evaluation: Evaluation) -> dict[str, Value]:
        """Leave out the derived facts that another answer could still move; the chosen forms are left alone."""
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
        return {name: value for name, value in known.items() if name not in unsettled}


def _derived(rule_base: RuleBase) -> list[tuple[str, bool, tuple[str, ...]]]:
    """List the derived facts but the chosen forms: whether each may be sent as well, and on what it stands."""
    return [
        (name, fact.is_sent, stands_on(fact))
        for name, fact in rule_base.facts.items()
        if fact.derived is not None and not isinstance(fact.derived, ChosenFrom)
    ]
