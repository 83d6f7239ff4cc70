"""Evaluation of a profile: which rules fire, what they add up to, how the forms rank.

``evaluate`` asks the matcher; ``change`` starts from an evaluation and tries again only the rules that
ask about facts whose value changed. Both are pure: the same profile gives the same evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from librt.vecs import vec
from mypy_extensions import i16, i64

from service.engine.compiled import LEVELS, CompiledRuleBase
from service.knowledge.model import Kind, Profile, Value

WIDEST: Final = 1 << 20
"""More than the weights of all rules: a number that scores are told apart by before weights are."""


class Evaluation:
    """Everything that follows from a profile. Read only.

    ``known`` are the facts sent and derived; ``fired`` the indexes of the rules that fired, ascending;
    ``tally`` is laid out as the compiled rule base says; ``scores`` are by form in catalogue order;
    ``ranking`` are the positions of the forms that are not excluded, best first; ``chosen`` the ids of
    the chosen forms in catalogue order.
    """

    def __init__(
        self,
        profile: Profile,
        known: dict[str, Value],
        fired: tuple[int, ...],
        tally: vec[i16],
        scores: tuple[int, ...],
        ranking: tuple[int, ...],
        chosen: tuple[str, ...],
    ) -> None:
        self.profile = profile
        self.known = known
        self.fired = fired
        self.tally = tally
        self.scores = scores
        self.ranking = ranking
        self.chosen = chosen

    def __eq__(self, other: object) -> bool:
        """Tell whether the same follows from the same profile."""
        return isinstance(other, Evaluation) and self._all() == other._all()

    __hash__ = None  # type: ignore[assignment]  # it holds what may be changed

    def _all(self) -> tuple[object, ...]:
        return self.profile, self.known, self.fired, self.tally, self.scores, self.ranking, self.chosen


def evaluate(compiled: CompiledRuleBase, profile: Profile) -> Evaluation:
    """Evaluate a profile in two passes: the forms first, then what goes with the chosen ones."""
    known = compiled.derivations.known(profile)
    tally = vec[i16]([0] * compiled.layout.size)
    first = [compiled.first_indexes[index] for index in compiled.first_matcher.match(known)]
    _add(compiled, tally, first, 1)
    scores, ranking = _rank(compiled, tally)
    chosen = _choose(compiled, known, scores, ranking)
    second = [compiled.second_indexes[index] for index in compiled.second_matcher.match(known)]
    _add(compiled, tally, second, 1)
    fired = tuple(sorted(first + second))
    return Evaluation(profile, known, fired, tally, scores, ranking, chosen)


def change(compiled: CompiledRuleBase, evaluation: Evaluation, changes: Mapping[str, Value | None]) -> Evaluation:
    """Return the evaluation of the profile with some facts changed; None takes a fact away.

    Gives exactly what ``evaluate`` gives for the changed profile.
    """
    profile = {name: value for name, value in evaluation.profile.items() if name not in changes}
    profile |= {name: value for name, value in changes.items() if value is not None}
    known = compiled.derivations.known(profile)
    before = dict(evaluation.known)
    chosen_before = before.pop(compiled.roles.chosen_forms, None)
    changed = [name for name in before.keys() | known.keys() if before.get(name) != known.get(name)]
    tally, fired = evaluation.tally[:], set(evaluation.fired)
    asking = _rules_asking(compiled, changed)
    _try_again(compiled, asking - compiled.second_pass, known, tally, fired)
    scores, ranking = _rank(compiled, tally)
    chosen = _choose(compiled, known, scores, ranking)
    if known.get(compiled.roles.chosen_forms) != chosen_before:
        asking |= set(compiled.rules_asking.get(compiled.roles.chosen_forms, ()))
    _try_again(compiled, asking & compiled.second_pass, known, tally, fired)
    return Evaluation(profile, known, tuple(sorted(fired)), tally, scores, ranking, chosen)


def amount(compiled: CompiledRuleBase, evaluation: Evaluation, kind: Kind, position: int) -> int:
    """Return a tool's weight, a risk's points, or a metric's or measure's highest level (0: none)."""
    start = compiled.layout.start[kind]
    if kind in (Kind.TOOLS, Kind.RISKS):
        return evaluation.tally[start + position]
    return highest_level(evaluation.tally, start + position * len(LEVELS))


def highest_level(tally: vec[i16], start: i64) -> i64:
    """Return the highest level that a rule gives the metric or measure whose counts start there, 0 when none does."""
    level: i64 = len(LEVELS)
    while level > 0 and tally[start + level - 1] == 0:
        level -= 1
    return level


def _add(compiled: CompiledRuleBase, tally: vec[i16], rules: Iterable[int], sign: i16) -> None:
    cells_of = compiled.cells
    for rule in rules:
        for cell, added in cells_of[rule]:
            tally[cell] += sign * i16(added)


def _rank(compiled: CompiledRuleBase, tally: vec[i16]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the forms' scores, and those that are not excluded in order: score, strong weight, place."""
    forms: i64 = len(compiled.forms)
    steps: i64 = compiled.layout.steps
    cap: i64 = compiled.rule_base.method.cap_per_step
    strong: i64 = compiled.layout.start["strong"]
    exclusions: i64 = compiled.layout.start["exclusions"]
    scores: list[int] = []
    order: list[int] = []
    cell: i64 = 0
    for form in range(forms):
        score: i64 = 0
        for _ in range(steps):
            total = i64(tally[cell])
            score += cap if total > cap else max(total, -cap)
            cell += 1
        scores.append(score)
        if not tally[exclusions + form]:
            order.append(((-score) * WIDEST - i64(tally[strong + form])) * forms + form)
    order.sort()
    return tuple(scores), tuple([place % forms for place in order])


def _choose(
    compiled: CompiledRuleBase,
    known: dict[str, Value],
    scores: Sequence[int],
    ranking: Sequence[int],
) -> tuple[str, ...]:
    intended = cast("frozenset[str] | None", known.get(compiled.roles.intended_forms))
    chosen = tuple([form for form in compiled.forms if form in intended]) if intended else ()
    if not chosen and ranking and scores[ranking[0]] > 0:
        chosen = (compiled.forms[ranking[0]],)
    if chosen:
        known[compiled.roles.chosen_forms] = frozenset(chosen)
    return chosen


def _rules_asking(compiled: CompiledRuleBase, names: Iterable[str]) -> set[int]:
    return {rule for name in names for rule in compiled.rules_asking.get(name, ())}


def _try_again(
    compiled: CompiledRuleBase,
    rules: Iterable[int],
    known: Profile,
    tally: vec[i16],
    fired: set[int],
) -> None:
    for rule in rules:
        fires = compiled.tests[rule](known) is True
        if fires and rule not in fired:
            _add(compiled, tally, (rule,), 1)
            fired.add(rule)
        elif not fires and rule in fired:
            _add(compiled, tally, (rule,), -1)
            fired.discard(rule)
