"""A rule base made ready to evaluate: tests, matchers, indexes from facts to rules, and the tally.

The tally is one flat array of small integers that the effects of fired rules are added to, so that a rule can
be taken back by subtracting the same. Owns its layout. Compiled once, then only read: safe to share
between threads and with forked workers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from librt.vecs import append, vec
from mypy_extensions import i16, i32, i64

from service.engine.conditions import Test, comparisons, compile_condition
from service.engine.derivation import Derivations, stands_on
from service.engine.matcher import Matcher
from service.engine.term_bits import TermBits
from service.knowledge.model import (
    ChosenFrom,
    Effect,
    Fact,
    Kind,
    Method,
    ProfileFinding,
    Rule,
    RuleBase,
    SameAs,
    StepsBetween,
)

LEVELS: Final = (1, 2, 3)
MOST_IN_A_CELL: Final = 2**15 - 1
"""What a cell of the tally can hold."""

Cell: TypeAlias = tuple[int, int]
"""A place in the tally, and what a rule adds there."""


class TallyError(Exception):
    """The effects of the rules add up to more than a cell of the tally can hold."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each number stands in the tally.

    Per form one sum a step, then one sum of weights on strong evidence and one count of exclusions a
    form, then a sum for each tool and risk, then for each metric and measure a count a level.
    """

    steps: int
    start: Mapping[str, int]
    position: Mapping[Kind, Mapping[str, int]]
    size: int


class Cells:
    """What each rule adds to the tally when it fires; the cells of a rule stand together, from its start on."""

    def __init__(self, of_rules: Iterable[Iterable[Cell]]) -> None:
        """Take the cells of the rules.

        Raises:
            TallyError: when the amounts in one cell, whatever their signs, are more than it can hold.
        """
        self._cells, self._added, self._start = vec[i16](), vec[i16](), vec[i32]([0])
        most: dict[int, int] = {}
        for cells in of_rules:
            for cell, added in cells:
                most[cell] = most.get(cell, 0) + abs(added)
                if max(cell, most[cell]) > MOST_IN_A_CELL:
                    message = f"the rules could add up to {most[cell]} in cell {cell}; the most is {MOST_IN_A_CELL}"
                    raise TallyError(message)
                self._cells, self._added = append(self._cells, i16(cell)), append(self._added, i16(added))
            self._start = append(self._start, i32(len(self._cells)))

    def of(self, rule: int) -> list[Cell]:
        """Return the cells of a rule."""
        start, end = i64(self._start[rule]), i64(self._start[rule + 1])
        return [(int(self._cells[at]), int(self._added[at])) for at in range(start, end)]

    def add(self, rule: i64, tally: vec[i16], times: i16) -> None:
        """Count a rule as fired once, or with -1 as fired no more."""
        cells, added = self._cells, self._added
        for at in range(i64(self._start[rule]), i64(self._start[rule + 1])):
            tally[i64(cells[at])] += times * added[at]


class Scoring:
    """What forms are scored by: a step counts for at most the ``cap``; the rest is where things stand in the tally."""

    def __init__(self, rule_base: RuleBase, layout: Layout) -> None:
        """Look up the numbers."""
        self.forms: i64 = len(rule_base.catalogue[Kind.FORMS])
        self.steps: i64 = layout.steps
        self.cap: i64 = rule_base.method.cap_per_step
        self.strong: i64 = layout.start["strong"]
        self.exclusions: i64 = layout.start["exclusions"]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which facts play a part in the method itself, told from how the vocabulary declares them."""

    goals: str
    maturity_level: str
    rung_now: str
    rung_wanted: str
    ambition_gap: str
    intended_forms: str
    chosen_forms: str


