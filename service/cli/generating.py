"""Commands that write what follows from the rules: schema, contract, docs."""

from __future__ import annotations

from pathlib import Path

import click

from service import CONTRACT
from service.cli.shared import DIRECTORY, ONLY_CHECK, case_sets_of, loaded
from service.engine.compiled import compile_rule_base
from service.knowledge.loading import default_rules_directory
from service.knowledge.names_schema import names_schema_text
from service.web import settings_page
from service.workbench.contract import filled_contract
from service.workbench.documents.reference import documents, foreign, reference_directory, stale, write_documents
from service.workbench.evaluation import report as evaluation_report
from service.workbench.evaluation.assess import assess


@click.command("schema")
@DIRECTORY
@ONLY_CHECK
def schema_command(directory: Path | None, *, only_check: bool) -> None:
    """Write the names of the rule base in DIR to schema/names.schema.json, for editors."""
    directory = directory or default_rules_directory()
    path = directory / "schema" / "names.schema.json"
    _write(path, names_schema_text(loaded(directory)), "schema", only_check=only_check)


@click.command("contract")
@ONLY_CHECK
def contract_command(*, only_check: bool) -> None:
    """Fill the parts of openapi.yaml that follow from the product's own rule base."""
    text = filled_contract(loaded(default_rules_directory()))
    _write(CONTRACT, text, "contract", only_check=only_check)


@click.command("docs")
@ONLY_CHECK
def docs_command(*, only_check: bool) -> None:
    """Write the reference pages in docs/reference, in Dutch and English, from the product's own rule base.

    The evaluation on its real cases and the page of the settings are in English only.
    """
    directory, rules = reference_directory(), default_rules_directory()
    rule_base = loaded(rules)
    measured = evaluation_report.report_page(assess(compile_rule_base(rule_base), case_sets_of(rules)))
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


def _write(path: Path, text: str, command: str, *, only_check: bool) -> None:
    if not only_check:
        path.write_text(text, encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != text:
        click.echo(f"{path} is stale. Write it again: python -m service {command}", err=True)
        raise SystemExit(1)
