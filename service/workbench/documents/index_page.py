"""The first page: the picture, the other pages, and how to read the rules."""

from __future__ import annotations

from collections.abc import Iterable

from service.knowledge.model import Kind
from service.workbench.documents.markdown import bullets, escaped, heading, link, page, table
from service.workbench.documents.matrix import matrix
from service.workbench.documents.matrix_words import row_in_words
from service.workbench.documents.phrases import DEGREES
from service.workbench.documents.speech import PICTURE, Speech, rules_file, signed


def index_page(speech: Speech) -> str:
    """Return the page that leads to all others."""
    rule_base, phrases = speech.rule_base, speech.phrases
    version = phrases.version.format(version=rule_base.version, digest=f"`{rule_base.digest}`")
    return page(
        [
            *speech.top("index.md", speech.words.text(rule_base.title)),
            phrases.intro,
            speech.text(rule_base.notice),
            version,
            heading(2, phrases.pages),
            bullets(_pages(speech)),
            heading(2, phrases.matrix_title),
            phrases.matrix_read,
            f"[![{escaped(phrases.matrix_alt)}]({PICTURE})]({PICTURE})",
            heading(3, phrases.matrix_in_words),
            phrases.matrix_in_words_intro,
            *_matrix_in_words(speech),
            heading(2, phrases.reading_title),
            *_reading(speech),
        ]
    )


def _pages(speech: Speech) -> Iterable[str]:
    phrases, rule_base = speech.phrases, speech.rule_base
    counted = {
        ("forms.md", phrases.forms_title): len(rule_base.catalogue[Kind.FORMS]),
        ("facts.md", phrases.facts_title): len(rule_base.facts),
        ("sources.md", phrases.sources_title): len(rule_base.sources),
    }
    for step in rule_base.method.steps:
        count = sum(rule.step == step.id for rule in rule_base.rules)
        title = phrases.rules_title.format(step=f"‘{speech.words.text(step.label)}’")
        yield f"{link(title, rules_file(step.id))} ({count}). {speech.text(step.definition)}"
    for (file, title), count in counted.items():
        yield f"{link(title, file)} ({count})"


def _matrix_in_words(speech: Speech) -> Iterable[str]:
    for section in matrix(speech.rule_base):
        yield f"**{speech.text(section.fact.label)}**"
        yield bullets(escaped(row_in_words(row, speech)) for row in section.rows)


def _reading(speech: Speech) -> Iterable[str]:
    phrases, method = speech.phrases, speech.rule_base.method
    weights = sorted({side * least for side in (1, -1) for least in DEGREES}, reverse=True)
    yield phrases.weights_intro
    yield table(
        (phrases.weight_head, phrases.meaning_head),
        [(signed(weight), speech.amount(Kind.FORMS, weight).rpartition(" (")[0]) for weight in weights],
    )
    yield escaped(speech.words.cut(method.cap_per_step))
    levels = [f"{speech.text(level.term.label)} ({signed(level.from_points)})" for level in method.risk_levels]
    yield phrases.risks_read.format(levels=speech.listed(levels))
    yield phrases.levels_read.format(levels=speech.listed(speech.text(term.label) for term in method.priorities))
    yield table(
        (phrases.grade_head, phrases.meaning_head),
        [(f"{grade.id} ({speech.text(grade.label)})", speech.text(grade.definition)) for grade in method.evidence],
    )
