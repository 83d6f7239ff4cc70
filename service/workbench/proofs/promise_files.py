"""What is claimed about the rules as a whole, as objects: promises, confirmed tensions, waived findings.

Trusts files that ``check`` has passed. Knows nothing of proving.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from service.knowledge.condition_notation import parse_condition
from service.knowledge.loading import CATALOGUE, claim_documents, waivable_documents
from service.knowledge.model import Always, Condition, Place
from service.knowledge.parts import Part

SECTIONS: Final = {file: section for section, file in CATALOGUE.items()}
LISTS: Final = ("rules", "items", "promises")


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of every profile that meets ``when`` and has the ``known`` facts: one of the others.

    ``some_form_above``: some form has a higher score. ``form_first``: one of these stands first.
    ``raising``: more of one of these facts makes no risk higher, or (``never_adds``) adds none of these.
    """

    id: str
    claim: str
    when: Condition
    known: tuple[str, ...]
    some_form_above: int | None
    form_first: tuple[str, ...]
    raising: tuple[str, ...]
    never_adds: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Tensions that are meant; empty tuples and None leave open what they are about."""

    kind: str
    targets: tuple[str, ...]
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    same_step: bool | None
    reason: str
    until: date
    place: Place


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that is to stay; ``kind`` and ``id`` say where it stands, ``other`` None means any."""

    kind: str
    id: str
    check: str
    other: str | None
    reason: str
    until: date
    place: Place


def promises(directory: Path) -> list[Promise]:
    """Read the promises, in the order of the file."""
    document = claim_documents(directory).get("promises")
    return [] if document is None else [_promise(part) for part in document["promises"].items()]


def confirmed_tensions(directory: Path) -> list[Confirmed]:
    """Read the confirmed tensions, in the order of the file."""
    document = claim_documents(directory).get("tensions")
    return [] if document is None else [_confirmed(part) for part in document["confirmed"].items()]


def waivers(directory: Path) -> list[Waiver]:
    """Read the findings that are to stay, in the order of files and lines."""
    return [waiver for kind, holder in _holders(directory) for waiver in _waivers(kind, holder)]


def places(directory: Path) -> dict[tuple[str, str], Place]:
    """Return where rules, promises and items of the catalogue stand, by kind or section and id."""
    return {(kind, str(part["id"].data)): _place(part) for kind, part in _holders(directory)}


def _holders(directory: Path) -> Iterator[tuple[str, Part]]:
    for document in waivable_documents(directory):
        for key in LISTS:
            for part in document[key].items():
                yield SECTIONS.get(document.document.file, key), part


def _waivers(kind: str, holder: Part) -> Iterator[Waiver]:
    for part in holder["waived"].items():
        data: Any = part.mapping
        until = date.fromisoformat(data["until"])
        yield Waiver(kind, str(holder["id"].data), data["check"], data.get("with"), data["reason"], until, _place(part))


def _promise(part: Part) -> Promise:
    data: Any = part.mapping
    return Promise(
        id=data["id"],
        claim=data["claim"]["en"],
        when=parse_condition(data["when"]) if "when" in data else Always(),
        known=tuple(data.get("known", ())),
        some_form_above=data.get("someFormAbove"),
        form_first=tuple(data.get("formFirst", ())),
        raising=tuple(data.get("raising", ())),
        never_adds=tuple(data.get("neverAdds", ())),
        place=_place(part),
    )


def _confirmed(part: Part) -> Confirmed:
    data: Any = part.mapping
    return Confirmed(
        kind=data["kind"],
        targets=tuple(data.get("targets", ())),
        speaks_for=tuple(data.get("for", ())),
        speaks_against=tuple(data.get("against", ())),
        same_step={"same": True, "different": False}.get(data.get("steps")),
        reason=data["reason"],
        until=date.fromisoformat(data["until"]),
        place=_place(part),
    )


def _place(part: Part) -> Place:
    return Place(part.document.file, part.line)
