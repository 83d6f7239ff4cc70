"""The command line: every command of ``python -m service``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from service.knowledge.findings import RuleBaseError
from service.knowledge.loading import check_rule_base, default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase
from service.knowledge.names_schema import names_schema_text
from service.workbench.check import report_json, report_text
from service.workbench.contract import contract_path, filled_contract

_DIRECTORY: Final = click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
_ONLY_CHECK: Final = click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when it is stale.")


@click.group()
def main() -> None:
    """Work with the rule base of the Co-creation Advisor."""


@main.command("check")
@_DIRECTORY
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For a person (text) or for a program (json).",
)
def check_command(directory: Path | None, format_: str) -> None:
    """Check the rule base in DIR (default: the product's own).

    Shows all findings at once, each with file, line, what, why and how to mend it. Exit status: 0 when
    all is well, 1 when there are findings.
    """
    today = datetime.now(UTC).date()
    rule_base, findings = check_rule_base(directory or default_rules_directory(), today)
    report = report_json if format_ == "json" else report_text
    click.echo(report(rule_base, findings))
    if findings:
        raise SystemExit(1)


@main.command("schema")
@_DIRECTORY
@_ONLY_CHECK
def schema_command(directory: Path | None, *, only_check: bool) -> None:
    """Write the names of the rule base in DIR to schema/names.schema.json, for editors."""
    directory = directory or default_rules_directory()
    path = directory / "schema" / "names.schema.json"
    _write(path, names_schema_text(_loaded(directory)), "schema", only_check=only_check)


@main.command("contract")
@_ONLY_CHECK
def contract_command(*, only_check: bool) -> None:
    """Fill the parts of openapi.yaml that follow from the product's own rule base."""
    text = filled_contract(_loaded(default_rules_directory()))
    _write(contract_path(), text, "contract", only_check=only_check)


def _loaded(directory: Path) -> RuleBase:
    try:
        return load_rule_base(directory)
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error


def _write(path: Path, text: str, command: str, *, only_check: bool) -> None:
    if not only_check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        click.echo(f"{path} is stale. Write it again: python -m service {command}", err=True)
        raise SystemExit(1)
