"""The pages of rules: each rule of a step in words, with why it holds and what it rests on."""

from __future__ import annotations

from service.knowledge.model import Rule, Term
from service.workbench.documents.markdown import bullets, escaped, heading, page
from service.workbench.documents.speech import Speech, rules_file


def rules_page(step: Term, speech: Speech) -> str:
    """Return the page with all rules of a step, by id."""
    phrases = speech.phrases
    rules = [rule for rule in speech.rule_base.rules if rule.step == step.id]
    title = phrases.rules_title.format(step=f"‘{speech.words.text(step.label)}’")
    parts = [*speech.top(rules_file(step.id), title), speech.text(step.definition)]
    for rule in rules:
        parts += _rule(rule, speech)
    return page(parts)


def _rule(rule: Rule, speech: Speech) -> list[str]:
    phrases = speech.phrases
    grade = next(one for one in speech.rule_base.method.evidence if one.id == rule.evidence)
    rests = [
        f"**{phrases.evidence}:** {rule.evidence} ({speech.text(grade.label)})",
        speech.cited(rule.sources),
        phrases.valid_until.format(date=rule.valid_until.isoformat()) if rule.valid_until else "",
    ]
    return [
        heading(2, rule.id),
        f"**{phrases.when}:** {escaped(speech.condition(rule))}",
        f"**{phrases.then}:**",
        bullets(speech.effects(rule.effects)),
        f"**{phrases.why}:** {speech.text(rule.rationale)}",
        "  \n".join(line for line in rests if line),
    ]
