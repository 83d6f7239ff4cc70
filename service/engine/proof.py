"""Whether the forms that are recommended can still change: proved over every completion of a profile.

Of a profile that is completed in part, each undecided rule may fire or not. That bounds the score of every
form, and the lead of one form on another. Where the bounds leave the order open, one more fact is completed
in all its ways. The work is bounded: when it is used up, nothing was proved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from service.engine.columns import ABSENT, Column, bits, columns_of
from service.engine.completions import members_asked_for, values_of
from service.engine.derivation import stands_on
from service.engine.many import ABOVE_ZERO, Keys, Literal, ManyRules, Sums, Truth, first_forms, rank_many, truths
from service.knowledge.model import ChosenFrom, Fact, FactType, Profile

MOST_PARTS: Final = 4096
"""Profiles completed in part that one proof may look at."""
MOST_MEMBERS: Final = 6
"""Members of a set that are completed one by one; a larger set is only bounded."""
_OPEN: Final = -1

Codes: TypeAlias = npt.NDArray[np.int64]
"""By part and open fact the way in which the fact is completed; ``_OPEN`` where it is not."""
Fires: TypeAlias = npt.NDArray[np.float32]
"""By part and undecided rule 1 where the rule fires, else 0."""


@dataclass(frozen=True, slots=True)
class _OpenFact:
    """A fact that is not settled, with the truth of each comparison with it, by way of completing it."""

    name: str
    ways: int
    tables: Mapping[Literal, Truth]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is to be proved: that ``leaders`` stay the recommended forms, in this order.

    ``decided`` are the sums of the rules that fire however the profile is completed.
    """

    rules: ManyRules
    known: Mapping[str, Column]
    undecided: Mapping[int, Mapping[Literal, Truth]]
    open: tuple[_OpenFact, ...]
    decided: Sums
    leaders: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """For sure and at most, by part: which undecided rules fire, the sums, and the keys of all forms."""

    sure: Fires
    may: Fires
    low: Sums
    high: Sums
    low_keys: Keys
    high_keys: Keys


def not_proved_idle(rules: ManyRules, profile: Profile, open_: Collection[str]) -> tuple[str, ...]:
    """Return the open facts that the recommended forms may still depend on, those with most weight first.

    Empty when it is proved that no way of completing the open facts, or some of them, changes the
    recommended forms or their order. Not empty when they can change, and when ``MOST_PARTS`` did not
    suffice to prove that they cannot.
    """
    claim = _claim(rules, profile, open_)
    if _is_proved(claim):
        return ()
    facts = rules.compiled.rule_base.facts
    names = (below for fact in claim.open for below in _standing_below(fact.name, facts))
    return tuple(dict.fromkeys(name for name in names if name in open_))


def _standing_below(name: str, facts: Mapping[str, Fact]) -> Iterable[str]:
    """Yield the fact, and those it is derived from."""
    yield name
    for below in stands_on(facts[name]):
        yield from _standing_below(below, facts)


def _is_proved(claim: _Claim) -> bool:
    parts: Codes = np.full((1, len(claim.open)), _OPEN)
    bounds = _bounds(claim, parts)
    rivals = _rivals(claim, bounds)
    left = MOST_PARTS
    for place in range(len(claim.open) + 1):
        unproved = ~_proved(claim, bounds, rivals)
        if not unproved.any():
            return True
        if place == len(claim.open):
            break
        parts = _completed(claim, parts[unproved], bounds.may[unproved] - bounds.sure[unproved], place)
        left -= len(parts)
        if left < 0:
            break
        bounds = _bounds(claim, parts)
    return False


def _claim(rules: ManyRules, profile: Profile, open_: Collection[str]) -> _Claim:
    compiled = rules.compiled
    facts = compiled.rule_base.facts
    rankings = rank_many(rules, columns_of([profile], facts))
    names = _open_names(facts, profile, open_)
    decided, undecided = [], {}
    for rule in compiled.first_indexes:
        literals = _literals(rules, rule, rankings.known)
        lowest, highest = (
            bool(rules.holds[rule](rankings.known, _taken(literals, names, outcome))[0]) for outcome in (False, True)
        )
        if lowest:
            decided.append(rule)
        elif highest and rules.weights[rule].any():
            undecided[rule] = literals
    open_facts = [_open_fact(facts[name], undecided) for name in names]
    weight = {
        fact.name: sum(
            float(np.abs(rules.weights[rule]).sum())
            for rule, literals in undecided.items()
            if any(literal in fact.tables for literal in literals)
        )
        for fact in open_facts
    }
    return _Claim(
        rules=rules,
        known=rankings.known,
        undecided=undecided,
        open=tuple(sorted((one for one in open_facts if one.tables), key=lambda one: -weight[one.name])),
        decided=rules.weights[decided].sum(axis=0).astype(np.int64),
        leaders=tuple(form for form in _first(rules, rankings.keys) if form >= 0),
    )


def _first(rules: ManyRules, keys: Keys) -> Sequence[int]:
    first: Sequence[int] = first_forms(keys, rules.compiled.rule_base.method.recommended_ranks)[0].tolist()
    return first


def _open_names(facts: Mapping[str, Fact], profile: Profile, open_: Collection[str]) -> list[str]:
    """Name the open facts and the derived ones that stand on them, which are taken to be open by themselves."""
    names: list[str] = []
    for name, fact in facts.items():
        derived = not isinstance(fact.derived, ChosenFrom) and any(below in names for below in stands_on(fact))
        if name in open_ or (derived and name not in profile):
            names.append(name)
    return names


def _literals(rules: ManyRules, rule: int, known: Mapping[str, Column]) -> dict[Literal, Truth]:
    literals: dict[Literal, Truth] = {}
    rules.holds[rule](known, literals)
    return literals


