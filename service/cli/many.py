"""Commands that answer for many profiles from files: batch, replay."""

from __future__ import annotations

import os
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from service.advice.adviser import DETAILS, Adviser
from service.batch.formats import FORMATS, format_of
from service.batch.pool import Task
from service.batch.replay import log_files, replay
from service.batch.replay import report_json as replay_json
from service.batch.replay import report_text as replay_text
from service.batch.running import RunError, count_lines, run
from service.batch.tables import TableError
from service.cli.shared import FORMAT, loaded
from service.knowledge.loading import default_rules_directory
from service.knowledge.model import LANGUAGES


@click.command("batch")
@click.argument("source", metavar="IN", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", "target", required=True, metavar="OUT", type=click.Path(path_type=Path))
@click.option("--rules", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another rule base.")
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True)
@click.option("--detail", type=click.Choice(DETAILS), default="brief", show_default=True, help="For NDJSON.")
@click.option("--processes", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one a core")
def batch_command(source: Path, target: Path, rules: Path | None, language: str, detail: str, processes: int) -> None:
    """Advise on every profile in the file IN, and write the answers to OUT, in order.

    Each is NDJSON (.ndjson, .jsonl: a JSON object a line, as for POST /v1/recommendations/_batch) or a table
    (.csv: a column a fact, ids of a set with semicolons between them, and if you like a column id). After a
    stop, the same command goes on where it stopped. Exit status: 0 when every line got advice, 1 when some
    got a problem, 2 when the run could not be made.
    """
    for path in (source, target):
        if format_of(path) is None:
            message = f"{path} is of no known format. Its name must end in {', '.join(FORMATS)}."
            raise click.UsageError(message)
    directory = rules or default_rules_directory()
    rule_base = loaded(directory)
    task = Task(directory, language, detail, target.suffix.lower())
    try:
        with click.progressbar(length=count_lines(source), label=source.name, file=sys.stderr) as bar:
            outcome = run(source, target, task, rule_base, processes, lambda last: bar.update(last - bar.pos))
    except (RunError, TableError) as error:
        click.echo(error, err=True)
        raise SystemExit(2) from error
    except BrokenProcessPool as error:
        click.echo("A process died. Run the same command again to go on where it stopped.", err=True)
        raise SystemExit(2) from error
    kept = f", {outcome.before} of them from an earlier run" if outcome.before else ""
    click.echo(f"{outcome.answers} answers in {target}{kept}; {outcome.problems} of the new ones are problems.")
    if outcome.problems:
        raise SystemExit(1)


@click.command("replay")
@click.argument("logs_", metavar="LOG...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--rules", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another rule base.")
@FORMAT
def replay_command(logs_: tuple[Path, ...], rules: Path | None, format_: str) -> None:
    """Answer the decisions in LOG again, files or directories of them, and say what comes out differently.

    By the rule base that made a decision it comes out the same; by another one it shows what a change of the rules
    does to what was really asked. Exit status: 0 when nothing differs, 1 when something does, 2 when a line cannot be
    read or no decision can be replayed.
    """
    adviser = Adviser(loaded(rules or default_rules_directory()))
    found = replay(adviser, log_files(logs_))
    click.echo(replay_json(found, adviser) if format_ == "json" else replay_text(found, adviser))
    if found.differences:
        raise SystemExit(1)
    if found.unreadable or not found.replayed:
        raise SystemExit(2)
