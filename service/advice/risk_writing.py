"""Where each risk stands, in one language as JSON, and the facts that it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from librt.strings import BytesWriter
from librt.vecs import append, vec
from mypy_extensions import i16, i64

from service.advice.compose import RiskAdvice
from service.advice.fired import Reason
from service.advice.json_text import encode
from service.advice.pieces import Enumeration, Numbered, around, inside, number, piece
from service.advice.risk_states import RiskState
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase

MOST_FACTS_SAID: Final = 3

_PRESENT: Final = RiskState.PRESENT
_POSSIBLE: Final = RiskState.POSSIBLE


class RiskWriter:
    """Writes where risks stand. Safe to share between threads: nothing in it changes."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, heads: list[bytes]) -> None:
        """Write beforehand all that does not depend on a profile; ``heads`` say of each risk what it is."""
        facts, method = compiled.rule_base.facts, compiled.rule_base.method
        self._present, self._possible, self._ruled_out = (
            [b'%b"state":"%b","points":' % (head, state.encode()) for head in heads]
            for state in (RiskState.PRESENT, RiskState.POSSIBLE, RiskState.RULED_OUT)
        )
        levels = list(enumerate((words.text(one.term.label) for one in method.risk_levels), start=1))
        likelihoods = [
            {"likelihood": one.term.id, "likelihoodLabel": words.text(one.term.label)} for one in method.likelihoods
        ]
        self._points_of_level = [_points({"level": level, "levelLabel": label}) for level, label in levels]
        self._points_of_reach = [
            [_points({"couldReach": level, "couldReachLabel": label, **likelihood}) for likelihood in likelihoods]
            for level, label in levels
        ]
        asked = [
            encode({"fact": name, "question": words.text(fact.question)}) if fact.question is not None else b""
            for name, fact in facts.items()
        ]
        self._first_asked, self._next_asked = [b',"settledBy":[' + one for one in asked], [b"," + one for one in asked]
        self._cannot_be_ruled_out = _Sentence(b"]", words.cannot_be_ruled_out("{facts}"), compiled, words)
        self._thanks_to = _Sentence(b"", words.ruled_out("{facts}"), compiled, words)
        places = {name: place for place, name in enumerate(facts)}
        self._asks = [vec[i16]([places[name] for name in sorted(names)]) for names in compiled.asks]

    def write(self, risk: RiskAdvice, out: BytesWriter) -> None:
        """Write what the risk is, its state, and what is particular to the state; without the object's end."""
        standing = risk.standing
        state = standing.state
        heads = self._present if state is _PRESENT else self._possible if state is _POSSIBLE else self._ruled_out
        out.write(heads[standing.position])
        if state is _PRESENT:
            out.write(self._points_of_level[standing.level - 1].of(standing.points))
        elif state is _POSSIBLE:
            out.write(self._points_of_reach[standing.could_reach - 1][standing.likelihood].of(standing.points))
            self._write_settling(standing.settled_by, out)
        else:
            out.write(number(standing.points))
            self._thanks_to.write(self._mitigating_facts(risk.reasons), out)

    def _write_settling(self, facts: vec[i16], out: BytesWriter) -> None:
        """Write the questions to ask, and that the risk depends on them."""
        out.write(self._first_asked[i64(facts[0])] if len(facts) else b',"settledBy":[')
        following, at = self._next_asked, i64(1)
        while at < len(facts):
            out.write(following[i64(facts[at])])
            at += 1
        self._cannot_be_ruled_out.write(facts, out)

    def _mitigating_facts(self, reasons: list[Reason]) -> vec[i16]:
        """List the facts that the rules ask for which keep a risk down."""
        facts = vec[i16]()
        for one in reasons:
            if (one.amount or 0) < 0:
                for fact in self._asks[one.rule]:
                    if fact not in facts:
                        facts = append(facts, fact)
        return facts


def _points(said: Mapping[str, object]) -> Numbered:
    """Write points followed by what else is ``said`` of a risk."""
    return Numbered(b"", b"," + inside(said))


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
        self._only = [before + subject + after for subject in subjects]
        self._first = [before + subject for subject in subjects]
        self._next = [enumeration.next(subject) for subject in subjects]
        self._last = [enumeration.last(subject) + after for subject in subjects]
        self._others = [enumeration.last(piece(words.others(count))) + after for count in range(len(subjects))]

    def write(self, facts: vec[i16], out: BytesWriter) -> None:
        """Write the sentence with its name in the object."""
        count = len(facts)
        if count == 0:
            out.write(self._none)
        elif count == 1:
            out.write(self._only[i64(facts[0])])
        else:
            out.write(self._first[i64(facts[0])])
            named: i64 = count - 1 if count <= MOST_FACTS_SAID + 1 else MOST_FACTS_SAID
            following, at = self._next, i64(1)
            while at < named:
                out.write(following[i64(facts[at])])
                at += 1
            out.write(self._last[i64(facts[named])] if count - named == 1 else self._others[count - named])
