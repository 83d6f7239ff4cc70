"""The settings: one table of them, read from the environment. The only place that reads it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from service.knowledge.findings import closest
from service.knowledge.loading import default_rules_directory
from service.web.keys import KeyFileError, KeyRing

OWN: Final = "ADVISER_"
"""How the names begin that are the service's alone: one that is not in the table is a mistake."""
STANDARD_OUTPUT: Final = Path("-")
ORIGIN: Final = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)
WHOLE: Final = re.compile(r"[0-9]{1,9}")


class SettingsError(Exception):
    """Settings that cannot be used; the message names every mistake."""


class UnusableError(ValueError):
    """What is wrong with the text of one setting, and how to mend it: a sentence a mistake."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the service can set; what each field means stands in the table."""

    rules: Path
    kept_rules: Path | None
    host: str
    port: int
    workers: int
    allowed_origins: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    keys: KeyRing | None
    cache_mib: int
    spool: Path
    log_level: str
    log_format: str
    most_in_hand: int
    watch_seconds: int
    drain_seconds: int
    graceful_seconds: int
    metrics: bool
    tracing: bool
    decision_log: Path | None
    decision_log_profile: str
    decision_log_mask: tuple[str, ...]
    decision_log_mib: int
    decision_log_files: int


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name in the environment and its field, how its text is read, and what it means.

    ``read`` raises UnusableError. ``default`` is the text that is read when none is given; where that depends
    on the machine, ``found`` gives it, and ``default`` says in words what it is.
    """

    name: str
    field: str
    read: Callable[[str], Any]
    default: str
    meaning: str
    found: Callable[[], str] | None = None


def _text(text: str) -> str:
    return text


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        message = f"is {text!r}, which is not a directory. Name a directory that is there."
        raise UnusableError(message)
    return path


def _directory_or_none(text: str) -> Path | None:
    return _directory(text) if text else None


def _writable(text: str) -> Path:
    path = Path(text)
    if not text or not path.is_dir() or not os.access(path, os.W_OK):
        message = f"is {text!r}, where nothing can be written. Name a directory in which the service may write."
        raise UnusableError(message)
    return path


def _destination(text: str) -> Path | None:
    return Path(text) if text == str(STANDARD_OUTPUT) else _writable(text) if text else None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def _origins(text: str) -> tuple[str, ...]:
    origins = _listed(text)
    wrong = [one for one in origins if not ORIGIN.fullmatch(one)]
    if wrong:
        raise UnusableError(
            *(f"has {one!r}, which is not an origin. Write it like https://intranet.example.org." for one in wrong)
        )
    return origins


def _keys(text: str) -> KeyRing | None:
    try:
        return KeyRing(Path(text)) if text else None
    except KeyFileError as error:
        raise UnusableError(*error.args) from error


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (WHOLE.fullmatch(text) and least <= int(text) <= most):
            message = f"is {text!r}. Give a whole number from {least} to {most}."
            raise UnusableError(message)
        return int(text)

    return read


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            message = f"is {text!r}. Choose from {', '.join(choices)}."
            raise UnusableError(message)
        return text

    return read


def _switch(text: str) -> bool:
    return _one_of("on", "off")(text) == "on"


def _temporary() -> str:
    try:
        return tempfile.gettempdir()
    except FileNotFoundError:
        return ""


TABLE: Final = (
    Setting(
        "HOST",
        "host",
        _text,
        "127.0.0.1",
        "Address on which the server listens; `0.0.0.0` for every one of the machine, as in the image.",
    ),
    Setting("PORT", "port", _whole(0, 65_535), "8000", "Port on which the server listens; 0 for any that is free."),
    Setting(
        "WORKERS",
        "workers",
        _whole(1, 1024),
        "one a core",
        "Processes that answer. The engine keeps one core busy, so more processes than cores answer no faster.",
        lambda: str(os.cpu_count() or 2),
    ),
    Setting(
        "ADVISER_RULES",
        "rules",
        _directory,
        "`rules/` of the product",
        "Directory of the rule base.",
        lambda: str(default_rules_directory()),
    ),
    Setting(
        "ADVISER_KEPT_RULES",
        "kept_rules",
        _directory_or_none,
        "",
        "Directory with older versions of the rule base, each in a directory of its own. They are loaded beside the "
        "one that answers, and `?ruleBase=VERSION` asks for one of them. Their vocabulary has to be the same.",
    ),
    Setting(
        "ADVISER_ALLOWED_ORIGINS",
        "allowed_origins",
        _origins,
        "",
        "Origins of pages that may call the service from a browser, separated by commas.",
    ),
    Setting(
        "ADVISER_FRAME_ANCESTORS",
        "frame_ancestors",
        _origins,
        "",
        "Origins of pages that may show `/embed` in a frame, separated by commas.",
    ),
    Setting(
        "ADVISER_KEYS",
        "keys",
        _keys,
        "",
        "File with the hashes of API keys, a line each, read again when it changes. When it is set, only who sends one "
        "of the keys gets advice; without it, everyone does.",
    ),
    Setting(
        "ADVISER_CACHE_MIB",
        "cache_mib",
        _whole(0, 4096),
        "16",
        "How much advice a process keeps in memory for when the same is asked again, in MiB; 0 keeps none. "
        "16 MiB hold a few hundred answers with all their reasons.",
    ),
    Setting(
        "ADVISER_SPOOL",
        "spool",
        _writable,
        "the system's directory for temporary files",
        "Directory in which a batch over 1 MiB lies while it is answered.",
        _temporary,
    ),
    Setting(
        "ADVISER_LOG_LEVEL",
        "log_level",
        _one_of("debug", "info", "warning", "error"),
        "info",
        "From which level on is logged: `info` has a line for each request, `debug` one for each question about health "
        "as well, `warning` only what the server warns of, `error` only failures.",
    ),
    Setting(
        "ADVISER_LOG_FORMAT",
        "log_format",
        _one_of("json", "text"),
        "`json`, on a terminal `text`",
        "How a line of the log is written: for programs or for people.",
        lambda: "text" if sys.stdout.isatty() else "json",
    ),
    Setting(
        "ADVISER_MOST_IN_HAND",
        "most_in_hand",
        _whole(1, 1000),
        "32",
        "How many requests a process has in hand at once, those that wait for it included. What comes on top is "
        "refused at once (503). Of 32 that each take 3 ms, the last waits 96; where more go on coming than are "
        "answered, only as many are taken as are answered within 10 ms, and no fewer than it has threads.",
    ),
    Setting(
        "ADVISER_WATCH_SECONDS",
        "watch_seconds",
        _whole(0, 3600),
        "0",
        "How often the directory of the rule base is looked at for changes, which are taken as SIGHUP is: 0 for never. "
        "A change is taken once two looks have found the same.",
    ),
    Setting(
        "ADVISER_DRAIN_SECONDS",
        "drain_seconds",
        _whole(0, 300),
        "0",
        "How long, after SIGTERM, the service still takes requests while `/health/ready` says that it is not ready. "
        "Give a load balancer that asks for readiness the time to turn elsewhere; 0 is for where none does.",
    ),
    Setting(
        "ADVISER_GRACEFUL_SECONDS",
        "graceful_seconds",
        _whole(1, 3600),
        "20",
        "How long, after SIGTERM and the time above, what is under way may take to finish: batches take longest. Let "
        "whoever stops the service wait for the sum of both and 5 s more before it kills it.",
    ),
    Setting(
        "ADVISER_METRICS",
        "metrics",
        _switch,
        "on",
        "Whether metrics for Prometheus are served at `/metrics`. They say how often each rule fired, so what faces "
        "the world must not pass them on.",
    ),
    Setting(
        "ADVISER_TRACING",
        "tracing",
        _switch,
        "off",
        "Whether traces are sent by OpenTelemetry. Needs the extra `tracing`; where they go is set the way of "
        "OpenTelemetry, by `OTEL_EXPORTER_OTLP_ENDPOINT` and the like.",
    ),
    Setting(
        "ADVISER_DECISION_LOG",
        "decision_log",
        _destination,
        "",
        "Directory in which each advice is recorded with what was asked, or `-` for standard output. The one place "
        "where profiles are kept; nothing is recorded by default.",
    ),
    Setting(
        "ADVISER_DECISION_LOG_PROFILE",
        "decision_log_profile",
        _one_of("whole", "hash"),
        "whole",
        "Whether a decision is recorded with the profile or only with its hash. Without the profile it cannot be "
        "replayed.",
    ),
    Setting(
        "ADVISER_DECISION_LOG_MASK",
        "decision_log_mask",
        _listed,
        "",
        "Ids of facts that are left out of what is recorded, separated by commas. A decision in which one was sent "
        "cannot be replayed.",
    ),
    Setting(
        "ADVISER_DECISION_LOG_MIB",
        "decision_log_mib",
        _whole(1, 4096),
        "64",
        "How large a file of decisions may get, in MiB, before the next one is begun. 1 MiB holds about 250.",
    ),
    Setting(
        "ADVISER_DECISION_LOG_FILES",
        "decision_log_files",
        _whole(1, 1000),
        "8",
        "How many files of decisions each process keeps; the oldest is removed.",
    ),
)
"""Every setting, in the order in which they are documented."""


def leave_cores_alone() -> None:
    """Keep numpy, if it is not loaded yet, from starting threads: a process a core leaves no core for them."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment, the process's own by default; an empty text is as good as none.

    Raises:
        SettingsError: with every mistake at once.
    """
    given = os.environ if environment is None else environment
    mistakes = _unknown(given)
    values: dict[str, Any] = {}
    for one in TABLE:
        text = given.get(one.name, "").strip() or (one.found() if one.found else one.default)
        try:
            values[one.field] = one.read(text)
        except UnusableError as error:
            mistakes += [f"{one.name} {mistake}" for mistake in error.args]
    if mistakes:
        raise SettingsError("The settings cannot be used:\n" + "\n".join(mistakes))
    return Settings(**values)


def hand_on(name: str, value: str) -> None:
    """Set what a library takes from the environment, in this process and those that it starts."""
    os.environ[name] = value


def _unknown(given: Mapping[str, str]) -> list[str]:
    names = [one.name for one in TABLE]
    unknown = [name for name in sorted(given) if name.startswith(OWN) and name not in names]
    own = [name.removeprefix(OWN) for name in names if name.startswith(OWN)]  # all of them are alike in how they begin
    meant = {name: closest(name.removeprefix(OWN), own) for name in unknown}
    return [
        f"{name} is not a setting. {f'Did you mean {OWN}{meant[name]}?' if meant[name] else 'Take it away.'}"
        for name in unknown
    ]
