"""Dead rules, and parts of conditions that add nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import Evaluation
from service.knowledge.findings import Finding
from service.knowledge.model import AllOf, AnyOf, Comparison, Condition, Not, Place, Rule
from service.workbench.mutants import SINGLE, said
from service.workbench.proofs.claims import Found, Proof, Subject
from service.workbench.proofs.solver import Formula, either, negated
from service.workbench.proofs.witnesses import Finder, Sight, Witness
from service.workbench.proofs.world import World


def dead_rules(compiled: CompiledRuleBase) -> Found:
    """Find the rules and the findings on profiles that nothing meets, and the parts of rules that add nothing."""
    base = compiled.rule_base
    finder = Finder(compiled, [shorter for rule in base.rules for _, shorter in without_each_part(rule.when)])
    finder.prepare()
    found: list[Proof] = []
    for index, rule in enumerate(base.rules):
        witness = finder.firing(index)
        if witness is None:
            found.append(_dead("rules", rule.id, rule.when, rule.place, _nearest(finder, rule)))
        else:
            found += _idle_parts(finder, rule, witness)
    found += [
        _dead("findings", finding.id, finding.when, finding.place, None)
        for finding in base.findings
        if finder.meeting(finding.when) is None
    ]
    return Found(tuple(found))


def without_each_part(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield the condition without each part that stands beside others, with the part in words."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            group = AllOf if isinstance(condition, AllOf) else AnyOf
            for position, part in enumerate(parts):
                rest = (*parts[:position], *parts[position + 1 :])
                yield said(part), group(rest) if len(rest) > 1 else rest[0]
                for what, shorter in without_each_part(part):
                    yield what, group((*parts[:position], shorter, *parts[position + 1 :]))
        case Not(part):
            yield from ((what, Not(shorter)) for what, shorter in without_each_part(part))
        case Comparison():
            yield from _without_each_member(condition)


def _without_each_member(comparison: Comparison) -> Iterator[tuple[str, Condition]]:
    members = comparison.operand if isinstance(comparison.operand, tuple) else ()
    for member in members:
        rest = tuple(one for one in members if one != member)
        shorter = replace(comparison, operand=rest)
        if len(rest) == 1:
            shorter = replace(comparison, operator=SINGLE[comparison.operator], operand=rest[0])
        yield f"{comparison.fact} {comparison.operator}: {member}", shorter


def _idle_parts(finder: Finder, rule: Rule, witness: Witness) -> Iterator[Proof]:
    for what, shorter in without_each_part(rule.when):
        if not _differ(finder, rule.when, shorter):
            finding = Finding(
                *(rule.place.file, rule.place.line, "idle-part"),
                f"In the rule '{rule.id}', '{what}' adds nothing.",
                "The rule fires with and without it on the same profiles.",
                "Take it away, or change what stands beside it.",
            )
            yield Proof(Subject("rules", rule.id, what), finding, (witness,))


def _differ(finder: Finder, one: Condition, other: Condition) -> bool:
    """Tell whether some profile meets one of the two and not the other."""
    facts = finder.compiled.rule_base.facts
    tests = compile_condition(one, facts), compile_condition(other, facts)

    def claim(world: World) -> list[Formula]:
        formulas = [world.is_true(one), world.is_true(other)]
        return [either(formulas), either([negated(formula) for formula in formulas])]

    def seen(evaluation: Evaluation) -> bool:
        return (tests[0](evaluation.known) is True) != (tests[1](evaluation.known) is True)

    return finder.find(claim, seen) is not None


def _nearest(finder: Finder, rule: Rule) -> tuple[str, Witness] | None:
    """Return a part without which the rule could fire, and a profile that meets all the others."""
    for what, shorter in without_each_part(rule.when):
        profile = finder.meeting(shorter)
        if profile is not None:
            return what, Witness(profile, Sight(silent=(rule.id,)))
    return None


def _dead(kind: str, name: str, when: Condition, place: Place, nearest: tuple[str, Witness] | None) -> Proof:
    hint = "" if nearest is None else f" Without '{nearest[0]}' it could."
    finding = Finding(
        *(place.file, place.line, "dead-rule"),
        f"No profile meets the condition of '{name}': {said(when)}.{hint}",
        "What it says is never said.",
        "Mend the condition, or remove it.",
    )
    return Proof(Subject(kind, name), finding, () if nearest is None else (nearest[1],))
