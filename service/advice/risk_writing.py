"""Where each risk stands, in one language as JSON, and the facts that it depends on.

What is said of the facts that would settle a risk is kept: of profiles that were never sent before, fifty risks
meet one such set of facts that is new.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.advice.compose import Reason, RiskAdvice
from service.advice.json_text import encode
from service.advice.pieces import Enumeration, Numbered, around, array, inside, number, piece
from service.advice.risk_states import Asked, RiskState
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase

MOST_FACTS_SAID: Final = 3
SETTLED_KEPT: int = 5_000

_PRESENT: Final = RiskState.PRESENT
_POSSIBLE: Final = RiskState.POSSIBLE


class RiskWriter:
    """Writes where risks stand. Safe to share between threads: its store only ever gains entries."""

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
        self._asked = {
            name: encode({"fact": name, "question": words.text(fact.question)})
            for name, fact in facts.items()
            if fact.question is not None
        }
        self._cannot_be_ruled_out = _Sentence(words.cannot_be_ruled_out("{facts}"), compiled, words)
        self._thanks_to = _Sentence(words.ruled_out("{facts}"), compiled, words)
        self._asks = [sorted(names) for names in compiled.asks]
        self._settled: dict[Asked, bytes] = {}

    def write(self, risk: RiskAdvice, out: list[bytes]) -> None:
        """Write what the risk is, its state, and what is particular to the state; without the object's end."""
        standing = risk.standing
        state = standing.state
        heads = self._present if state is _PRESENT else self._possible if state is _POSSIBLE else self._ruled_out
        out.append(heads[standing.position])
        if state is _PRESENT:
            out.append(self._points_of_level[standing.level - 1].of(standing.points))
        elif state is _POSSIBLE:
            out.append(self._points_of_reach[standing.could_reach - 1][standing.likelihood].of(standing.points))
            settled = self._settled.get(standing.settled_by)
            out.append(self._say(standing.settled_by) if settled is None else settled)
        else:
            out.append(number(standing.points))
            out.append(self._thanks_to.about(self._mitigating_facts(risk.reasons)))

    def _say(self, settled_by: Asked) -> bytes:
        facts = settled_by.names
        asked = array([self._asked[fact] for fact in facts])
        written = b',"settledBy":' + asked + self._cannot_be_ruled_out.about(facts)
        if len(self._settled) < SETTLED_KEPT:
            self._settled[settled_by] = written
        return written

    def _mitigating_facts(self, reasons: list[Reason]) -> list[str]:
        """List the facts that the rules ask for which keep a risk down."""
        facts: list[str] = []
        for one in reasons:
            if one.rule is not None and (one.amount or 0) < 0:
                facts += [fact for fact in self._asks[one.rule] if fact not in facts]
        return facts


def _points(said: Mapping[str, object]) -> Numbered:
    """Write points followed by what else is ``said`` of a risk."""
    return Numbered(b"", b"," + inside(said))


class _Sentence:
    """A sentence about facts, as the text of an object; of many facts only the first are named."""

    def __init__(self, template: str, compiled: CompiledRuleBase, words: Words) -> None:
        """Take a template in which ``{facts}`` stands for the facts."""
        before, after = around(template, "facts")
        self._before, self._after = b',"text":"' + before, after + b'"'
        self._subjects = {name: piece(words.subject(name)) for name in compiled.rule_base.facts}
        self._others = [piece(words.others(count)) for count in range(len(self._subjects))]
        self._enumeration = Enumeration(words)

    def about(self, facts: list[str]) -> bytes:
        """Write the sentence with its name in the object."""
        few = facts if len(facts) <= MOST_FACTS_SAID + 1 else facts[:MOST_FACTS_SAID]
        named = [self._subjects[fact] for fact in few]
        if len(few) < len(facts):
            named.append(self._others[len(facts) - len(few)])
        return self._before + self._enumeration.of(named) + self._after
