"""What commands share: options, and a rule base that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from service.knowledge.findings import RuleBaseError
from service.knowledge.loading import checked_cases, load_rule_base
from service.knowledge.model import RuleBase
from service.workbench.case_files import CaseSet, case_sets

DIRECTORY: Final = click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
FORMAT: Final = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For a person (text) or for a program (json).",
)
RULE: Final = click.option("--rule", metavar="ID", help="Only this rule.")
ONLY_CHECK: Final = click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when it is stale.")


def loaded(directory: Path) -> RuleBase:
    """Return the rule base in a directory; with findings, say them and end with 1."""
    try:
        return load_rule_base(directory)
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error


def case_sets_of(directory: Path, paths: Sequence[Path] = ()) -> list[CaseSet]:
    """Return the cases in files, by default the rule base's own; with mistakes, say them and end with 1."""
    try:
        return case_sets(checked_cases(directory, paths))
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error
