"""The figures written out: as text for a terminal, as JSON, and as the page of the reference."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any, Final

from service.workbench.documents import markdown
from service.workbench.documents.speech import MARK
from service.workbench.evaluation.assess import Assessment
from service.workbench.evaluation.measures import MEASURES, discrimination, jackknife, wilson
from service.workbench.evaluation.sections import Heading, Paragraph, Section, Table, sections
from service.workbench.evaluation.shown import Scored, acceptable_forms

WIDTH: Final = 120
TITLE: Final = "Evaluation on real cases"
PAGE: Final = "evaluation.md"


def report_text(assessment: Assessment) -> str:
    """Write the figures for a terminal."""
    return "\n\n".join(_plain(one) for one in sections(assessment))


def report_page(assessment: Assessment) -> str:
    """Write the figures as a page of Markdown."""
    command = "Made by `python -m service evaluate` on the product’s own cases, and written by `make openapi`."
    return markdown.page([f"<!-- {MARK} -->", markdown.heading(1, TITLE), command, *map(_marked, sections(assessment))])


def report_json(assessment: Assessment) -> str:
    """Write the figures for programs; see ``_data`` for the shape."""
    return json.dumps(_data(assessment), ensure_ascii=False, indent=2)


def _plain(section: Section) -> str:
    match section:
        case Heading(text):
            return f"{text}\n{'-' * len(text)}"
        case Paragraph(text):
            return fill(text, WIDTH)
        case Table(heads, rows):
            return "\n\n".join(_record(heads, row) for row in rows) or "(none)"


def _record(heads: Sequence[str], row: Sequence[str]) -> str:
    """Write a row below its name: wide tables do not fit a terminal."""
    wide = max(map(len, heads[1:]))
    return "\n".join([row[0], *(f"  {head:<{wide}}  {cell}" for head, cell in zip(heads[1:], row[1:], strict=True))])


def _marked(section: Section) -> str:
    match section:
        case Heading(text):
            return markdown.heading(2, markdown.escaped(text))
        case Paragraph(text):
            return markdown.escaped(text)
        case Table(heads, rows):
            cells = ([markdown.escaped(cell) for cell in row] for row in rows)
            return markdown.table([markdown.escaped(head) for head in heads], cells) if rows else "None."


def _data(found: Assessment) -> Mapping[str, Any]:
    """Give all figures: ``{"ruleBase", "sets", "measures", "groups", "baselines", "rules", "settings", "cases"}``."""
    base = found.compiled.rule_base
    return {
        "ruleBase": {"version": base.version, "digest": base.digest},
        "sets": [
            {"file": one.file, "cases": len(one.cases), "coded": asdict(one.coded) if one.coded else None}
            for one in found.sets
        ],
        "measures": list(_measures(found)),
        "presentRisks": asdict(discrimination(found.scores)),
        "groups": {
            name: {value: _counts(scores) for value, scores in groups.items()} for name, groups in found.groups()
        },
        "baselines": {one.name: _counts(one.scores) for one in found.baselines},
        "rules": [asdict(one) for one in found.rules],
        "settings": [
            {"name": one.name, "declared": one.declared, "chosen": dict(one.chosen), "figures": _counts(one.scores)}
            for one in found.settings
        ],
        "cases": list(_cases(found)),
    }


def _measures(found: Assessment) -> Iterator[Mapping[str, Any]]:
    for one in MEASURES:
        count, left = one.of(found.scores), jackknife(one, found.scores)
        yield {
            "id": one.id,
            "label": one.label,
            "moreIsBetter": one.better,
            **asdict(count),
            "share": count.share,
            "interval": asdict(wilson(count)),
            "oneCaseLeftOut": asdict(left) if left else None,
            "withoutRulesOnlyMet": asdict(one.of(found.only_met)),
            "withoutRulesOnlyNeeded": asdict(one.of(found.only_needed)),
        }


def _counts(scores: Sequence[Scored]) -> Mapping[str, Any]:
    counts = {one.id: asdict(one.of(scores)) for one in MEASURES}
    return {**counts, "presentRisks": asdict(discrimination(scores))}


def _cases(found: Assessment) -> Iterator[Mapping[str, Any]]:
    for case, shown, score in zip(found.cases, found.shown, found.scores, strict=True):
        yield {
            "id": case.id,
            "name": case.name,
            "outcome": case.outcome,
            "formUsed": case.form_used,
            "acceptableForms": sorted(acceptable_forms(case)),
            "firstForms": list(shown.first),
            "causes": sorted(score.causes),
            "presentRisks": dict(shown.levels),
            "possibleRisks": list(shown.possible),
        }
