"""One profile that is not known yet: its facts as formulas, and the profile when an answer was found.

Owns the meaning of types, absent facts and derived facts for the solver, as ``engine.derivation`` does for
a profile; a property test holds the two together. A fact becomes part of a question when it is asked about.
Which form stands first is open here; whoever needs it exactly pins it (see ``world``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from service.engine.conditions import comparisons, compile_condition
from service.engine.derivation import stands_on
from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    ChosenFrom,
    Comparison,
    Condition,
    Fact,
    FactType,
    Not,
    Operator,
    Profile,
    RoundedMeanOf,
    SameAs,
    SizeOf,
    StepsBetween,
    Value,
)
from service.workbench.proofs.solver import (
    FALSE,
    Formula,
    Solver,
    Term,
    at_least,
    at_most,
    both,
    either,
    negated,
    variable,
)

Answers: TypeAlias = Mapping[Value, Formula]
"""For each answer when it is given; of a whole number the least of those that no condition tells apart."""


class Facts:
    """The facts of an unknown profile as formulas. Not shared between threads.

    Two of them in one solver share every fact but their ``own``, which are told apart by ``name``.
    """

    def __init__(
        self,
        solver: Solver,
        facts: Mapping[str, Fact],
        conditions: Iterable[Condition],
        name: str = "",
        own: frozenset[str] = frozenset(),
    ) -> None:
        """Start with no fact; ``conditions`` are all that can be asked about them."""
        self._solver, self._facts, self._name, self._own = solver, facts, name, own
        self._cuts = _cuts(conditions)
        self._answers: dict[str, Answers] = {}
        self._sent: dict[str, Answers] = {}
        self.firsts: dict[str, Formula] = {}

    def is_true(self, condition: Condition) -> Formula:
        """Return when the condition is true."""
        match condition:
            case Comparison():
                return self._compared(condition)
            case AllOf(parts):
                return both([self.is_true(part) for part in parts])
            case AnyOf(parts):
                return either([self.is_true(part) for part in parts])
            case Not(part):
                return self.is_false(part)
            case Always():
                return both(())

    def is_false(self, condition: Condition) -> Formula:
        """Return when the condition is false, which is more than that it is not true."""
        match condition:
            case Comparison(fact):
                return both([self.known(fact), negated(self._compared(condition))])
            case AllOf(parts):
                return either([self.is_false(part) for part in parts])
            case AnyOf(parts):
                return both([self.is_false(part) for part in parts])
            case Not(part):
                return self.is_true(part)
            case Always():
                return FALSE

    def known(self, name: str) -> Formula:
        """Return when the fact is known, sent or derived."""
        fact, answers = self._facts[name], self.answers(name)
        empty_is_known = fact.type is FactType.SET and fact.is_sent and not fact.empty_means_absent
        return self.is_sent(fact.id) if empty_is_known else either(answers.values())

    def answers(self, name: str) -> Answers:
        """Return for each answer of a fact, or each member of a set, when it is known to be so."""
        if name not in self._answers:
            fact = self._facts[name]
            match fact.derived:
                case None:
                    self._answers[name] = self.sent(fact.id)
                case SameAs(below):
                    self._answers[name] = self._same_as(fact, below)
                case SizeOf(below):
                    self._answers[name] = self._size_of(fact, below)
                case RoundedMeanOf(below, least):
                    self._answers[name] = self._rounded_mean(below, least)
                case StepsBetween(lower, upper):
                    self._answers[name] = self._steps_between(lower, upper)
                case ChosenFrom(below):
                    self._answers[name] = self._chosen_from(fact, below)
        return self._answers[name]

    def sent(self, name: str) -> Answers:
        """Return for each answer of a fact, or each member of a set, when it was sent so."""
        fact = self._facts[name]
        if fact.id not in self._sent:
            answers: Answers = {value: variable(f"{self._label(name)}={value}") for value in self._values(fact)}
            self._sent[fact.id] = answers
            if fact.type is FactType.SET:
                for formula in answers.values():
                    self._solver.require(either([negated(formula), self.is_sent(fact.id)]))
                most = len(answers) if fact.maximum is None else fact.maximum
                self._solver.require(at_most([(1, formula) for formula in answers.values()], most))
            else:
                self._solver.require(at_most([(1, formula) for formula in answers.values()], 1))
        return self._sent[fact.id]

    def is_sent(self, name: str) -> Formula:
        """Return when a set was sent, empty or not."""
        return both(()) if self._facts[name].required else variable(f"{self._label(name)} is sent")

    def profile(self) -> Profile:
        """Return the profile of the example that the solver found last."""
        found: dict[str, Value] = {}
        for name, fact in self._facts.items():
            answers = self._sent.get(name, {})
            given = [value for value, formula in answers.items() if self._solver.true(formula)]
            if fact.type is FactType.SET and fact.is_sent:
                if fact.required or (answers and self._solver.true(self.is_sent(fact.id))):
                    found[name] = frozenset(map(str, given))
            elif given:
                found[name] = given[0]
        return found

    def _compared(self, comparison: Comparison) -> Formula:
        fact, answers = self._facts[comparison.fact], self.answers(comparison.fact)
        members = comparison.operand if isinstance(comparison.operand, tuple) else (comparison.operand,)
        match comparison.operator:
            case Operator.INCLUDE | Operator.INCLUDE_ALL_OF:
                return both([answers[one] for one in members])
            case Operator.INCLUDE_ANY_OF:
                return either([answers[one] for one in members])
        test = compile_condition(comparison, {fact.id: fact})
        return either([formula for value, formula in answers.items() if test({fact.id: value})])

    def _label(self, name: str) -> str:
        return f"{self._name}{name}" if name in self._own else name

    def _values(self, fact: Fact) -> list[Value]:
        match fact.type:
            case FactType.FLAG:
                return [True, False]
            case FactType.SCALE:
                return list(range(fact.minimum or 0, (fact.maximum or 0) + 1))
            case FactType.INTEGER:
                return list(self._ranges(fact))
            case _:
                return [option.id for option in fact.options]

    def _ranges(self, fact: Fact) -> list[int]:
        """Return where a new range of a whole number begins: every number, when something is worked out from it."""
        low, high = fact.minimum or 0, fact.maximum or 0
        if any(fact.id in stands_on(other) for other in self._facts.values()):
            return list(range(low, high + 1))
        return sorted({low} | {cut for cut in self._cuts.get(fact.id, ()) if low < cut <= high})

    def _same_as(self, fact: Fact, below: str) -> Answers:
        sent = self.sent(fact.id)
        absent = negated(either(sent.values()))
        derived = self.answers(below)
        return {value: either([sent[value], both([absent, derived[value]])]) for value in sent}

    def _size_of(self, fact: Fact, below: str) -> Answers:
        members: list[Term] = [(1, formula) for formula in self.answers(below).values()]
        known, starts = self.known(below), self._ranges(fact)
        return {
            start: both([known, at_least(members, start), *self._below(members, end)])
            for start, end in zip(starts, [*starts[1:], None], strict=True)
        }

    def _below(self, terms: Iterable[Term], bound: int | None) -> Iterable[Formula]:
        return () if bound is None else (negated(at_least(terms, bound)),)

    def _rounded_mean(self, below: Iterable[str], least: int) -> Answers:
        """Follow how many ratings are known and what they add up to, rating by rating.

        An own fact comes last, so that two profiles share what they have in common. That there is one mean at
        most follows, but is long in the proving, and so it is said.
        """
        sums: dict[tuple[int, int], Formula] = {(0, 0): both(())}
        for name in sorted(below, key=lambda name: name in self._own):
            ratings = {cast("int", rating): given for rating, given in self.answers(name).items()}
            absent = negated(either(ratings.values()))
            reached: dict[tuple[int, int], list[Formula]] = {}
            for (known, total), formula in sums.items():
                reached.setdefault((known, total), []).append(both([formula, absent]))
                for rating, given in ratings.items():
                    reached.setdefault((known + 1, total + rating), []).append(both([formula, given]))
            sums = {state: either(formulas) for state, formulas in reached.items()}
        means: dict[Value, list[Formula]] = {}
        for (known, total), formula in sums.items():
            if known >= max(least, 1):
                means.setdefault((2 * total + known) // (2 * known), []).append(formula)
        answers = {mean: either(formulas) for mean, formulas in means.items()}
        self._solver.require(at_most([(1, formula) for formula in answers.values()], 1))
        return answers

    def _steps_between(self, lower: str, upper: str) -> Answers:
        pairs: dict[Value, list[Formula]] = {}
        for low, when_low in self.answers(lower).items():
            for high, when_high in self.answers(upper).items():
                steps = self._facts[lower].ranks[str(high)] - self._facts[lower].ranks[str(low)]
                pairs.setdefault(steps, []).append(both([when_low, when_high]))
        return {steps: either(formulas) for steps, formulas in pairs.items()}

    def _chosen_from(self, fact: Fact, below: str) -> Answers:
        """The intended, and otherwise one or none: which one, is left open."""
        intended, is_intended = self.answers(below), self.known(below)
        self.firsts = {option.id: variable(f"{option.id} is first") for option in fact.options}
        self._solver.require(at_most([(1, formula) for formula in self.firsts.values()], 1))
        return {
            form: either([intended[form], both([negated(is_intended), formula])])
            for form, formula in self.firsts.items()
        }


def _cuts(conditions: Iterable[Condition]) -> dict[str, set[int]]:
    """Return for each fact the whole numbers from which some comparison says something else."""
    found: dict[str, set[int]] = {}
    for condition in conditions:
        for part in comparisons(condition):
            if not isinstance(part.operand, int):
                continue
            starts = {Operator.IS: (0, 1), Operator.IS_AT_LEAST: (0,), Operator.IS_AT_MOST: (1,)}
            found.setdefault(part.fact, set()).update(part.operand + one for one in starts.get(part.operator, ()))
    return found
