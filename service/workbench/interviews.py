"""Interviews on known truth: how many questions it takes until the advice is what it stays to the end.

The truth is the profile of a real case. The interview starts from its goals; a fact that the case does not
know is answered with "do not know", and left out from then on. Beside the order of the service stand the
order of the vocabulary, orders by chance, and what could be had if the answers were known beforehand.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from service.advice.interview import Interviewer
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.engine.many import compile_for_many
from service.knowledge.model import Profile, Value
from service.workbench.case_files import RealCase
from service.workbench.foresight import Truth, fewest_proving, fewest_told, fitted_order

CHANCES: Final = 5
"""Orders by chance."""
GROUPS: Final = {True: "with hindsight", False: "before the start"}
"""How a case was coded, by whether it says what the advice must show."""


@dataclass(frozen=True, slots=True)
class Course:
    """How one interview went.

    ``first`` counts the questions until the first form stood to the end, ``three`` those until the first
    three forms did as well, in any order; ``answered`` are those of ``three`` that the case had an answer
    to. ``settled`` counts the questions until it was proved that nothing changes any more; None in orders
    that do not ask for a proof.
    """

    group: str
    order: str
    first: int
    three: int
    answered: int
    settled: int | None


@dataclass(frozen=True, slots=True)
class Fewest:
    """How many answers suffice if one knows which: for the first three to stay as they are, and to prove it."""

    group: str
    told: int
    proving: int


def interviews(compiled: CompiledRuleBase, cases: Sequence[RealCase]) -> tuple[list[Course], list[Fewest]]:
    """Hold the interviews of all cases in every order of asking, and see what knowing the answers would give."""
    many = compile_for_many(compiled)
    interviewer = Interviewer(many)
    names = [name for name, fact in compiled.rule_base.facts.items() if fact.is_sent and not fact.required]
    courses, fewest = [], []
    truths: dict[str, list[tuple[RealCase, Truth]]] = {}
    for case in cases:
        asked = _asked_by_service(compiled, interviewer, case)
        courses.append(_course(compiled, case, "service", asked, len(asked)))
        courses.append(_course(compiled, case, "vocabulary", names))
        for seed in range(CHANCES):
            order = random.Random(f"{case.id} {seed}").sample(names, len(names))  # noqa: S311 -- for comparison
            courses.append(_course(compiled, case, "chance", order))
        truth = Truth(many, case.profile, case.id)
        truths.setdefault(_group(case), []).append((case, truth))
        told, proving = fewest_told(truth), fewest_proving(many, case.profile, asked)
        fewest.append(Fewest(_group(case), len(told), len(proving)))
    for some in truths.values():
        order = fitted_order([truth for _, truth in some], names)
        courses += [_course(compiled, case, "fitted", order) for case, _ in some]
    return courses, fewest


def report_text(courses: Sequence[Course], fewest: Sequence[Fewest]) -> str:
    """Say for a person how the orders of asking compare."""
    lines = ["Questions until the advice stays as with the whole profile: median (worst)."]
    lines.append(
        "The fitted order was chosen on these very cases; to tell no more than is needed takes knowing the case."
    )
    for group in dict.fromkeys(one.group for one in courses):
        lines.append(f"Cases coded {group}")
        orders: dict[str, list[Course]] = {}
        for one in (one for one in courses if one.group == group):
            orders.setdefault(one.order, []).append(one)
        lines += [f"  {order:10}  {_said(some)}" for order, some in orders.items()]
        own = [one for one in fewest if one.group == group]
        told, proving = _spread(one.told for one in own), _spread(one.proving for one in own)
        lines.append(f"  fewest      first three {told}, proved to be settled {proving}")
    return "\n".join(lines)


def _group(case: RealCase) -> str:
    return GROUPS[bool(case.expected)]


def _said(courses: Sequence[Course]) -> str:
    said = f"first form {_spread(one.first for one in courses)}, first three {_spread(one.three for one in courses)}"
    said += f", of these answered {_spread(one.answered for one in courses)}"
    settled = [one.settled for one in courses if one.settled is not None]
    return f"{said}, proved to be settled {_spread(settled)}" if settled else said


def _spread(counts: Iterable[int]) -> str:
    given = list(counts)
    return f"{median(given):g} ({max(given)})"


def _asked_by_service(compiled: CompiledRuleBase, interviewer: Interviewer, case: RealCase) -> list[str]:
    """Follow the service until it says that the forms are settled."""
    profile = _start(compiled, case)
    asked: list[str] = []
    unknown: list[str] = []
    while not (interview := interviewer.ask(profile, unknown)).settled:
        fact = interview.questions[0].fact
        asked.append(fact)
        if fact in case.profile:
            profile[fact] = case.profile[fact]
        else:
            unknown.append(fact)
    return asked


def _start(compiled: CompiledRuleBase, case: RealCase) -> dict[str, Value]:
    return {name: value for name, value in case.profile.items() if compiled.rule_base.facts[name].required}


def _course(
    compiled: CompiledRuleBase, case: RealCase, order: str, asked: Sequence[str], settled: int | None = None
) -> Course:
    profile = _start(compiled, case)
    stages = [_recommended(compiled, profile)]
    for fact in asked:
        if fact in case.profile:
            profile[fact] = case.profile[fact]
        stages.append(_recommended(compiled, profile))
    last = _recommended(compiled, case.profile)
    first = _since([stage[:1] for stage in stages], last[:1])
    three = max(first, _since([frozenset(stage) for stage in stages], frozenset(last)))
    answered = sum(1 for fact in asked[:three] if fact in case.profile)
    return Course(_group(case), order, first, three, answered, settled)


def _since(stages: Sequence[object], last: object) -> int:
    """Return after how many questions the stages are like the last one, and stay so."""
    count = len(stages)
    while count and stages[count - 1] == last:
        count -= 1
    return count


def _recommended(compiled: CompiledRuleBase, profile: Profile) -> tuple[int, ...]:
    evaluation = evaluate(compiled, profile)
    best = evaluation.ranking[: compiled.rule_base.method.recommended_ranks]
    return tuple(form for form in best if evaluation.scores[form] > 0)
