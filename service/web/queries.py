"""The keys of a query that are not facts: checked on every resource, unknown ones refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from flask import request

from service.advice.adviser import DETAILS
from service.knowledge.model import LANGUAGES
from service.web import current
from service.web.mistakes import Mistake

LANGUAGE: Final = "language"
DETAIL: Final = "detail"
RULE_BASE: Final = "ruleBase"
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {LANGUAGE: LANGUAGES, DETAIL: DETAILS}
VERSION: Final = re.compile(r"(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})")


KEPT: Final = 256
"""Queries of which is kept what they choose; most clients ask the same way each time."""


def chosen(key: str, usual: str) -> str:
    """Return what the query says for one of the keys; ``usual`` when it says nothing."""
    return _chosen(current.environ()["QUERY_STRING"]).get(key, usual)


@lru_cache(KEPT)
def _chosen(_query: str) -> Mapping[str, str]:
    args = request.args
    return {key: args[key] for key in (LANGUAGE, DETAIL, RULE_BASE) if key in args}


def mistakes(keys: tuple[str, ...]) -> tuple[Mistake, ...]:
    """List the mistakes in the query of a resource that has these keys and no others."""
    return _mistakes(current.environ()["QUERY_STRING"], keys)


@lru_cache(KEPT)
def _mistakes(_query: str, keys: tuple[str, ...]) -> tuple[Mistake, ...]:
    unknown = (Mistake("unknown", (key,), known=keys) for key in request.args if key not in keys)
    return (*mistakes_in(keys), *unknown)


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
