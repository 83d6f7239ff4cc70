"""Where an organisation stands, in one language as JSON: its maturity by dimension, and its participation."""

from __future__ import annotations

from typing import Final, cast

from librt.strings import BytesWriter
from librt.vecs import vec
from mypy_extensions import i16, i64

from service.advice.json_text import encode
from service.advice.pieces import Numbered, inside
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Fact, Value

_HIGHEST: Final = 1 << 20
"""More than any rating."""


class MaturityWriter:
    """Writes maturity and participation, each with the label of its value."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, before: bytes) -> None:
        """Write ``before`` it, and beforehand, what there is to say of every value."""
        facts, roles = compiled.rule_base.facts, compiled.roles
        self._level = roles.maturity_level
        place = compiled.derivations.place
        self._place_of_level, self._place_of_gap = i64(place[self._level]), i64(place[roles.ambition_gap])
        self._place_of_now, self._place_of_wanted = i64(place[roles.rung_now]), i64(place[roles.rung_wanted])
        labels = {int(one.id): words.text(one.label) for one in facts[self._level].options}
        self._derived, self._sent = (
            {
                level: before + encode({"level": level, "label": labels[level], "derived": derived})[:-1]
                for level in labels
            }
            for derived in (True, False)
        )
        self._no_level = before + encode({"level": None, "label": None, "derived": False})[:-1]
        rated = [fact for fact in facts.values() if fact.dimension]
        self._dimensions = vec[i16]([place[fact.id] for fact in rated])
        self._first_weakest = [b',"weakest":[' + encode(fact.id) for fact in rated]
        self._next_weakest = [b"," + encode(fact.id) for fact in rated]
        self._of_each: i64 = 1 + max(int(one.id) for fact in rated for one in fact.options)
        self._ratings = [
            before + _rating(fact, rating, words)
            for fact, before in zip(rated, [b"", *[b","] * len(rated)], strict=False)
            for rating in range(self._of_each)
        ]
        self._unrated = vec[i64]([0] * len(rated))
        self._steps = Numbered(b',"gap":', b"}}")
        self._rungs_now = _rungs(b'},"participation":{"now":', facts[roles.rung_now], words)
        self._rungs_wanted = _rungs(b',"wanted":', facts[roles.rung_wanted], words)

    def write(self, evaluation: Evaluation, out: BytesWriter) -> None:
        """Write where the profile stands as a JSON object."""
        self._write_level(evaluation, out)
        values = evaluation.values
        self._write_dimensions(values, out)
        out.write(self._rungs_now[values[self._place_of_now]])
        out.write(self._rungs_wanted[values[self._place_of_wanted]])
        gap = cast("int | None", values[self._place_of_gap])
        out.write(b',"gap":null}}' if gap is None else self._steps.of(gap))

    def _write_level(self, evaluation: Evaluation, out: BytesWriter) -> None:
        level = cast("int | None", evaluation.values[self._place_of_level])
        if level is None:
            out.write(self._no_level)
        else:
            out.write((self._sent if self._level in evaluation.profile else self._derived)[level])

    def _write_dimensions(self, values: list[Value | None], out: BytesWriter) -> None:
        """Write the names of the dimensions that are rated lowest, and each dimension with its rating."""
        ratings, lowest = self._unrated[:], i64(_HIGHEST)
        for at in range(len(ratings)):
            rating = cast("int | None", values[i64(self._dimensions[at])])
            if rating is not None:
                ratings[at] = rating
                lowest = min(lowest, i64(rating))
        start = len(out)
        for at in range(len(ratings)):
            if ratings[at] == lowest:
                out.write(self._first_weakest[at] if len(out) == start else self._next_weakest[at])
        if len(out) == start:
            out.write(b',"weakest":[')
        out.write(b'],"dimensions":{')
        for at in range(len(ratings)):
            out.write(self._ratings[at * self._of_each + ratings[at]])


def _rating(fact: Fact, rating: int, words: Words) -> bytes:
    """Say of a dimension, as a part of an object, how it is rated; 0 when it is not."""
    meanings = {int(one.id): words.text(one.definition) for one in fact.options}
    said = {"label": words.text(fact.label), "rating": rating or None, "meaning": meanings.get(rating)}
    return inside({fact.id: said})


def _rungs(before: bytes, fact: Fact, words: Words) -> dict[Value | None, bytes]:
    """Say of each rung, and of none, what it is."""
    said: dict[Value | None, bytes] = {
        one.id: before + encode({"id": one.id, "label": words.text(one.label)}) for one in fact.options
    }
    return {None: before + b"null", **said}
