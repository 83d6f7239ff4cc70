"""Advice in one language as JSON: the shapes of the contract, filled with words.

Everything that does not depend on a profile is written once, when the renderer is made; what is left is to
put the pieces one after another.
"""

from __future__ import annotations

from typing import Final, TypeAlias, cast

from librt.strings import BytesWriter
from librt.vecs import vec

from service.advice.compose import Advice, FormAdvice, Reason, RiskAdvice, TargetAdvice
from service.advice.descriptions import describe_question
from service.advice.json_text import encode
from service.advice.maturity import MaturityWriter
from service.advice.pieces import Numbered, array, end_array, inside
from service.advice.reasons import Reasons
from service.advice.risk_writing import RiskWriter
from service.advice.summary import Summary
from service.advice.unknowns import Unknown, names_of_bits
from service.advice.words import Words
from service.engine.compiled import LEVELS, CompiledRuleBase
from service.knowledge.model import Item, Kind

COULD_CHANGE_KEPT: int = 256
"""Sets of what a fact could change that are kept as JSON, some hundred bytes each: few profiles meet a new one."""
BRIEF_FORMS: Final = 3
BRIEF_RISK_LEVEL: Final = 2

_FIRED: Final = b',"firedRules":['

Bodies: TypeAlias = list[bytes] | None
"""By rule, as JSON, the facts that made it fire; None where reasons are left out."""


