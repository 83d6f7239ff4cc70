"""What an explanation is asked about: a form, and an aim for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FIRST: Final = "first"
FIRST_THREE: Final = "first-three"
PLACES: Final = (FIRST, FIRST_THREE)


@dataclass(frozen=True, slots=True)
class Question:
    """A form by its id, and the aim: a place (one of PLACES), or ``without_risk`` by its id."""

    form: str
    place: str = FIRST
    without_risk: str | None = None
