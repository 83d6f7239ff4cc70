"""Findings that are to stay, and tensions that are meant: matched with what was found, and those that match nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from service.knowledge.findings import Finding
from service.knowledge.model import Place
from service.workbench.proofs.claims import Found, Proof, Subject, Tension
from service.workbench.proofs.promise_files import Confirmed, Waiver


def waived(found: Found, waivers: Sequence[Waiver], confirmed: Sequence[Confirmed], today: date) -> Found:
    """Return what was found with the reasons why it stays; what says so of nothing is found as well.

    What has expired waives and confirms nothing any more.
    """
    waivers = [waiver for waiver in waivers if waiver.until >= today]
    confirmed = [entry for entry in confirmed if entry.until >= today]
    proofs = tuple(replace(proof, waived=_reason(proof, waivers)) for proof in found.proofs)
    tensions = tuple(replace(tension, confirmed=_meant(tension, confirmed)) for tension in found.tensions)
    unused = (*_unused_waivers(found.proofs, waivers), *_unused_confirmed(found.tensions, confirmed))
    return replace(found, proofs=(*proofs, *unused), tensions=tensions)


def _reason(proof: Proof, waivers: Sequence[Waiver]) -> str | None:
    return next((waiver.reason for waiver in waivers if _waives(waiver, proof)), None)


def _waives(waiver: Waiver, proof: Proof) -> bool:
    subject = proof.subject
    return (waiver.kind, waiver.id, waiver.check) == (subject.kind, subject.id, proof.finding.check) and (
        waiver.other in (None, subject.other)
    )


def _meant(tension: Tension, confirmed: Sequence[Confirmed]) -> str | None:
    return next((entry.reason for entry in confirmed if _confirms(entry, tension)), None)


def _confirms(entry: Confirmed, tension: Tension) -> bool:
    gains, losses = tension.speaks_for, tension.speaks_against
    return (
        entry.kind == tension.kind
        and (not entry.targets or tension.target in entry.targets)
        and (not entry.speaks_for or gains.id in entry.speaks_for)
        and (not entry.speaks_against or losses.id in entry.speaks_against)
        and entry.same_step in (None, gains.step == losses.step)
    )


def _unused_waivers(proofs: Sequence[Proof], waivers: Sequence[Waiver]) -> Iterator[Proof]:
    for waiver in waivers:
        if not any(_waives(waiver, proof) for proof in proofs):
            about = f"'{waiver.check}'" + (f" with '{waiver.other}'" if waiver.other else "")
            yield _unused(
                Subject(waiver.kind, waiver.id), waiver.place, f"'{waiver.id}' waives {about}, which is not found."
            )


def _unused_confirmed(tensions: Sequence[Tension], confirmed: Sequence[Confirmed]) -> Iterator[Proof]:
    """Yield what an entry names without need: itself, or one of its targets or rules."""
    for entry in confirmed:
        meant = [tension for tension in tensions if _confirms(entry, tension)]
        used = {name for one in meant for name in (one.target, one.speaks_for.id, one.speaks_against.id)}
        named = (*entry.targets, *entry.speaks_for, *entry.speaks_against)
        idle = [f"'{name}'" for name in named if name not in used]
        if idle or not meant:
            about = f"for {', '.join(idle)}" if idle else "at all"
            yield _unused(Subject("tensions", entry.kind), entry.place, f"There is no such tension {about}.")


def _unused(subject: Subject, place: Place, what: str) -> Proof:
    why, how = "It may hide what comes later.", "Take it away, or mend what it names."
    return Proof(subject, Finding(place.file, place.line, "unused-waiver", what, why, how), ())
