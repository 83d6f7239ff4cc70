"""Which fixed words the reference pages need in each language; every name comes from the rule base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from service.knowledge.model import Kind

DEGREES: Final = (5, 3, 2, 1)
"""The least weights, disregarding the sign, from which each degree in words holds, strongest first."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """The words of one language; names in braces are filled in.

    ``degrees`` and ``signs`` stand in the order of ``DEGREES``.
    """

    other_language: str
    generated: str
    overview: str
    intro: str
    version: str
    rules_title: str
    forms_title: str
    forms_intro: str
    facts_title: str
    facts_intro: str
    sources_title: str
    sources_intro: str
    pages: str
    reading_title: str
    weights_intro: str
    weight_head: str
    meaning_head: str
    grade_head: str
    risks_read: str
    levels_read: str
    degrees: tuple[str, ...]
    signs: tuple[str, ...]
    plea_for: str
    plea_against: str
    excluded: str
    smaller_risk: str
    kinds: Mapping[Kind, str]
    when: str
    then: str
    why: str
    evidence: str
    sources: str
    valid_until: str
    rung: str
    fits: str
    fits_not: str
    nothing_for: str
    nothing_against: str
    comes_with: str
    comes_always: str
    comes_if: str
    nothing_comes: str
    question: str
    required: str
    value_head: str
    answer_head: str
    number: str
    at_most_answers: str
    answers_are_forms: str
    asked_by: str
    not_asked: str
    derived_title: str
    derived_intro: str
    size_of: str
    mean_of: str
    steps_between: str
    same_as: str
    chosen_from: str
    used_by: str
    matrix_title: str
    matrix_alt: str
    matrix_read: str
    matrix_in_words: str
    matrix_in_words_intro: str
    matrix_description: str
    rows_none: str
    on_condition: str
    legend_for: str
    legend_against: str
    legend_weight: str
    legend_alone: str
    legend_more: str
    legend_excluded: str
