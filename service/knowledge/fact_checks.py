"""Checking the vocabulary: that each fact has what its type needs and stands on facts before it."""

from __future__ import annotations

from typing import Final

from service.knowledge.declared import Declared, FactOutline
from service.knowledge.findings import choose_from, did_you_mean
from service.knowledge.model import FactType
from service.knowledge.parts import Part, Report

NEEDS: Final = {
    FactType.FLAG: (("whenTrue",), ("whenFalse",)),
    FactType.CHOICE: (("options", "optionsFrom"),),
    FactType.ORDINAL: (("options", "optionsFrom"),),
    FactType.SCALE: (("levels", "optionsFrom"),),
    FactType.INTEGER: (("minimum",), ("maximum",)),
    FactType.SET: (("optionsFrom",), ("maximum",)),
}
"""What a type needs, each as the properties of which one has to be there."""
ASKED: Final = ("group", "question", "help", "changeable")
"""What a fact needs that an organisation sends."""
ROLES: Final = {
    "chosenFrom": "the chosen forms",
    "stepsFrom": "the ambition gap",
    "whenNotSent": "the overall maturity",
}
"""What the method needs exactly one fact for, by how that fact is declared."""


def check_facts(vocabulary: Part, declared: Declared, report: Report) -> None:
    """Report everything that is wrong between the facts."""
    facts = declared.facts
    if facts is None:
        return
    before: set[str] = set()
    for name, part in vocabulary["facts"].entries():
        outline = facts[name]
        _check_needs(name, part, outline, report)
        _check_group(part, declared, report)
        _check_options(part, report)
        for stands_on in _stands_on(part):
            _check_order(name, stands_on, before, facts, report)
        before.add(name)
    _check_roles(vocabulary["facts"], report)


def _check_needs(name: str, part: Part, outline: FactOutline, report: Report) -> None:
    if outline.type is None:
        return
    needed = [*NEEDS[outline.type]]
    if outline.derived_only:
        needed = [one for one in needed if one[0] not in ("levels", "whenTrue", "whenFalse")]
    else:
        needed += [(one,) for one in ASKED]
        if part["changeable"].text not in ("", "no"):
            needed.append(("effort",))
    for either in needed:
        if not any(one in part for one in either):
            report.add(
                part,
                "wrong-shape",
                f"'{name}' has no '{either[0]}'.",
                f"A fact of the type {outline.type} needs it.",
                f"Add '{either[0]}: …'.",
            )


def _check_group(part: Part, declared: Declared, report: Report) -> None:
    group = part["group"]
    if group.text and declared.groups is not None and group.text not in declared.groups:
        report.add(
            group,
            "unknown-target",
            f"'{group.text}' is not a group of questions.",
            "Every question stands in a group of the questionnaire.",
            choose_from(group.text, declared.groups, "Declare it under 'groups'."),
        )


def _check_options(part: Part, report: Report) -> None:
    seen: set[object] = set()
    for option in part["options"].items():
        name = option["id"].text
        if name and name in seen:
            report.add(
                option,
                "duplicate-id",
                f"The option '{name}' is there twice.",
                "A profile that sends it could mean either.",
                "Rename or remove one of the two.",
            )
        seen.add(name)


def _stands_on(part: Part) -> list[Part]:
    derived = part["derivedFrom"]
    names = [derived[key] for key in ("sizeOf", "stepsFrom", "to", "chosenFrom") if key in derived]
    names += derived["roundedMeanOf"].items()
    return names + ([part["whenNotSent"]] if "whenNotSent" in part else [])


def _check_order(
    name: str,
    stands_on: Part,
    before: set[str],
    facts: dict[str, FactOutline] | object,
    report: Report,
) -> None:
    if not stands_on.text or stands_on.text in before:
        return
    known = facts if isinstance(facts, dict) else {}
    if stands_on.text in known:
        report.add(
            stands_on,
            "wrong-order",
            f"'{name}' follows from '{stands_on.text}', which is declared after it.",
            "Facts are worked out in the order of the vocabulary.",
            f"Move '{name}' below '{stands_on.text}'.",
        )
        return
    report.add(
        stands_on,
        "unknown-fact",
        f"'{stands_on.text}' is not a fact.",
        f"'{name}' follows from it.",
        did_you_mean(stands_on.text, known) or "Look it up in vocabulary.yaml.",
    )


def _check_roles(facts: Part, report: Report) -> None:
    for key, role in ROLES.items():
        holders = [part for _, part in facts.entries() if key in part or key in part["derivedFrom"]]
        if len(holders) != 1:
            report.add(
                holders[1] if holders else facts,
                "wrong-shape",
                f"There must be one fact with '{key}', and there are {len(holders)}.",
                f"The method needs it for {role}.",
                "Declare one.",
            )
    required = [part for _, part in facts.entries() if part["required"].data is True]
    if len(required) != 1 or required[0]["type"].text != FactType.SET:
        report.add(
            required[0] if required else facts,
            "wrong-shape",
            f"There must be one required fact, a set, and there are {len(required)} required facts.",
            "The goals are what a profile cannot do without.",
            "Declare one set fact with 'required: true'.",
        )
