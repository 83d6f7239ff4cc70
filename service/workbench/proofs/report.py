"""The report of the proofs: for people, and whole for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Final

from service.knowledge.model import Kind, RuleBase
from service.workbench.check import report_text
from service.workbench.diff_report import profile_as_json
from service.workbench.proofs.claims import Found, Proof, Reached, Tension
from service.workbench.proofs.witnesses import Witness, level_names

POST: Final = "POST /v1/recommendations"


def failing(found: Found) -> list[Proof]:
    """Return the findings that are not waived: with one of these a rule base does not pass."""
    return [proof for proof in found.proofs if proof.waived is None]


def proofs_text(rule_base: RuleBase, found: Found) -> str:
    """Say it for people: what is wrong, what is waived, tensions by target, what is proved, how forms come first."""
    return "\n".join(_text(rule_base, found))


def _text(rule_base: RuleBase, found: Found) -> Iterator[str]:
    wrong = failing(found)
    names = level_names(rule_base)
    for proof in wrong:
        yield str(proof.finding)
        yield from _witnesses(proof.witnesses, names)
    for proof in found.proofs:
        if proof.waived is not None:
            yield f"Waived: {proof.finding.file}:{proof.finding.line}: {proof.finding.what} ({proof.waived})"
    for note in found.notes:
        yield f"Note: {note.finding}"
    yield from _tensions(found.tensions)
    yield "\nProved of every profile"
    for kept in found.kept:
        more = f" More of: {', '.join(kept.raising)}." if kept.raising else ""
        yield f"  {kept.promise}: {kept.claim}{more}"
    yield "\nHow each form comes first"
    firsts = [one for one in found.reached if one.kind is Kind.FORMS]
    yield from (f"  {one.target}: {_posted(one.witness)}" for one in firsts)
    yield _sums(found, wrong, firsts)
    if not wrong:
        yield report_text(rule_base, ())


def _sums(found: Found, wrong: Sequence[Proof], firsts: Sequence[Reached]) -> str:
    open_tensions = sum(1 for one in found.tensions if one.confirmed is None)
    return (
        f"\nFindings: {len(wrong)}, and {len(found.proofs) - len(wrong)} waived. Notes: {len(found.notes)}."
        f" Tensions: {len(found.tensions)}, of which {open_tensions} to look at."
        f" Forms that can come first: {len(firsts)}; tools, measures, metrics and risks that can be given:"
        f" {len(found.reached) - len(firsts)}."
    )


def _witnesses(witnesses: Iterable[Witness], names: tuple[str, ...]) -> Iterator[str]:
    for witness in witnesses:
        shown = json.dumps(witness.sight.as_json(names), ensure_ascii=False)
        yield f"  {_posted(witness)}\n    shows {shown}"


def _posted(witness: Witness) -> str:
    return f"{POST} {json.dumps(profile_as_json(witness.profile), ensure_ascii=False)}"


def _tensions(tensions: Sequence[Tension]) -> Iterator[str]:
    """Say how many there are a target, with one of them; the others are in the JSON."""
    by_target: dict[tuple[Kind, str], list[Tension]] = {}
    for tension in tensions:
        if tension.confirmed is None:
            by_target.setdefault((tension.kind, tension.target), []).append(tension)
    if by_target:
        yield "\nTensions to look at: rules that can fire together and speak for and against the same"
    for (kind, target), listed in by_target.items():
        one = listed[0]
        more = f" and {len(listed) - 1} more pairs" if len(listed) > 1 else ""
        yield f"  {kind} {target}: {one.speaks_for.id} for, {one.speaks_against.id} against{more}"
        yield f"    {_posted(one.witness)}"


def proofs_json(rule_base: RuleBase, found: Found) -> str:
    """Say it for programs: the rule base, findings, notes, tensions, what is proved and what can be reached."""
    names = level_names(rule_base)
    said = {
        "ruleBase": {"id": rule_base.id, "version": rule_base.version, "digest": rule_base.digest},
        "findings": [_proof_json(proof, names) for proof in found.proofs],
        "notes": [_proof_json(proof, names) for proof in found.notes],
        "tensions": [_tension_json(tension, names) for tension in found.tensions],
        "proved": [asdict(kept) for kept in found.kept],
        "reached": [
            {"kind": one.kind, "target": one.target, "witness": one.witness.as_json(names)} for one in found.reached
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=2)


def _proof_json(proof: Proof, names: tuple[str, ...]) -> dict[str, object]:
    subject = proof.subject
    return {
        **proof.finding.as_json(),
        "about": {"kind": subject.kind, "id": subject.id, "with": subject.other},
        "waived": proof.waived,
        "witnesses": [witness.as_json(names) for witness in proof.witnesses],
    }


def _tension_json(tension: Tension, names: tuple[str, ...]) -> dict[str, object]:
    sides = {"for": tension.speaks_for, "against": tension.speaks_against}
    return {
        "kind": tension.kind,
        "target": tension.target,
        **{side: {"rule": rule.id, "file": rule.place.file, "line": rule.place.line} for side, rule in sides.items()},
        "confirmed": tension.confirmed,
        "witness": tension.witness.as_json(names),
    }
