"""Two rules at once: one that says what the other always says already, and two that speak for and against."""

from __future__ import annotations

from collections.abc import Iterator

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.knowledge.findings import Finding
from service.knowledge.model import Effect, Kind, Profile, Rule
from service.workbench.proofs.claims import Found, Proof, Subject, Tension
from service.workbench.proofs.solver import negated
from service.workbench.proofs.witnesses import Finder, Sight, Witness, is_seen

ADDED = (Kind.FORMS, Kind.TOOLS, Kind.RISKS)
"""What speaks for and against; of levels the highest counts, so they cannot be opposed."""


def overlaps(compiled: CompiledRuleBase) -> Found:
    """Find the rules that another one makes needless, and the tensions."""
    finder = Finder(compiled)
    finder.prepare()
    return Found(tuple(_subsumed(finder)), tuple(_tensions(finder)))


def _subsumed(finder: Finder) -> Iterator[Proof]:
    rules = finder.compiled.rule_base.rules
    for index, rule in enumerate(rules):
        for other, general in enumerate(rules):
            if index != other and _says_all(general, rule) and always_with(finder, index, other):
                witness = finder.firing(index, other)
                if witness is None:
                    continue  # a dead rule, which is found as such
                finding = Finding(
                    *(rule.place.file, rule.place.line, "subsumed"),
                    f"The rule '{rule.id}' fires only with '{general.id}', and says nothing that it does not say.",
                    "What adds up counts twice, and the rest was said already.",
                    f"Remove it, or give it an effect of its own ('{general.id}' stands in"
                    f" {general.place.file}:{general.place.line}).",
                )
                yield Proof(Subject("rules", rule.id, general.id), finding, (witness,))


def _says_all(general: Rule, rule: Rule) -> bool:
    given = {(one.kind, one.target): one.amount for one in general.effects}
    return all(_says(given.get((one.kind, one.target), 0), one) for one in rule.effects)


def _says(given: int | None, effect: Effect) -> bool:
    if effect.kind in ADDED or given is None or effect.amount is None:
        return given == effect.amount
    return given >= effect.amount


def always_with(finder: Finder, rule: int, general: int) -> bool:
    """Tell whether a rule fires only where the other fires too."""
    apart = finder.find(
        lambda world: [world.fires(rule), negated(world.fires(general))],
        lambda one: rule in one.fired and general not in one.fired,
    )
    return apart is None


def _tensions(finder: Finder) -> Iterator[Tension]:
    """Yield each pair of rules that can fire together, once a target."""
    rules = finder.compiled.rule_base.rules
    alone = [finder.firing(index) for index in range(len(rules))]
    together: dict[tuple[int, int], Witness | None] = {}
    for kind in ADDED:
        for target in finder.compiled.rule_base.catalogue[kind]:
            gains, losses = _speaking(finder.compiled, kind, target)
            for one in gains:
                for other in losses:
                    if (one, other) not in together:
                        together[one, other] = _together(finder, (one, other), (alone[one], alone[other]))
                    witness = together[one, other]
                    if witness is not None:
                        yield Tension(kind, target, rules[one], rules[other], witness)


def _speaking(compiled: CompiledRuleBase, kind: Kind, target: str) -> tuple[list[int], list[int]]:
    """Return the rules that add to the target and those that take from it; to exclude is to take away."""
    gains: list[int] = []
    losses: list[int] = []
    for index, rule in enumerate(compiled.rule_base.rules):
        for effect in rule.effects:
            if effect.kind is kind and effect.target == target:
                (gains if (effect.amount or 0) > 0 else losses).append(index)
    return gains, losses


def _together(finder: Finder, pair: tuple[int, int], alone: tuple[Witness | None, Witness | None]) -> Witness | None:
    """Return a profile on which both fire: often that of the one with that of the other."""
    one, other = alone
    if one is None or other is None:
        return None
    sight = Sight(fires=tuple(finder.compiled.rule_base.rules[index].id for index in pair))
    joined = _joined(one.profile, other.profile)
    if is_seen(finder.compiled, evaluate(finder.compiled, joined), sight):
        return Witness(joined, sight)
    return finder.firing(*pair)


def _joined(one: Profile, other: Profile) -> Profile:
    joined = {**one, **other}
    for name, value in one.items():
        more = joined[name]
        if isinstance(value, frozenset) and isinstance(more, frozenset):
            joined[name] = value | more
    return joined
