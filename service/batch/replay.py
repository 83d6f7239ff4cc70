"""Replay of logged decisions: each is answered again, and what comes out differently is told.

A decision that was made by the same rule base has to come out the same, byte by byte while the software is the same.
By another rule base, what differs is what the change of the rules did to real questions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from service import __version__
from service.advice.adviser import DETAILS, Adviser
from service.advice.compose import Advice
from service.advice.json_text import encode
from service.advice.outcome import outcome
from service.engine.compiled import CompiledRuleBase
from service.knowledge.model import LANGUAGES, Profile
from service.web.mistakes import MistakesError, listed
from service.web.schemas import ProfileSchema
from service.web.telemetry.decisions import hash_of

LOGS: Final = "decisions*.ndjson*"
RULES: Final = "firedRules"
CHOSEN: Final = "chosenForms"


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that comes out differently; ``parts`` say what, by part of the outcome."""

    decision: str
    time: str
    line: int
    parts: Mapping[str, list[str]]


@dataclass(slots=True)
class Replay:
    """What a replay found; ``unknown`` counts decisions without all of their profile, ``unreadable`` other lines."""

    replayed: int = 0
    unknown: int = 0
    unreadable: int = 0
    differences: list[Difference] = field(default_factory=list)


class _Outcome:
    """Keeps what an advice comes down to, as the log does; a Watcher."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}

    def matched(self) -> None:
        pass

    def composed(self, compiled: CompiledRuleBase, advice: Advice) -> None:
        self.found = json.loads(encode(outcome(compiled, advice)))

    def rendered(self) -> None:
        pass


def log_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files of decisions, those of a directory in order of their names."""
    return [file for path in paths for file in (sorted(path.glob(LOGS)) if path.is_dir() else [path])]


def replay(adviser: Adviser, files: Iterable[Path]) -> Replay:
    """Answer every decision in the files again. Lines of a log that are about something else are passed over."""
    found, schema = Replay(), ProfileSchema(adviser.rule_base)
    for record in _records(files):
        if record is None:
            found.unreadable += 1
        elif "profile" not in record or record.get("masked"):
            found.unknown += 1
        else:
            found.replayed += 1
            parts = _replayed(adviser, schema, record)
            if parts:
                found.differences.append(Difference(record["decision"], record["time"], record.get("line", 0), parts))
    return found


def _records(files: Iterable[Path]) -> Iterator[dict[str, Any] | None]:
    """Yield the decisions, None for what cannot be read."""
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    data = json.loads(line)
                except ValueError:
                    yield None
                    continue
                if not isinstance(data, dict):
                    yield None
                elif data.get("event") == "decision":
                    yield data if _is_whole(data) else None


def _is_whole(record: Mapping[str, Any]) -> bool:
    kinds = {"decision": str, "time": str, "language": str, "detail": str, "outcome": dict, "ruleBase": dict}
    shaped = all(isinstance(record.get(name), kind) for name, kind in kinds.items())
    return shaped and record["language"] in LANGUAGES and record["detail"] in DETAILS


def _replayed(adviser: Adviser, schema: ProfileSchema, record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what differs, by part of the outcome."""
    try:
        profile: Profile = schema.from_body(record["profile"])
    except MistakesError as error:
        _, errors = listed([("body", one) for one in error.mistakes], "en")
        return {"profile": [f"{one['pointer']}: {one['detail']}" for one in errors]}
    now = _Outcome()
    body = adviser.advise(profile, language=record["language"], detail=record["detail"], watcher=now)
    before, after = record["outcome"], now.found
    moved = [name for name in after if encode(before.get(name)) != encode(after[name])]  # the order counts too
    parts = {name: _moved(before.get(name), after[name]) for name in moved}
    same = record["ruleBase"].get("digest") == adviser.rule_base.digest and record.get("software") == __version__
    if same and not parts and record.get("answerHash") != hash_of(body):
        parts["answer"] = ["the same advice in other bytes"]
    return parts


def _moved(before: Any, after: Any) -> list[str]:
    """Say what moved between two parts of an outcome, each by id."""
    if not isinstance(before, type(after)):
        return ["not in the log"]
    if isinstance(after, list):
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        return [*(f"- {one}" for one in gone), *(f"+ {one}" for one in come)] or ["in another order"]
    moved = [
        f"{name} {_said(before.get(name))} -> {_said(after.get(name))}"
        for name in [*after, *(one for one in before if one not in after)]
        if before.get(name) != after.get(name)
    ]
    return moved or ["in another order"]


def _said(value: Any) -> str:
    if value is None:
        return "none"
    return " ".join("excluded" if one is None else str(one) for one in value) if isinstance(value, list) else str(value)


def report_text(found: Replay, adviser: Adviser) -> str:
    """Say for a person what a replay found."""
    lines = []
    for one in found.differences:
        lines.append(f"{one.decision}{f' line {one.line}' if one.line else ''}, {one.time}")
        lines += [f"  {part}: {'; '.join(moved)}" for part, moved in one.parts.items()]
    base = adviser.rule_base
    lines.append(
        f"{found.replayed} decisions replayed by rule base {base.version} ({base.digest}): "
        f"{len(found.differences)} come out differently."
    )
    if found.unknown:
        lines.append(f"{found.unknown} could not be replayed: their profiles were not recorded, or not whole.")
    if found.unreadable:
        lines.append(f"{found.unreadable} lines are no decisions and no lines of a log.")
    return "\n".join(lines)


def report_json(found: Replay, adviser: Adviser) -> str:
    """Say for a program what a replay found."""
    base = adviser.rule_base
    return json.dumps(
        {
            "ruleBase": {"version": base.version, "digest": base.digest},
            "replayed": found.replayed,
            "notReplayable": found.unknown,
            "unreadable": found.unreadable,
            "differences": [
                {"decision": one.decision, "time": one.time, "line": one.line, "parts": one.parts}
                for one in found.differences
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
