"""The matrix in words, for those who do not see the picture."""

from __future__ import annotations

from collections.abc import Iterable

from service.knowledge.model import Kind
from service.workbench.documents.matrix import Mark, Row
from service.workbench.documents.speech import Speech, signed


def row_in_words(row: Row, speech: Speech) -> str:
    """Say a row as one sentence (plain text): what speaks for and against which form, with the weights."""
    forms = speech.rule_base.catalogue[Kind.FORMS]
    names = {name: speech.words.text(form.label) for name, form in forms.items()}
    said = "; ".join(
        f"{names[form]} {', '.join(_amounts(marks, speech))}"
        for form, marks in sorted(row.marks.items(), key=lambda one: -_strength(one[1]))
    )
    return f"{speech.words.text(row.option.label)}: {said or speech.phrases.rows_none}."


def _amounts(marks: Iterable[Mark], speech: Speech) -> Iterable[str]:
    for mark in marks:
        said = speech.phrases.excluded if mark.amount is None else signed(mark.amount)
        yield said if mark.alone else f"{said}*"


def _strength(marks: Iterable[Mark]) -> float:
    return max(float("-inf") if mark.amount is None else mark.amount for mark in marks)
