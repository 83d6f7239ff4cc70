"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.rule_bits import rules_in
from service.knowledge.model import ChosenFrom, Profile, RuleBase


@dataclass(frozen=True, slots=True)
class Undecided:
    """The open rules, as bits (see ``rule_bits``) and by index, ascending; and what is missing to decide them.

    ``rules`` are open while the chosen forms stay as they are. ``other_forms`` are decided then, and
    open because other forms may come to be chosen; none when the forms were sent. ``settled`` are the
    facts that nothing can move any more, the chosen forms as they stand among them; ``sent`` the facts
    that the client sent, an empty set whose fact says ``emptyMeansAbsent`` left out. ``missing`` are the
    facts that are not settled and ``unsent`` those that were not sent, as bits.
    """

    rule_bits: int
    other_bits: int
    missing: int
    unsent: int
    settled: Profile
    sent: frozenset[str]

    @property
    def rules(self) -> list[int]:
        """List the rules that are open while the chosen forms stay as they are."""
        return rules_in(self.rule_bits)

    @property
    def other_forms(self) -> list[int]:
        """List the rules that are open because other forms may come to be chosen."""
        return rules_in(self.other_bits)


def undecided(compiled: CompiledRuleBase, evaluation: Evaluation, about_chosen: int) -> Undecided:
    """Find the open rules; of those that other forms could open only ``about_chosen``, as bits, are looked at."""
    bits, chosen = compiled.bits, compiled.roles.chosen_forms
    unsettled = _unsettled(compiled.rule_base, evaluation)
    settled = {name: value for name, value in evaluation.known.items() if name not in unsettled}
    sent = frozenset(name for name in evaluation.profile if name in evaluation.known)
    missing, unsent = bits.facts_beyond(settled), bits.facts_beyond(sent)
    unknown = bits.unknown(settled)
    rules, other = bits.open(settled, unknown), 0
    if compiled.roles.intended_forms not in sent:
        fixed = {name: value for name, value in settled.items() if name != chosen}
        other = bits.open(fixed, unknown | bits.asking[chosen]) & about_chosen & ~rules
    return Undecided(rules, other, missing, unsent, settled, sent)


def _unsettled(rule_base: RuleBase, evaluation: Evaluation) -> set[str]:
    """Name the derived facts that another answer could still move; the chosen forms are left alone."""
    unsettled: set[str] = set()
    for name, fact in rule_base.facts.items():
        if fact.derived is None or isinstance(fact.derived, ChosenFrom):
            continue
        if fact.is_sent and name in evaluation.profile:
            continue
        stands = stands_on(fact)
        moves = any(one in unsettled or one not in evaluation.known for one in stands)
        if moves or fact.is_sent:
            unsettled.add(name)
    return unsettled
