"""Which rules are still open: their outcome is unknown, or could become another when more is sent.

Owns what counts as settled. A rule that is not open here keeps its outcome in every profile that adds
facts to this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.knowledge.model import ChosenFrom, Profile, RuleBase


@dataclass(frozen=True, slots=True)
class Undecided:
    """The open rules, by index, ascending.

    ``rules`` are open while the chosen forms stay as they are. ``other_forms`` are decided then, and
    open because other forms may come to be chosen; none when the forms were sent. ``settled`` are the
    facts that nothing can move any more, the chosen forms as they stand among them; ``sent`` the facts
    that the client sent, an empty set whose fact says ``emptyMeansAbsent`` left out.
    """

    rules: tuple[int, ...]
    other_forms: tuple[int, ...]
    settled: Profile
    sent: frozenset[str]


def undecided(compiled: CompiledRuleBase, evaluation: Evaluation, about_chosen: Sequence[int]) -> Undecided:
    """Find the open rules; of those that other forms could open only ``about_chosen`` are looked at."""
    unsettled = _unsettled(compiled.rule_base, evaluation)
    settled = {name: value for name, value in evaluation.known.items() if name not in unsettled}
    sent = frozenset(name for name in evaluation.profile if name in evaluation.known)
    rules = _open(compiled, range(len(compiled.asks)), settled)
    if compiled.roles.intended_forms in sent:
        return Undecided(rules, (), settled, sent)
    fixed = {name: value for name, value in settled.items() if name != compiled.roles.chosen_forms}
    other = set(_open(compiled, about_chosen, fixed)).difference(rules)
    return Undecided(rules, tuple(sorted(other)), settled, sent)


def _open(compiled: CompiledRuleBase, rules: Sequence[int], settled: Profile) -> tuple[int, ...]:
    names = settled.keys()
    asks, tests = compiled.asks, compiled.tests
    return tuple(rule for rule in rules if not asks[rule] <= names and tests[rule](settled) is None)


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
