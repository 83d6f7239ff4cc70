"""Witnesses: profiles anyone can post, with what their advice then shows; found by the solver, tried by the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from service.advice.risk_states import risk_level
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import Evaluation, amount, evaluate
from service.knowledge.model import Condition, Kind, Profile, RuleBase
from service.workbench.diff_report import profile_as_json
from service.workbench.proofs.solver import Formula, Solver
from service.workbench.proofs.world import World
from service.workbench.shrinking import shrunk

Target = tuple[Kind, str]
NO_LEVEL: Final = "none"


@dataclass(frozen=True, slots=True)
class Sight:
    """What the advice on a profile shows; what is not said is left open.

    ``fires`` and ``silent`` are rules; ``first`` the form that stands first; ``no_form_above`` a score that
    no ranked form exceeds; ``gets`` and ``lacks`` are what the advice lists or not; ``levels`` the level of a
    risk, 0 when it is not shown.
    """

    fires: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    first: str | None = None
    no_form_above: int | None = None
    gets: tuple[Target, ...] = ()
    lacks: tuple[Target, ...] = ()
    levels: tuple[tuple[str, int], ...] = ()

    def as_json(self, names: tuple[str, ...]) -> dict[str, object]:
        """Return what is said; ``names`` are the levels of risks, from none to the highest."""
        said: dict[str, object] = {
            "rulesFiring": list(self.fires),
            "rulesNotFiring": list(self.silent),
            "formFirst": self.first,
            "noFormAbove": self.no_form_above,
            "gets": _by_kind(self.gets),
            "lacks": _by_kind(self.lacks),
            "riskLevels": {risk: names[level] for risk, level in self.levels},
        }
        return {key: value for key, value in said.items() if value not in ([], {}, None)}


@dataclass(frozen=True, slots=True)
class Witness:
    """A profile, and what its advice shows."""

    profile: Profile
    sight: Sight

    def as_json(self, names: tuple[str, ...]) -> dict[str, object]:
        """Return ``{"profile": {…}, "shows": {…}}``."""
        return {"profile": profile_as_json(self.profile), "shows": self.sight.as_json(names)}


def level_names(rule_base: RuleBase) -> tuple[str, ...]:
    """Return what the levels of risks are called, from 0, which is not shown."""
    return (NO_LEVEL, *(level.term.id for level in rule_base.method.risk_levels))


def is_seen(compiled: CompiledRuleBase, evaluation: Evaluation, sight: Sight) -> bool:
    """Tell whether an evaluation shows it."""
    fired = {compiled.rule_base.rules[index].id for index in evaluation.fired}
    scores = [evaluation.scores[form] for form in evaluation.ranking]
    return (
        fired.issuperset(sight.fires)
        and fired.isdisjoint(sight.silent)
        and sight.first in (None, *(compiled.forms[form] for form in evaluation.ranking[:1]))
        and (sight.no_form_above is None or max(scores, default=sight.no_form_above) <= sight.no_form_above)
        and all(is_shown(compiled, evaluation, target) for target in sight.gets)
        and not any(is_shown(compiled, evaluation, target) for target in sight.lacks)
        and all(level_of(compiled, evaluation, risk) == level for risk, level in sight.levels)
    )


def is_shown(compiled: CompiledRuleBase, evaluation: Evaluation, target: Target) -> bool:
    """Tell whether the advice lists a tool, metric, measure or risk."""
    kind, name = target
    found = amount(compiled, evaluation, kind, compiled.layout.position[kind][name])
    return found >= least_shown(compiled, kind)


def least_shown(compiled: CompiledRuleBase, kind: Kind) -> int:
    """Return from which sum or level something of a kind is listed."""
    method = compiled.rule_base.method
    if kind is Kind.RISKS:
        return method.risk_levels[0].from_points
    return method.tools_shown_from if kind is Kind.TOOLS else 1


def level_of(compiled: CompiledRuleBase, evaluation: Evaluation, risk: str) -> int:
    """Return the level of a risk, 0 when it is not shown."""
    position = compiled.layout.position[Kind.RISKS][risk]
    return risk_level(compiled, amount(compiled, evaluation, Kind.RISKS, position))


class Finder:
    """Finds profiles for which something is so, or that there are none. Not shared between threads."""

    def __init__(self, compiled: CompiledRuleBase, conditions: Iterable[Condition] = ()) -> None:
        """Start with nothing asked. ``conditions`` are those asked beside the rules' own."""
        self.compiled, self._conditions = compiled, tuple(conditions)
        self._worlds: dict[bool, World] = {}

    def prepare(self) -> None:
        """Put all rules into the question at once, where many are asked about: what comes one by one is slower."""
        for index in range(len(self.compiled.rule_base.rules)):
            self._world(exact=False).fires(index)

    def find(self, claim: Callable[[World], Iterable[Formula]], seen: Callable[[Evaluation], bool]) -> Profile | None:
        """Return a profile on which the claim holds, or None when there is none.

        ``seen`` says the same of an evaluation. An example in which the form that stands first was left open may
        turn out to be wrong; then one is sought in which forms are intended, and at last an exact one.
        """
        for exact in (False, True):
            world = self._world(exact=exact)
            claimed = list(claim(world))
            for more in ([], [world.facts.known(self.compiled.roles.intended_forms)]):
                if not world.holds(*claimed, *more):
                    if more:
                        break
                    return None
                profile = world.profile()
                if seen(evaluate(self.compiled, profile)):
                    return profile
                if not world.leaves_open:
                    message = f"solver and engine do not agree on {profile_as_json(profile)}"
                    raise AssertionError(message)
        message = "the solver found an example and then did not"
        raise AssertionError(message)

    def witness(self, claim: Callable[[World], Iterable[Formula]], sight: Sight) -> Witness | None:
        """Return a small profile on which the claim holds, with what it shows; None when there is none."""
        profile = self.find(claim, lambda evaluation: is_seen(self.compiled, evaluation, sight))
        return None if profile is None else self.small(profile, sight)

    def firing(self, *rules: int) -> Witness | None:
        """Return a small profile on which all these rules fire, or None when there is none."""
        sight = Sight(fires=tuple(self.compiled.rule_base.rules[index].id for index in rules))
        return self.witness(lambda world: [world.fires(index) for index in rules], sight)

    def meeting(self, condition: Condition) -> Profile | None:
        """Return a small profile that meets the condition, or None when there is none."""
        test = compile_condition(condition, self.compiled.rule_base.facts)

        def seen(evaluation: Evaluation) -> bool:
            return test(evaluation.known) is True

        profile = self.find(lambda world: [world.is_true(condition)], seen)
        return None if profile is None else self.shrunk(profile, frozenset(), seen)

    def small(self, profile: Profile, sight: Sight) -> Witness:
        """Return the witness with as few facts and members as still show the same."""
        asked = self._asked_by(sight)
        return Witness(self.shrunk(profile, asked, lambda one: is_seen(self.compiled, one, sight)), sight)

    def shrunk(self, profile: Profile, likely: frozenset[str], seen: Callable[[Evaluation], bool]) -> Profile:
        """Return the profile with as few facts and members as still show it; ``likely`` facts may well be enough."""
        facts = self.compiled.rule_base.facts
        required = frozenset(name for name, fact in facts.items() if fact.required)
        own = {name: value for name, value in profile.items() if name in likely | required}
        start = own if seen(evaluate(self.compiled, own)) else profile
        return shrunk(start, required, lambda one: seen(evaluate(self.compiled, one)))

    def _asked_by(self, sight: Sight) -> frozenset[str]:
        index = {rule.id: position for position, rule in enumerate(self.compiled.rule_base.rules)}
        asked = [self.compiled.asked_of[index[rule]] for rule in (*sight.fires, *sight.silent)]
        return frozenset().union(*asked)

    def _world(self, *, exact: bool) -> World:
        if exact not in self._worlds:
            self._worlds[exact] = World(self.compiled, Solver(), self._conditions, exact=exact)
        return self._worlds[exact]


def _by_kind(targets: Iterable[Target]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, name in targets:
        found.setdefault(kind, []).append(name)
    return found
