"""The rule base described in one language, as JSON-ready data: questionnaire, catalogue, rules, sources."""

from __future__ import annotations

from typing import Final

from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import comparisons
from service.knowledge.model import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Effect,
    Fact,
    FactType,
    Item,
    Kind,
    Not,
    Rule,
    RuleBase,
    Source,
    Text,
)

EFFECT_AMOUNTS: Final = {
    Kind.FORMS: "weight",
    Kind.TOOLS: "weight",
    Kind.RISKS: "points",
    Kind.METRICS: "level",
    Kind.ANCHORING_MEASURES: "level",
}


def describe_rule_base(rule_base: RuleBase, words: Words) -> dict[str, object]:
    """Say what answers: identity and counts."""
    return {
        "id": rule_base.id,
        "title": words.text(rule_base.title),
        "version": rule_base.version,
        "digest": rule_base.digest,
        "owner": rule_base.owner,
        "notice": words.text(rule_base.notice),
        "counts": {
            "facts": sum(1 for fact in rule_base.facts.values() if fact.is_sent),
            "rules": len(rule_base.rules),
            "sources": len(rule_base.sources),
            "goals": len(rule_base.catalogue["goals"]),
            **{str(kind): len(rule_base.catalogue[kind]) for kind in Kind},
        },
    }


def describe_fact(fact: Fact, compiled: CompiledRuleBase, words: Words) -> dict[str, object]:
    """Say one question of the questionnaire with its possible answers."""
    groups = {group.id: group for group in compiled.rule_base.groups}
    group = groups[fact.group or ""]
    return {
        "id": fact.id,
        "type": fact.type,
        "required": fact.required,
        "group": {"id": group.id, "label": words.text(group.label), "intro": words.text(group.intro)},
        "label": words.text(fact.label),
        "question": _optional(fact.question, words),
        "help": _optional(fact.help, words),
        "description": words.text(fact.definition),
        "answers": describe_answers(fact, words),
        "minimum": fact.minimum if fact.type in (FactType.SCALE, FactType.INTEGER) else None,
        "maximum": fact.maximum,
        "unit": _optional(fact.unit, words),
        "low": _optional(fact.low, words),
        "high": _optional(fact.high, words),
        "usedBy": _used_by(fact.id, compiled),
        "changeable": fact.changeable,
        "effort": fact.effort,
        "changesTo": fact.changes_to,
        "sources": list(fact.sources),
    }


def describe_question(fact: Fact, words: Words) -> dict[str, object]:
    """Say what to ask next, with the possible answers."""
    return {
        "fact": fact.id,
        "question": _optional(fact.question, words),
        "help": _optional(fact.help, words),
        "type": fact.type,
        "answers": describe_answers(fact, words),
    }


def describe_answers(fact: Fact, words: Words) -> list[dict[str, object]]:
    """List the possible answers; none for numbers, whose bounds say it."""
    if fact.type is FactType.FLAG:
        return [
            {"value": value, "label": words.yes_or_no(value), "description": words.value(fact.id, value)}
            for value in (True, False)
        ]
    scale = fact.type is FactType.SCALE
    return [
        {
            "value": int(option.id) if scale else option.id,
            "label": words.text(option.label),
            "description": words.text(option.definition),
        }
        for option in fact.options
    ]


def describe_item(item: Item, words: Words) -> dict[str, object]:
    """Say one entry of a catalogue."""
    said: dict[str, object] = {
        "id": item.id,
        "label": words.text(item.label),
        "description": words.text(item.definition),
        "sources": list(item.sources),
    }
    if item.rung:
        said["rung"] = item.rung
    if item.typical_of:
        said["typicalOf"] = {name: list(forms) for name, forms in item.typical_of.items()}
    return said


def describe_source(source: Source, rule_base: RuleBase, words: Words) -> dict[str, object]:
    """Say one source and how far it was read."""
    reading = rule_base.method.reading[source.read]
    return {
        "id": source.id,
        "citation": source.citation,
        "read": source.read,
        "readLabel": words.text(reading.label),
        "addresses": list(source.addresses),
    }


def describe_rule(rule: Rule, rule_base: RuleBase, words: Words) -> dict[str, object]:
    """Say one rule: its condition in words and as data, its effects and why."""
    grades = {grade.id: grade for grade in rule_base.method.evidence}
    return {
        "id": rule.id,
        "step": rule.step,
        "condition": words.condition(rule.when),
        "when": condition_as_data(rule.when),
        "facts": sorted({part.fact for part in comparisons(rule.when)}),
        "effects": [_effect(effect) for effect in rule.effects],
        "rationale": words.text(rule.rationale),
        "evidence": rule.evidence,
        "evidenceLabel": words.text(grades[rule.evidence].label),
        "sources": [{"id": name, "citation": rule_base.sources[name].citation} for name in rule.sources],
        "validUntil": rule.valid_until.isoformat() if rule.valid_until else None,
        "version": rule_base.version,
    }


def condition_as_data(condition: Condition) -> object:
    """Give a condition as plain data, in the notation of the rule files."""
    match condition:
        case Comparison(fact, operator, operand):
            return {f"{fact} {operator}": list(operand) if isinstance(operand, tuple) else operand}
        case AllOf(parts):
            return {"all": [condition_as_data(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [condition_as_data(part) for part in parts]}
        case Not(part):
            return {"not": condition_as_data(part)}
        case _:
            return "always"


def _effect(effect: Effect) -> dict[str, object]:
    said: dict[str, object] = {"kind": effect.kind, "target": effect.target}
    if effect.amount is None:
        said["excluded"] = True
    else:
        said[EFFECT_AMOUNTS[effect.kind]] = effect.amount
    return said


def _used_by(fact: str, compiled: CompiledRuleBase) -> list[str]:
    using = {
        rule.step for rule, asked in zip(compiled.rule_base.rules, compiled.asked_of, strict=True) if fact in asked
    }
    return [step.id for step in compiled.rule_base.method.steps if step.id in using]


def _optional(text: Text | None, words: Words) -> str | None:
    return None if text is None else words.text(text)
