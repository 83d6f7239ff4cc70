"""The command line: every command of ``python -m service``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from service import CONTRACT
from service.advice.adviser import DETAILS, Adviser
from service.batch.formats import FORMATS, format_of
from service.batch.pool import Task
from service.batch.replay import log_files, replay
from service.batch.replay import report_json as replay_json
from service.batch.replay import report_text as replay_text
from service.batch.running import RunError, count_lines, run
from service.batch.tables import TableError
from service.engine.compiled import compile_rule_base
from service.knowledge.findings import Finding, RuleBaseError, choose_from
from service.knowledge.loading import (
    check_rule_base,
    checked_cases,
    default_rules_directory,
    load_rule_base,
)
from service.knowledge.model import LANGUAGES, RuleBase
from service.knowledge.names_schema import names_schema_text
from service.web import settings_page
from service.web.keys import KeyFileError, new_key
from service.web.serving.keeper import Keeper
from service.web.settings import SettingsError, settings_from
from service.web.telemetry import logs, metrics
from service.workbench import interviews, mutation, rule_tests
from service.workbench.case_files import CaseSet, case_sets, real_cases, rule_cases, waivers
from service.workbench.check import report_json, report_text
from service.workbench.contract import filled_contract
from service.workbench.diff import PROFILES, difference
from service.workbench.diff_report import difference_json, difference_text
from service.workbench.documents.reference import documents, foreign, reference_directory, stale, write_documents
from service.workbench.evaluation import report as evaluation_report
from service.workbench.evaluation.assess import assess
from service.workbench.exchange.export import SEPARATORS, export_csv
from service.workbench.exchange.files import as_json
from service.workbench.exchange.importing import import_csv
from service.workbench.hindsight import hindsight
from service.workbench.mutants import mutants
from service.workbench.revisions import RevisionError, rules_of

_DIRECTORY: Final = click.argument(
    "directory",
    metavar="[DIR]",
    required=False,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
_FORMAT: Final = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    help="For a person (text) or for a program (json).",
)
_RULE: Final = click.option("--rule", metavar="ID", help="Only this rule.")
_ONLY_CHECK: Final = click.option("--check", "only_check", is_flag=True, help="Write nothing; fail when it is stale.")

MAY_WAIT: Final = frozenset({"missing-case", "review-due", "expired-waiver"})
"""Findings that do not keep cases and proofs from being run."""


@click.group()
def main() -> None:
    """Work with the rule base of the Co-creation Advisor."""


@main.command("serve")
def serve_command() -> None:
    """Answer over HTTP, as the settings in the environment say (docs/reference/settings.md).

    SIGHUP reloads the rules without losing a request, SIGTERM finishes what is under way and ends. Exit status: 0,
    or 1 when settings or rules cannot be used.
    """
    try:
        settings = settings_from()
    except SettingsError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error
    logs.configure(settings.log_level, settings.log_format)
    if settings.metrics:
        metrics.share()
    raise SystemExit(Keeper(settings).run())


@main.command("check")
@_DIRECTORY
@_FORMAT
@click.option("--proofs", is_flag=True, help="Also prove what holds of every profile (needs the solver z3).")
def check_command(directory: Path | None, format_: str, *, proofs: bool) -> None:
    """Check the rule base in DIR (default: the product's own).

    Shows all findings at once, each with file, line, what, why and how to mend it; with --proofs also profiles
    that show it. Exit status: 0 when all is well, 1 when there are findings, 2 when the solver is missing.
    """
    directory, today = directory or default_rules_directory(), datetime.now(UTC).date()
    rule_base, findings = check_rule_base(directory, today)
    if proofs and rule_base is not None and MAY_WAIT.issuperset(finding.check for finding in findings):
        _prove(directory, rule_base, findings, format_)
        return
    report = report_json if format_ == "json" else report_text
    click.echo(report(rule_base, findings))
    if findings:
        raise SystemExit(1)


def _prove(directory: Path, rule_base: RuleBase, findings: Sequence[Finding], format_: str) -> None:
    try:
        from service.workbench.proofs import prove, report  # noqa: PLC0415 -- the solver is an extra
    except ModuleNotFoundError as error:
        if error.name != "z3":
            raise
        click.echo("Proofs need the solver z3, and it is not installed. Install it: make .venv/proofs", err=True)
        raise SystemExit(2) from error
    found = prove.prove(directory, datetime.now(UTC).date(), findings)
    click.echo(report.proofs_json(rule_base, found) if format_ == "json" else report.proofs_text(rule_base, found))
    if report.failing(found):
        raise SystemExit(1)


@main.command("test")
@_DIRECTORY
@_RULE
@_FORMAT
def test_command(directory: Path | None, rule: str | None, format_: str) -> None:
    """Run the cases beside the rules in DIR, and the real ones.

    Names each rule that fails its case, and those without one. Exit status: 0 when all is well, else 1.
    """
    directory = directory or default_rules_directory()
    rule_base = _sound(directory, rule)
    run = rule_tests.run_cases(compile_rule_base(rule_base), rule_cases(directory), real_cases(directory), rule)
    click.echo(rule_tests.report_json(run) if format_ == "json" else rule_tests.report_text(run))
    if not run.passed:
        raise SystemExit(1)


@main.command("mutate")
@_DIRECTORY
@_RULE
@_FORMAT
@click.option("--seed", default=0, show_default=True, help="Decides which neighbour a target or answer becomes.")
def mutate_command(directory: Path | None, rule: str | None, format_: str, seed: int) -> None:
    """Make small slips in the rules in DIR, and see which of them no case notices.

    Exit status: 0 when at least 95% are noticed and the others are waived with a reason, else 1.
    """
    directory = directory or default_rules_directory()
    compiled = compile_rule_base(_sound(directory, rule))
    probes = mutation.probes_of(compiled, rule_cases(directory), real_cases(directory))
    made = (one for one in mutants(compiled.rule_base, seed) if rule in (None, one.rule.id))
    run = mutation.run_mutants(compiled, made, probes, waivers(directory))
    click.echo(mutation.report_json(run) if format_ == "json" else mutation.report_text(run))
    if not run.passed:
        raise SystemExit(1)


@main.command("interview")
@_DIRECTORY
def interview_command(directory: Path | None) -> None:
    """Count how many questions it takes in the rules in DIR until the advice on the real cases stays the same.

    Starts from the goals of each case and follows the next question; beside it stand other orders of asking.
    """
    directory = directory or default_rules_directory()
    compiled = compile_rule_base(_loaded(directory))
    click.echo(interviews.report_text(*interviews.interviews(compiled, real_cases(directory))))


@main.command("evaluate")
@click.argument("cases", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rules", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another rule base.")
@_FORMAT
def evaluate_command(cases: tuple[Path, ...], rules: Path | None, format_: str) -> None:
    """Measure the advice on real cases: the files CASES, by default the rule base's own.

    Gives the figures with their intervals, beside simpler advice and with rules, settings and cases left
    out. Exit status: 0, or 1 when a file has mistakes.
    """
    directory = rules or default_rules_directory()
    assessment = assess(compile_rule_base(_loaded(directory)), _case_sets(directory, cases))
    click.echo(
        evaluation_report.report_json(assessment) if format_ == "json" else evaluation_report.report_text(assessment)
    )


def _case_sets(directory: Path, paths: Sequence[Path] = ()) -> list[CaseSet]:
    try:
        return case_sets(checked_cases(directory, paths))
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error


@main.command("hindsight")
@_DIRECTORY
def hindsight_command(directory: Path | None) -> None:
    """List for the real cases that failed what would have had to change, to hold beside what their facts tell."""
    directory = directory or default_rules_directory()
    for line in hindsight(Adviser(_loaded(directory)), real_cases(directory)):
        click.echo(line)


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
    _write(CONTRACT, text, "contract", only_check=only_check)


@main.command("docs")
@_ONLY_CHECK
def docs_command(*, only_check: bool) -> None:
    """Write the reference pages in docs/reference, in Dutch and English, from the product's own rule base.

    The evaluation on its real cases and the page of the settings are in English only.
    """
    directory, rules = reference_directory(), default_rules_directory()
    rule_base = _loaded(rules)
    measured = evaluation_report.report_page(assess(compile_rule_base(rule_base), _case_sets(rules)))
    texts = {
        **documents(rule_base),
        evaluation_report.PAGE: measured,
        settings_page.PAGE: settings_page.settings_page(),
    }
    old = stale(directory, texts) if only_check else []
    left = foreign(directory, texts) if only_check else write_documents(directory, texts)
    for path in old:
        click.echo(f"{path} is stale. Write it again: python -m service docs", err=True)
    for path in left:
        click.echo(f"{path} does not belong among the reference pages. Remove it.", err=True)
    if old or left:
        raise SystemExit(1)


@main.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--profiles", default=PROFILES, show_default=True, type=click.IntRange(0), help="How many by chance.")
@_FORMAT
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


@main.command("export")
@_DIRECTORY
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), required=True, help="One text, or tables.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File (json) or directory (csv).")
@click.option("--separator", type=click.Choice([*SEPARATORS]), default="comma", help="Between the cells of a csv.")
def export_command(directory: Path | None, format_: str, output: Path | None, separator: str) -> None:
    """Give the rule base in DIR as JSON, or as CSV tables that can be corrected and imported."""
    directory = directory or default_rules_directory()
    _loaded(directory)
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


@main.command("import")
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


@main.command("batch")
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
    rule_base = _loaded(directory)
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


@main.command("key")
@click.argument("name")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day on which the key counts.")
def key_command(name: str, until: datetime | None) -> None:
    """Make an API key for the client NAME.

    Its line for the file that ADVISER_KEYS names goes to standard output, so that >> adds it to the file. The key
    itself goes to standard error: it is shown this once and kept nowhere.
    """
    try:
        secret, key = new_key(name, until.date() if until else None)
    except KeyFileError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    click.echo(f"The key, to be given to the client and to nobody else: {secret}", err=True)
    click.echo(key.line())


@main.command("replay")
@click.argument("logs_", metavar="LOG...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--rules", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Another rule base.")
@_FORMAT
def replay_command(logs_: tuple[Path, ...], rules: Path | None, format_: str) -> None:
    """Answer the decisions in LOG again, files or directories of them, and say what comes out differently.

    By the rule base that made a decision it comes out the same; by another one it shows what a change of the rules
    does to what was really asked. Exit status: 0 when nothing differs, 1 when something does, 2 when a line cannot be
    read or no decision can be replayed.
    """
    adviser = Adviser(_loaded(rules or default_rules_directory()))
    found = replay(adviser, log_files(logs_))
    click.echo(replay_json(found, adviser) if format_ == "json" else replay_text(found, adviser))
    if found.differences:
        raise SystemExit(1)
    if found.unreadable or not found.replayed:
        raise SystemExit(2)


def _loaded(directory: Path) -> RuleBase:
    try:
        return load_rule_base(directory)
    except RuleBaseError as error:
        click.echo(error, err=True)
        raise SystemExit(1) from error


def _sound(directory: Path, rule: str | None) -> RuleBase:
    """Return a rule base whose rules and cases can be run, and which has the rule."""
    rule_base, findings = check_rule_base(directory, datetime.now(UTC).date())
    broken = [finding for finding in findings if finding.check not in MAY_WAIT]
    if rule_base is None or broken:
        click.echo(report_text(rule_base, broken or findings), err=True)
        raise SystemExit(1)
    names = [one.id for one in rule_base.rules]
    if rule is not None and rule not in names:
        message = choose_from(rule, names, "Look it up in the rule files.")
        raise click.BadParameter(message, param_hint="--rule")
    return rule_base


def _write(path: Path, text: str, command: str, *, only_check: bool) -> None:
    if not only_check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        click.echo(f"{path} is stale. Write it again: python -m service {command}", err=True)
        raise SystemExit(1)
