"""Commands that compare rule bases, and hand rules over: diff, export, import."""

from __future__ import annotations

from pathlib import Path

import click

from service.cli.shared import DIRECTORY, FORMAT, loaded
from service.knowledge.findings import RuleBaseError
from service.knowledge.loading import default_rules_directory
from service.workbench.diff import PROFILES, difference
from service.workbench.diff_report import difference_json, difference_text
from service.workbench.exchange.export import SEPARATORS, export_csv
from service.workbench.exchange.files import as_json
from service.workbench.exchange.importing import import_csv
from service.workbench.revisions import RevisionError, rules_of


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--profiles", default=PROFILES, show_default=True, type=click.IntRange(0), help="How many by chance.")
@FORMAT
def diff_command(old: str, new: str, profiles: int, format_: str) -> None:
    """Say how the rules NEW differ from OLD, and what that means for the advice.

    Each is a directory with rules, or a git revision of this repository (HEAD~3). Exit status: 0 when
    there is no difference, 1 when there is, 2 when one of them cannot be read.
    """
    try:
        with rules_of(old) as before, rules_of(new) as after:
            found = difference(before, after, profiles)
    except (RuleBaseError, RevisionError) as error:
        click.echo(error, err=True)
        raise SystemExit(2) from error
    click.echo(difference_json(found) if format_ == "json" else difference_text(found))
    if not found.same:
        raise SystemExit(1)


@click.command("export")
@DIRECTORY
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), required=True, help="One text, or tables.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File (json) or directory (csv).")
@click.option("--separator", type=click.Choice([*SEPARATORS]), default="comma", help="Between the cells of a csv.")
def export_command(directory: Path | None, format_: str, output: Path | None, separator: str) -> None:
    """Give the rule base in DIR as JSON, or as CSV tables that can be corrected and imported."""
    directory = directory or default_rules_directory()
    loaded(directory)
    if format_ == "csv":
        if output is None:
            message = "Say in which directory the tables are to be written."
            raise click.UsageError(message)
        for path in export_csv(directory, output, SEPARATORS[separator]):
            click.echo(path)
    elif output is None:
        click.echo(as_json(directory), nl=False)
    else:
        output.write_text(as_json(directory), encoding="utf-8")


@click.command("import")
@click.argument("tables", metavar="CSV_DIRECTORY", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Directory for the rule files.")
def import_command(tables: Path, output: Path) -> None:
    """Turn exported tables back into rule files.

    Writes nothing and exits with 1 when something is wrong: all findings at once, each with table and row.
    """
    try:
        rule_base = import_csv(tables, output)
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error
    click.echo(f"Written to {output}: {len(rule_base.rules)} rules, {rule_base.digest}.")
    click.echo(f"Now see what it does:  python -m service diff {default_rules_directory()} {output}")
    click.echo(f"and check it whole:    python -m service check {output}")