@dataclass(frozen=True, slots=True)
class Reach:
    """What a rule could move if it fired: sums of forms by cell, forms out of the ranking, points of risks.

    ``weight`` is the largest amount among them; an exclusion counts as the cap.
    """

    sums: tuple[Cell, ...]
    excluded: frozenset[int]
    risks: tuple[Cell, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class CompiledRuleBase:
    """A rule base with everything that does not depend on a profile worked out.

    Rules are named by their index in ``rule_base.rules``. ``asks`` are the facts that a rule's
    condition names; ``asked_of`` are the facts a client may send that it stands on in the end;
    ``step_of`` is the position of a rule's step; ``rules_touching`` are the rules with an effect on a
    form, by the form's position; ``reaches`` is what each rule could move; the ``matcher`` tells of the
    rules, then of the findings; ``risk_thresholds`` are the points from which the levels of risk hold,
    lowest first.
    """

    rule_base: RuleBase
    derivations: Derivations
    layout: Layout
    tests: tuple[Test, ...]
    cells: Cells
    asks: tuple[frozenset[str], ...]
    asked_of: tuple[frozenset[str], ...]
    step_of: tuple[int, ...]
    rules_touching: tuple[frozenset[int], ...]
    reaches: tuple[Reach, ...]
    rules_asking: Mapping[str, tuple[int, ...]]
    term_bits: TermBits
    second_pass: frozenset[int]
    is_second: vec[bool]
    matcher: Matcher
    scoring: Scoring
    second_indexes: tuple[int, ...]
    first_indexes: tuple[int, ...]
    finding_tests: tuple[Test, ...]
    finding_facts: tuple[tuple[str, ...], ...]
    roles: Roles
    forms: tuple[str, ...]
    risks: tuple[str, ...]
    risk_thresholds: tuple[int, ...]


def compile_rule_base(rule_base: RuleBase) -> CompiledRuleBase:
    """Compile the rule base.

    Raises:
        MatcherError: when a condition cannot be brought within the limits of the matcher.
        TallyError: when the rules together could add up to more than a cell of the tally can hold.
    """
    facts, rules = rule_base.facts, rule_base.rules
    roles = _roles(facts)
    layout = _layout(rule_base)
    steps = [term.id for term in rule_base.method.steps]
    asks = tuple(frozenset(part.fact for part in comparisons(rule.when)) for rule in rules)
    second = frozenset(index for index, names in enumerate(asks) if roles.chosen_forms in names)
    matcher = Matcher(
        [rule.when for rule in rules], facts, roles.chosen_forms, [finding.when for finding in rule_base.findings]
    )
    first_indexes = tuple(index for index in range(len(rules)) if index not in second)
    second_indexes = tuple(sorted(second))
    return CompiledRuleBase(
        rule_base=rule_base,
        derivations=Derivations(facts),
        layout=layout,
        tests=tuple(compile_condition(rule.when, facts) for rule in rules),
        cells=Cells(cells_of(rule, steps, rule_base.method, layout) for rule in rules),
        asks=asks,
        asked_of=tuple(_sent_facts(names, facts) for names in asks),
        step_of=tuple(steps.index(rule.step) for rule in rules),
        rules_touching=tuple(_touching(rules, form) for form in rule_base.catalogue[Kind.FORMS]),
        reaches=tuple(_reach(rule, steps.index(rule.step), rule_base.method, layout) for rule in rules),
        rules_asking=_rules_asking(asks),
        term_bits=TermBits([rule.when for rule in rules], facts, matcher.states),
        second_pass=second,
        is_second=vec[bool]([index in second for index in range(len(rules))]),
        matcher=matcher,
        scoring=Scoring(rule_base, layout),
        first_indexes=first_indexes,
        second_indexes=second_indexes,
        finding_tests=tuple(compile_condition(finding.when, facts) for finding in rule_base.findings),
        finding_facts=tuple(_finding_facts(finding, facts) for finding in rule_base.findings),
        roles=roles,
        forms=tuple(rule_base.catalogue[Kind.FORMS]),
        risks=tuple(rule_base.catalogue[Kind.RISKS]),
        risk_thresholds=tuple(level.from_points for level in rule_base.method.risk_levels),
    )


def _roles(facts: Mapping[str, Fact]) -> Roles:
    by_derivation = {type(fact.derived): fact for fact in facts.values()}
    gap, chosen = by_derivation[StepsBetween], by_derivation[ChosenFrom]
    lower, upper = stands_on(gap)
    return Roles(
        goals=next(name for name, fact in facts.items() if fact.required),
        maturity_level=by_derivation[SameAs].id,
        rung_now=lower,
        rung_wanted=upper,
        ambition_gap=gap.id,
        intended_forms=stands_on(chosen)[0],
        chosen_forms=chosen.id,
    )


def _finding_facts(finding: ProfileFinding, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    asked = _sent_facts({part.fact for part in comparisons(finding.when)}, facts)
    return tuple(name for name in facts if name in asked)


def _layout(rule_base: RuleBase) -> Layout:
    steps = len(rule_base.method.steps)
    count = {kind: len(rule_base.catalogue[kind]) for kind in Kind}
    widths = {
        "sums": count[Kind.FORMS] * steps,
        "strong": count[Kind.FORMS],
        "exclusions": count[Kind.FORMS],
        Kind.TOOLS: count[Kind.TOOLS],
        Kind.RISKS: count[Kind.RISKS],
        Kind.METRICS: count[Kind.METRICS] * len(LEVELS),
        Kind.ANCHORING_MEASURES: count[Kind.ANCHORING_MEASURES] * len(LEVELS),
    }
    start, size = {}, 0
    for part, width in widths.items():
        start[str(part)] = size
        size += width
    position = {kind: {name: index for index, name in enumerate(rule_base.catalogue[kind])} for kind in Kind}
    return Layout(steps, start, position, size)


def cells_of(rule: Rule, steps: list[str], method: Method, layout: Layout) -> tuple[Cell, ...]:
    """Return what the rule adds to the tally when it fires; ``steps`` are the steps' ids in order."""
    step, strong = steps.index(rule.step), rule.evidence in method.strong_evidence
    return tuple(cell for effect in rule.effects for cell in _effect_cells(effect, step, strong, layout))


def _effect_cells(effect: Effect, step: int, strong: bool, layout: Layout) -> Iterable[Cell]:
    position, start = layout.position[effect.kind][effect.target], layout.start
    if effect.kind is Kind.FORMS:
        if effect.amount is None:
            yield start["exclusions"] + position, 1
            return
        yield start["sums"] + position * layout.steps + step, effect.amount
        if strong:
            yield start["strong"] + position, effect.amount
    elif effect.amount is not None and effect.kind in (Kind.TOOLS, Kind.RISKS):
        yield start[effect.kind] + position, effect.amount
    elif effect.amount is not None:
        yield start[effect.kind] + position * len(LEVELS) + effect.amount - 1, 1


def _reach(rule: Rule, step: int, method: Method, layout: Layout) -> Reach:
    sums, excluded, risks = [], set(), []
    for effect in rule.effects:
        position = layout.position[effect.kind][effect.target]
        if effect.kind is Kind.RISKS:
            risks.append((position, effect.amount or 0))
        elif effect.kind is Kind.FORMS and effect.amount is None:
            excluded.add(position)
        elif effect.kind is Kind.FORMS:
            sums.append((position * layout.steps + step, effect.amount or 0))
    amounts = [abs(amount) for _, amount in (*sums, *risks)] + [method.cap_per_step] * bool(excluded)
    return Reach(tuple(sums), frozenset(excluded), tuple(risks), max(amounts, default=0))


def _touching(rules: Iterable[Rule], form: str) -> frozenset[int]:
    return frozenset(
        index
        for index, rule in enumerate(rules)
        if any(effect.kind is Kind.FORMS and effect.target == form for effect in rule.effects)
    )


def _rules_asking(asks: tuple[frozenset[str], ...]) -> dict[str, tuple[int, ...]]:
    asking: dict[str, list[int]] = {}
    for index, names in enumerate(asks):
        for name in sorted(names):
            asking.setdefault(name, []).append(index)
    return {name: tuple(indexes) for name, indexes in asking.items()}


def _sent_facts(names: Iterable[str], facts: Mapping[str, Fact]) -> frozenset[str]:
    sent: set[str] = set()
    for name in names:
        if facts[name].is_sent:
            sent.add(name)
        sent |= _sent_facts(stands_on(facts[name]), facts)
    return frozenset(sent)
