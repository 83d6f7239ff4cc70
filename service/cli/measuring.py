"""Commands that hold the advice beside real cases: evaluate, interview, hindsight."""

from __future__ import annotations

from pathlib import Path

import click

from service.advice.adviser import Adviser
from service.cli.shared import DIRECTORY, FORMAT, case_sets_of, loaded
from service.engine.compiled import compile_rule_base
from service.knowledge.loading import default_rules_directory
from service.workbench import interviews
from service.workbench.case_files import real_cases
from service.workbench.evaluation import report as evaluation_report
from service.workbench.evaluation.assess import assess
from service.workbench.hindsight import hindsight


@click.command("evaluate")
@click.argument("cases", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rules", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another rule base.")
@FORMAT
def evaluate_command(cases: tuple[Path, ...], rules: Path | None, format_: str) -> None:
    """Measure the advice on real cases: the files CASES, by default the rule base's own.

    Gives the figures with their intervals, beside simpler advice and with rules, settings and cases left
    out. Exit status: 0, or 1 when a file has mistakes.
    """
    directory = rules or default_rules_directory()
    assessment = assess(compile_rule_base(loaded(directory)), case_sets_of(directory, cases))
    click.echo(
        evaluation_report.report_json(assessment) if format_ == "json" else evaluation_report.report_text(assessment)
    )


@click.command("interview")
@DIRECTORY
def interview_command(directory: Path | None) -> None:
    """Count how many questions it takes in the rules in DIR until the advice on the real cases stays the same.

    Starts from the goals of each case and follows the next question; beside it stand other orders of asking.
    """
    directory = directory or default_rules_directory()
    compiled = compile_rule_base(loaded(directory))
    click.echo(interviews.report_text(*interviews.interviews(compiled, real_cases(directory))))


@click.command("hindsight")
@DIRECTORY
def hindsight_command(directory: Path | None) -> None:
    """List for the real cases that failed what would have had to change, to hold beside what their facts tell."""
    directory = directory or default_rules_directory()
    for line in hindsight(Adviser(loaded(directory)), real_cases(directory)):
        click.echo(line)
