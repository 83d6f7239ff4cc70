"""What a change can be asked for: a place in the ranking, or the absence of a risk.

An aim says which rules matter to it, and turns sums of what those add up to into margins: numbers that are
not below 0 where the aim is reached. Every margin is a weighted sum of sums that are clipped, so that the
search for changes needs to know nothing of forms and risks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from service.engine.evaluation import Evaluation
from service.engine.many import ManyRules
from service.knowledge.model import Kind

Numbers: TypeAlias = npt.NDArray[np.float32]
"""Whole numbers that are small enough to be exact: all of them stay below 2 to the power of 24."""

UNBOUNDED: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be reached, over sums that stand in the tally of an evaluation from ``start`` on.

    ``rules`` matter, and add ``amounts`` to the sums. Margins are ``weights`` times the sums, each sum
    clipped to ``low`` and ``high``, plus ``offsets``. The first ``must`` of them must all hold (not be
    below 0), of the others all but ``spare``.
    """

    many: ManyRules
    rules: tuple[int, ...]
    amounts: Numbers
    start: int
    low: Numbers
    high: Numbers
    weights: Numbers
    offsets: Numbers
    must: int
    spare: int

    def base(self, evaluation: Evaluation) -> Numbers:
        """Return the sums of an evaluation."""
        return np.array(evaluation.tally[self.start : self.start + len(self.low)], dtype=np.float32)

    def margins(self, sums: Numbers) -> Numbers:
        """Return the margins of each row of sums."""
        return sums.clip(self.low, self.high) @ self.weights.T + self.offsets


def place_aim(many: ManyRules, form: int, within: int) -> Aim:
    """Aim for a form, named by its position, to be above 0 and among the first ``within``.

    Margins: it is in the ranking, it is above 0, then it ranks before each of the other forms. A point of
    strong weight is a small part of a point of score there, so that ties break as in every ranking.
    """
    compiled, forms = many.compiled, len(many.compiled.forms)
    steps, cap = compiled.layout.steps, compiled.rule_base.method.cap_per_step
    touching = frozenset[int]().union(*compiled.rules_touching)
    rules = tuple(rule for rule in compiled.first_indexes if rule in touching)
    strong = np.abs(many.weights[:, forms * steps : -forms]).sum(axis=0)
    point = 2 * int(strong.max(initial=0)) + 2
    gone = point * (2 * cap * steps + 2)
    others = [other for other in range(forms) if other != form]
    scores = np.repeat(np.eye(forms, dtype=np.float32), steps, axis=1)
    standing = np.hstack((scores * point, np.eye(forms), np.eye(forms) * -gone))
    in_ranking = np.concatenate((np.zeros(forms * steps + forms), -np.eye(forms)[form] * point))
    above_nothing = np.concatenate((scores[form] * point, np.zeros(2 * forms)))
    spans = np.repeat([cap, UNBOUNDED, 1], [forms * steps, forms, forms])
    return Aim(
        many=many,
        rules=rules,
        amounts=many.weights[list(rules)],
        start=0,
        low=np.where(spans == 1, 0, -spans).astype(np.float32),
        high=spans.astype(np.float32),
        weights=np.vstack((in_ranking, above_nothing, standing[form] - standing[others])).astype(np.float32),
        offsets=np.array([0, -point, *(-1 if other < form else 0 for other in others)], dtype=np.float32),
        must=2,
        spare=within - 1,
    )


def risk_aim(many: ManyRules, risk: int, level: int = 1) -> Aim:
    """Aim for a risk, named by its position, to have too few points for the level; 1 is the lowest."""
    compiled = many.compiled
    rules = tuple(rule for rule, points in enumerate(many.points[:, risk]) if points)
    threshold = compiled.risk_thresholds[level - 1]
    return Aim(
        many=many,
        rules=rules,
        amounts=many.points[list(rules)][:, [risk]],
        start=compiled.layout.start[Kind.RISKS] + risk,
        low=np.array([-UNBOUNDED], dtype=np.float32),
        high=np.array([UNBOUNDED], dtype=np.float32),
        weights=np.array([[-1]], dtype=np.float32),
        offsets=np.array([threshold - 1], dtype=np.float32),
        must=1,
        spare=0,
    )
