"""Explanations in one language as JSON: the shapes of the contract, filled with words."""

from __future__ import annotations

from collections.abc import Iterable

from service.advice.explanation.changes import Blocker, Changes, Proposal
from service.advice.explanation.contrast import Contrast, Difference, sides
from service.advice.explanation.explainer import Explanation, Missed
from service.advice.explanation.growth import Step
from service.advice.explanation.sentences import RISK, Sentences
from service.advice.explanation.stability import Unseating
from service.advice.fired import CUT
from service.advice.json_text import Fragment, encode
from service.advice.reasons import Reasons
from service.advice.risk_states import risk_level
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import decisive_parts
from service.engine.evaluation import Evaluation
from service.knowledge.model import Fact, Kind, Value


class ExplanationRenderer:
    """Says explanations in one language. Safe to share between threads."""

    def __init__(self, compiled: CompiledRuleBase, words: Words, reasons: Reasons) -> None:
        """Take the rule base for its names, ``words`` for its language and ``reasons`` for its rules."""
        self._compiled, self._words, self._reasons = compiled, words, reasons
        self._facts = compiled.rule_base.facts
        self._sentences = Sentences(words, self._facts)

    def render(self, explanation: Explanation) -> bytes:
        """Return the explanation as UTF-8 JSON."""
        form, evaluation = explanation.form, explanation.evaluation
        speaking_for, against = sides(form)
        return encode(
            {
                "form": form.form,
                "label": self._words.text(self._compiled.rule_base.catalogue[Kind.FORMS][form.form].label),
                "rank": form.rank,
                "score": form.score,
                "excluded": form.rank is None,
                "summary": self._summary(explanation),
                "for": self._reasons.said(speaking_for, evaluation),
                "against": self._reasons.said(against, evaluation),
                "missed": [self._missed(missed, evaluation) for missed in explanation.missed],
                "contrast": self._contrast(explanation.contrast, evaluation) if explanation.contrast else None,
                "aimReached": explanation.changes.reached,
                "changes": [self._proposal(proposal, explanation) for proposal in explanation.changes.proposals],
                "changesExact": explanation.changes.exact,
                "easing": [self._proposal(proposal, explanation) for proposal in explanation.changes.easing],
                "blockedBy": [self._blocker(blocker, explanation) for blocker in explanation.changes.blockers],
                "growth": [self._step(step) for step in explanation.growth],
                "stability": None
                if explanation.stability is None
                else [self._unseating(unseating) for unseating in explanation.stability],
            }
        )

    def _missed(self, missed: Missed, evaluation: Evaluation) -> Fragment:
        said = {
            "effect": {"weight": missed.weight},
            "outcome": "unknown" if missed.outcome is None else "false",
            "because": self._reasons.missing(missed.rule, evaluation),
        }
        return self._reasons.rule(missed.rule, said)

    def _contrast(self, contrast: Contrast, evaluation: Evaluation) -> dict[str, object]:
        return {
            "form": contrast.other.form,
            "difference": contrast.difference,
            "text": self._standing_of_both(contrast, evaluation),
            "reasons": [self._difference(difference, evaluation) for difference in contrast.differences],
        }

    def _difference(self, difference: Difference, evaluation: Evaluation) -> Fragment:
        effect = {"weight": difference.own - difference.other, "own": difference.own, "other": difference.other}
        if difference.rule == CUT:
            return self._reasons.cut(difference.step, effect)
        because = Fragment(self._reasons.because(difference.rule, evaluation))
        return self._reasons.rule(difference.rule, {"effect": effect, "because": because})

    def _standing_of_both(self, contrast: Contrast, evaluation: Evaluation) -> str:
        own, other = self._form(contrast.own.form), self._form(contrast.other.form)
        is_ahead = (contrast.own.rank or 0) < (contrast.other.rank or 0)
        if contrast.difference:
            points = self._sentences.points(contrast.difference)
            return self._sentences.say("above" if is_ahead else "below", form=own, other=other, points=points)
        winner = own if is_ahead else other
        return self._sentences.say("tie", form=own, other=other, winner=winner, reason=self._tie(contrast, evaluation))

    def _tie(self, contrast: Contrast, evaluation: Evaluation) -> str:
        start, position = self._compiled.layout.start["strong"], self._compiled.layout.position[Kind.FORMS]
        own, other = (evaluation.tally[start + position[one.form]] for one in (contrast.own, contrast.other))
        if own == other:
            return self._sentences.say("tie-order")
        grades = sorted(self._compiled.rule_base.method.strong_evidence)
        return self._sentences.say("tie-evidence", grades=self._words.enumerate(grades, self._sentences.say("or")))

    def _summary(self, explanation: Explanation) -> str:
        form, name = explanation.form, self._form(explanation.form.form)
        phrase = "standing-excluded" if form.rank is None else "standing"
        count = len(self._compiled.forms)
        standing = self._sentences.say(phrase, form=name, rank=form.rank, count=count, score=form.score)
        return f"{standing} {self._about_changes(explanation)}"

    def _about_changes(self, explanation: Explanation) -> str:
        kind, risk = self._aim(explanation)
        changes = explanation.changes
        if changes.reached:
            return self._sentences.say(f"reached-{kind}", risk=risk)
        aim = self._sentences.say(f"aim-{kind}", risk=risk)
        number = len(changes.proposals[0].choices) if changes.proposals else 0
        said = self._sentences.say(_found(changes, number), aim=aim, number=number)
        eases = "eases-risk" if kind == RISK else "eases-place"
        return f"{said} {self._sentences.say(eases)}" if changes.easing else said

    def _proposal(self, proposal: Proposal, explanation: Explanation) -> dict[str, object]:
        before = explanation.evaluation.profile
        return {
            "facts": [
                {
                    "fact": choice.fact,
                    "from": self._value(choice.fact, before.get(choice.fact)),
                    "to": self._value(choice.fact, choice.value),
                    "effort": choice.effort,
                    "text": self._sentences.change(choice.fact, before.get(choice.fact), choice.value),
                }
                for choice in proposal.choices
            ],
            "effort": proposal.effort,
            "result": {"rank": proposal.rank, "score": proposal.score, "points": proposal.points},
            "text": self._then(proposal, explanation),
        }

    def _then(self, proposal: Proposal, explanation: Explanation) -> str:
        kind, risk = self._aim(explanation)
        if kind == RISK:
            level = risk_level(self._compiled, proposal.points or 0)
            labels = [self._words.text(one.term.label) for one in self._compiled.rule_base.method.risk_levels]
            return self._sentences.say("then-level" if level else "then-risk", risk=risk, level=labels[level - 1])
        form = self._form(explanation.form.form)
        phrase = "then-excluded" if proposal.rank is None else "then"
        return self._sentences.say(phrase, form=form, rank=proposal.rank, score=proposal.score)

    def _blocker(self, blocker: Blocker, explanation: Explanation) -> dict[str, object]:
        kind, _ = self._aim(explanation)
        phrase = "missed-risk" if blocker.kind == "missed" and kind == RISK else blocker.kind
        said = self._sentences.say(
            phrase,
            facts=self._facts_of(blocker, explanation),
            form=self._form(explanation.form.form),
            rival=None if blocker.rival is None else self._form(self._compiled.forms[blocker.rival]),
            points=self._sentences.points(blocker.amount),
        )
        if blocker.part is not None:
            return {"fact": blocker.part.comparison.fact, "text": said}
        return {"rule": self._compiled.rule_base.rules[blocker.rule].id, "text": said}

    def _facts_of(self, blocker: Blocker, explanation: Explanation) -> str:
        known = explanation.changes.known
        if blocker.part is not None:
            return self._words.missing(blocker.part, known.get(blocker.part.comparison.fact))
        parts = decisive_parts(self._compiled.rule_base.rules[blocker.rule].when, known, self._facts)
        said = [self._words.because(part, known[part.comparison.fact]) for part in parts]
        return " ".join(said) or self._sentences.say("always")

    def _step(self, step: Step) -> dict[str, object]:
        forms = [self._compiled.forms[form] for form in step.opens]
        risks = [self._compiled.risks[risk] for risk in step.removes]
        said = [self._sentences.change(step.fact, step.before, step.after)]
        if forms:
            opened = self._words.enumerate([self._form(form) for form in forms])
            said.append(self._sentences.say("opens-several" if len(forms) > 1 else "opens", forms=opened))
        if risks:
            gone = self._words.enumerate([self._risk(risk) for risk in risks])
            said.append(self._sentences.say("removes", risks=gone))
        if len(said) == 1:
            said.append(self._sentences.say("prepares"))
        ends = {"from": self._value(step.fact, step.before), "to": self._value(step.fact, step.after)}
        return {"fact": step.fact, **ends, "opens": forms, "removes": risks, "text": " ".join(said)}

    def _unseating(self, unseating: Unseating) -> dict[str, object]:
        first = None if unseating.first is None else self._compiled.forms[unseating.first]
        then = self._sentences.say("first-then", form=self._form(first)) if first else self._sentences.say("none-then")
        return {
            "fact": unseating.fact,
            "from": self._value(unseating.fact, unseating.before),
            "to": self._value(unseating.fact, unseating.after),
            "first": first,
            "text": self._sentences.supposition(unseating.fact, unseating.before, unseating.after, then),
        }

    def _aim(self, explanation: Explanation) -> tuple[str, str]:
        risk = explanation.question.without_risk
        return (explanation.question.place, "") if risk is None else (RISK, self._risk(risk))

    def _form(self, name: str) -> str:
        item = self._compiled.rule_base.catalogue[Kind.FORMS][name]
        return self._words.text(item.phrase or item.label)

    def _risk(self, name: str) -> str:
        item = self._compiled.rule_base.catalogue[Kind.RISKS][name]
        return self._words.text(item.phrase or item.label)

    def _value(self, fact: str, value: Value | None) -> object:
        if not isinstance(value, frozenset):
            return value
        return _in_order(self._facts[fact], value)


def _in_order(fact: Fact, members: Iterable[str]) -> list[str]:
    chosen = set(members)
    return [option.id for option in fact.options if option.id in chosen]


def _found(changes: Changes, number: int) -> str:
    if not changes.proposals:
        return "none" if changes.exact else "none-found"
    if not changes.exact:
        return "inexact"
    return "one-fact" if number == 1 else "more-facts"
