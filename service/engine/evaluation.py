"""Evaluation of a profile: which rules fire, what they add up to, how the forms rank.

``evaluate`` asks the matcher; ``change`` starts from an evaluation and tries again only the rules that
ask about facts whose value changed. Both are pure: the same profile gives the same evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from librt.vecs import vec
from mypy_extensions import i16, i64

from service.engine.compiled import LEVELS, CompiledRuleBase, Scoring
from service.engine.derivation import Derivations
from service.knowledge.model import Kind, Profile, Value

WIDEST: Final = 1 << 20
"""More than the weights of all rules: a number that scores are told apart by before weights are."""


class Evaluation:
    """Everything that follows from a profile. Read only.

    ``values`` are those of the facts sent and derived, each in the place of its fact, and ``states`` those of what is
    compared; ``fired`` the indexes of the rules that fired, ascending; ``tally`` is laid out as the compiled rule base
    says; ``scores`` are by form in catalogue order; ``ranking`` are the positions of the forms that are not excluded,
    best first; ``chosen`` the ids of the chosen forms in catalogue order; ``findings`` the indexes of the findings that
    hold, ascending.
    """

    def __init__(
        self,
        profile: Profile,
        derivations: Derivations,
        values: list[Value | None],
        states: vec[i16],
        fired: tuple[int, ...],
        tally: vec[i16],
        scores: tuple[int, ...],
        ranking: tuple[int, ...],
        chosen: tuple[str, ...],
        findings: list[int],
    ) -> None:
        self.profile = profile
        self.values = values
        self.states = states
        self._derivations = derivations
        self._known: dict[str, Value] | None = None
        self.fired = fired
        self.tally = tally
        self.scores = scores
        self.ranking = ranking
        self.chosen = chosen
        self.findings = findings

    @property
    def known(self) -> dict[str, Value]:
        """The values by the name of their fact, gathered when they are first asked for: brief advice never does."""
        known = self._known
        if known is None:
            known = self._known = self._derivations.named(self.values)
        return known

    def __eq__(self, other: object) -> bool:
        """Tell whether the same follows from the same profile."""
        return isinstance(other, Evaluation) and self._all() == other._all()

    __hash__ = None  # type: ignore[assignment]  # it holds what may be changed

    def _all(self) -> tuple[object, ...]:
        return self.profile, self.values, self.fired, self.tally, self.scores, self.ranking, self.chosen, self.findings


def evaluate(compiled: CompiledRuleBase, profile: Profile) -> Evaluation:
    """Evaluate a profile in two passes: the forms first, then what goes with the chosen ones."""
    values = compiled.derivations.values(profile)
    matching, tally = compiled.matcher.begin(values), vec[i16]([0] * compiled.layout.size)
    _add(compiled, matching.found, tally, second=False)
    scores, ranking = _rank(compiled.scoring, tally)
    chosen = _choose(compiled, values, scores, ranking)
    if chosen:
        place, forms = compiled.derivations.place[compiled.roles.chosen_forms], frozenset(chosen)
        values[place] = forms
        compiled.matcher.go_on(matching, place, forms)
    _add(compiled, matching.found, tally, second=True)
    rules = i64(len(compiled.is_second))
    fired, findings = _true(matching.is_true, 0, rules), _true(matching.is_true, rules, i64(len(matching.is_true)))
    return Evaluation(
        profile, compiled.derivations, values, matching.states, tuple(fired), tally, scores, ranking, chosen, findings
    )


def change(compiled: CompiledRuleBase, evaluation: Evaluation, changes: Mapping[str, Value | None]) -> Evaluation:
    """Return the evaluation of the profile with some facts changed; None takes a fact away.

    Gives exactly what ``evaluate`` gives for the changed profile.
    """
    profile = {name: value for name, value in evaluation.profile.items() if name not in changes}
    profile |= {name: value for name, value in changes.items() if value is not None}
    values = compiled.derivations.values(profile)
    known = compiled.derivations.named(values)
    before = dict(evaluation.known)
    chosen_before = before.pop(compiled.roles.chosen_forms, None)
    changed = [name for name in before.keys() | known.keys() if before.get(name) != known.get(name)]
    tally, fired = evaluation.tally[:], set(evaluation.fired)
    asking = _rules_asking(compiled, changed)
    _try_again(compiled, asking - compiled.second_pass, known, tally, fired)
    scores, ranking = _rank(compiled.scoring, tally)
    chosen = _choose(compiled, values, scores, ranking)
    if chosen:
        values[compiled.derivations.place[compiled.roles.chosen_forms]] = frozenset(chosen)
        known[compiled.roles.chosen_forms] = frozenset(chosen)
    if known.get(compiled.roles.chosen_forms) != chosen_before:
        asking |= set(compiled.rules_asking.get(compiled.roles.chosen_forms, ()))
    _try_again(compiled, asking & compiled.second_pass, known, tally, fired)
    findings = [finding for finding, test in enumerate(compiled.finding_tests) if test(known) is True]
    return Evaluation(
        profile,
        compiled.derivations,
        values,
        compiled.matcher.states.told(values),
        tuple(sorted(fired)),
        tally,
        scores,
        ranking,
        chosen,
        findings,
    )


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


def _true(is_true: vec[bool], first: i64, end: i64) -> list[int]:
    """List which are true from the first on, counted from there."""
    return [int(at - first) for at in range(first, end) if is_true[at]]


def _add(compiled: CompiledRuleBase, found: vec[i16], tally: vec[i16], *, second: bool) -> None:
    """Count what the rules add in one of the passes that are among the conditions found true."""
    is_second, cells, rules = compiled.is_second, compiled.cells, i64(len(compiled.is_second))
    for at in range(i64(len(found))):
        rule = i64(found[at])
        if rule < rules and is_second[rule] == second:
            cells.add(rule, tally, 1)


def _rank(scoring: Scoring, tally: vec[i16]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the forms' scores, and those that are not excluded in order: score, strong weight, place."""
    forms, steps, cap, strong, exclusions = (
        scoring.forms,
        scoring.steps,
        scoring.cap,
        scoring.strong,
        scoring.exclusions,
    )
    scores: list[int] = []
    order, ranked = vec[i64]([0] * forms), i64(0)
    for form in range(forms):
        score: i64 = 0
        for cell in range(form * steps, (form + 1) * steps):
            total = i64(tally[cell])
            if total > cap:
                total = cap
            elif total < -cap:
                total = -cap
            score += total
        scores.append(score)
        if not tally[exclusions + form]:
            _put((-score * WIDEST - i64(tally[strong + form])) * forms + form, order, ranked)
            ranked += 1
    return tuple(scores), tuple([order[rank] % forms for rank in range(ranked)])


def _put(one: i64, order: vec[i64], count: i64) -> None:
    """Put a number in its place among those that are in order."""
    while count > 0 and order[count - 1] > one:
        order[count] = order[count - 1]
        count -= 1
    order[count] = one


def _choose(
    compiled: CompiledRuleBase,
    values: list[Value | None],
    scores: Sequence[int],
    ranking: Sequence[int],
) -> tuple[str, ...]:
    intended = cast("frozenset[str] | None", values[compiled.derivations.place[compiled.roles.intended_forms]])
    chosen = tuple([form for form in compiled.forms if form in intended]) if intended else ()
    if not chosen and ranking and scores[ranking[0]] > 0:
        chosen = (compiled.forms[ranking[0]],)
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
            compiled.cells.add(rule, tally, 1)
            fired.add(rule)
        elif not fires and rule in fired:
            compiled.cells.add(rule, tally, -1)
            fired.discard(rule)
