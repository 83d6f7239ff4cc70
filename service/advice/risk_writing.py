"""Where each risk stands, in one language as JSON, and the facts that it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from librt.strings import BytesWriter
from librt.vecs import append, vec
from mypy_extensions import i16, i64, u8

from service.advice.fired import FiredFor, Reason
from service.advice.json_text import encode
from service.advice.pieces import BRACKET, Enumeration, around, inside, piece
from service.advice.risk_states import FIRST_POSSIBLE, IS_RULED_OUT, RiskState, Standings, most_points, risk_level
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import Kind

MOST_FACTS_SAID: Final = 3


class RiskWriter:
    """Writes where risks stand. Safe to share between threads: nothing in it changes."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, heads: list[bytes]) -> None:
        """Write beforehand all that does not depend on a profile; ``heads`` say of each risk what it is."""
        facts, most = compiled.rule_base.facts, most_points(compiled)
        self._heads, self._start = vec[bytes](heads), i64(compiled.layout.start[Kind.RISKS])
        self._points, self._none = i64(2 * most + 1), i64(most)
        points = range(-most, most + 1)
        self._manners = vec[bytes]([said for manner in _manners(compiled, words) for said in map(manner, points)])
        self._asked = vec[bytes](
            [
                b"," + (encode({"fact": name, "question": words.text(fact.question)}) if fact.question else b"")
                for name, fact in facts.items()
            ]
        )
        self._cannot_be_ruled_out = _Sentence(b"]", words.cannot_be_ruled_out("{facts}"), compiled, words)
        self._thanks_to = _Sentence(b"", words.ruled_out("{facts}"), compiled, words)
        places = {name: place for place, name in enumerate(facts)}
        self._asks = [vec[i16]([places[name] for name in sorted(names)]) for names in compiled.asks]

    def write(self, risk: i64, standings: Standings, fired: FiredFor, out: BytesWriter) -> None:
        """Write what the risk is, its state, and what is particular to the state; without the object's end."""
        manner, points = i64(standings.manners[risk]), i64(standings.tally[self._start + risk])
        out.write(self._heads[risk])
        out.write(self._manners[manner * self._points + self._none + points])
        if manner >= FIRST_POSSIBLE:
            start = i64(standings.settled_from[risk])
            self._write_settling(standings.settling, start, start + i64(standings.settled_by[risk]), out)
        elif manner == IS_RULED_OUT:
            facts = self._mitigating_facts(fired.reasons(risk))
            self._thanks_to.write(facts, 0, len(facts), out)

    def _write_settling(self, facts: vec[i16], start: i64, end: i64, out: BytesWriter) -> None:
        """Write the questions to ask, and that the risk depends on them."""
        begin, asked = len(out), self._asked
        for at in range(start, end):
            out.write(asked[i64(facts[at])])
        if start == end:
            out.write(b"[")
        else:
            out[begin] = u8(BRACKET)
        self._cannot_be_ruled_out.write(facts, start, end, out)

    def _mitigating_facts(self, reasons: list[Reason]) -> vec[i16]:
        """List the facts that the rules ask for which keep a risk down."""
        facts = vec[i16]()
        for one in reasons:
            if (one.amount or 0) < 0:
                for fact in self._asks[one.rule]:
                    if fact not in facts:
                        facts = append(facts, fact)
        return facts


def _manners(compiled: CompiledRuleBase, words: Words) -> list[Callable[[int], bytes]]:
    """Give for each manner in which a risk can stand, in the order of their numbers, what is written with points."""
    method = compiled.rule_base.method
    labels = [words.text(one.term.label) for one in method.risk_levels]

    def present(points: int) -> bytes:
        level = risk_level(compiled, points)
        return _stands(RiskState.PRESENT, points, {"level": level, "levelLabel": labels[level - 1]})

    def possible(said: Mapping[str, object]) -> Callable[[int], bytes]:
        return lambda points: _stands(RiskState.POSSIBLE, points, said) + b',"settledBy":'

    reaches = [{"couldReach": level, "couldReachLabel": label} for level, label in enumerate(labels, start=1)]
    likelihoods = [
        {"likelihood": one.term.id, "likelihoodLabel": words.text(one.term.label)} for one in method.likelihoods
    ]
    return [
        lambda _: b"",
        present,
        lambda points: _stands(RiskState.RULED_OUT, points, {}),
        *(possible({**reach, **likelihood}) for reach in reaches for likelihood in likelihoods),
    ]


def _stands(state: RiskState, points: int, said: Mapping[str, object]) -> bytes:
    """Write the state and the points of a risk, and what else is ``said`` of it."""
    return inside({"state": state.value, "points": points, **said})


class _Sentence:
    """A sentence about facts, as the text of an object; of many facts only the first are named.

    What comes before the first fact and after the last is written together with these, for all facts.
    """

    def __init__(self, end: bytes, template: str, compiled: CompiledRuleBase, words: Words) -> None:
        """Take a template in which ``{facts}`` stands for the facts, and what ``end``s that which stands before."""
        before, after = around(template, "facts")
        before, after = end + b',"text":"' + before, after + b'"'
        enumeration = Enumeration(words)
        subjects = [piece(words.subject(name)) for name in compiled.rule_base.facts]
        self._none = before + enumeration.of([]) + after
        self._only = vec[bytes]([before + subject + after for subject in subjects])
        self._first = vec[bytes]([before + subject for subject in subjects])
        self._next = vec[bytes]([enumeration.next(subject) for subject in subjects])
        self._last = vec[bytes]([enumeration.last(subject) + after for subject in subjects])
        others = [piece(words.others(count)) for count in range(len(subjects))]
        self._others = vec[bytes]([enumeration.last(one) + after for one in others])

    def write(self, facts: vec[i16], start: i64, end: i64, out: BytesWriter) -> None:
        """Write the sentence about the facts from ``start`` to ``end``, with its name in the object."""
        count = end - start
        if count == 0:
            out.write(self._none)
        elif count == 1:
            out.write(self._only[i64(facts[start])])
        else:
            out.write(self._first[i64(facts[start])])
            following, named = self._next, end - 1
            if count > MOST_FACTS_SAID + 1:
                named = start + MOST_FACTS_SAID
            for at in range(start + 1, named):
                out.write(following[i64(facts[at])])
            if end - named == 1:
                out.write(self._last[i64(facts[named])])
            else:
                out.write(self._others[end - named])
