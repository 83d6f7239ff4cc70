"""The files of a rule base as plain data. Owns which of them become tables; the rest travels unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from service.knowledge.loading import CATALOGUE, SET, STEPS, load_rule_base
from service.knowledge.yaml_files import Document, read_yaml

Files: TypeAlias = Mapping[str, dict[str, Any]]
"""The data of each file by its name, relative to the rules' directory."""

VOCABULARY: Final = "vocabulary.yaml"
SOURCES: Final = "sources.yaml"
RULE_SET: Final = f"{SET}/rule-set.yaml"
FINDINGS: Final = f"{SET}/findings.yaml"
RULES: Final = {step: f"{SET}/{step}.yaml" for step in STEPS}
ALL: Final = (VOCABULARY, *CATALOGUE.values(), SOURCES, RULE_SET, *RULES.values(), FINDINGS)


def read_files(directory: Path) -> dict[str, Document]:
    """Read the files that become tables.

    Raises:
        RuleBaseError: when the rule base is not well.
    """
    load_rule_base(directory)
    read = {file: read_yaml(directory / file, file)[0] for file in ALL}
    return {file: document for file, document in read.items() if document is not None}


def other_files(directory: Path) -> Iterator[Path]:
    """Yield the files that no table holds (cases, schemas, the manual), relative to the directory."""
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory)
        if path.is_file() and relative.as_posix() not in ALL and not path.name.startswith("."):
            yield relative


def as_json(directory: Path) -> str:
    """Return everything in one JSON text: identity, and the content of every file under its name.

    Raises:
        RuleBaseError: when the rule base is not well.
    """
    rule_base = load_rule_base(directory)
    files = {file: document.data for file, document in read_files(directory).items()}
    for path in other_files(directory):
        if path.suffix == ".yaml":
            document, _ = read_yaml(directory / path, path.as_posix())
            files[path.as_posix()] = None if document is None else document.data
    identity = {"id": rule_base.id, "version": rule_base.version, "digest": rule_base.digest}
    return json.dumps({"ruleBase": identity, "files": files}, ensure_ascii=False, indent=2) + "\n"
