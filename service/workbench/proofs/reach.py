"""What can be reached: each form first, each tool, metric, measure and risk in some advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, evaluate
from service.knowledge.findings import Finding
from service.knowledge.model import Kind, Place, Profile
from service.workbench.proofs.claims import Found, Proof, Reached, Subject
from service.workbench.proofs.solver import Formula, at_least
from service.workbench.proofs.witnesses import Finder, Sight, Witness, least_shown
from service.workbench.proofs.world import World

LISTED: Final = (Kind.TOOLS, Kind.ANCHORING_MEASURES, Kind.METRICS, Kind.RISKS)
ORDERED: Final = (Kind.ANCHORING_MEASURES, Kind.METRICS)

Places = Mapping[tuple[str, str], Place]
"""Where the items of the catalogue stand, by section and id."""


def reach(compiled: CompiledRuleBase, places: Places) -> Found:
    """Find for every form a profile that puts it first, and for everything else one that gets it; or that none does."""
    finder = Finder(compiled)
    reached: list[Reached] = []
    proofs: list[Proof] = []
    for kind, target, witness in [*_forms(finder), *_listed(finder)]:
        if witness is not None:
            reached.append(Reached(kind, target, witness))
        else:
            proofs.append(_unreachable(finder, kind, target, places[kind, target]))
    return Found(proofs=tuple(proofs), reached=tuple(reached))


def _forms(finder: Finder) -> Iterator[tuple[Kind, str, Witness | None]]:
    for form, name in enumerate(finder.compiled.forms):
        yield Kind.FORMS, name, _first(finder, form)


def _first(finder: Finder, form: int) -> Witness | None:
    """Return a profile on which the form stands first with a score above 0: then it is recommended."""

    def claim(world: World) -> list[Formula]:
        return [world.first(form), at_least(world.score(form), 1)]

    def seen(evaluation: Evaluation) -> bool:
        return evaluation.ranking[:1] == (form,) and evaluation.scores[form] > 0

    profile = finder.find(claim, seen)
    if profile is None:
        return None
    return Witness(finder.shrunk(profile, frozenset(), seen), Sight(first=finder.compiled.forms[form]))


def _listed(finder: Finder) -> Iterator[tuple[Kind, str, Witness | None]]:
    for kind in LISTED:
        for target in finder.compiled.rule_base.catalogue[kind]:
            yield kind, target, _given(finder, kind, target)


def _given(finder: Finder, kind: Kind, target: str) -> Witness | None:
    return finder.witness(lambda world: [_shown(world, kind, target)], Sight(gets=((kind, target),)))


def _shown(world: World, kind: Kind, target: str) -> Formula:
    least = least_shown(world.compiled, kind)
    if kind in ORDERED:
        return world.gives_level(kind, target, least)
    return at_least(world.terms(kind, target), least)


def _unreachable(finder: Finder, kind: Kind, target: str, place: Place) -> Proof:
    rules = [
        rule.id
        for rule in finder.compiled.rule_base.rules
        if any(one.kind is kind and one.target == target and (one.amount or 0) > 0 for one in rule.effects)
    ]
    speaks = f"These rules speak for it: {', '.join(rules)}." if rules else "No rule speaks for it."
    what = f"No profile puts '{target}' first." if kind is Kind.FORMS else f"No profile gets '{target}' ({kind})."
    finding = Finding(
        *(place.file, place.line, "unreachable"),
        what,
        f"What is never advised need not be in the catalogue. {speaks}",
        "Write a rule that speaks for it, weigh the rules otherwise, or take it out of the catalogue.",
    )
    return Proof(Subject(kind, target), finding, (_nothing(finder, kind, target),))


def _nothing(finder: Finder, kind: Kind, target: str) -> Witness:
    """Return a witness of how far it gets: a profile with a rule that speaks for it, and that does not get it."""
    for index, rule in enumerate(finder.compiled.rule_base.rules):
        if any(one.kind is kind and one.target == target and (one.amount or 0) > 0 for one in rule.effects):
            witness = finder.firing(index)
            if witness is not None:
                return Witness(witness.profile, _without(finder, witness.profile, kind, target, rule.id))
    empty: Profile = {name: frozenset() for name, fact in finder.compiled.rule_base.facts.items() if fact.required}
    return Witness(empty, _without(finder, empty, kind, target))


def _without(finder: Finder, profile: Profile, kind: Kind, target: str, *rules: str) -> Sight:
    if kind is not Kind.FORMS:
        return Sight(fires=rules, lacks=((kind, target),))
    ranking = evaluate(finder.compiled, profile).ranking
    return Sight(fires=rules, first=finder.compiled.forms[ranking[0]] if ranking else None)
