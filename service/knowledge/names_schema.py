"""The JSON Schema of names: every id, fact and operator that rule files can use.

It serves editors, which complete and check ids while one types. The loader never trusts it: it uses a
permissive stand-in, so that a stale file cannot refuse a rule.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from service.knowledge.condition_notation import ALWAYS, GROUPS, LIST_OPERATORS, OPERATORS
from service.knowledge.model import Fact, FactType, Item, Kind, Operator, RuleBase

WEIGHTS: Final = {"enum": [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]}
LEVELS: Final = {"enum": ["could", "should", "must"]}
COMMENT: Final = "Generated from the rule base by `make openapi`; do not edit."
AMOUNTS: Final = {
    "formWeights": (Kind.FORMS, WEIGHTS),
    "toolWeights": (Kind.TOOLS, WEIGHTS),
    "riskPoints": (Kind.RISKS, WEIGHTS),
    "metricLevels": (Kind.METRICS, LEVELS),
    "anchoringMeasureLevels": (Kind.ANCHORING_MEASURES, LEVELS),
}


def permissive_names() -> dict[str, object]:
    """Return the stand-in: amounts are checked, ids are not."""
    names = ("condition", "fact", "form", "group", "risk", "rung", "source", "step", "evidence")
    permissive: dict[str, object] = dict.fromkeys((*names, "reading"), True)
    permissive["profile"] = {"type": "object"}
    for name, (_, amount) in AMOUNTS.items():
        permissive[name] = _amounts(amount)
    permissive["rungWeights"] = _amounts(WEIGHTS)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": permissive}


def names_schema_text(rule_base: RuleBase) -> str:
    """Return the text of `names.schema.json` for a rule base."""
    catalogue, method = rule_base.catalogue, rule_base.method
    definitions: dict[str, object] = {
        "condition": _condition(rule_base.facts.values()),
        "fact": {"enum": list(rule_base.facts)},
        "form": _one_of(catalogue[Kind.FORMS].values()),
        "risk": _one_of(catalogue[Kind.RISKS].values()),
        "rung": _one_of(catalogue["participationLadder"].values()),
        "group": {"enum": [group.id for group in rule_base.groups]},
        "source": {"enum": list(rule_base.sources)},
        "step": {"enum": [step.id for step in method.steps]},
        "evidence": {"enum": [grade.id for grade in method.evidence]},
        "reading": {"enum": list(method.reading)},
        "profile": _profile(rule_base.facts.values()),
        "rungWeights": _amounts(WEIGHTS, catalogue["participationLadder"].values()),
    }
    for name, (kind, amount) in AMOUNTS.items():
        definitions[name] = _amounts(amount, catalogue[kind].values())
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": COMMENT,
        "title": "Names",
        "$defs": definitions,
    }
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _amounts(amount: object, items: Iterable[Item] | None = None) -> dict[str, object]:
    schema: dict[str, object] = {"type": "object", "minProperties": 1}
    if items is None:
        return schema | {"additionalProperties": amount}
    described = {item.id: {"description": item.label.en, **_as_dict(amount)} for item in items}
    return schema | {"properties": described, "additionalProperties": False}


def _as_dict(amount: object) -> dict[str, object]:
    return dict(amount) if isinstance(amount, dict) else {}


def _one_of(items: Iterable[Item]) -> dict[str, object]:
    return {"enum": [item.id for item in items]}


def _condition(facts: Iterable[Fact]) -> dict[str, object]:
    own = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "minItems": 2, "items": own}
    properties: dict[str, object] = dict(zip(GROUPS, (several, several, own), strict=True))
    for fact in facts:
        for operator in OPERATORS[fact.type]:
            described = {"description": (fact.question or fact.label).en}
            properties[f"{fact.id} {operator}"] = described | _operand(fact, operator)
    comparison = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": properties,
        "additionalProperties": False,
    }
    return {"if": {"type": "string"}, "then": {"const": ALWAYS}, "else": comparison}


def _operand(fact: Fact, operator: Operator) -> dict[str, object]:
    one = _member(fact)
    if operator in LIST_OPERATORS:
        return {"type": "array", "minItems": 2, "uniqueItems": True, "items": one}
    return one


def _member(fact: Fact) -> dict[str, object]:
    if fact.type is FactType.FLAG:
        return {"type": "boolean"}
    if fact.type in (FactType.SCALE, FactType.INTEGER):
        return {"type": "integer", "minimum": fact.minimum, "maximum": fact.maximum}
    return {"enum": [option.id for option in fact.options]}


def _profile(facts: Iterable[Fact]) -> dict[str, object]:
    properties = {}
    for fact in facts:
        if fact.is_sent:
            one = _member(fact)
            many = {"type": "array", "uniqueItems": True, "items": one}
            value = many if fact.type is FactType.SET else one
            properties[fact.id] = {"description": (fact.question or fact.label).en, **value}
    return {"type": "object", "properties": properties, "additionalProperties": False}
