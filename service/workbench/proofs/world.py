"""What follows from an unknown profile: which rules fire, what they add up to, which form stands first.

Owns the meaning of steps, caps, exclusions, ties and the two passes for the solver, as ``engine.evaluation``
does for a profile; a property test holds the two together. Only what is asked about becomes part of a question.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Condition, Kind, Profile, Rule
from service.workbench.proofs.facts import Facts
from service.workbench.proofs.solver import (
    Formula,
    Solver,
    Term,
    at_least,
    both,
    either,
    negated,
    same,
    variable,
)


class World:
    """An unknown profile and all that follows from it, as formulas in one solver. Not shared between threads.

    Unless it is ``exact``, the form that stands first is left open where none is intended: what is
    impossible then is impossible, and what is possible has to be tried. Of two worlds in one solver, the
    second has a ``name`` and differs from the first in its ``own`` facts only, and in no chosen form.
    """

    def __init__(
        self,
        compiled: CompiledRuleBase,
        solver: Solver,
        conditions: Iterable[Condition] = (),
        *,
        exact: bool = False,
        name: str = "",
        own: frozenset[str] = frozenset(),
    ) -> None:
        """Start with nothing asked. ``conditions`` are those asked beside the rules' own."""
        self.compiled, self.exact = compiled, exact
        self._solver, self._name, self._pinned = solver, name, False
        base = compiled.rule_base
        own_conditions = [rule.when for rule in base.rules] + [finding.when for finding in base.findings]
        self.facts = Facts(solver, base.facts, [*own_conditions, *conditions], name, own)
        self._fires: dict[int, Formula] = {}
        self._capped: dict[tuple[int, str], list[Term]] = {}
        self._above_strong = 1 + 2 * sum(abs(one.amount or 0) for rule in base.rules for one in rule.effects)

    @property
    def leaves_open(self) -> bool:
        """Whether something that was asked is left open, so that an example has to be tried."""
        return bool(self.facts.firsts) and not self.exact

    def holds(self, *formulas: Formula) -> bool:
        """Tell whether there is a profile for which all of them are true."""
        self.pin()
        return self._solver.holds(formulas)

    def pin(self) -> None:
        """Say when exactly a form is chosen for standing first, once the chosen forms are asked about."""
        if not self.exact or self._pinned or not self.facts.firsts:
            return
        self._pinned = True
        for name, formula in self.facts.firsts.items():
            form = self.compiled.forms.index(name)
            self._solver.require(same(formula, both([self.first(form), at_least(self.score(form), 1)])))

    def profile(self) -> Profile:
        """Return the profile that ``holds`` found last."""
        return self.facts.profile()

    def is_true(self, condition: Condition) -> Formula:
        """Return when the condition is true."""
        return self.facts.is_true(condition)

    def fires(self, rule: int) -> Formula:
        """Return when the rule fires."""
        if rule not in self._fires:
            written = self.compiled.rule_base.rules[rule]
            formula = variable(f"{self._name}{written.id} fires")
            self._fires[rule] = formula
            self._solver.require(same(formula, self.is_true(written.when)))
        return self._fires[rule]

    def terms(self, kind: Kind, target: str, *, step: str | None = None, without: int | None = None) -> list[Term]:
        """Return what the rules, of one step or of all, add to a target; ``without`` leaves one rule out."""
        return [
            (amount, self.fires(index))
            for index, rule in enumerate(self.compiled.rule_base.rules)
            if index != without and step in (None, rule.step)
            for amount in _amounts(rule, kind, target)
        ]

    def gives_level(self, kind: Kind, target: str, level: int, *, without: int | None = None) -> Formula:
        """Return when some rule gives a metric or measure this level or a higher one."""
        return either([fires for given, fires in self.terms(kind, target, without=without) if given >= level])

    def score(self, form: int) -> list[Term]:
        """Return the score of a form: the sum of each step, cut to the cap."""
        steps = self.compiled.rule_base.method.steps
        return [term for step in steps for term in self._cut(form, step.id)]

    def excluded(self, form: int, *, without: int | None = None) -> Formula:
        """Return when a rule takes the form out of the ranking."""
        rules, name = enumerate(self.compiled.rule_base.rules), self.compiled.forms[form]
        found = [index for index, rule in rules if index != without and _excludes(rule, name)]
        return either([self.fires(index) for index in found])

    def above(self, form: int, other: int, *, without: int | None = None) -> Formula:
        """Return when a form stands above another, were neither excluded.

        With ``without``, were it not for what that rule adds to the weight on strong evidence.
        """
        ahead = self._place(form, without) + [(-weight, formula) for weight, formula in self._place(other, without)]
        return at_least(ahead, 0 if form < other else 1)

    def first(self, form: int) -> Formula:
        """Return when the form stands first."""
        others = [other for other in range(len(self.compiled.forms)) if other != form]
        ahead = [either([self.excluded(other), self.above(form, other)]) for other in others]
        return both([negated(self.excluded(form)), *ahead])

    def _place(self, form: int, without: int | None) -> list[Term]:
        """Return the score and, below every difference of scores, the weight on strong evidence."""
        scaled = [(weight * self._above_strong, formula) for weight, formula in self.score(form)]
        return scaled + self._strong(form, without)

    def _strong(self, form: int, without: int | None = None) -> list[Term]:
        grades, name = self.compiled.rule_base.method.strong_evidence, self.compiled.forms[form]
        return [
            (amount, self.fires(index))
            for index, rule in enumerate(self.compiled.rule_base.rules)
            if index != without and rule.evidence in grades
            for amount in _amounts(rule, Kind.FORMS, name)
        ]

    def _cut(self, form: int, step: str) -> list[Term]:
        """Return a form's sum of one step, cut on both sides; one question for each point between."""
        if (form, step) in self._capped:
            return self._capped[form, step]
        cap, name = self.compiled.rule_base.method.cap_per_step, self.compiled.forms[form]
        terms = self.terms(Kind.FORMS, name, step=step)
        least = sum(weight for weight, _ in terms if weight < 0)
        most = sum(weight for weight, _ in terms if weight > 0)
        if least < -cap or most > cap:
            low, high = max(-cap, least), min(cap, most)
            points = {point: variable(f"{self._name}{name} {step} {point}") for point in range(low + 1, high + 1)}
            for point, formula in points.items():
                self._solver.require(same(formula, at_least(terms, point)))
            terms = [(low, both(())), *((1, formula) for formula in points.values())]
        self._capped[form, step] = terms
        return terms


def _amounts(rule: Rule, kind: Kind, target: str) -> list[int]:
    found = (effect.amount for effect in rule.effects if effect.kind is kind and effect.target == target)
    return [amount for amount in found if amount is not None]


def _excludes(rule: Rule, form: str) -> bool:
    return any(one.kind is Kind.FORMS and one.target == form and one.amount is None for one in rule.effects)
