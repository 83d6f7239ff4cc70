"""What is different between two rule bases, part by part: what came, went and changed, and what in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any, Final, TypeAlias

from service.advice.descriptions import condition_as_data
from service.knowledge.condition_notation import ALWAYS
from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Effect,
    Not,
    Place,
    Rule,
    RuleBase,
    Text,
)

NAMES: Final = {"when": "condition", "rationale": "words", "text": "words", "valid_until": "validUntil"}
LEFT_OUT: Final = frozenset({"id", "place", "ranks"})
CONDITIONS: Final = (Comparison, AllOf, AnyOf, Not, Always)

Part: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One property that is different: plain data before and after, None where there was none."""

    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class PartChange:
    """What came, went and changed in one part of the rule base (``rules``, ``facts``, …), by id.

    ``reordered`` tells that what both have stands in another order where the order counts.
    """

    part: str
    came: tuple[str, ...]
    went: tuple[str, ...]
    changed: Mapping[str, tuple[FieldChange, ...]]
    reordered: bool

    def __bool__(self) -> bool:
        """Tell whether anything is different."""
        return bool(self.came or self.went or self.changed or self.reordered)


def changes_between(old: RuleBase, new: RuleBase) -> tuple[PartChange, ...]:
    """Return the parts in which the rule bases differ, rules first."""
    compared = (_compared(*parts) for parts in _parts(old, new))
    return tuple(change for change in compared if change)


def rules_by_id(rule_base: RuleBase) -> dict[str, Rule]:
    """Index the rules by id."""
    return {rule.id: rule for rule in rule_base.rules}


def weighty_rules(old: RuleBase, new: RuleBase) -> list[str]:
    """Return the rules that differ in more than words: those that can change an advice."""
    before, after = ({name: _weight(rule) for name, rule in rules_by_id(base).items()} for base in (old, new))
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _weight(rule: Rule) -> tuple[object, ...]:
    return rule.step, rule.when, rule.effects, rule.evidence


def _parts(old: RuleBase, new: RuleBase) -> Iterator[tuple[str, Part, Part]]:
    yield "rules", rules_by_id(old), rules_by_id(new)
    yield "facts", old.facts, new.facts
    for section in dict.fromkeys((*old.catalogue, *new.catalogue)):
        yield section, old.catalogue.get(section, {}), new.catalogue.get(section, {})
    yield "findings", _by_id(old.findings), _by_id(new.findings)
    yield "sources", old.sources, new.sources
    yield "groups", _by_id(old.groups), _by_id(new.groups)
    yield "method", _method(old), _method(new)


def _by_id(listed: Iterable[Any]) -> Part:
    return {one.id: one for one in listed}


def _method(rule_base: RuleBase) -> dict[str, Any]:
    names = ("id", "version", "owner", "title", "notice")
    method = rule_base.method
    return {name: getattr(rule_base, name) for name in names} | {
        _wire(field.name): getattr(method, field.name) for field in fields(method)
    }


def _compared(part: str, old: Part, new: Part) -> PartChange:
    changed = {
        name: tuple(_fields(part, old[name], new[name])) for name in old if name in new and old[name] != new[name]
    }
    unordered = part in ("rules", "findings", "method")
    stayed = [name for name in old if name in new], [name for name in new if name in old]
    return PartChange(
        part,
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        {name: found for name, found in changed.items() if found},
        not unordered and stayed[0] != stayed[1],
    )


def _fields(part: str, old: Any, new: Any) -> Iterator[FieldChange]:
    if part == "method":
        yield from _inner("value", plain(old), plain(new))
        return
    for field in fields(old):
        one, other = getattr(old, field.name), getattr(new, field.name)
        if field.name not in LEFT_OUT and one != other:
            yield from _inner(NAMES.get(field.name, _wire(field.name)), plain(one), plain(other))


def _inner(name: str, old: object, new: object) -> Iterator[FieldChange]:
    """Yield what is different in a property, entry by entry where it has names for them."""
    if not isinstance(old, dict) or not isinstance(new, dict) or name == "condition":
        if old != new:
            yield FieldChange(name, old, new)
        return
    if old == new and list(old) != list(new) and name != "effects":
        yield FieldChange(f"{name} order", list(old), list(new))
    for key in dict.fromkeys((*old, *new)):
        yield from _inner(f"{name} {key}", old.get(key), new.get(key))


def _wire(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def plain(value: Any) -> Any:
    """Return plain data that can be shown and compared."""
    if isinstance(value, CONDITIONS):
        return condition_as_data(value) if not isinstance(value, Always) else ALWAYS
    if isinstance(value, Text):
        return {"nl": value.nl, "en": value.en}
    if isinstance(value, tuple | list):
        return _listed(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, Place):
        return {_wire(field.name): plain(getattr(value, field.name)) for field in fields(value)}
    return value.isoformat() if isinstance(value, date) else value


def _listed(values: Iterable[Any]) -> Any:
    """Give effects and things with an id their names, so that a change in one of them is named."""
    values = list(values)
    if values and all(isinstance(one, Effect) for one in values):
        return {f"{one.kind} {one.target}": "excluded" if one.amount is None else one.amount for one in values}
    if values and all(hasattr(one, "id") for one in values):
        return {one.id: plain(one) for one in values}
    return [plain(one) for one in values]
