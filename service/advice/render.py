"""Advice in one language as JSON: the shapes of the contract, filled with words.

Everything that does not depend on a profile is written once, when the renderer is made; what is left is to
put the pieces one after another.
"""

from __future__ import annotations

from typing import Final, cast

from librt.strings import BytesWriter
from librt.vecs import vec
from mypy_extensions import i16, i64, u8

from service.advice.advised import Forms, Shown, verdict
from service.advice.compose import Advice
from service.advice.descriptions import describe_question
from service.advice.grounds import Grounds
from service.advice.json_text import encode
from service.advice.maturity import MaturityWriter
from service.advice.pieces import (
    BRACKET,
    USUAL,
    Numbered,
    Parts,
    array,
    end_lists,
    end_names,
    end_objects,
    inside,
    next_object,
)
from service.advice.reasons import Reasons
from service.advice.risk_states import Standings
from service.advice.risk_writing import RiskWriter
from service.advice.summary import Summary
from service.advice.unknowns import OF_FORMS, RISKS, WORD, UnknownFacts, names_of_bits
from service.advice.words import Words
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.knowledge.model import Fact, Item, Kind

BRIEF_FORMS: Final = 3
BRIEF_RISK_LEVEL: Final = 2
PART: Final = 8_192
"""Bytes from which on a part of an answer is large enough: the first-level cache holds some times as many."""
_SCORES: Final = 2 * USUAL + 1
"""How many scores are usual."""

_BYTE: Final = 8
_FULL: Final = 255
"""The bits of a byte."""


