"""What the advice shows on a real case, and how that compares with what the case says.

Owns which parts of an advice are compared. The forms are those for the profile as it is; the risks those
with the form that was used as the intended one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mypy_extensions import i64

from service.advice.risk_states import RiskStates
from service.advice.undecided import OpenRules, Undecided
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation, evaluate
from service.workbench.case_files import RealCase
from service.workbench.expectations import first_forms
from service.workbench.rule_tests import USED_FORM, with_used_form

SUCCESS: Final = "success"
FIRST_POSSIBLE: Final = 5
"""How many of the possible risks count as named: as many as a reader takes in."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the advice shows: the first forms, the present risks with their level, the possible ones in order."""

    first: tuple[str, ...]
    levels: Mapping[str, int]
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """How an advice compares with a case; None where the case says nothing to compare with.

    ``first``, ``first_three``: an acceptable form stands there. ``used``: the form that was used is among
    the first three. ``warned`` are the causes that are present risks, ``near`` those that are present or
    among the first possible ones; both empty for a success. ``serious`` counts present risks from medium,
    ``right`` those among them that are causes; ``high`` tells whether one has the highest level;
    ``present`` counts all.
    """

    success: bool
    first: bool | None
    first_three: bool | None
    used: bool
    causes: frozenset[str]
    warned: frozenset[str]
    near: frozenset[str]
    serious: int
    right: int
    high: bool
    present: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What follows from a case's profile: as it is, with the used form intended, and what is open then."""

    plain: Evaluation
    intended: Evaluation
    open: Undecided


class Reader:
    """Reads off what one rule base advises on cases."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Prepare what does not depend on a case."""
        self.compiled = compiled
        self._states = RiskStates(compiled)
        self._open_rules = OpenRules(compiled, self._states.about_chosen)
        self._top = len(compiled.rule_base.method.risk_levels)

    def evaluated(self, case: RealCase) -> Evaluated:
        """Evaluate the case's profile both ways."""
        intended = evaluate(self.compiled, with_used_form(self.compiled, case))
        return Evaluated(evaluate(self.compiled, case.profile), intended, self._open_rules.after(intended))

    def shown(self, evaluated: Evaluated) -> Shown:
        """Say what the advice shows."""
        standings, risks = self._states.standings(evaluated.intended, evaluated.open), self.compiled.risks
        return Shown(
            first_forms(self.compiled, evaluated.plain),
            {risks[risk]: int(standings.level(i64(risk))) for risk in standings.present},
            tuple(risks[risk] for risk in standings.possible()),
        )

    def scored(self, case: RealCase, shown: Shown) -> Scored:
        """Compare what is shown with what the case says."""
        return score(case, shown, self.compiled.rule_base.method.possible_from, self._top)

    def scores(self, cases: Sequence[RealCase]) -> list[Scored]:
        """Score the advice on each case."""
        return [self.scored(case, self.shown(self.evaluated(case))) for case in cases]


def acceptable_forms(case: RealCase) -> frozenset[str]:
    """Give the forms that a sensible expert would accept, as far as the case says; none when it does not."""
    named = [one["anyForm"] for one in case.expected if not isinstance(one, str) and "anyForm" in one]
    used = [case.form_used] if USED_FORM in case.expected else []
    return frozenset([*case.acceptable, *named, *used])


def causes(case: RealCase) -> frozenset[str]:
    """Give the risks that came true, of a case that was no success."""
    expected = [one["risk"] for one in case.expected if not isinstance(one, str) and "risk" in one]
    return frozenset() if case.outcome == SUCCESS else frozenset([*case.went_wrong, *expected])


def score(case: RealCase, shown: Shown, serious: int, top: int) -> Scored:
    """Compare what is shown with what the case says; ``serious`` and ``top`` are levels of risk."""
    acceptable, came_true = acceptable_forms(case), causes(case)
    grave = {risk for risk, level in shown.levels.items() if level >= serious}
    return Scored(
        success=case.outcome == SUCCESS,
        first=not acceptable.isdisjoint(shown.first[:1]) if acceptable else None,
        first_three=not acceptable.isdisjoint(shown.first) if acceptable else None,
        used=case.form_used in shown.first,
        causes=came_true,
        warned=came_true & shown.levels.keys(),
        near=came_true & {*shown.levels, *shown.possible[:FIRST_POSSIBLE]},
        serious=len(grave),
        right=len(grave & came_true),
        high=top in shown.levels.values(),
        present=len(shown.levels),
    )