def _taken(literals: Mapping[Literal, Truth], names: Collection[str], outcome: bool) -> dict[Literal, Truth]:
    """Return the literals with those about open facts taken to have the outcome."""
    taken = np.array([outcome])
    return {literal: taken if literal.comparison.fact in names else true for literal, true in literals.items()}


def _open_fact(fact: Fact, undecided: Mapping[int, Mapping[Literal, Truth]]) -> _OpenFact:
    """Find the ways of completing the fact that some undecided rule tells apart; absent is one of them."""
    asking = list(
        dict.fromkeys(
            literal for literals in undecided.values() for literal in literals if literal.comparison.fact == fact.id
        )
    )
    values = np.array([ABSENT, *_values(fact, asking)], dtype=np.int64)
    ways = np.unique(truths(fact, asking, values), axis=1)
    return _OpenFact(fact.id, ways.shape[1], dict(zip(asking, ways, strict=True)))


def _values(fact: Fact, asking: Iterable[Literal]) -> Sequence[int]:
    comparisons = [literal.comparison for literal in asking]
    if fact.type is not FactType.SET:
        return values_of(fact, comparisons)
    asked = members_asked_for(fact, comparisons)
    sets = [bits(fact, some) for size in range(len(asked) + 1) for some in combinations(asked, size)]
    return [one for one in sets if one or not fact.empty_means_absent]


def _completed(claim: _Claim, parts: Codes, undecided: Fires, place: int) -> Codes:
    """Complete one more fact in all its ways, where an undecided rule asks about it."""
    fact = claim.open[place]
    asking = [any(literal in fact.tables for literal in literals) for literals in claim.undecided.values()]
    matters = undecided[:, asking].any(axis=1)
    branches = np.repeat(parts[matters], fact.ways, axis=0)
    branches[:, place] = np.tile(np.arange(fact.ways), int(matters.sum()))
    return np.concatenate([parts[~matters], branches])


def _bounds(claim: _Claim, parts: Codes) -> _Bounds:
    sure, may = (_fires(claim, parts, outcome) for outcome in (False, True))
    weights = claim.rules.weights[list(claim.undecided)]
    gains, losses = weights.clip(min=0), weights.clip(max=0)
    low = (sure @ gains + may @ losses).astype(np.int64) + claim.decided
    high = (may @ gains + sure @ losses).astype(np.int64) + claim.decided
    forms = len(claim.rules.compiled.forms)
    most_excluded, least_excluded = high[:, -forms:].copy(), low[:, -forms:].copy()
    low[:, -forms:], high[:, -forms:] = most_excluded, least_excluded
    order = claim.rules.order
    return _Bounds(sure, may, low, high, order.keys(low), order.keys(high))


def _fires(claim: _Claim, parts: Codes, outcome: bool) -> Fires:
    """Tell where the undecided rules fire when whatever is open has the outcome."""
    seen: dict[Literal, Truth] = {}
    for place, fact in enumerate(claim.open):
        for literal, table in fact.tables.items():
            seen[literal] = np.append(table, outcome)[parts[:, place]]  # the last stands for _OPEN
    fires = np.zeros((len(claim.undecided), len(parts)), dtype=np.float32)
    for place, rule in enumerate(claim.undecided):
        fires[place] = claim.rules.holds[rule](claim.known, seen)
    return fires.T


def _rivals(claim: _Claim, bounds: _Bounds) -> list[tuple[int, int]]:
    """List the pairs of forms of which the first has to stay before the second, where bounds leave it open."""
    last = claim.leaders[-1:]
    pairs = list(zip(claim.leaders[:-1], claim.leaders[1:], strict=True))
    pairs += [(one, other) for one in last for other in range(bounds.low_keys.shape[1]) if other not in claim.leaders]
    return [(one, other) for one, other in pairs if bounds.low_keys[0, one] <= bounds.high_keys[0, other]]


def _proved(claim: _Claim, bounds: _Bounds, rivals: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
    """Tell in which parts the leaders stay as they are."""
    leaders = list(claim.leaders)
    proved: npt.NDArray[np.bool_] = np.all(bounds.low_keys[:, leaders] >= ABOVE_ZERO, axis=1)
    if len(leaders) < claim.rules.compiled.rule_base.method.recommended_ranks:
        others = [form for form in range(bounds.high_keys.shape[1]) if form not in leaders]
        proved &= np.all(bounds.high_keys[:, others] < ABOVE_ZERO, axis=1)
    for one, other in rivals:
        open_ = proved & (bounds.low_keys[:, one] <= bounds.high_keys[:, other])
        proved[open_] = _least_lead(claim, bounds, one, other)[open_] > 0
    return proved


def _least_lead(claim: _Claim, bounds: _Bounds, one: int, other: int) -> Sums:
    """Bound from below by how many points the one form is ahead of the other.

    Within a step, by the scores of each alone; or, where a cut can only add to the lead, by the rules that
    move the two apart.
    """
    steps, cap = claim.rules.compiled.layout.steps, claim.rules.compiled.rule_base.method.cap_per_step
    own, others = (slice(form * steps, (form + 1) * steps) for form in (one, other))
    alone = bounds.low[:, own].clip(-cap, cap) - bounds.high[:, others].clip(-cap, cap)
    weights = claim.rules.weights[list(claim.undecided)]
    apart = weights[:, own] - weights[:, others]
    moved = bounds.sure @ apart.clip(min=0) + bounds.may @ apart.clip(max=0)
    together = claim.decided[own] - claim.decided[others] + moved.astype(np.int64)
    uncut = (bounds.high[:, own] <= cap) & (bounds.low[:, others] >= -cap)
    lead: Sums = np.where(uncut, np.maximum(alone, together), alone).sum(axis=1)
    return lead
