"""Commands that see whether rules are well: check, test, mutate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from service.cli.shared import DIRECTORY, FORMAT, RULE
from service.engine.compiled import compile_rule_base
from service.knowledge.findings import Finding, choose_from
from service.knowledge.loading import check_rule_base, default_rules_directory
from service.knowledge.model import RuleBase
from service.workbench import mutation, rule_tests
from service.workbench.case_files import real_cases, rule_cases, waivers
from service.workbench.check import report_json, report_text
from service.workbench.mutants import mutants

MAY_WAIT: Final = frozenset({"missing-case", "review-due", "expired-waiver"})
"""Findings that do not keep cases and proofs from being run."""


@click.command("check")
@DIRECTORY
@FORMAT
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


@click.command("test")
@DIRECTORY
@RULE
@FORMAT
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


@click.command("mutate")
@DIRECTORY
@RULE
@FORMAT
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
