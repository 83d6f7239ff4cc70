"""Explanations without words: everything about one form in one profile, gathered."""

from __future__ import annotations

from dataclasses import dataclass

from service.advice.advised import FormAdvice
from service.advice.compose import Composer
from service.advice.explanation.changes import Changes, changes
from service.advice.explanation.contrast import Contrast, contrast
from service.advice.explanation.growth import Step, growth
from service.advice.explanation.question import Question
from service.advice.explanation.stability import Unseating, unseatings
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, evaluate
from service.engine.many import ManyRules
from service.knowledge.model import Kind, Profile


@dataclass(frozen=True, slots=True)
class Missed:
    """A rule that would have spoken for the form and did not fire. ``outcome`` is False, or None for unknown."""

    rule: int
    weight: int
    outcome: bool | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is explained about a form. ``stability`` is None for any form but a first one above 0."""

    question: Question
    evaluation: Evaluation
    form: FormAdvice
    missed: tuple[Missed, ...]
    contrast: Contrast | None
    changes: Changes
    growth: tuple[Step, ...]
    stability: tuple[Unseating, ...] | None


class Explainer:
    """Explains on one rule base, which it only reads."""

    def __init__(self, many: ManyRules, composer: Composer) -> None:
        """Take the rule base, ready for many profiles at once."""
        self._compiled, self._many, self._composer = many.compiled, many, composer

    def explain(self, profile: Profile, question: Question) -> Explanation:
        """Explain where the form stands, and what would change that."""
        compiled = self._compiled
        evaluation = evaluate(compiled, profile)
        advised = self._composer.compose(evaluation).forms.all()
        form = next(one for one in advised if one.form == question.form)
        position = compiled.layout.position[Kind.FORMS][form.form]
        is_first = form.rank == 1 and form.score > 0
        with_form = {**profile, compiled.roles.intended_forms: frozenset({form.form})}
        return Explanation(
            question=question,
            evaluation=evaluation,
            form=form,
            missed=_missed(compiled, evaluation, form.form),
            contrast=contrast(advised, form.form),
            changes=changes(self._many, profile, question),
            growth=growth(self._many, with_form),
            stability=unseatings(self._many, profile, position) if is_first else None,
        )


def _missed(compiled: CompiledRuleBase, evaluation: Evaluation, form: str) -> tuple[Missed, ...]:
    """List the rules that would have spoken for the form, the heaviest first."""
    fired = set(evaluation.fired)
    found = [
        Missed(rule, effect.amount, compiled.tests[rule](evaluation.known))
        for rule in compiled.first_indexes
        if rule not in fired
        for effect in compiled.rule_base.rules[rule].effects
        if effect.kind is Kind.FORMS and effect.target == form and effect.amount is not None and effect.amount > 0
    ]
    return tuple(sorted(found, key=lambda missed: -missed.weight))
