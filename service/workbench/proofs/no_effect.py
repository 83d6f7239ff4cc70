"""Rules and effects without which every advice would be the same.

Advice is here what it shows of forms, tools, measures, metrics and risks: scores, ranks, levels and points;
not the reasons, in which a rule that fires is always named, nor what could still be asked. Points of a risk count
below its first level too: they decide whether it is ruled out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, amount
from service.knowledge.findings import Finding
from service.knowledge.model import Effect, Kind, Rule
from service.workbench.mutation import again, with_rule
from service.workbench.proofs.claims import Found, Proof, Subject
from service.workbench.proofs.overlaps import always_with
from service.workbench.proofs.solver import Formula, at_least, at_most, both, either, negated
from service.workbench.proofs.witnesses import Finder, least_shown
from service.workbench.proofs.world import World


def rules_without_effect(compiled: CompiledRuleBase) -> Found:
    """Find the rules whose removal changes no advice, and note the single effects of which that is so."""
    finder = Finder(compiled)
    finder.prepare()
    proofs: list[Proof] = []
    notes: list[Proof] = []
    for index, rule in enumerate(compiled.rule_base.rules):
        idle = [effect for effect in rule.effects if not _counts(finder, index, effect)]
        if not idle:
            continue
        witness = finder.firing(index)
        if witness is None:
            continue  # a dead rule, which is found as such
        if len(idle) == len(rule.effects) and not _moves_ties(finder, index):
            proofs.append(Proof(Subject("rules", rule.id), _silent(rule), (witness,)))
        else:
            notes += [
                Proof(Subject("rules", rule.id, f"{one.kind} {one.target}"), _idle(finder, index, one), (witness,))
                for one in idle
            ]
    return Found(proofs=tuple(proofs), notes=tuple(notes))


def _counts(finder: Finder, index: int, effect: Effect) -> bool:
    """Tell whether some profile gets other advice without this one effect."""
    rule = finder.compiled.rule_base.rules[index]
    less = with_rule(
        finder.compiled, index, replace(rule, effects=tuple(one for one in rule.effects if one is not effect))
    )
    profile = finder.find(
        lambda world: [world.fires(index), _differs(world, index, effect)],
        lambda one: (
            index in one.fired
            and _visible(finder.compiled, one) != _visible(less, again(finder.compiled, less, index, one))
        ),
    )
    return profile is not None


def _differs(world: World, index: int, effect: Effect) -> Formula:
    """Return when the effect shows, given that its rule fires."""
    compiled, kind, target = world.compiled, effect.kind, effect.target
    if effect.amount is None:
        return negated(world.excluded(compiled.forms.index(target), without=index))
    if kind in (Kind.METRICS, Kind.ANCHORING_MEASURES):
        return negated(world.gives_level(kind, target, effect.amount, without=index))
    step = compiled.rule_base.rules[index].step if kind is Kind.FORMS else None
    whole = world.terms(kind, target, step=step)
    rest = world.terms(kind, target, step=step, without=index)
    if kind is Kind.FORMS:
        cap = compiled.rule_base.method.cap_per_step
        more, fewer = (whole, rest) if effect.amount > 0 else (rest, whole)
        return both([at_least(more, 1 - cap), at_most(fewer, cap - 1)])
    if kind is Kind.RISKS:
        return both(())
    return at_least(whole if effect.amount > 0 else rest, least_shown(compiled, kind))


def _moves_ties(finder: Finder, index: int) -> bool:
    """Tell whether a rule that moves no score still moves a rank, by its weight on strong evidence."""
    compiled = finder.compiled
    rule = compiled.rule_base.rules[index]
    if rule.evidence not in compiled.rule_base.method.strong_evidence:
        return False
    less = with_rule(compiled, index, replace(rule, effects=()))
    forms = [compiled.forms.index(one.target) for one in rule.effects if one.kind is Kind.FORMS]
    profile = finder.find(
        lambda world: [world.fires(index), either(_swaps(world, index, forms))],
        lambda one: index in one.fired and one.ranking != again(compiled, less, index, one).ranking,
    )
    return profile is not None


def _swaps(world: World, index: int, forms: list[int]) -> Iterator[Formula]:
    for form in forms:
        for other in range(len(world.compiled.forms)):
            if other != form:
                with_it, without = world.above(form, other), world.above(form, other, without=index)
                there = [negated(world.excluded(one)) for one in (form, other)]
                yield both([*there, either([with_it, without]), negated(both([with_it, without]))])


def _visible(compiled: CompiledRuleBase, evaluation: Evaluation) -> object:
    shown = []
    for kind in Kind:
        if kind is not Kind.FORMS:
            least = None if kind is Kind.RISKS else least_shown(compiled, kind)
            found = (amount(compiled, evaluation, kind, at) for at in range(len(compiled.rule_base.catalogue[kind])))
            shown.append([one if least is None or one >= least else None for one in found])
    return evaluation.scores, evaluation.ranking, evaluation.chosen, shown


def _silent(rule: Rule) -> Finding:
    return Finding(
        *(rule.place.file, rule.place.line, "no-effect"),
        f"Without the rule '{rule.id}' every advice would be the same.",
        "Other rules always give what it gives, or more.",
        "Remove it, or give it an effect of its own.",
    )


def _idle(finder: Finder, index: int, effect: Effect) -> Finding:
    rule = finder.compiled.rule_base.rules[index]
    givers = [
        other.id
        for at, other in enumerate(finder.compiled.rule_base.rules)
        if at != index and _gives_as_much(other, effect) and always_with(finder, index, at)
    ]
    by = f"'{givers[0]}' fires whenever it does, and" if givers else "Wherever it fires, one rule or another"
    return Finding(
        *(rule.place.file, rule.place.line, "idle-effect"),
        f"In the rule '{rule.id}', '{effect.kind} {effect.target}' changes no advice.",
        f"{by} gives as much.",
        "Take it away, or leave it for those who read the rule by itself.",
    )


def _gives_as_much(rule: Rule, effect: Effect) -> bool:
    given = [one.amount for one in rule.effects if one.kind is effect.kind and one.target == effect.target]
    return any(amount is None or (effect.amount is not None and amount >= effect.amount) for amount in given)
