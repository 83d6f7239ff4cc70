"""Building the rule base from files that have been checked. Trusts their shape and their references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from service.knowledge.condition_notation import parse_condition
from service.knowledge.declared import SCALE
from service.knowledge.identity import digest
from service.knowledge.model import (
    ChosenFrom,
    Derivation,
    Effect,
    Fact,
    FactType,
    Group,
    Item,
    Kind,
    Likelihood,
    Method,
    Option,
    Place,
    ProfileFinding,
    RiskLevel,
    RoundedMeanOf,
    Rule,
    RuleBase,
    SameAs,
    SizeOf,
    Source,
    StepsBetween,
    Term,
    Text,
)
from service.knowledge.parts import Part

LEVELS: Final = {"could": 1, "should": 2, "must": 3}

Catalogue = Mapping[str, Mapping[str, Item]]


def build_rule_base(
    vocabulary: Part,
    catalogue: Mapping[str, Part],
    sources: Part,
    rule_set: Part,
    rules: Iterable[Part],
    findings: Part,
) -> RuleBase:
    """Put the checked files together."""
    rules = list(rules)
    items = {section: _items(part) for section, part in catalogue.items()}
    method = _method(rule_set)
    parts = [vocabulary, *catalogue.values(), sources, rule_set, *rules, findings]
    order = [step.id for step in method.steps]
    built = [_rule(rule, part["step"].text, items) for part in rules for rule in part["rules"].items()]
    declared = rule_set.mapping
    return RuleBase(
        id=str(declared["id"]),
        version=str(declared["version"]),
        digest=digest({part.document.file: part.data for part in parts}),
        owner=str(declared["owner"]),
        title=_text(declared["title"]),
        notice=_text(declared["notice"]),
        method=method,
        groups=tuple(_group(part.mapping) for part in vocabulary["groups"].items()),
        facts={name: _fact(name, part.mapping, items) for name, part in vocabulary["facts"].entries()},
        catalogue=items,
        rules=tuple(sorted(built, key=lambda rule: (order.index(rule.step), rule.id))),
        findings=tuple(sorted(_findings(findings), key=lambda finding: finding.id)),
        sources={str(part["id"].data): _source(part.mapping) for part in sources["sources"].items()},
    )


def _text(data: Any) -> Text:
    return Text(data["nl"], data["en"])


def _optional(data: Mapping[str, Any], name: str) -> Text | None:
    return _text(data[name]) if name in data else None


def _items(part: Part) -> dict[str, Item]:
    return {item.id: item for item in (_item(one.mapping) for one in part["items"].items())}


def _item(data: Any) -> Item:
    return Item(
        id=str(data["id"]),
        label=_text(data["label"]),
        definition=_text(data["definition"]),
        sources=tuple(data["sources"]),
        phrase=_optional(data, "phrase"),
        rung=data.get("rung"),
        typical_of={name: tuple(forms) for name, forms in data.get("typicalOf", {}).items()},
    )


def _fact(name: str, data: Any, catalogue: Catalogue) -> Fact:
    kind = FactType(data["type"])
    options = tuple(_options(data, catalogue))
    low, high = SCALE if kind is FactType.SCALE else (data.get("minimum"), data.get("maximum"))
    return Fact(
        id=name,
        type=kind,
        label=_text(data["label"]),
        subject=_text(data["subject"]),
        definition=_text(data["definition"]),
        group=data.get("group"),
        question=_optional(data, "question"),
        help=_optional(data, "help"),
        options=options,
        options_from=data.get("optionsFrom"),
        low=_optional(data, "low"),
        high=_optional(data, "high"),
        minimum=low,
        maximum=high,
        unit=_optional(data, "unit"),
        when_true=_optional(data, "whenTrue"),
        when_false=_optional(data, "whenFalse"),
        required=data.get("required", False),
        empty_means_absent=data.get("emptyMeansAbsent", False),
        dimension=data.get("dimension"),
        changeable=data.get("changeable", "no"),
        effort=data.get("effort"),
        changes_to=data.get("changesTo"),
        derived=_derivation(data),
        sources=tuple(data.get("sources", ())),
        ranks={one.id: rank for rank, one in enumerate(options)} if kind is FactType.ORDINAL else {},
    )


def _options(data: Any, catalogue: Catalogue) -> Iterator[Option]:
    for level, text in enumerate(data.get("levels", ()), start=SCALE[0]):
        yield Option(str(level), _text(text), _text(text))
    for option in data.get("options", ()):
        yield Option(option["id"], _text(option["label"]), _text(option["definition"]))
    if "optionsFrom" in data:
        for item in catalogue[data["optionsFrom"]].values():
            yield Option(item.id, item.label, item.definition)


def _derivation(data: Any) -> Derivation | None:
    derived = data.get("derivedFrom", {})
    if "whenNotSent" in data:
        return SameAs(data["whenNotSent"])
    if "sizeOf" in derived:
        return SizeOf(derived["sizeOf"])
    if "roundedMeanOf" in derived:
        return RoundedMeanOf(tuple(derived["roundedMeanOf"]), derived["atLeastKnown"])
    if "stepsFrom" in derived:
        return StepsBetween(derived["stepsFrom"], derived["to"])
    return ChosenFrom(derived["chosenFrom"]) if "chosenFrom" in derived else None


def _rule(part: Part, step: str, catalogue: Catalogue) -> Rule:
    data: Any = part.mapping
    until = data.get("validUntil")
    return Rule(
        id=data["id"],
        step=step,
        when=parse_condition(data["when"]),
        effects=tuple(_effects(data["then"], catalogue)),
        rationale=_text(data["rationale"]),
        sources=tuple(data["sources"]),
        evidence=data["evidence"],
        place=Place(part.document.file, part.line),
        valid_until=date.fromisoformat(until) if until else None,
    )


def _effects(then: Any, catalogue: Catalogue) -> Iterator[Effect]:
    """Yield the effects target by target, in catalogue order within each kind."""
    forms = catalogue[Kind.FORMS]
    weights: dict[str, int | None] = dict.fromkeys(then.get("excludeForms", ()))
    weights |= then.get("forms", {})
    group = then.get("allFormsExcept")
    if group:
        weights |= {form: group["weight"] for form in forms if form not in group["forms"]}
    on_rungs = then.get("formsOnRungs", {})
    weights |= {form.id: on_rungs[form.rung] for form in forms.values() if form.rung in on_rungs}
    yield from (Effect(Kind.FORMS, form, weights[form]) for form in forms if form in weights)
    for kind in Kind:
        if kind is Kind.FORMS:
            continue
        amounts = then.get(kind, {})
        for target in catalogue[kind]:
            if target in amounts:
                amount = amounts[target]
                yield Effect(kind, target, LEVELS[amount] if isinstance(amount, str) else amount)


def _findings(part: Part) -> Iterator[ProfileFinding]:
    for finding in part["findings"].items():
        data: Any = finding.mapping
        yield ProfileFinding(
            id=data["id"],
            about=data["about"],
            severity=data["severity"],
            when=parse_condition(data["when"]),
            text=_text(data["text"]),
            place=Place(finding.document.file, finding.line),
        )


def _source(data: Any) -> Source:
    return Source(data["id"], data["citation"], data["read"], tuple(data["addresses"]))


def _group(data: Any) -> Group:
    return Group(data["id"], _text(data["label"]), _text(data["intro"]))


def _term(data: Any) -> Term:
    return Term(data["id"], _text(data["label"]), _optional(data, "definition"))


def _method(rule_set: Part) -> Method:
    data: Any = rule_set.mapping
    levels = [level["id"] for level in data["risks"]["levels"]]
    return Method(
        steps=tuple(map(_term, data["steps"])),
        evidence=tuple(map(_term, data["evidence"])),
        strong_evidence=frozenset(grade["id"] for grade in data["evidence"] if grade["strong"]),
        cap_per_step=data["forms"]["capPerStep"],
        recommended_ranks=data["forms"]["recommendedRanks"],
        tools_shown_from=data["tools"]["shownFrom"],
        verdicts={one["id"]: _term(one) for one in data["verdicts"]},
        priorities=tuple(map(_term, data["priorities"])),
        risk_levels=tuple(RiskLevel(_term(level), level["fromPoints"]) for level in data["risks"]["levels"]),
        possible_from=levels.index(data["risks"]["possibleFrom"]) + 1,
        likelihoods=tuple(Likelihood(_term(one), one["weight"]) for one in data["risks"]["likelihoods"]),
        reading={one["id"]: _term(one) for one in data["reading"]},
        cases_grouped_by=data["evaluation"]["groupedBy"],
    )
