"""The keys of a query that are not facts: checked on every resource, unknown ones refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from flask import request

from service.advice.adviser import DETAILS
from service.knowledge.model import LANGUAGES
from service.web.mistakes import Mistake

LANGUAGE: Final = "language"
DETAIL: Final = "detail"
RULE_BASE: Final = "ruleBase"
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {LANGUAGE: LANGUAGES, DETAIL: DETAILS}
VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


def mistakes_in(keys: Sequence[str]) -> list[Mistake]:
    """List the mistakes in the given keys of the query."""
    mistakes, args = [], request.args
    for key in keys:
        values = args.getlist(key)
        if len(values) > 1:
            mistakes.append(Mistake("key-twice", (key,)))
        if values and key in CHOICES and values[0] not in CHOICES[key]:
            mistakes.append(Mistake("choice", (key,), {"value": values[0]}, CHOICES[key]))
        if values and key == RULE_BASE and not VERSION.fullmatch(values[0]):
            mistakes.append(Mistake("version", (key,)))
    return mistakes


def unknown_keys(known: Sequence[str]) -> list[Mistake]:
    """List the keys of the query that the resource does not have."""
    return [Mistake("unknown", (key,), known=tuple(known)) for key in request.args if key not in known]
