"""Promises about single profiles: that some form fits, or that a certain one stands first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import Evaluation, evaluate
from service.knowledge.findings import Finding
from service.knowledge.model import Kind, Profile
from service.workbench.proofs.claims import Found, Kept, Proof, Subject
from service.workbench.proofs.promise_files import Promise
from service.workbench.proofs.solver import Formula, at_most, either, negated
from service.workbench.proofs.witnesses import Finder, Sight, Witness
from service.workbench.proofs.world import World


def promises_of_forms(compiled: CompiledRuleBase, promises: Sequence[Promise]) -> Found:
    """Prove each promise about forms, or find a profile that breaks it."""
    finder = Finder(compiled, [promise.when for promise in promises])
    kept: list[Kept] = []
    proofs: list[Proof] = []
    for promise in promises:
        if promise.raising:
            continue
        profile = _broken_by(finder, promise)
        if profile is None:
            kept.append(Kept(promise.id, promise.claim))
        else:
            proofs.append(_broken(finder, promise, profile))
    return Found(proofs=tuple(proofs), kept=tuple(kept))


def _broken_by(finder: Finder, promise: Promise) -> Profile | None:
    seen = _breaks(finder.compiled, promise)

    def claim(world: World) -> Iterable[Formula]:
        yield world.is_true(promise.when)
        yield from (world.facts.known(name) for name in promise.known)
        yield from _otherwise(world, promise)

    profile = finder.find(lambda world: list(claim(world)), seen)
    return None if profile is None else finder.shrunk(profile, frozenset(promise.known), seen)


def _otherwise(world: World, promise: Promise) -> Iterator[Formula]:
    """Yield what has to be so for the promise to be broken."""
    forms = world.compiled.forms
    if promise.some_form_above is not None:
        for form in range(len(forms)):
            yield either([world.excluded(form), at_most(world.score(form), promise.some_form_above)])
    yield from (negated(world.first(forms.index(form))) for form in promise.form_first)


def _breaks(compiled: CompiledRuleBase, promise: Promise) -> Callable[[Evaluation], bool]:
    meets = compile_condition(promise.when, compiled.rule_base.facts)

    def breaks(one: Evaluation) -> bool:
        if meets(one.known) is not True or not one.known.keys() >= set(promise.known):
            return False
        if promise.some_form_above is not None:
            return all(one.scores[form] <= promise.some_form_above for form in one.ranking)
        return not any(compiled.forms[form] in promise.form_first for form in one.ranking[:1])

    return breaks


def _broken(finder: Finder, promise: Promise, profile: Profile) -> Proof:
    compiled = finder.compiled
    evaluation = evaluate(compiled, profile)
    first = compiled.forms[evaluation.ranking[0]] if evaluation.ranking else None
    if promise.some_form_above is not None:
        what = f"A profile breaks '{promise.id}': no form has a score above {promise.some_form_above}."
        sight = Sight(no_form_above=promise.some_form_above)
    else:
        what = f"A profile breaks '{promise.id}': {first or 'no form'} stands first."
        sight = Sight(first=first)
    fired = [compiled.rule_base.rules[index] for index in evaluation.fired]
    speaking = [rule.id for rule in fired if any(one.kind is Kind.FORMS for one in rule.effects)]
    finding = Finding(
        *(promise.place.file, promise.place.line, "broken-promise"),
        what,
        f"It promises: {promise.claim} Rules about forms that fire: {', '.join(speaking) or 'none'}.",
        "Mend these rules, write one that is missing, or narrow the promise.",
    )
    return Proof(Subject("promises", promise.id), finding, (Witness(profile, sight),))
