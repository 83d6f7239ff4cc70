"""The ways in which a profile can be completed: for every open fact its answers, for all together a grid or a sample.

Leaving a question unanswered is one of its answers. Answers that no comparison of the rule base tells apart
are one, with the likelihood of all of them. Every answer is as likely as another, and every doubling of a
quantity: nothing is assumed about the organisations that ask. The grid holds every combination and is taken
where it is no larger than the sample; the sample is the same in every process, and holds each answer of each
fact as often as it is likely.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Final

import numpy as np
import numpy.typing as npt

from service.engine.columns import ABSENT, Column, Columns, bits, columns_of
from service.engine.compiled import CompiledRuleBase
from service.engine.derivation import stands_on
from service.engine.many import Literal, ManyRules, literals_of, truths
from service.knowledge.model import Comparison, Fact, FactType, Profile

SAMPLE: Final = 128
"""Completions of a sample: the standard error of a share is 0.044 at most."""
MOST_SET_ANSWERS: Final = 32
"""Answers to a question about a set: more members together are added only while all such answers fit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question: the integer that stands for it in a column, and how likely it is."""

    value: int
    likelihood: float


@dataclass(frozen=True, slots=True)
class Completions:
    """Completed profiles as columns, how likely each is, and whether they are all there are."""

    columns: Columns
    likelihood: npt.NDArray[np.float64]
    exact: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to every fact that can be sent, and a sample of them: ``SAMPLE`` places a fact.

    ``above`` are the derived facts that stand on each fact.
    """

    of: Mapping[str, tuple[Answer, ...]]
    samples: Mapping[str, Column]
    above: Mapping[str, tuple[str, ...]]


def answers_of(rules: ManyRules) -> Answers:
    """Work out the answers to every fact that can be sent and that some rule stands on."""
    compiled = rules.compiled
    asked = frozenset[str]().union(*compiled.asked_of)
    literals, facts = literals_of(rules), compiled.rule_base.facts
    above = {name: tuple(_above(name, facts)) for name in facts if name in asked}
    found = {name: tuple(_answers(facts[name], above[name], facts, literals)) for name in above}
    return Answers(found, {name: _sample(name, answers) for name, answers in found.items()}, above)


def completions(answers: Answers, compiled: CompiledRuleBase, profile: Profile, open_: Sequence[str]) -> Completions:
    """Complete the profile in the open facts: in every way, or where these are too many in ``SAMPLE`` ways."""
    known = columns_of([profile], compiled.rule_base.facts).sent
    count = prod(len(answers.of[name]) for name in open_)
    if count > SAMPLE:
        sampled = {name: answers.samples[name] for name in open_}
        return Completions(Columns(SAMPLE, {**known, **sampled}), np.full(SAMPLE, 1 / SAMPLE), exact=False)
    columns, likelihood = dict(known), np.ones(count)
    before = 1
    for name in open_:
        given = answers.of[name]
        turn = np.arange(count) // before % len(given)
        columns[name] = np.array([answer.value for answer in given], dtype=np.int64)[turn]
        likelihood *= np.array([answer.likelihood for answer in given])[turn]
        before *= len(given)
    return Completions(Columns(count, columns), likelihood, exact=True)


def _above(fact: str, facts: Mapping[str, Fact]) -> list[str]:
    """Name the derived facts that stand on the fact, in the vocabulary's order."""
    found: list[str] = []
    for name, other in facts.items():
        if any(below == fact or below in found for below in stands_on(other)):
            found.append(name)
    return found


def _answers(
    fact: Fact, above: Sequence[str], facts: Mapping[str, Fact], literals: Sequence[Literal]
) -> Iterable[Answer]:
    own = [literal for literal in literals if literal.comparison.fact == fact.id]
    about = {fact.id, *(name for name in above if facts[name].type is FactType.SET)}
    asking = [literal.comparison for literal in literals if literal.comparison.fact in about]
    given = list(_sets(fact, asking)) if fact.type is FactType.SET else values_of(fact, asking)
    values = np.array([ABSENT, *given], dtype=np.int64)
    likely = np.full(len(values), 1 / len(values))
    if fact.type is FactType.INTEGER:
        likely[1:] *= _doublings(given, fact) * len(given)
    told_apart = values[None, :] if above else truths(fact, own, values)
    way_of = np.unique(told_apart, axis=1, return_inverse=True)[1].reshape(-1)
    for way in dict.fromkeys(way_of.tolist()):
        alike = way_of == way
        yield Answer(int(values[alike][0]), float(likely[alike].sum()))


def _doublings(given: Sequence[int], fact: Fact) -> npt.NDArray[np.float64]:
    """Return which share of a quantity's doublings lies from each value up to the next."""
    least, most = fact.minimum or 0, fact.maximum or 0
    ends = np.log2(np.array([*given, most + 1]) - least + 1)
    return np.asarray(np.diff(ends) / ends[-1], dtype=np.float64)


def values_of(fact: Fact, asking: Iterable[Comparison]) -> list[int]:
    """Return the integers that stand for a fact's values; of an integer one between any two operands."""
    if fact.type is FactType.FLAG:
        return [0, 1]
    least, most = fact.minimum or 0, fact.maximum or 0
    if fact.type is FactType.SCALE:
        return list(range(least, most + 1))
    if fact.type is FactType.INTEGER:
        operands = [part.operand for part in asking if isinstance(part.operand, int)]
        turns = {least, *operands, *(operand + 1 for operand in operands)}
        return sorted(value for value in turns if least <= value <= most)
    return list(range(len(fact.options)))


def _sets(fact: Fact, asking: Iterable[Comparison]) -> Iterable[int]:
    """Yield sets of members that are asked for: none of them, each alone, and two together while all fit."""
    asked = members_asked_for(fact, asking)
    other = [option.id for option in fact.options if option.id not in asked]
    given = [other[:1]] if other or not fact.empty_means_absent else []
    for size in (1, 2):
        together = [list(members) for members in combinations(asked, size)]
        if size == 1 or len(given) + len(together) <= MOST_SET_ANSWERS:
            given += together
    return [bits(fact, members) for members in given]


def members_asked_for(fact: Fact, asking: Iterable[Comparison]) -> list[str]:
    """List the members of a set that comparisons ask for, in the order of the options."""
    operands = [part.operand if isinstance(part.operand, tuple) else (part.operand,) for part in asking]
    asked = {member for operand in operands for member in operand}
    return [option.id for option in fact.options if option.id in asked]


def _sample(name: str, answers: Sequence[Answer]) -> Column:
    bounds = np.cumsum([answer.likelihood for answer in answers])
    turns = np.searchsorted(bounds, (np.arange(SAMPLE) + 0.5) / SAMPLE).tolist()
    random.Random(name).shuffle(turns)  # noqa: S311 -- the order is the fact's own, the same in every process
    return np.array([answers[min(turn, len(answers) - 1)].value for turn in turns], dtype=np.int64)
