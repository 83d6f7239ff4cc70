"""Where an organisation stands, in one language as JSON: its maturity by dimension, and its participation."""

from __future__ import annotations

from typing import Final, cast

from librt.vecs import append, vec
from mypy_extensions import i64

from service.advice.json_text import encode
from service.advice.pieces import Numbered, array, inside
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import Evaluation
from service.knowledge.model import Fact, Value

_HIGHEST: Final = 1 << 20
"""More than any rating."""


class MaturityWriter:
    """Writes maturity and participation, each with the label of its value."""

    def __init__(self, compiled: CompiledRuleBase, words: Words) -> None:
        """Write beforehand what there is to say of every value."""
        facts, roles = compiled.rule_base.facts, compiled.roles
        self._level, self._gap = roles.maturity_level, roles.ambition_gap
        self._now, self._wanted = roles.rung_now, roles.rung_wanted
        labels = {int(one.id): words.text(one.label) for one in facts[self._level].options}
        self._derived, self._sent = (
            {level: inside({"level": level, "label": labels[level], "derived": derived}) for level in labels}
            for derived in (True, False)
        )
        self._no_level = inside({"level": None, "label": None, "derived": False})
        rated = [fact for fact in facts.values() if fact.dimension]
        self._dimensions = [_Dimension(fact, words, b"," if place else b"") for place, fact in enumerate(rated)]
        self._steps = Numbered(b',"gap":', b"}}")
        self._rungs_now, self._rungs_wanted = (_rungs(facts[fact], words) for fact in (self._now, self._wanted))

    def write(self, evaluation: Evaluation, out: list[bytes]) -> None:
        """Write where the profile stands as a JSON object."""
        out.append(b"{")
        self._write_level(evaluation, out)
        self._write_dimensions(evaluation, out)
        known = evaluation.known
        out.append(b',"participation":{"now":')
        out.append(self._rungs_now[known.get(self._now)])
        out.append(b',"wanted":')
        out.append(self._rungs_wanted[known.get(self._wanted)])
        gap = cast("int | None", known.get(self._gap))
        out.append(b',"gap":null}}' if gap is None else self._steps.of(gap))

    def _write_level(self, evaluation: Evaluation, out: list[bytes]) -> None:
        level = cast("int | None", evaluation.known.get(self._level))
        if level is None:
            out.append(self._no_level)
        else:
            out.append((self._sent if self._level in evaluation.profile else self._derived)[level])

    def _write_dimensions(self, evaluation: Evaluation, out: list[bytes]) -> None:
        """Write the names of the dimensions that are rated lowest, and each dimension with its rating."""
        known, ratings, lowest = evaluation.known, vec[i64](), _HIGHEST
        for one in self._dimensions:
            rating: i64 = cast("int | None", known.get(one.name)) or 0
            ratings = append(ratings, rating)
            if 0 < rating < lowest:
                lowest = rating
        weakest = [one.written for place, one in enumerate(self._dimensions) if ratings[place] == lowest]
        out.append(b',"weakest":')
        out.append(array(weakest))
        out.append(b',"dimensions":{')
        for place, one in enumerate(self._dimensions):
            out.append(one.by_rating[ratings[place]])
        out.append(b"}")


class _Dimension:
    """A dimension of maturity: its name for a list, and by its rating, 0 when there is none, its part of an object."""

    def __init__(self, fact: Fact, words: Words, before: bytes) -> None:
        self.name, self.written = fact.id, encode(fact.id)
        label = words.text(fact.label)
        meanings = {0: None} | {int(one.id): words.text(one.definition) for one in fact.options}
        self.by_rating = [
            before + inside({fact.id: {"label": label, "rating": rating or None, "meaning": meanings.get(rating)}})
            for rating in range(max(meanings) + 1)
        ]


def _rungs(fact: Fact, words: Words) -> dict[Value | None, bytes]:
    said: dict[Value | None, bytes] = {
        one.id: encode({"id": one.id, "label": words.text(one.label)}) for one in fact.options
    }
    return {None: b"null", **said}
