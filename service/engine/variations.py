"""One profile in all its variations: what every choice adds to the sums of an aim, alone and together.

Most rules stand on one fact that can be changed: what they add is worked out once for each choice, and
what several choices add is the sum. The few rules that stand on several such facts are tried again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from service.engine.aims import Aim, Numbers
from service.engine.choices import Choice, Choices
from service.engine.columns import ABSENT, Column, Columns, bits, columns_of, derive_columns, encoded
from service.engine.derivation import stands_on
from service.engine.evaluation import Evaluation
from service.engine.many import ManyRules
from service.knowledge.model import Fact

if TYPE_CHECKING:
    from service.engine.many import Literal, Truth

Picks: TypeAlias = npt.NDArray[np.int64]
"""Choices that are made together, of shape (count, size): each by its place among the items."""
Fired: TypeAlias = npt.NDArray[np.bool_]


class Rehearsal:
    """Tries rules on one profile with choices made. ``facts`` are those the rules stand on, in order."""

    def __init__(
        self,
        many: ManyRules,
        rules: Sequence[int],
        facts: Mapping[str, Fact],
        known: Mapping[str, Column],
        sent: Mapping[str, Column],
        items: Sequence[Choice],
    ) -> None:
        """Turn the choices into integers once; those in other facts go to a row that is left out."""
        self._many, self.rules, self._facts, self._known, self._sent = many, tuple(rules), facts, known, sent
        self._changed = list(dict.fromkeys(item.fact for item in items if item.fact in facts))
        row = {name: place for place, name in enumerate(self._changed)}
        self._row = np.array([row.get(item.fact, len(row)) for item in items], dtype=np.int64)
        self._value = np.array([encoded(facts[item.fact], item.value) if item.fact in facts else 0 for item in items])
        self._now = np.array([*(sent[name][0] if name in sent else ABSENT for name in self._changed), 0])

    def fired(self, picks: Picks) -> Fired:
        """Tell for each row of picks and each rule whether it fires."""
        changed, every = np.repeat(self._now[:, None], len(picks), axis=1), np.arange(len(picks))
        for pick in picks.T:
            changed[self._row[pick], every] = self._value[pick]
        columns = Columns(len(picks), {**self._sent, **dict(zip(self._changed, changed, strict=False))})
        known = {**derive_columns(columns, self._facts), **self._known}
        seen: dict[Literal, Truth] = {}
        tried = [np.broadcast_to(self._many.holds[rule](known, seen), len(picks)) for rule in self.rules]
        return np.stack(tried, axis=1) if tried else np.zeros((len(picks), 0), dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Variations:
    """What follows from making choices in one profile.

    ``open_rules`` are those that choices can turn. ``items`` are the choices, ``fact_of`` the place of each
    one's fact among the facts with choices; ``base`` are the sums of the profile as it is. ``alone`` is what
    each item adds by the rules that stand on no other fact with choices; ``joint`` tries the others, which
    fire as ``as_is`` now and add ``amounts``. ``helps`` tells for each item and joint rule how far the item
    can turn it: 2 by itself, 1 with other items, 0 not at all. ``complete`` is False when choices were left
    out.
    """

    aim: Aim
    open_rules: frozenset[int]
    items: tuple[Choice, ...]
    fact_of: Picks
    base: Numbers
    alone: Numbers
    joint: Rehearsal
    as_is: Fired
    amounts: Numbers
    helps: Numbers
    complete: bool

    def turned(self, picks: Picks) -> Numbers:
        """Return for each row of picks and each joint rule 1 where it fires otherwise than now, else 0."""
        turned: Fired = self.joint.fired(picks) != self.as_is
        return turned.astype(np.float32)


def vary(aim: Aim, evaluation: Evaluation, made: Choices) -> Variations:
    """Work out what the choices add to the sums of the aim."""
    asked_of = aim.many.compiled.asked_of
    items = tuple(choice for some in made.by_fact.values() for choice in some)
    alone = np.array([sum(name in asked_of[rule] for name in made.by_fact) == 1 for rule in made.rules], dtype=np.bool_)
    amounts = aim.amounts[[aim.rules.index(rule) for rule in made.rules]]
    all_of_them = _rehearsal(aim.many, evaluation, made.rules, items)
    as_is = all_of_them.fired(np.zeros((1, 0), dtype=np.int64))
    turned = all_of_them.fired(np.arange(len(items)).reshape(-1, 1)).astype(np.float32) - as_is
    joint = [rule for rule, single in zip(made.rules, alone, strict=True) if not single]
    asks = [[item.fact in asked_of[rule] for rule in joint] for item in items]
    shares = np.array(asks, dtype=np.float32).reshape(len(items), len(joint))
    names = list(made.by_fact)
    return Variations(
        aim=aim,
        open_rules=frozenset(made.rules),
        items=items,
        fact_of=np.array([names.index(item.fact) for item in items], dtype=np.int64),
        base=aim.base(evaluation),
        alone=turned[:, alone] @ amounts[alone],
        joint=_rehearsal(aim.many, evaluation, joint, items),
        as_is=as_is[:, ~alone],
        amounts=amounts[~alone],
        helps=shares * np.where(turned[:, ~alone] != 0, 2, 1).astype(np.float32),
        complete=made.complete,
    )


def _rehearsal(many: ManyRules, evaluation: Evaluation, rules: Sequence[int], items: Sequence[Choice]) -> Rehearsal:
    compiled = many.compiled
    facts = compiled.rule_base.facts
    wanted = {name for rule in rules for name in compiled.asks[rule]}
    waiting = list(wanted)
    while waiting:
        below = [name for name in stands_on(facts[waiting.pop()]) if name not in wanted]
        wanted.update(below)
        waiting.extend(below)
    needed = {name: fact for name, fact in facts.items() if name in wanted}
    profile = {name: value for name, value in evaluation.profile.items() if name in needed}
    chosen = compiled.roles.chosen_forms
    known = {}
    if chosen in needed:
        known[chosen] = np.array([bits(facts[chosen], evaluation.chosen) if evaluation.chosen else ABSENT])
    return Rehearsal(many, rules, needed, known, columns_of([profile], facts).sent, items)
