"""The fixed words of the reference pages in English."""

from __future__ import annotations

from typing import Final

from service.knowledge.model import Kind
from service.workbench.documents.phrases import Phrases

ENGLISH: Final = Phrases(
    other_language="Nederlands",
    generated=(
        "This page is made from the rules. Do not edit it here: change `rules/` and then run `python -m service docs`."
    ),
    overview="Overview",
    intro=(
        "Here is everything the advice rests on: each rule in plain words, each form with what speaks for and "
        "against it, each fact you can give and each source."
    ),
    version="Version {version}, {digest}.",
    rules_title="Rules of the step {step}",
    forms_title="Forms",
    forms_intro=(
        "For each form, this page says when it fits, when it does not, and what comes with choosing it. The "
        "weightiest arguments come first. Each condition links to the whole rule."
    ),
    facts_title="Facts",
    facts_intro=(
        "A fact is the answer to one question about your organisation or your initiative. What you leave out is "
        "unknown, and never counts as ‘no’."
    ),
    sources_title="Sources",
    sources_intro=(
        "The sources that rules, forms and facts rest on, arranged by how far they were read. Titles are in the "
        "language of the source."
    ),
    pages="Pages",
    reading_title="How to read the rules",
    weights_intro=(
        "A rule gives a form or tool a weight. The directions come from the sources; the numbers are a proposal by "
        "the authors."
    ),
    weight_head="Weight",
    meaning_head="Meaning",
    grade_head="Evidence",
    risks_read=(
        "Risks count in points: +1 is a hint, +2 a sign, +3 a strong sign and +5 is decisive; below 0 the risk gets "
        "smaller. The level follows from the sum: {levels}."
    ),
    levels_read="Measures and metrics get a priority: {levels}. The highest counts.",
    degrees=("decisively", "strongly", "clearly", "slightly"),
    signs=("decisive", "strong sign", "sign", "hint"),
    plea_for="for",
    plea_against="against",
    excluded="ruled out",
    smaller_risk="gets smaller",
    kinds={
        Kind.FORMS: "form",
        Kind.TOOLS: "tool",
        Kind.ANCHORING_MEASURES: "measure",
        Kind.METRICS: "metric",
        Kind.RISKS: "risk",
    },
    when="When",
    then="Then",
    why="Because",
    evidence="Evidence",
    sources="Sources",
    valid_until="Valid up to and including {date}.",
    rung="Rung of the participation ladder",
    fits="When it fits",
    fits_not="When it does not fit",
    nothing_for="No rule speaks for this form.",
    nothing_against="No rule speaks against this form.",
    comes_with="What comes with it",
    comes_always="This always comes with choosing this form:",
    comes_if="This comes with it only when the rest of the condition is met too:",
    nothing_comes="No rule names anything that belongs to this form alone.",
    question="Question",
    required="Required.",
    value_head="Value",
    answer_head="Answer",
    number="A whole number from {minimum} to {maximum}{unit}.",
    at_most_answers="More than one answer is possible.",
    answers_are_forms="The answers are the forms: {forms}.",
    asked_by="Rules that ask for it",
    not_asked="No rule asks for it directly.",
    derived_title="Derived facts",
    derived_intro="You do not give these facts. They follow from other facts.",
    size_of="Follows from: the number of answers to {facts}.",
    mean_of="Follows from: the mean of {facts}, with halves rounded up. At least {least} of them must be known.",
    steps_between="Follows from: the number of rungs that {upper} lies above {lower}.",
    same_as="If you leave this out, {facts} counts instead.",
    chosen_from="Follows from: {facts}. If there are none, the form that stands first with a score above 0.",
    used_by="Used in",
    matrix_title="What speaks for which form",
    matrix_alt="Matrix of goals and kinds of question against forms; its full content is in words below the picture",
    matrix_read=(
        "A triangle pointing up speaks for the form, one pointing down against it; the larger, the weightier. A filled "
        "triangle holds as soon as the goal or kind of question is given, an open one only on a further condition. "
        "Where several rules have a further condition, the picture shows the weightiest for and the weightiest "
        "against. Other facts, such as the room to decide or the budget, also count in the advice, but are not shown "
        "here."
    ),
    matrix_in_words="The matrix in words",
    matrix_in_words_intro="A number with an asterisk (\\*) holds only on a further condition.",
    matrix_description="For each goal and kind of question, what speaks for or against which form, and its weight.",
    rows_none="no rule",
    on_condition="on a further condition",
    legend_for="speaks for the form",
    legend_against="speaks against the form",
    legend_weight="weight",
    legend_alone="filled: by itself",
    legend_more="open: on a further condition",
    legend_excluded="form is ruled out",
)
