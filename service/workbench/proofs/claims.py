"""What proofs find: what is wrong, each with place, cause, cure and witnesses; tensions; and what can be reached."""

from __future__ import annotations

from dataclasses import dataclass

from service.knowledge.findings import Finding
from service.knowledge.model import Kind, Rule
from service.workbench.proofs.witnesses import Witness


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about: ``kind`` is rules, findings, promises or a catalogue; ``other`` is what else."""

    kind: str
    id: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A finding of the proofs. ``waived`` is the reason why it stays, or None."""

    subject: Subject
    finding: Finding
    witnesses: tuple[Witness, ...]
    waived: str | None = None


@dataclass(frozen=True, slots=True)
class Tension:
    """Two rules that can fire together, for and against one target; ``confirmed`` is the reason why it is meant."""

    kind: Kind
    target: str
    speaks_for: Rule
    speaks_against: Rule
    witness: Witness
    confirmed: str | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """A form that a profile puts first, or something else that a profile gets."""

    kind: Kind
    target: str
    witness: Witness


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise that every profile keeps; of a promise about more of some facts, those with which it is kept."""

    promise: str
    claim: str
    raising: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that one or all of the checks found, in the order of the rule base.

    ``proofs`` have to be mended or waived; ``notes`` are worth knowing.
    """

    proofs: tuple[Proof, ...] = ()
    tensions: tuple[Tension, ...] = ()
    reached: tuple[Reached, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[Proof, ...] = ()
