"""The settings, from the environment. The only place that reads it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service.knowledge.loading import default_rules_directory

ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
WHOLE: Final = re.compile(r"[0-9]{1,4}")
RULES: Final = "ADVISER_RULES"
ALLOWED_ORIGINS: Final = "ADVISER_ALLOWED_ORIGINS"
SPOOL: Final = "ADVISER_SPOOL"
CACHE: Final = "ADVISER_CACHE_MIB"
CACHE_MIB: Final = 16
"""A few hundred answers with all their reasons, in each process."""
MOST_CACHE_MIB: Final = 4096
FRAME_ANCESTORS: Final = "ADVISER_FRAME_ANCESTORS"


class SettingsError(Exception):
    """Settings that cannot be used; the message names every mistake."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the service can set.

    ``rules`` is the directory of the rule base (ADVISER_RULES); ``allowed_origins`` are the origins of
    pages that may call the service from a browser (ADVISER_ALLOWED_ORIGINS, separated by commas); ``spool``
    is the directory in which a large batch lies while it is answered (ADVISER_SPOOL), by default where the
    system keeps what is temporary; ``cache_bytes`` is how much of given advice a process keeps in memory
    (ADVISER_CACHE_MIB, in MiB), 0 for none; ``frame_ancestors`` are the origins of pages that may show
    ``/embed`` in a frame (ADVISER_FRAME_ANCESTORS).
    """

    rules: Path
    allowed_origins: tuple[str, ...] = ()
    spool: Path = field(default_factory=lambda: Path(tempfile.gettempdir()))
    cache_bytes: int = CACHE_MIB * 2**20
    frame_ancestors: tuple[str, ...] = ()


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, the process's own by default.

    Raises:
        SettingsError: with every mistake at once.
    """
    given = os.environ if environment is None else environment
    rules = Path(given.get(RULES) or default_rules_directory())
    origins, ancestors = _listed(given, ALLOWED_ORIGINS), _listed(given, FRAME_ANCESTORS)
    mistakes = []
    if not rules.is_dir():
        mistakes.append(f"{RULES} is {str(rules)!r}, which is not a directory. Name the rules' directory.")
    mistakes += [
        f"{name} has {origin!r}, which is not an origin. Write it like https://intranet.example.org."
        for name, listed in ((ALLOWED_ORIGINS, origins), (FRAME_ANCESTORS, ancestors))
        for origin in listed
        if not ORIGIN.fullmatch(origin)
    ]
    try:
        spool = Path(given.get(SPOOL) or tempfile.gettempdir())
    except FileNotFoundError:
        spool = Path()
    if not os.access(spool, os.W_OK) or not spool.is_dir():
        mistakes.append(f"{SPOOL} is {str(spool)!r}, where nothing can be written. Name a directory for large batches.")
    cache = given.get(CACHE) or str(CACHE_MIB)
    if not (WHOLE.fullmatch(cache) and int(cache) <= MOST_CACHE_MIB):
        mistakes.append(f"{CACHE} is {cache!r}. Give a whole number of MiB from 0 (no cache) to {MOST_CACHE_MIB}.")
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return Settings(rules, origins, spool, int(cache) * 2**20, ancestors)


def _listed(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in given.get(name, "").split(",") if one.strip())
