"""What would have to change for an aim to be reached, and what stands in the way when nothing can be changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.advice.explanation.question import FIRST, Question
from service.advice.risk_states import risk_level
from service.engine.aims import Aim, place_aim, risk_aim
from service.engine.choices import UNCHANGEABLE, Choice, choices
from service.engine.columns import columns_of, with_changes
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Part, decisive_parts
from service.engine.evaluation import Evaluation, amount, evaluate
from service.engine.many import ManyRules, rank_many
from service.engine.prospects import reach_of
from service.engine.smallest import smallest
from service.engine.variations import Variations, vary
from service.knowledge.model import Effect, Kind, Profile, Value

MOST_OF_A_KIND: Final = 3
"""Blockers of one kind that are named, the heaviest, and changes that bring a form nearer; more would hide them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change, and how the form then stands. ``points`` are those of the risk, None if none was asked about."""

    choices: tuple[Choice, ...]
    rank: int | None
    score: int
    points: int | None

    @property
    def effort(self) -> int:
        """The effort of all choices together."""
        return sum(choice.effort for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Blocker:
    """What stands in the way and cannot be changed.

    ``kind`` is ``excludes``, ``against``, ``rival`` (the rule speaks for ``rival``, by position, more than
    for the form), ``risk`` (it gives the risk points), or ``missed``: the fact of ``part`` keeps the rule
    from helping. ``amount`` is what the rule gives or would give.
    """

    kind: str
    rule: int
    amount: int
    rival: int | None = None
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """The smallest changes. ``reached``: there is nothing to change; ``exact``: none smaller exists.

    ``known`` are the facts with the form asked about as the one that is chosen. ``easing`` are changes that
    bring an aim nearer for which no change was found: of a risk the smallest ones that bring it to the lowest level
    it can have, of a place those of one fact with which the form scores most.
    """

    known: Profile
    reached: bool
    exact: bool
    proposals: tuple[Proposal, ...] = ()
    easing: tuple[Proposal, ...] = ()
    blockers: tuple[Blocker, ...] = ()


def changes(many: ManyRules, profile: Profile, question: Question) -> Changes:
    """Find what would have to change; the form asked about counts as the one that is chosen."""
    compiled = many.compiled
    intended = compiled.roles.intended_forms
    evaluation = evaluate(compiled, {**profile, intended: frozenset({question.form})})
    if _reached(compiled, evaluation, question):
        return Changes(evaluation.known, reached=True, exact=True)
    aim = _aim(many, question)
    variations = vary(aim, evaluation, choices(compiled, evaluation, aim.rules, {intended}))
    found = smallest(variations)
    if found.changes:
        proposals = tuple(_proposal(compiled, evaluation, question, change) for change in found.changes)
        return Changes(evaluation.known, reached=False, exact=found.exact, proposals=proposals)
    easing = tuple(_easing(many, evaluation, question, variations.items))
    blockers = tuple(_blockers(variations, evaluation, question))
    return Changes(evaluation.known, reached=False, exact=found.exact, easing=easing, blockers=blockers)


def _easing(many: ManyRules, evaluation: Evaluation, question: Question, items: Sequence[Choice]) -> Iterable[Proposal]:
    compiled, points = many.compiled, _points(many.compiled, evaluation, question)
    if question.without_risk is None or points is None:
        nearest = _nearest(many, evaluation, compiled.layout.position[Kind.FORMS][question.form], items)
        yield from (_proposal(compiled, evaluation, question, (choice,)) for choice in nearest)
        return
    risk = compiled.layout.position[Kind.RISKS][question.without_risk]
    for level in range(2, risk_level(compiled, points) + 1):
        aim = risk_aim(many, risk, level)
        made = choices(compiled, evaluation, aim.rules, {compiled.roles.intended_forms})
        found = smallest(vary(aim, evaluation, made))
        if found.changes:
            yield from (_proposal(compiled, evaluation, question, change) for change in found.changes)
            return


def _nearest(many: ManyRules, evaluation: Evaluation, form: int, items: Sequence[Choice]) -> list[Choice]:
    """Choose for up to MOST_OF_A_KIND facts the choice with which the form scores most, of those that raise it.

    What only sets its rivals back is left out. A form that is excluded has to come back first.
    """
    facts = many.compiled.rule_base.facts
    tried: list[Mapping[str, Value | None]] = [{}, *({item.fact: item.value} for item in items)]
    rankings = rank_many(many, with_changes(columns_of([evaluation.profile], facts), tried, facts))
    standings = [
        (rank == 0, -score) for rank, score in zip(rankings.ranks(form), rankings.scores_of(form), strict=True)
    ]
    raising = [place for place, standing in enumerate(standings) if standing < standings[0]]
    raising.sort(key=lambda place: (standings[place], items[place - 1].effort))
    best: dict[str, Choice] = {}
    for place in raising:
        best.setdefault(items[place - 1].fact, items[place - 1])
    return list(best.values())[:MOST_OF_A_KIND]


def _aim(many: ManyRules, question: Question) -> Aim:
    position = many.compiled.layout.position
    if question.without_risk is not None:
        return risk_aim(many, position[Kind.RISKS][question.without_risk])
    within = 1 if question.place == FIRST else many.compiled.rule_base.method.recommended_ranks
    return place_aim(many, position[Kind.FORMS][question.form], within)


def _reached(compiled: CompiledRuleBase, evaluation: Evaluation, question: Question) -> bool:
    form, points = compiled.layout.position[Kind.FORMS][question.form], _points(compiled, evaluation, question)
    if points is not None:
        return not risk_level(compiled, points)
    within = 1 if question.place == FIRST else compiled.rule_base.method.recommended_ranks
    return form in evaluation.ranking[:within] and evaluation.scores[form] > 0


def _points(compiled: CompiledRuleBase, evaluation: Evaluation, question: Question) -> int | None:
    if question.without_risk is None:
        return None
    return amount(compiled, evaluation, Kind.RISKS, compiled.layout.position[Kind.RISKS][question.without_risk])


def _proposal(
    compiled: CompiledRuleBase, evaluation: Evaluation, question: Question, change: tuple[Choice, ...]
) -> Proposal:
    after = evaluate(compiled, {**evaluation.profile, **{choice.fact: choice.value for choice in change}})
    form = compiled.layout.position[Kind.FORMS][question.form]
    rank = after.ranking.index(form) + 1 if form in after.ranking else None
    return Proposal(change, rank, after.scores[form], _points(compiled, after, question))


def _blockers(variations: Variations, evaluation: Evaluation, question: Question) -> Iterable[Blocker]:
    """Name the rules that no choice can turn and that stand in the way, the heaviest of each kind."""
    compiled = variations.aim.many.compiled
    settled = [rule for rule in variations.aim.rules if rule not in variations.open_rules]
    fired = [rule for rule in settled if rule in set(evaluation.fired)]
    missed = [rule for rule in settled if rule not in set(evaluation.fired)]
    if question.without_risk is not None:
        given = _amounts(compiled, Kind.RISKS, question.without_risk, fired)
        yield from _heaviest(Blocker("risk", rule, points) for rule, points in given if points > 0)
        mitigating = _amounts(compiled, Kind.RISKS, question.without_risk, missed)
        yield from _missing(compiled, evaluation, [(rule, -points) for rule, points in mitigating if points < 0])
        return
    excluding = [rule for rule in fired if _excludes(compiled.rule_base.rules[rule].effects, question.form)]
    yield from (Blocker("excludes", rule, 0) for rule in excluding)
    own = dict(_amounts(compiled, Kind.FORMS, question.form, fired))
    yield from _heaviest(Blocker("against", rule, weight) for rule, weight in own.items() if weight < 0)
    rival = _hardest_rival(variations, question.form)
    if rival is not None:
        theirs = _amounts(compiled, Kind.FORMS, compiled.forms[rival], fired)
        ahead = ((rule, weight - own.get(rule, 0)) for rule, weight in theirs if own.get(rule, 0) >= 0)
        yield from _heaviest(Blocker("rival", rule, more, rival) for rule, more in ahead if more > 0)
    helpful = _amounts(compiled, Kind.FORMS, question.form, missed)
    yield from _missing(compiled, evaluation, [(rule, weight) for rule, weight in helpful if weight > 0])


def _amounts(compiled: CompiledRuleBase, kind: Kind, target: str, rules: Iterable[int]) -> list[tuple[int, int]]:
    return [
        (rule, effect.amount)
        for rule in rules
        for effect in compiled.rule_base.rules[rule].effects
        if effect.kind is kind and effect.target == target and effect.amount is not None
    ]


def _excludes(effects: Iterable[Effect], form: str) -> bool:
    return any(effect.kind is Kind.FORMS and effect.target == form and effect.amount is None for effect in effects)


def _heaviest(blockers: Iterable[Blocker]) -> list[Blocker]:
    return sorted(blockers, key=lambda blocker: -abs(blocker.amount))[:MOST_OF_A_KIND]


def _hardest_rival(variations: Variations, form: str) -> int | None:
    """Return the form that choices can do least against; None when the form cannot even get above 0."""
    compiled, aim = variations.aim.many.compiled, variations.aim
    reach = reach_of(variations)
    if (reach[: aim.must] < 0).any():
        return None
    others = [other for other, name in enumerate(compiled.forms) if name != form]
    return others[int(reach[aim.must :].argmin())]


def _missing(compiled: CompiledRuleBase, evaluation: Evaluation, rules: Iterable[tuple[int, int]]) -> Iterable[Blocker]:
    """Name for each fact the heaviest rule that it keeps from helping, and that would help if it were otherwise."""
    facts, by_fact = compiled.rule_base.facts, dict[str, Blocker]()
    for rule, amount_missed in sorted(rules, key=lambda pair: -pair[1]):
        outcome = compiled.tests[rule](evaluation.known)
        for part in decisive_parts(compiled.rule_base.rules[rule].when, evaluation.known, facts, outcome):
            if facts[part.comparison.fact].changeable == UNCHANGEABLE:
                by_fact.setdefault(part.comparison.fact, Blocker("missed", rule, amount_missed, None, part))
    return list(by_fact.values())[:MOST_OF_A_KIND]
