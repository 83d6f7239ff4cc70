"""Which rules fired for which thing: a form, tool, measure, metric or risk, each with its reasons when asked for."""

from __future__ import annotations

from itertools import accumulate
from typing import Final

from librt.vecs import vec
from mypy_extensions import i16, i64, mypyc_attr

from service.engine.compiled import CompiledRuleBase, TallyError
from service.engine.evaluation import Evaluation, highest_level
from service.knowledge.model import Kind

CUT: Final = -1
"""In place of a rule and an effect: that a step's sum was cut."""
NONE: Final = -1
"""In place of where a chain goes on: that it ends."""

MOST_EFFECTS: int = 2**15 - 1
"""More have no number."""
_BITS: Final = 16
"""Of a link that tell one thing: a position among rules or effects, which are fewer than 2 ** 15."""
_POSITION: Final = 2**_BITS - 1


@mypyc_attr(acyclic=True)
class Reason:
    """A rule that fired for a target, by index, or (``rule`` CUT) the cut of a step's sum.

    ``amount`` is the effect's weight, points or level; None takes the form out of the ranking. ``effect`` is
    the position of the effect among all of the rule base, CUT for a cut.
    """

    def __init__(self, rule: i64, step: str, amount: int | None, effect: i64) -> None:
        self.rule = rule
        self.step = step
        self.amount = amount
        self.effect = effect


class Targets:
    """The things of one kind in the catalogue's order: forms, tools, measures, metrics or risks.

    ``first`` is the number of the first one among the things of all kinds, ``least`` the amount from which they are
    shown.
    """

    def __init__(self, compiled: CompiledRuleBase, kind: Kind, part: str, width: int, least: int) -> None:
        """Take the kind; each thing has so many cells in that part of the tally."""
        self.names, self.least = list(compiled.rule_base.catalogue[kind]), i64(least)
        self.first: i64 = _first_numbers(compiled)[kind]
        self._start, self._width = i64(compiled.layout.start[part]), i64(width)
        self.nowhere = vec[i16]([0] * len(self.names))

    def cell(self, position: i64) -> i64:
        """Return where a thing begins in the tally."""
        return self._start + position * self._width

    def amount(self, position: i64, evaluation: Evaluation) -> i64:
        """Return the weight or the highest level that the rules give a thing."""
        cell = self.cell(position)
        return i64(evaluation.tally[cell]) if self._width == 1 else highest_level(evaluation.tally, cell)


class Effects:
    """The effects of all rules in their order, as ``reasons`` for their ``targets``, the things of all kinds by number.

    Those of a rule are there from ``start`` of its index on up to those of the next.
    """

    def __init__(self, compiled: CompiledRuleBase) -> None:
        """Gather them.

        Raises:
            TallyError: when there are more than can be numbered.
        """
        position, first = compiled.layout.position, _first_numbers(compiled)
        self.reasons: list[Reason] = []
        targets: list[int] = []
        starts: list[int] = [0]
        for index, rule in enumerate(compiled.rule_base.rules):
            for effect in rule.effects:
                self.reasons.append(Reason(index, rule.step, effect.amount, len(self.reasons)))
                targets.append(first[effect.kind] + position[effect.kind][effect.target])
            starts.append(len(targets))
        if len(targets) > MOST_EFFECTS:
            message = f"the rules have {len(targets)} effects; the most is {MOST_EFFECTS}"
            raise TallyError(message)
        self.targets, self.start = vec[i16](targets), vec[i16](starts)
        self.none = vec[i16]([NONE] * sum(map(len, position.values())))


@mypyc_attr(acyclic=True)
class FiredEffects:
    """The effects of the rules that fired in one evaluation: for each thing a chain of them, in the order of the rules.

    ``first`` has by the number of a thing where its chain begins, NONE when no rule that fired speaks of it. Each of
    the ``links`` tells in one number an effect, which of the rules that fired has it, and where the chain goes on.
    """

    def __init__(self, of_all: Effects, rules: tuple[int, ...]) -> None:
        """Put the effects of the rules into the chains, those of the last rule first, each before the others."""
        start, targets, first = of_all.start, of_all.targets, of_all.none[:]
        count: i64 = 0
        for rule in rules:
            count += i64(start[rule + 1] - start[rule])
        links = vec[i64]([0] * count)
        at: i64 = 0
        turn: i64 = len(rules)
        while turn > 0:
            turn -= 1
            index: i64 = rules[turn]
            effect, end = i64(start[index + 1]), i64(start[index])
            while effect > end:
                effect -= 1
                target = i64(targets[effect])
                links[at] = (i64(first[target]) << 2 * _BITS) | (turn << _BITS) | effect
                first[target] = i16(at)
                at += 1
        self.reasons, self.first, self.links = of_all.reasons, first, links


def effect_of(link: i64) -> i64:
    """Return the position of an effect among those of all rules."""
    return link & _POSITION


def turn_of(link: i64) -> i64:
    """Return the position of the rule among those that fired."""
    return link >> _BITS & _POSITION


def following(link: i64) -> i64:
    """Return where the chain goes on, NONE when it ends."""
    return link >> 2 * _BITS


@mypyc_attr(acyclic=True)
class FiredFor:
    """The ``fired`` effects on things of one kind, by their position in the catalogue; ``names`` are the things'.

    Reasons are gathered whenever they are asked for: brief advice asks for few.
    """

    def __init__(self, targets: Targets, fired: FiredEffects) -> None:
        self.names, self.fired = targets.names, fired
        self._from = targets.first

    def first(self, position: i64) -> i64:
        """Return where the chain of a thing begins, NONE when no rule fired for it."""
        return i64(self.fired.first[self._from + position])

    def reasons(self, position: i64) -> list[Reason]:
        """Gather the reasons of the rules that fired for a thing, in the order of the rules."""
        fired, at = self.fired, self.first(position)
        reasons: list[Reason] = []
        while at != NONE:
            reasons.append(fired.reasons[effect_of(fired.links[at])])
            at = following(fired.links[at])
        return reasons

    def any_of(self, rules: vec[bool], position: i64) -> bool:
        """Tell whether one of some rules fired for a thing."""
        fired, at = self.fired, self.first(position)
        while at != NONE:
            if rules[fired.reasons[effect_of(fired.links[at])].rule]:
                return True
            at = following(fired.links[at])
        return False


def _first_numbers(compiled: CompiledRuleBase) -> dict[Kind, int]:
    """Number the things of all kinds: give by kind the number of the first one."""
    counts = [len(compiled.rule_base.catalogue[kind]) for kind in Kind]
    return dict(zip(Kind, accumulate(counts, initial=0), strict=False))
