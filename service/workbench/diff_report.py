"""The report of a difference: for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from service.knowledge.model import Profile, RuleBase
from service.workbench.changes import FieldChange, PartChange
from service.workbench.diff import Difference
from service.workbench.impact import KINDS, Counts
from service.workbench.witnesses import Witness

SAID: Final = {
    "firstForm": "another first form",
    "firstThree": "another first three",
    "highRisks": "other risks of the highest level",
}


def difference_text(difference: Difference) -> str:
    """Say it for people."""
    return "\n".join(_text(difference))


def _text(difference: Difference) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield f"Old: version {old.version}, {old.digest}"
    yield f"New: version {new.version}, {new.digest}"
    if difference.same:
        yield "\nNo difference."
        return
    if not difference.parts:
        yield "\nThe files are written differently, but mean the same."
    for part in difference.parts:
        yield from _part(part)
    yield "\nWhat it means"
    yield f"  cases: {_counts(difference.cases)}"
    yield f"  random profiles: {_counts(difference.sample)}"
    if difference.left_out:
        yield f"  Left out of all profiles, because only one of both knows them: {', '.join(difference.left_out)}."
    for witness in difference.witnesses:
        yield from _witness(witness)
    if difference.silent_rules:
        listed = ", ".join(difference.silent_rules)
        yield f"\nNo profile was found on which these change a first form, the first three or a high risk: {listed}."


def _part(part: PartChange) -> Iterator[str]:
    yield f"\n{part.part[:1].upper()}{part.part[1:]}"
    yield from (f"  + {name}" for name in part.came)
    yield from (f"  - {name}" for name in part.went)
    for name, fields in part.changed.items():
        yield f"  ~ {name}"
        yield from (line for field in fields for line in _field(field))
    if part.reordered:
        yield "  ~ the order, which breaks ties"


def _field(field: FieldChange) -> Iterator[str]:
    yield f"      {field.name}"
    yield from (f"        - {_shown(field.old)}" for _ in range(field.old is not None))
    yield from (f"        + {_shown(field.new)}" for _ in range(field.new is not None))


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _counts(counts: Counts) -> str:
    details = ", ".join(f"{counts.by_kind[kind]} {SAID[kind]}" for kind in KINDS)
    return f"{counts.changed} of {counts.profiles} get other advice ({details})"


def _witness(witness: Witness) -> Iterator[str]:
    rules = ", ".join(witness.rules) or "no rule, but the facts, the catalogue or the method"
    yield f"\nSmallest profile found with {SAID[witness.kind]}"
    yield f"  POST /v1/recommendations {json.dumps(profile_as_json(witness.profile), ensure_ascii=False)}"
    yield f"  old: {', '.join(witness.old) or 'none'}"
    yield f"  new: {', '.join(witness.new) or 'none'}"
    yield f"  by:  {rules}"


def profile_as_json(profile: Profile) -> dict[str, object]:
    """Return a profile as it is posted."""
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}


def difference_json(difference: Difference) -> str:
    """Say it for programs."""
    said = {
        "old": _identity(difference.old),
        "new": _identity(difference.new),
        "same": difference.same,
        "parts": [_part_json(part) for part in difference.parts],
        "cases": _counts_json(difference.cases),
        "sample": _counts_json(difference.sample),
        "witnesses": [_witness_json(witness) for witness in difference.witnesses],
        "rulesWithoutWitness": list(difference.silent_rules),
        "factsLeftOut": list(difference.left_out),
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _identity(rule_base: RuleBase) -> dict[str, str]:
    return {"id": rule_base.id, "version": rule_base.version, "digest": rule_base.digest}


def _part_json(part: PartChange) -> dict[str, object]:
    changed = {
        name: [{"property": field.name, "old": field.old, "new": field.new} for field in fields]
        for name, fields in part.changed.items()
    }
    came, went = list(part.came), list(part.went)
    return {"part": part.part, "came": came, "went": went, "changed": changed, "reordered": part.reordered}


def _counts_json(counts: Counts) -> dict[str, int]:
    return {"profiles": counts.profiles, "changed": counts.changed, **counts.by_kind}


def _witness_json(witness: Witness) -> dict[str, object]:
    return {
        "change": witness.kind,
        "profile": profile_as_json(witness.profile),
        "old": list(witness.old),
        "new": list(witness.new),
        "rules": list(witness.rules),
    }
