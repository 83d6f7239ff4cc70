"""The parts of openapi.yaml that follow from the rule base: facts, ids, examples.

The file is text with hand-written parts; what stands between ``# generated: NAME`` and ``# end generated``
is replaced, indented as the marker is. The answers shown are those of this rule base to the
first example of a request, which is written by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from service import CONTRACT
from service.advice.adviser import Adviser
from service.advice.comparison import Variant
from service.advice.explanation.question import FIRST, Question
from service.knowledge.findings import RuleBaseError
from service.knowledge.model import Fact, FactType, Profile, RuleBase
from service.knowledge.vocabulary import ids
from service.knowledge.yaml_files import read_yaml
from service.knowledge.yaml_writing import write_yaml

ADVISE: Final = "/recommendations"
EXPLAIN: Final = "/recommendations/_explain"
MARKED: Final = re.compile(r"(?P<indent>[ ]*)# generated: (?P<name>[a-z-]+)\n(?:.*\n)*?[ ]*# end generated\n")


def filled_contract(rule_base: RuleBase) -> str:
    """Return the text of openapi.yaml with every generated part made anew."""
    parts: dict[str, Callable[[RuleBase], object]] = {
        "profile-required": _required,
        "profile-properties": _properties,
        "query-parameters": _parameters,
        "changes-properties": _changes,
        "ids": _ids,
        "examples": _answers,
    }

    def filled(marked: re.Match[str]) -> str:
        indent, name = marked["indent"], marked["name"]
        text = write_yaml(parts[name](rule_base))
        body = "".join(f"{indent}{line}\n" if line else "\n" for line in text.splitlines())
        return f"{indent}# generated: {name}\n{body}{indent}# end generated\n"

    return MARKED.sub(filled, CONTRACT.read_text(encoding="utf-8"))


def _sent(rule_base: RuleBase) -> Iterable[Fact]:
    return (fact for fact in rule_base.facts.values() if fact.is_sent)


def _required(rule_base: RuleBase) -> list[str]:
    return [fact.id for fact in _sent(rule_base) if fact.required]


def _properties(rule_base: RuleBase) -> dict[str, object]:
    return {fact.id: _described(fact) | _schema(fact) for fact in _sent(rule_base)}


def _changes(rule_base: RuleBase) -> dict[str, object]:
    return {fact.id: _change(fact) for fact in _sent(rule_base)}


def _change(fact: Fact) -> dict[str, object]:
    return _schema(fact) if fact.required else {"anyOf": [_schema(fact), {"type": "null"}]}


def _described(fact: Fact) -> dict[str, object]:
    asked = fact.question.en if fact.question else fact.label.en
    return {"description": f"{fact.definition.en} {asked}"}


def _schema(fact: Fact) -> dict[str, object]:
    ids = [option.id for option in fact.options]
    match fact.type:
        case FactType.FLAG:
            return {"type": "boolean"}
        case FactType.SCALE | FactType.INTEGER:
            return {"type": "integer", "minimum": fact.minimum, "maximum": fact.maximum}
        case FactType.SET:
            items = {"type": "string", "enum": ids}
            return {"type": "array", "uniqueItems": True, "maxItems": fact.maximum, "items": items}
        case _:
            return {"type": "string", "enum": ids}


def _parameters(rule_base: RuleBase) -> list[dict[str, object]]:
    return [_parameter(fact) for fact in _sent(rule_base)]


def _parameter(fact: Fact) -> dict[str, object]:
    parameter: dict[str, object] = {"name": fact.id, "in": "query", **_described(fact)}
    if fact.type is FactType.SET:
        parameter |= {"style": "form", "explode": True}
    return parameter | {"schema": _schema(fact)}


def _ids(rule_base: RuleBase) -> dict[str, object]:
    described = {
        "facts": ("FactId", "The id of a fact that can be sent."),
        "goals": ("GoalId", "The id of a goal."),
        "forms": ("FormId", "The id of a form."),
        "tools": ("ToolId", "The id of a tool."),
        "metrics": ("MetricId", "The id of a metric."),
        "anchoringMeasures": ("AnchoringMeasureId", "The id of an anchoring measure."),
        "risks": ("RiskId", "The id of a risk."),
        "findings": ("FindingId", "The id of a finding about the goals or the profile."),
    }
    return {
        described[section][0]: {"type": "string", "description": described[section][1], "enum": list(enum)}
        for section, enum in ids(rule_base).items()
    }


def _answers(rule_base: RuleBase) -> dict[str, object]:
    adviser = Adviser(rule_base)
    shown = next(iter(request_examples().values()))
    profile = _typed(shown["value"])
    brief = json.loads(adviser.advise(profile, language="en", detail="brief"))
    full = json.loads(adviser.advise(profile, language="nl"))
    explained = {
        name: {"summary": example["summary"], "value": _explained(adviser, example["value"])}
        for name, example in zip(
            ("PlaceExplanation", "RiskExplanation"), request_examples(EXPLAIN).values(), strict=True
        )
    }
    return {
        "BriefAdvice": {"summary": f"{shown['summary']}: in short, in English", "value": brief},
        "FullAdvice": {"summary": f"{shown['summary']}: with all reasons, in Dutch", "value": full},
        "Interview": _interview(adviser),
        "Comparison": _comparison(adviser),
        **explained,
    }


def _interview(adviser: Adviser) -> dict[str, object]:
    shown = next(iter(request_examples("/recommendations/_interview").values()))
    asked = shown["value"]
    answer = adviser.ask(_typed(asked["profile"]), asked["skip"], language="en")
    return {"summary": f"{shown['summary']}, in English", "value": json.loads(answer)}


def _comparison(adviser: Adviser) -> dict[str, object]:
    shown = next(iter(request_examples("/recommendations/_compare").values()))
    asked = shown["value"]
    variants = [Variant(one["name"], changes=_typed(one["changes"])) for one in asked["variants"]]
    answer = adviser.compare(_typed(asked["profile"]), variants, language="en")
    return {"summary": f"{shown['summary']}, in English", "value": json.loads(answer)}


def _explained(adviser: Adviser, asked: Mapping[str, Any]) -> object:
    aim = asked.get("aim", FIRST)
    risk = aim["withoutRisk"] if isinstance(aim, dict) else None
    question = Question(asked["form"], FIRST if risk else aim, risk)
    return json.loads(adviser.explain(_typed(asked["profile"]), question, language="en"))


def request_examples(path: str = ADVISE) -> Mapping[str, Any]:
    """Return the hand-written examples of requests in the contract: ``{name: {"summary", "value"}}``."""
    document, findings = read_yaml(CONTRACT, CONTRACT.name)
    if document is None:
        raise RuleBaseError(findings)
    body: Any = document.data
    body = body["paths"][path]["post"]["requestBody"]
    examples: Mapping[str, Any] = body["content"]["application/json"]["examples"]
    return examples


def _typed(profile: Mapping[str, Any]) -> Profile:
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in profile.items()}
