"""What moves when a profile changes: two pieces of advice side by side, and the rules that make the difference.

Owns what counts as moved. Knows no language; ``comparison_words`` says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.advice.advised import Shown
from service.advice.compose import Advice, Composer, RiskAdvice
from service.advice.risk_states import RiskState
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import change, evaluate
from service.knowledge.model import Kind, Profile, Value

Standing = TypeVar("Standing")


@dataclass(frozen=True, slots=True)
class Variant:
    """A profile to compare with: the changes of the first one (None takes a fact away), or a whole profile."""

    name: str
    changes: Mapping[str, Value | None] | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Move(Generic[Standing]):
    """A form, tool, measure, metric or risk that stands otherwise; None where it is not advised at all.

    ``rules`` are those, by index, that fire on one side only and touch it. A form that others passed, or
    fell behind, has none.
    """

    target: str
    before: Standing | None
    after: Standing | None
    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a form stands; ``rank`` is None when it is excluded."""

    rank: int | None
    score: int


@dataclass(frozen=True, slots=True)
class RiskMoves:
    """The risks that come to be present, that no longer are, and that are at another level or weigh otherwise."""

    added: tuple[Move[RiskAdvice], ...]
    removed: tuple[Move[RiskAdvice], ...]
    changed: tuple[Move[RiskAdvice], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a variant moves. ``fired`` and ``silenced`` are the rules that fire only with it, and only without it."""

    name: str
    before: Advice
    after: Advice
    forms: tuple[Move[Rank], ...]
    tools: tuple[Move[int], ...]
    anchoring_measures: tuple[Move[int], ...]
    metrics: tuple[Move[int], ...]
    risks: RiskMoves
    fired: tuple[int, ...]
    silenced: tuple[int, ...]


class Comparer:
    """Compares profiles on one rule base. Safe to share between threads."""

    def __init__(self, compiled: CompiledRuleBase, composer: Composer) -> None:
        """Work out which targets each rule touches."""
        self._compiled, self._composer = compiled, composer
        self._touches = [{(effect.kind, effect.target) for effect in rule.effects} for rule in compiled.rule_base.rules]

    def compare(self, profile: Profile, variants: Sequence[Variant]) -> tuple[Advice, list[Comparison]]:
        """Return the advice on the profile, and what each variant moves in it."""
        evaluation = evaluate(self._compiled, profile)
        before = self._composer.compose(evaluation)
        compared = []
        for variant in variants:
            if variant.profile is None:
                varied = change(self._compiled, evaluation, variant.changes or {})
            else:
                varied = evaluate(self._compiled, variant.profile)
            compared.append(self._comparison(variant.name, before, self._composer.compose(varied)))
        return before, compared

    def _comparison(self, name: str, before: Advice, after: Advice) -> Comparison:
        fired = sorted({*after.evaluation.fired}.difference(before.evaluation.fired))
        silenced = sorted({*before.evaluation.fired}.difference(after.evaluation.fired))
        rules = sorted((*fired, *silenced))

        def moves(kind: Kind, standings: Callable[[Advice], Mapping[str, Standing]]) -> tuple[Move[Standing], ...]:
            was, now = standings(before), standings(after)
            names = dict.fromkeys((*now, *was))
            return tuple(
                Move(one, was.get(one), now.get(one), self._touching(kind, one, rules))
                for one in names
                if was.get(one) != now.get(one)
            )

        return Comparison(
            name=name,
            before=before,
            after=after,
            forms=moves(Kind.FORMS, lambda advice: {one.form: Rank(one.rank, one.score) for one in advice.forms.all()}),
            tools=moves(Kind.TOOLS, lambda advice: _amounts(advice.tools)),
            anchoring_measures=moves(Kind.ANCHORING_MEASURES, lambda advice: _amounts(advice.anchoring_measures)),
            metrics=moves(Kind.METRICS, lambda advice: _amounts(advice.metrics)),
            risks=self._risks(before, after, rules),
            fired=tuple(fired),
            silenced=tuple(silenced),
        )

    def _risks(self, before: Advice, after: Advice, rules: Sequence[int]) -> RiskMoves:
        was, now = ({one.standing.risk: one for one in advice.risks} for advice in (before, after))
        added, removed, changed = [], [], []
        for risk in dict.fromkeys((*now, *was)):
            move = Move(risk, was.get(risk), now.get(risk), self._touching(Kind.RISKS, risk, rules))
            there, stays = (
                one is not None and one.standing.state is RiskState.PRESENT for one in (move.before, move.after)
            )
            if stays and not there:
                added.append(move)
            elif there and not stays:
                removed.append(move)
            elif there and _weight(move.before) != _weight(move.after):
                changed.append(move)
        return RiskMoves(tuple(added), tuple(removed), tuple(changed))

    def _touching(self, kind: Kind, target: str, rules: Iterable[int]) -> tuple[int, ...]:
        return tuple(rule for rule in rules if (kind, target) in self._touches[rule])


def _amounts(shown: Shown) -> dict[str, int]:
    return {one.target: one.amount for one in shown.all()}


def _weight(risk: RiskAdvice | None) -> tuple[int, int] | None:
    return None if risk is None else (risk.standing.level, risk.standing.points)
