"""What an interview could do that knew the answers beforehand: bounds to hold the questions asked beside.

Nobody can ask like this. How far the service stays behind says how much of the way is not knowing the answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from service.engine.columns import columns_of
from service.engine.many import ManyRules, rank_many
from service.engine.proof import not_proved_idle
from service.knowledge.model import Profile

TELLINGS: Final = 40
"""Ways in which the rest of a case may come to be told; for the order that fits many cases ``FEW`` of them."""
FEW: Final = 8
FITTED: Final = 25
"""Questions of that order that are chosen; the others follow as they are."""

Facts: TypeAlias = frozenset[str]


class Truth:
    """A case of which all answers are known, and how like the whole the advice on a part of them is."""

    def __init__(self, many: ManyRules, profile: Profile, seed: str) -> None:
        """Draw the ways of telling: each some of the facts, few of them or many."""
        self._many, self.profile = many, profile
        facts = many.compiled.rule_base.facts
        self._start = frozenset(name for name in profile if facts[name].required)
        self.names = [name for name in facts if name in profile and name not in self._start]
        chance = random.Random(seed)  # noqa: S311 -- for variety, and the same each time
        self._tellings = [frozenset[str]()]
        while len(self._tellings) < TELLINGS:
            likely = chance.random()
            self._tellings.append(frozenset(name for name in self.names if chance.random() < likely))
        self._known: dict[Facts, float] = {}
        self._whole: tuple[int, ...] = self._heads([frozenset(self.names)])[0]

    def likeness(self, told: Sequence[Facts], tellings: int = TELLINGS) -> list[float]:
        """Say for each set of facts how like the whole the first forms are when these and any others are told.

        Between 0 and 1; 1 when the first form and the first three are the same in every telling.
        """
        ways = [[one | telling for telling in self._tellings[:tellings]] for one in told]
        new = list(dict.fromkeys(way for some in ways for way in some if way not in self._known))
        for way, head in zip(new, self._heads(new), strict=True):
            self._known[way] = self._alike(head)
        return [sum(self._known[way] for way in some) / len(some) for some in ways]

    def _heads(self, told: Sequence[Facts]) -> list[tuple[int, ...]]:
        if not told:
            return []
        profiles = [{name: self.profile[name] for name in (*self._start, *one)} for one in told]
        compiled = self._many.compiled
        columns = columns_of(profiles, compiled.rule_base.facts)
        return rank_many(self._many, columns).heads(compiled.rule_base.method.recommended_ranks)

    def _alike(self, head: tuple[int, ...]) -> float:
        if head[:1] == self._whole[:1] and set(head) == set(self._whole):
            return 1.0
        return len(set(head) & set(self._whole)) / (2 * max(len(head), len(self._whole)))


def fewest_told(truth: Truth) -> Facts:
    """Return answers after which the first three forms stay, whatever else of the case is told, as few as found.

    Takes the answer that helps most, until none is missing, then takes back those that are not needed.
    """
    told: Facts = frozenset()
    while truth.likeness([told])[0] < 1:
        left = [name for name in truth.names if name not in told]
        helped = truth.likeness([told | {name} for name in left])
        told |= {left[helped.index(max(helped))]}
    for name in truth.names:
        if name in told and truth.likeness([told - {name}])[0] == 1:
            told -= {name}
    return told


def fitted_order(truths: Sequence[Truth], names: Iterable[str]) -> list[str]:
    """Return the one order of asking that suits the cases best, by what each next answer does on all of them."""
    order: list[str] = []
    left = list(names)
    while left and len(order) < FITTED:
        helped = dict.fromkeys(left, 0.0)
        for truth in truths:
            told = frozenset(order) & frozenset(truth.names)
            known = [name for name in left if name in truth.names]
            for name, like in zip(known, truth.likeness([told | {name} for name in known], FEW), strict=True):
                helped[name] += like
            as_it_is = truth.likeness([told], FEW)[0]
            for name in left:
                if name not in truth.names:
                    helped[name] += as_it_is
        order.append(max(left, key=helped.__getitem__))
        left.remove(order[-1])
    return [*order, *left]


def fewest_proving(many: ManyRules, profile: Profile, asked: Sequence[str]) -> Facts:
    """Return answers with which it is proved that the first three forms stay, out of those that were asked.

    Takes back one after another without which the proof still holds; "do not know" is an answer as well.
    """
    facts = many.compiled.rule_base.facts
    open_ = [name for name, fact in facts.items() if fact.is_sent and not fact.required]
    needed = frozenset(asked)
    for name in reversed(asked):
        fewer = needed - {name}
        told = {one: value for one, value in profile.items() if one in fewer or facts[one].required}
        if not not_proved_idle(many, told, [one for one in open_ if one not in fewer]):
            needed = fewer
    return needed