class Renderer:
    """Says advice in one language. Safe to share between threads: its stores only ever gain entries.

    An answer is written into memory of which each thread takes some and gives it back.
    """

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words, self._reasons = compiled, words, reasons
        rule_base, method = compiled.rule_base, compiled.rule_base.method
        identity = {"version": rule_base.version, "digest": rule_base.digest}
        about = {"ruleBase": identity, "language": words.language, "notice": words.text(rule_base.notice)}
        self._opening = encode(about)[:-1] + b',"summary":"'
        self._summary, self._maturity = Summary(compiled, words), MaturityWriter(compiled, words, b'},"maturity":')
        self._goals = Numbered(b'","goals":{"count":', b"")
        self._findings = [self._finding(position) for position in range(len(rule_base.findings))]
        self._about_goals = vec[bool]([one.about == "goals" for one in rule_base.findings])
        self._form_heads, self._tool_heads = self._heads(Kind.FORMS), self._heads(Kind.TOOLS)
        self._recommended, forms = i64(method.recommended_ranks), compiled.forms
        self._standings = [b""] * ((len(forms) + 1) * _SCORES)
        self._weight_of_tool = Numbered(b'"score":', b"")
        self._chosen = {form: encode(form) for form in forms}
        self._only_chosen = {form: b',"chosenForms":[%b]' % said for form, said in self._chosen.items()}
        labels = [words.text(term.label) for term in method.priorities]
        levels = [inside({"level": level, "levelLabel": label}) for level, label in zip(LEVELS, labels, strict=True)]
        self._measure_heads, self._metric_heads = (
            [head + level for level in levels for head in self._heads(kind)]
            for kind in (Kind.ANCHORING_MEASURES, Kind.METRICS)
        )
        self._risks = RiskWriter(compiled, words, self._heads(Kind.RISKS))
        self._questions = [
            b',"nextQuestion":' + encode(describe_question(fact, words)) if fact.question else b""
            for fact in rule_base.facts.values()
        ]
        changes = names_of_bits(compiled.risks)
        of_forms = [[changes[bit] for bit in range(RISKS) if bits >> bit & 1] for bits in range(OF_FORMS + 1)]
        self._unknown_heads = [
            self._unknown_head(fact, could_change) for fact in rule_base.facts.values() for could_change in of_forms
        ]
        self._changes = [b"," + encode(name) for name in changes]
        self._place_of_goals: i64 = compiled.derivations.place[compiled.roles.goals]
        self._margin = Numbered(b',"confidence":{"margin":', b"")
        shares = [encode(hundredths / 100) for hundredths in range(101)]
        self._evidence = [b',"evidence":%b' % share for share in shares]
        self._known = [b',"known":%b}' % share for share in shares]
        ids = [rule.id for rule in rule_base.rules]
        self._ids = [b"," + encode(name) for name in sorted(ids)]
        self._place_of_id = vec[i16]([sorted(ids).index(name) for name in ids])
        self._unused: list[Parts] = []
        self._in_second_pass = vec[bool]([rule in compiled.second_pass for rule in range(len(ids))])

    def render(self, advice: Advice, *, brief: bool) -> list[bytes]:
        """Return the advice as UTF-8 JSON in parts; ``brief`` leaves out reasons and what matters less."""
        grounds = None if brief else self._reasons.grounds(advice.evaluation)
        parts = self._unused.pop() if self._unused else Parts(PART)
        out = parts.out
        out.write(self._opening)
        self._summary.write(advice, out)
        out.write(self._goals.of(len(cast("frozenset[str]", advice.evaluation.values[self._place_of_goals]))))
        self._write_findings(advice, out, about_goals=True)
        self._maturity.write(advice.evaluation, out)
        self._write_findings(advice, out, about_goals=False)
        self._write_forms(advice.forms, grounds, parts)
        self._write_chosen(advice.evaluation.chosen, out)
        self._write_tools(advice.tools, grounds, parts)
        self._write_targets(b',"anchoringMeasures"', self._measure_heads, advice.anchoring_measures, grounds, parts)
        self._write_targets(b',"metrics"', self._metric_heads, advice.metrics, grounds, parts)
        self._write_risks(advice, grounds, parts)
        self._write_unknowns(advice.unknowns, out)
        self._write_end(advice, out)
        said = parts.all()
        self._unused.append(parts)
        return said

    def _write_end(self, advice: Advice, out: BytesWriter) -> None:
        unknowns, confidence = advice.unknowns, advice.confidence
        out.write(self._questions[i64(unknowns.places[0])] if unknowns.count else b',"nextQuestion":null')
        out.write(self._margin.of(confidence.margin))
        out.write(self._evidence[_hundredths(confidence.evidence)])
        out.write(self._known[_hundredths(confidence.known)])
        self._write_fired(advice.evaluation.fired, out)

    def _write_fired(self, rules: tuple[int, ...], out: BytesWriter) -> None:
        """Write the ids of rules in their own order, and end the advice."""
        places, count = vec[i16]([0] * len(rules)), i64(0)
        for rule in rules:
            place, at = self._place_of_id[rule], count
            while at > 0 and places[at - 1] > place:
                places[at] = places[at - 1]
                at -= 1
            places[at] = place
            count += 1
        out.write(b',"firedRules":')
        start = len(out)
        for at in range(count):
            out.write(self._ids[i64(places[at])])
        end_names(start, out)
        out.write(b"}")

    def _write_findings(self, advice: Advice, out: BytesWriter, *, about_goals: bool) -> None:
        out.write(b',"findings"')
        start = len(out)
        for finding in advice.findings:
            if self._about_goals[finding] == about_goals:
                out.write(self._findings[finding])
        end_objects(start, out)

    def _write_forms(self, forms: Forms, grounds: Grounds | None, parts: Parts) -> None:
        out = parts.out
        out.write(b',"forms"')
        start, count = i64(len(out)), i64(len(forms.order))
        for at in range(min(BRIEF_FORMS, count) if grounds is None else count):
            form = forms.form(at)
            out.write(self._form_heads[form])
            out.write(self._standing(forms.rank(at), forms.scores[form]))
            if grounds is not None:
                if forms.is_cut(form):
                    self._reasons.write_list(forms.reasons(form), forms.evaluation, grounds, out)
                else:
                    self._reasons.write(forms.fired, form, grounds, out)
                start = parts.cut(start)
        end_objects(start, out)

    def _standing(self, rank: i64, score: i64) -> bytes:
        """Write where a form stands, with the usual scores once."""
        if score < -USUAL or score > USUAL:
            return self._say_standing(rank, score)
        place = rank * _SCORES + score + USUAL
        said = self._standings[place]
        if not said:
            said = self._standings[place] = self._say_standing(rank, score)
        return said

    def _say_standing(self, rank: i64, score: i64) -> bytes:
        said = verdict(rank, score, self._recommended)
        return inside({"rank": int(rank) or None, "score": int(score), "excluded": rank == 0, "verdict": said})

    def _write_chosen(self, chosen: tuple[str, ...], out: BytesWriter) -> None:
        if len(chosen) == 1:
            out.write(self._only_chosen[chosen[0]])
        else:
            out.write(b',"chosenForms":' + array([self._chosen[form] for form in chosen]))

    def _write_tools(self, tools: Shown, grounds: Grounds | None, parts: Parts) -> None:
        """Write the tools with their reasons, or without these those that rules advise with the chosen forms."""
        out = parts.out
        out.write(b',"tools"')
        start = i64(len(out))
        for at in range(tools.count):
            tool = i64(tools.positions[at])
            if grounds is not None or tools.fired.any_of(self._in_second_pass, tool):
                out.write(self._tool_heads[tool])
                out.write(self._weight_of_tool.of(i64(tools.amounts[at])))
                if grounds is not None:
                    self._reasons.write(tools.fired, tool, grounds, out)
                    start = parts.cut(start)
        end_objects(start, out)

    def _write_targets(
        self, name: bytes, heads: list[bytes], shown: Shown, grounds: Grounds | None, parts: Parts
    ) -> None:
        out = parts.out
        out.write(name)
        start, of_a_level = i64(len(out)), i64(len(heads)) // len(LEVELS)
        for at in range(shown.count):
            target = i64(shown.positions[at])
            out.write(heads[(i64(shown.amounts[at]) - 1) * of_a_level + target])
            if grounds is not None:
                self._reasons.write(shown.fired, target, grounds, out)
                start = parts.cut(start)
        end_objects(start, out)

    def _write_risks(self, advice: Advice, grounds: Grounds | None, parts: Parts) -> None:
        out = parts.out
        out.write(b',"risks"')
        standings, fired, start = advice.standings, advice.fired_for_risks, i64(len(out))
        risks = _that_matter(standings) if grounds is None else standings.in_order(fired)
        for at in range(len(risks)):
            risk = i64(risks[at])
            self._risks.write(risk, standings, fired, out)
            if grounds is not None:
                self._reasons.write(fired, risk, grounds, out)
                start = parts.cut(start)
        end_objects(start, out)

    def _write_unknowns(self, unknowns: UnknownFacts, out: BytesWriter) -> None:
        """Write the facts with what they could change: the heads end with the forms, the risks follow."""
        out.write(b',"unknowns')
        start, places, words = len(out), unknowns.places, unknowns.words
        for at in range(unknowns.count):
            place = i64(places[at])
            forms = unknowns.changes[place * words] & OF_FORMS
            out.write(self._unknown_heads[place * (OF_FORMS + 1) + forms])
            names = len(out)
            self._write_changes(unknowns.changes[place * words] >> RISKS, RISKS, out)
            for word in range(1, words):
                self._write_changes(unknowns.changes[place * words + word], word * WORD, out)
            if forms == 0:
                out[names] = u8(BRACKET)
        end_lists(start, out)

    def _write_changes(self, bits: i64, first: i64, out: BytesWriter) -> None:
        """Write the names of the bits that are set, of which the lowest is the ``first`` of all."""
        while bits != 0:
            if bits & _FULL == 0:
                bits >>= _BYTE
                first += _BYTE
            else:
                if bits & 1 == 1:
                    out.write(self._changes[first])
                bits >>= 1
                first += 1

    def _unknown_head(self, fact: Fact, forms: list[str]) -> bytes:
        """Write how an unknown fact begins, after others, up to the forms that it could change."""
        if not fact.question:
            return b""
        about = inside({"fact": fact.id, "question": self._words.text(fact.question)})
        return b']},{%b,"couldChange":%b' % (about, encode(forms)[:-1] if forms else b"")

    def _finding(self, position: int) -> bytes:
        one = self._compiled.rule_base.findings[position]
        facts = self._compiled.finding_facts[position]
        said = {"id": one.id, "text": self._words.text(one.text), "facts": facts, "severity": one.severity}
        return next_object(encode(said))

    def _heads(self, kind: Kind) -> list[bytes]:
        """Write how each object of the kind begins, after others."""
        return [self._head(item) for item in self._compiled.rule_base.catalogue[kind].values()]

    def _head(self, item: Item) -> bytes:
        said = {
            "id": item.id,
            "label": self._words.text(item.label),
            "description": self._words.text(item.definition),
        }
        if item.rung:
            said["rung"] = item.rung
        return next_object(encode(said)) + b","


def _hundredths(share: float) -> int:
    return int(share * 100 + 0.5)


def _that_matter(standings: Standings) -> vec[i16]:
    """List the risks that are shown in brief: of the present ones, the first."""
    matter: i64 = 0
    while matter < len(standings.present) and standings.level(i64(standings.present[matter])) >= BRIEF_RISK_LEVEL:
        matter += 1
    return standings.present[:matter]
