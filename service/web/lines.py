"""One line of a batch: what it asks, and the line that answers it.

Knows neither HTTP nor files, so that a batch over HTTP and one from a file give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO, Any, Final

from service.advice.json_text import Fragment, encode
from service.knowledge.model import Profile
from service.web.mistakes import Mistake, MistakesError, listed, unknown_properties
from service.web.problem_kinds import BY_STATUS
from service.web.schemas import ProfileSchema
from service.web.strict_json import read_json

MOST_LINE_BYTES: Final = 64 * 1024
"""A profile with every fact has about 4 KiB."""
MOST_ID_CHARACTERS: Final = 200
PROPERTIES: Final = ("id", "profile")
TOO_LONG: Final = {
    "nl": f"Een regel mag hoogstens {MOST_LINE_BYTES // 1024} KiB groot zijn.",
    "en": f"A line may have at most {MOST_LINE_BYTES // 1024} KiB.",
}
IN_A_LINE: Final = {"syntax": "line-syntax"}
"""Mistakes that are said otherwise of a line, whose own number is given already."""
BLANK: Final = b" \t\r\n"


def read_lines(file: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield the number and the bytes of each line that is not blank; None for one over MOST_LINE_BYTES.

    Lines count from 1, blank ones too. Holds one line at a time.
    """
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(MOST_LINE_BYTES)
            yield number, None
        elif line.strip(BLANK):
            yield number, line


class Lines:
    """Answers lines in one language and detail. Safe to share between threads.

    ``advise`` gives the advice on the valid profile of a line, which it is given the number of, as JSON.
    """

    def __init__(self, schema: ProfileSchema, language: str, advise: Callable[[int, Profile], bytes]) -> None:
        """Take what reads a profile and what advises on it."""
        self._schema, self._language, self._advise = schema, language, advise

    def answer(self, number: int, line: bytes | None) -> bytes:
        """Return the line that answers a line, the same bytes every time: advice, or a problem.

        ``line`` None stands for one that was too long to be read.
        """
        said: dict[str, object] = {"line": number}
        if line is None:
            return _written(said | {"problem": self._problem(413, TOO_LONG[self._language])})
        data, mistakes = read_json(line)
        if isinstance(data, dict) and not _mistakes_in_id(data):
            said |= {name: data[name] for name in ("id",) if name in data}
        try:
            profile = self._profile(data, mistakes)
        except MistakesError as error:
            found = listed([("body", one) for one in error.mistakes], self._language)
            return _written(said | {"problem": self._problem(400, *found)})
        return _written(said | {"advice": Fragment(self._advise(number, profile))})

    def failed(self, number: int) -> bytes:
        """Return the line that says that the service itself failed on a line."""
        return _written({"line": number, "problem": self._problem(500)})

    def _profile(self, data: Any, mistakes: list[Mistake]) -> Profile:
        if data is None and mistakes:
            raise MistakesError([replace(one, kind=IN_A_LINE.get(one.kind, one.kind)) for one in mistakes])
        if not isinstance(data, dict):
            raise MistakesError([Mistake("line")])
        found = mistakes + _mistakes_in_id(data) + unknown_properties(data, PROPERTIES)
        profile = self._schema.in_body(data, found)
        if found:
            raise MistakesError(found)
        return profile

    def _problem(self, status: int, detail: str | None = None, errors: object = None) -> dict[str, object]:
        """Shape a problem; it has no ``instance``, the number of the line stands beside it."""
        kind = BY_STATUS[status]
        words = kind.words[self._language]
        shaped = {"type": kind.type, "title": words.title, "status": status, "detail": detail or words.detail}
        return shaped if errors is None else {**shaped, "errors": errors}


def _mistakes_in_id(data: dict[str, Any]) -> list[Mistake]:
    given = data.get("id", "")
    values = {"most": MOST_ID_CHARACTERS}
    if not isinstance(given, str):
        return [Mistake("id", ("id",))]
    if len(given) > MOST_ID_CHARACTERS:
        return [Mistake("id-size", ("id",), values)]
    if any("\ud800" <= letter <= "\udfff" for letter in given):
        return [Mistake("id-characters", ("id",))]
    return []


def _written(said: dict[str, object]) -> bytes:
    return encode(said) + b"\n"
