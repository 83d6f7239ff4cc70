"""Promises about more of a fact: with all else and the chosen forms the same, no risk gets higher by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import compile_condition
from service.engine.evaluation import evaluate
from service.knowledge.findings import Finding
from service.knowledge.model import Kind, Profile, Value
from service.workbench.diff_report import profile_as_json
from service.workbench.proofs.claims import Found, Kept, Proof, Subject
from service.workbench.proofs.promise_files import Promise
from service.workbench.proofs.solver import Formula, Solver, at_least, at_most, both, either
from service.workbench.proofs.witnesses import Sight, Witness, level_names, level_of
from service.workbench.proofs.world import World
from service.workbench.shrinking import shrunk


@dataclass(frozen=True, slots=True)
class Rise:
    """A profile, and more of one of its facts."""

    profile: Profile
    fact: str
    more: Value

    def raised(self) -> Profile:
        """Return the profile with more of the fact."""
        return {**self.profile, self.fact: self.more}


def promises_of_more(compiled: CompiledRuleBase, promises: Sequence[Promise]) -> Found:
    """Prove each promise for each of its facts, or find for each risk pairs of profiles that break it."""
    kept: list[Kept] = []
    proofs: list[Proof] = []
    facts = dict.fromkeys(fact for promise in promises for fact in promise.raising)
    twins = {fact: _Twins(compiled, fact, promises) for fact in facts}
    for promise in promises:
        broken: dict[str, list[Rise]] = {}
        sound: list[str] = []
        for fact in promise.raising:
            rises = [(risk, twins[fact].broken_by(promise, risk)) for risk in promise.never_adds or compiled.risks]
            if not any(rise for _, rise in rises):
                sound.append(fact)
            for risk, rise in rises:
                if rise is not None:
                    broken.setdefault(risk, []).append(rise)
        proofs += [_broken(compiled, promise, risk, rises) for risk, rises in broken.items()]
        kept += [Kept(promise.id, promise.claim, tuple(sound))] * bool(sound)
    return Found(proofs=tuple(proofs), kept=tuple(kept))


class _Twins:
    """Two unknown profiles that differ in one fact, of which the second has more. Not shared between threads."""

    def __init__(self, compiled: CompiledRuleBase, fact: str, promises: Sequence[Promise]) -> None:
        self._compiled, self._fact = compiled, fact
        self._conditions = [promise.when for promise in promises]
        self._worlds: dict[bool, tuple[World, World]] = {}

    def broken_by(self, promise: Promise, risk: str) -> Rise | None:
        """Return a small pair that breaks the promise, or None when there is none.

        Which form stands first is worked out only when an example without it turns out to be wrong.
        """
        if not self._may_move(risk):
            return None
        for exact in (False, True):
            less, more = self._pair(exact)
            claim = list(self._claim(promise, risk, less, more))
            more.pin()
            if not less.holds(*claim):
                return None
            rise = Rise(less.profile(), self._fact, more.profile()[self._fact])
            if self._breaks(promise, risk, rise):
                return self._small(promise, risk, rise)
            if not less.leaves_open and not more.leaves_open:
                break
        message = f"solver and engine do not agree on {profile_as_json(rise.profile)} and {self._fact} {rise.more}"
        raise AssertionError(message)

    def _may_move(self, risk: str) -> bool:
        """Tell whether a rule that reaches the risk stands on the fact."""
        rules = self._compiled.rule_base.rules
        return any(
            self._fact in asked and any(one.kind is Kind.RISKS and one.target == risk for one in rule.effects)
            for rule, asked in zip(rules, self._compiled.asked_of, strict=True)
        )

    def _pair(self, exact: bool) -> tuple[World, World]:
        if exact not in self._worlds:
            solver, own = Solver(), frozenset({self._fact})
            less = World(self._compiled, solver, self._conditions, exact=exact, own=own)
            more = World(self._compiled, solver, self._conditions, exact=exact, name="more ", own=own)
            for world in (less, more):
                world.facts.known(self._compiled.roles.chosen_forms)  # they are to be the same, whoever asks about them
            self._worlds[exact] = less, more
        return self._worlds[exact]

    def _claim(self, promise: Promise, risk: str, less: World, more: World) -> Iterator[Formula]:
        for world in (less, more):
            yield world.is_true(promise.when)
            yield from (world.facts.known(name) for name in promise.known)
        low, high = less.facts.sent(self._fact), more.facts.sent(self._fact)
        order = list(low)
        yield either([both([low[one], high[other]]) for at, one in enumerate(order) for other in order[at + 1 :]])
        levels = self._compiled.rule_base.method.risk_levels[: 1 if promise.never_adds else None]
        before, after = less.terms(Kind.RISKS, risk), more.terms(Kind.RISKS, risk)
        yield either([both([at_most(before, one.from_points - 1), at_least(after, one.from_points)]) for one in levels])

    def _breaks(self, promise: Promise, risk: str, rise: Rise) -> bool:
        compiled, meets = self._compiled, compile_condition(promise.when, self._compiled.rule_base.facts)
        one, other = evaluate(compiled, rise.profile), evaluate(compiled, rise.raised())
        if one.chosen != other.chosen or any(meets(pair.known) is not True for pair in (one, other)):
            return False
        if not set(promise.known) <= one.known.keys() & other.known.keys():
            return False
        before, after = (level_of(compiled, evaluation, risk) for evaluation in (one, other))
        return before == 0 < after if promise.never_adds else before < after

    def _small(self, promise: Promise, risk: str, rise: Rise) -> Rise:
        facts = self._compiled.rule_base.facts
        kept = frozenset(name for name, fact in facts.items() if fact.required) | {self._fact}
        fact, more = self._fact, rise.more
        least = shrunk(rise.profile, kept, lambda one: self._breaks(promise, risk, Rise(one, fact, more)))
        return Rise(least, fact, more)


def _broken(compiled: CompiledRuleBase, promise: Promise, risk: str, rises: Sequence[Rise]) -> Proof:
    names = level_names(compiled.rule_base)
    said, rules, witnesses = [], set(), []
    for rise in rises:
        one, other = evaluate(compiled, rise.profile), evaluate(compiled, rise.raised())
        before, after = (level_of(compiled, evaluation, risk) for evaluation in (one, other))
        said.append(f"{rise.fact} from {rise.profile[rise.fact]} to {rise.more}: {names[before]} to {names[after]}")
        rules |= {compiled.rule_base.rules[index].id for index in set(one.fired) ^ set(other.fired)}
        witnesses.append(Witness(rise.profile, Sight(levels=((risk, before),))))
        witnesses.append(Witness(rise.raised(), Sight(levels=((risk, after),))))
    finding = Finding(
        *(promise.place.file, promise.place.line, "broken-promise"),
        f"Two profiles break '{promise.id}' for the risk '{risk}': {'; '.join(said)}.",
        f"It promises: {promise.claim} Rules that make the difference: {', '.join(sorted(rules))}.",
        "Mend these rules, or narrow the promise.",
    )
    return Proof(Subject("promises", promise.id, risk), finding, tuple(witnesses))