class Renderer:
    """Says advice in one language. Safe to share between threads: its stores only ever gain entries."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Write beforehand all that does not depend on a profile."""
        self._compiled, self._words, self._reasons = compiled, words, reasons
        rule_base, method = compiled.rule_base, compiled.rule_base.method
        identity = {"version": rule_base.version, "digest": rule_base.digest}
        about = {"ruleBase": identity, "language": words.language, "notice": words.text(rule_base.notice)}
        self._opening = encode(about)[:-1] + b',"summary":'
        self._summary, self._maturity = Summary(compiled, words), MaturityWriter(compiled, words)
        self._goals = Numbered(b',"goals":{"count":', b',"findings":')
        self._findings = [self._finding(position) for position in range(len(rule_base.findings))]
        self._about_goals = [one.about == "goals" for one in rule_base.findings]
        self._form_heads, self._tool_heads = self._heads(Kind.FORMS), self._heads(Kind.TOOLS)
        ranks = (None, *range(1, len(compiled.forms) + 1))
        self._ranks = [inside({"rank": rank}) for rank in ranks]
        self._scores = {
            verdict: Numbered(b',"score":', b"," + inside({"excluded": verdict == "excluded", "verdict": verdict}))
            for verdict in method.verdicts
        }
        self._weight_of_tool = Numbered(b'"score":', b"")
        self._chosen = {form: encode(form) for form in compiled.forms}
        labels = [words.text(term.label) for term in method.priorities]
        levels = [inside({"level": level, "levelLabel": label}) for level, label in zip(LEVELS, labels, strict=True)]
        self._measure_heads, self._metric_heads = (
            [[head + level for head in self._heads(kind)] for level in levels]
            for kind in (Kind.ANCHORING_MEASURES, Kind.METRICS)
        )
        self._risks = RiskWriter(compiled, words, self._heads(Kind.RISKS))
        asked = {name: fact for name, fact in rule_base.facts.items() if fact.question is not None}
        self._questions = {name: encode(describe_question(fact, words)) for name, fact in asked.items()}
        self._unknown_heads = [
            b',{%b,"couldChange":' % inside({"fact": name, "question": words.text(fact.question)})
            if fact.question
            else b""
            for name, fact in rule_base.facts.items()
        ]
        self._changes = [encode(name) for name in names_of_bits(compiled.risks)]
        self._unknowns: list[dict[int, bytes]] = [{} for _ in rule_base.facts]
        self._margin = Numbered(b',"confidence":{"margin":', b"")
        shares = [encode(hundredths / 100) for hundredths in range(101)]
        self._evidence = [b',"evidence":%b' % share for share in shares]
        self._known = [b',"known":%b}' % share for share in shares]
        ids = [rule.id for rule in rule_base.rules]
        self._ids = [b"," + encode(name) for name in sorted(ids)]
        self._place_of_id = [sorted(ids).index(name) for name in ids]
        self._none_fired = vec[bool]([False] * len(ids))
        self._in_second_pass = [rule in compiled.second_pass for rule in range(len(ids))]

    def render(self, advice: Advice, *, brief: bool) -> bytes:
        """Return the advice as UTF-8 JSON; ``brief`` leaves out reasons and what matters less."""
        bodies = None if brief else self._reasons.bodies(advice.evaluation)
        out: list[bytes] = []
        out.append(self._opening)
        self._summary.write(advice, out)
        self._write_goals(advice, out)
        out.append(b'},"maturity":')
        self._maturity.write(advice.evaluation, out)
        out.append(b',"findings":')
        out.append(self._found(advice, about_goals=False))
        out.append(b',"forms":')
        self._write_forms(advice.forms[:BRIEF_FORMS] if brief else advice.forms, bodies, out)
        out.append(b',"chosenForms":')
        out.append(array([self._chosen[form] for form in advice.evaluation.chosen]))
        out.append(b',"tools":')
        self._write_tools(self._tools_of_chosen_forms(advice) if brief else advice.tools, bodies, out)
        out.append(b',"anchoringMeasures":')
        self._write_targets(self._measure_heads, advice.anchoring_measures, bodies, out)
        out.append(b',"metrics":')
        self._write_targets(self._metric_heads, advice.metrics, bodies, out)
        out.append(b',"risks":')
        self._write_risks(_that_matter(advice.present_risks) if brief else advice.risks, bodies, out)
        out.append(b',"unknowns":')
        self._write_unknowns(advice.unknowns, out)
        self._write_end(advice, out)
        return b"".join(out)

    def _write_end(self, advice: Advice, out: list[bytes]) -> None:
        out.append(b',"nextQuestion":')
        out.append(self._questions[advice.unknowns[0].fact] if advice.unknowns else b"null")
        confidence = advice.confidence
        out.append(self._margin.of(confidence.margin))
        out.append(self._evidence[_hundredths(confidence.evidence)])
        out.append(self._known[_hundredths(confidence.known)])
        out.append(self._fired(advice.evaluation.fired))

    def _fired(self, rules: tuple[int, ...]) -> bytes:
        """Write the ids of rules in their own order, and end the advice."""
        is_fired, out, before = self._none_fired[:], BytesWriter(), len(_FIRED)
        for rule in rules:
            is_fired[self._place_of_id[rule]] = True
        out.write(_FIRED)
        for place in range(len(is_fired)):
            if is_fired[place]:
                out.write(self._ids[place] if len(out) > before else self._ids[place][1:])
        out.write(b"]}")
        return out.getvalue()

    def _tools_of_chosen_forms(self, advice: Advice) -> list[TargetAdvice]:
        second = self._in_second_pass
        return [tool for tool in advice.tools if any(one.rule is not None and second[one.rule] for one in tool.reasons)]

    def _write_goals(self, advice: Advice, out: list[bytes]) -> None:
        out.append(self._goals.of(len(cast("frozenset[str]", advice.evaluation.known[self._compiled.roles.goals]))))
        out.append(self._found(advice, about_goals=True))

    def _found(self, advice: Advice, *, about_goals: bool) -> bytes:
        return array([self._findings[one] for one in advice.findings if self._about_goals[one] is about_goals])

    def _write_forms(self, forms: list[FormAdvice], bodies: Bodies, out: list[bytes]) -> None:
        start = len(out)
        for form in forms:
            out.append(self._form_heads[form.position])
            out.append(self._ranks[form.rank or 0])
            out.append(self._scores[form.verdict].of(form.score))
            self._end(form.reasons, bodies, out)
        end_array(start, out)

    def _write_tools(self, tools: list[TargetAdvice], bodies: Bodies, out: list[bytes]) -> None:
        start = len(out)
        for tool in tools:
            out.append(self._tool_heads[tool.position])
            out.append(self._weight_of_tool.of(tool.amount))
            self._end(tool.reasons, bodies, out)
        end_array(start, out)

    def _write_targets(
        self, heads: list[list[bytes]], targets: list[TargetAdvice], bodies: Bodies, out: list[bytes]
    ) -> None:
        start = len(out)
        for target in targets:
            out.append(heads[target.level - 1][target.position])
            self._end(target.reasons, bodies, out)
        end_array(start, out)

    def _write_risks(self, risks: list[RiskAdvice], bodies: Bodies, out: list[bytes]) -> None:
        start = len(out)
        for risk in risks:
            self._risks.write(risk, out)
            self._end(risk.reasons, bodies, out)
        end_array(start, out)

    def _end(self, reasons: list[Reason], bodies: Bodies, out: list[bytes]) -> None:
        """End an object with its reasons, or without them when there are no ``bodies`` of reasons."""
        if bodies is None:
            out.append(b"}")
        else:
            self._reasons.write(reasons, bodies, out)

    def _write_unknowns(self, unknowns: list[Unknown], out: list[bytes]) -> None:
        start = len(out)
        for unknown in unknowns:
            said = self._unknowns[unknown.place].get(unknown.could_change)
            out.append(self._say(unknown) if said is None else said)
        end_array(start, out)

    def _say(self, unknown: Unknown) -> bytes:
        could, kept = unknown.could_change, self._unknowns[unknown.place]
        changes = array([change for place, change in enumerate(self._changes) if could >> place & 1])
        said = self._unknown_heads[unknown.place] + changes + b"}"
        if len(kept) < COULD_CHANGE_KEPT:
            kept[could] = said
        return said

    def _finding(self, position: int) -> bytes:
        one = self._compiled.rule_base.findings[position]
        facts = self._compiled.finding_facts[position]
        said = {"id": one.id, "text": self._words.text(one.text), "facts": facts, "severity": one.severity}
        return encode(said)

    def _heads(self, kind: Kind) -> list[bytes]:
        """Write how each object of the kind begins, after another."""
        return [self._head(item) for item in self._compiled.rule_base.catalogue[kind].values()]

    def _head(self, item: Item) -> bytes:
        said = {
            "id": item.id,
            "label": self._words.text(item.label),
            "description": self._words.text(item.definition),
        }
        if item.rung:
            said["rung"] = item.rung
        return b",%b," % encode(said)[:-1]


def _hundredths(share: float) -> int:
    return int(share * 100 + 0.5)


def _that_matter(present: list[RiskAdvice]) -> list[RiskAdvice]:
    """List the risks that are shown in brief."""
    return [risk for risk in present if risk.standing.level >= BRIEF_RISK_LEVEL]
