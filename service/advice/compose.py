"""Advice without words: what an evaluation means for each form, tool, measure, metric and risk.

Knows no language; ``render`` says it.
"""

from __future__ import annotations

from librt.vecs import vec
from mypy_extensions import mypyc_attr

from service.advice.advised import Forms, Ranking, Shown
from service.advice.confidence import Confidence, ConfidenceOf
from service.advice.fired import Effects, FiredEffects, FiredFor, Reason, Targets
from service.advice.risk_states import RiskStates, Standing, Standings
from service.advice.undecided import OpenRules
from service.advice.unknowns import UnknownFacts, Unknowns
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Kind


@mypyc_attr(acyclic=True)
class RiskAdvice:
    """Where a risk stands, and the rules that ``fired`` for risks; in a possible one they do not decide."""

    def __init__(self, standing: Standing, fired: FiredFor) -> None:
        self.standing = standing
        self.fired = fired

    @property
    def reasons(self) -> list[Reason]:
        """The rules that fired for it."""
        return self.fired.reasons(self.standing.position)


@mypyc_attr(acyclic=True)
class Advice:
    """Everything that is advised for a profile, best, highest and most influential first.

    ``standings`` say where the risks stand, ``fired_for_risks`` which rules fired for them; ``findings`` are the
    positions of the rule base's findings that hold.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        forms: Forms,
        tools: Shown,
        anchoring_measures: Shown,
        metrics: Shown,
        standings: Standings,
        fired_for_risks: FiredFor,
        findings: list[int],
        unknowns: UnknownFacts,
        confidence: Confidence,
    ) -> None:
        self.evaluation = evaluation
        self.forms = forms
        self.tools = tools
        self.anchoring_measures = anchoring_measures
        self.metrics = metrics
        self.standings = standings
        self.fired_for_risks = fired_for_risks
        self.findings = findings
        self.unknowns = unknowns
        self.confidence = confidence

    @property
    def risks(self) -> list[RiskAdvice]:
        """The risks with the rules that fired for them, gathered whenever they are asked for."""
        order, fired = self.standings.in_order(self.fired_for_risks), self.fired_for_risks
        return [RiskAdvice(self.standings.standing(int(risk)), fired) for risk in order]


class Composer:
    """Works out advice on one rule base; what a rule says of its targets is worked out once."""

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Make the reasons that each rule gives when it fires."""
        self.compiled, self._method = compiled, compiled.rule_base.method
        self._risk_states = RiskStates(compiled)
        self._open_rules = OpenRules(compiled, self._risk_states.about_chosen)
        self._unknowns = Unknowns(compiled, self._risk_states)
        self._confidence = ConfidenceOf(compiled)
        self._effects, self._ranking = Effects(compiled), Ranking(compiled)
        levels, lowest = len(LEVELS), LEVELS[0]
        self._forms = Targets(compiled, Kind.FORMS, "sums", compiled.layout.steps, 0)
        self._tools = Targets(compiled, Kind.TOOLS, Kind.TOOLS, 1, self._method.tools_shown_from)
        self._measures = Targets(compiled, Kind.ANCHORING_MEASURES, Kind.ANCHORING_MEASURES, levels, lowest)
        self._metrics = Targets(compiled, Kind.METRICS, Kind.METRICS, levels, lowest)
        self._risks = Targets(compiled, Kind.RISKS, Kind.RISKS, 1, lowest)
        self._none_fired = vec[bool]([False] * len(compiled.tests))

    def compose(self, evaluation: Evaluation) -> Advice:
        """Return the advice that follows from an evaluation."""
        still_open = self._open_rules.after(evaluation)
        standings = self._risk_states.standings(evaluation, still_open)
        fired = FiredEffects(self._effects, evaluation.fired)
        forms = Forms(self._ranking, self._forms, evaluation, FiredFor(self._forms, fired))
        return Advice(
            evaluation=evaluation,
            forms=forms,
            tools=Shown(self._tools, evaluation, FiredFor(self._tools, fired)),
            anchoring_measures=Shown(self._measures, evaluation, FiredFor(self._measures, fired)),
            metrics=Shown(self._metrics, evaluation, FiredFor(self._metrics, fired)),
            standings=standings,
            fired_for_risks=FiredFor(self._risks, fired),
            findings=evaluation.findings,
            unknowns=self._unknowns.find(forms, still_open, standings),
            confidence=self._confidence.of(evaluation, self._fired(evaluation), still_open.known),
        )

    def _fired(self, evaluation: Evaluation) -> vec[bool]:
        """Tell of each rule whether it fired."""
        fired = self._none_fired[:]
        for rule in evaluation.fired:
            fired[rule] = True
        return fired
