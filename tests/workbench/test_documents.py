import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import service.cli.generating
from service.advice.words import Words
from service.cli import main
from service.knowledge.model import LANGUAGES, Kind, RuleBase
from service.workbench.documents.markdown import escaped
from service.workbench.documents.matrix import Mark, bearing, matrix
from service.workbench.documents.reference import (
    documents,
    foreign,
    reference_directory,
    stale,
    write_documents,
)

SVG = "{http://www.w3.org/2000/svg}"
LINK = re.compile(r"(?<!\\)\]\((?P<target>[^)\s]+)\)")
ANCHOR = re.compile(r'<a id="(?P<id>[^"]+)"></a>')
RULE_HEADING = re.compile(r"^## (?P<id>[a-z0-9-]+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def texts(rule_base: RuleBase) -> dict[str, str]:
    return documents(rule_base)


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def section(text: str, start: str) -> str:
    """Give what stands under a heading or anchor, up to the next heading of level 2 with its anchor."""
    rest = text[text.index(start) + len(start) :].lstrip("\n").removeprefix("## ")
    return re.split(r"\n(?:<a id=[^\n]*\n\n)?##? ", rest)[0]


def picture(texts: dict[str, str], language: str) -> ET.Element:
    return ET.fromstring(texts[f"{language}/matrix.svg"])  # noqa: S314  # our own picture


def test_every_rule_stands_in_words_on_the_page_of_its_step(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    words = Words(language, rule_base.facts)
    for rule in rule_base.rules:
        said = section(texts[f"{language}/rules-{rule.step}.md"], f"\n## {rule.id}\n")

        assert escaped(words.condition(rule.when)) in said, rule.id
        assert escaped(words.text(rule.rationale)) in said, rule.id
        assert {f"sources.md#source-{name}" for name in rule.sources} <= set(LINK.findall(said)), rule.id
        for effect in rule.effects:
            assert escaped(words.text(rule_base.catalogue[effect.kind][effect.target].label)) in said, rule.id


def test_every_form_says_the_rules_for_and_against_it(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    for form in rule_base.catalogue[Kind.FORMS].values():
        said = section(texts[f"{language}/forms.md"], f'<a id="form-{form.id}"></a>')
        fits, fits_not = said.split("\n### ")[1:3]
        weighing = {
            True: {rule for rule in rule_base.rules for one in rule.effects if _weighs(one, form.id, for_it=True)},
            False: {rule for rule in rule_base.rules for one in rule.effects if _weighs(one, form.id, for_it=False)},
        }

        assert {f"rules-{rule.step}.md#{rule.id}" for rule in weighing[True]} == set(LINK.findall(fits))
        assert {f"rules-{rule.step}.md#{rule.id}" for rule in weighing[False]} == set(LINK.findall(fits_not))
        assert escaped(form.label.in_language(language)) in said
        assert escaped(rule_base.catalogue["participationLadder"][str(form.rung)].label.in_language(language)) in said


def _weighs(effect: Any, form: str, *, for_it: bool) -> bool:
    speaks_for = effect.amount is not None and effect.amount > 0
    return effect.kind is Kind.FORMS and effect.target == form and speaks_for is for_it


def test_the_arguments_of_a_form_stand_strongest_first(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    for form in rule_base.catalogue[Kind.FORMS]:
        parts = section(texts[f"{language}/forms.md"], f'<a id="form-{form}"></a>').split("\n### ")[1:3]
        for part in parts:
            weights = [int(weight) for weight in re.findall(r"^\| [^|]*\([+−](\d)\) \|", part, re.MULTILINE)]

            assert sorted(weights, reverse=True) == weights, form


def test_a_form_names_every_rule_that_asks_whether_it_is_chosen(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    chosen = next(fact.id for fact in rule_base.facts.values() if fact.options_from == Kind.FORMS and not fact.is_sent)
    for form in rule_base.catalogue[Kind.FORMS]:
        said = section(texts[f"{language}/forms.md"], f'<a id="form-{form}"></a>').split("\n### ")[3]
        asking = [rule for rule in rule_base.rules if bearing(rule.when, chosen, form)]

        assert {f"rules-{rule.step}.md#{rule.id}" for rule in asking} == set(LINK.findall(said)) - _forms_linked(said)


def _forms_linked(said: str) -> set[str]:
    return {target for target in LINK.findall(said) if target.startswith("forms.md")}


def test_every_fact_stands_with_its_question_and_answers(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    page = texts[f"{language}/facts.md"]
    for fact in rule_base.facts.values():
        start = page.index(f'<a id="fact-{fact.id}"></a>')
        said = page[start:].split("<a id=")[1]

        assert f"(`{fact.id}`)" in said
        assert escaped(fact.label.in_language(language)) in said
        assert fact.question is None or escaped(fact.question.in_language(language)) in said
        for option in fact.options:
            assert escaped(option.label.in_language(language)) in said, (fact.id, option.id)


def test_every_source_says_how_far_it_was_read(texts: dict[str, str], rule_base: RuleBase, language: str) -> None:
    parts = texts[f"{language}/sources.md"].split("\n## ")[1:]
    for source in rule_base.sources.values():
        reading = rule_base.method.reading[source.read].label.in_language(language)
        (part,) = [one for one in parts if f'<a id="source-{source.id}"></a>' in one]

        assert part.startswith(reading)
        assert escaped(source.citation) in part
        assert all(f"<{address}>" in part for address in source.addresses)


def test_every_internal_link_resolves(texts: dict[str, str]) -> None:
    anchors = {name: [*ANCHOR.findall(text), *RULE_HEADING.findall(text)] for name, text in texts.items()}
    broken = []
    for name, text in texts.items():
        for target in LINK.findall(text) if name.endswith(".md") else ():
            file, _, anchor = target.partition("#")
            path = (Path(name).parent / file).as_posix()
            aimed = "/".join(_resolved(path))
            if aimed not in texts or (anchor and anchor not in anchors[aimed]):
                broken.append((name, target))

    assert [] == broken
    assert all(len(found) == len(set(found)) for found in anchors.values())


def _resolved(path: str) -> list[str]:
    parts: list[str] = []
    for part in path.split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return parts


def test_the_first_page_leads_to_every_other_file(texts: dict[str, str], language: str) -> None:
    linked = {f"{language}/{target}" for target in LINK.findall(texts[f"{language}/index.md"])}

    assert {name for name in texts if name.startswith(f"{language}/")} - {f"{language}/index.md"} <= linked


def test_both_languages_have_the_same_files(texts: dict[str, str]) -> None:
    by_language = [{name[3:] for name in texts if name.startswith(f"{one}/")} for one in LANGUAGES]

    assert by_language[0] == by_language[1]
    assert len(texts) == 2 * len(by_language[0])


def test_every_page_is_marked_as_generated(texts: dict[str, str]) -> None:
    assert [] == [name for name, text in texts.items() if "Generated from rules/" not in text]


def test_the_same_rule_base_gives_the_same_pages(texts: dict[str, str], rule_base: RuleBase) -> None:
    assert texts == documents(rule_base)


def test_the_pages_on_disk_are_fresh_and_no_others_stand_among_them(texts: dict[str, str]) -> None:
    assert [] == stale(reference_directory(), texts)
    assert [] == foreign(reference_directory(), texts)


def test_the_picture_is_well_formed_and_says_what_it_shows(texts: dict[str, str], language: str) -> None:
    root = picture(texts, language)
    said = {name: root.findtext(f"{SVG}{name}") for name in ("title", "desc")}

    assert "img" == root.get("role")
    assert "title desc" == root.get("aria-labelledby")
    assert all(said.values())
    assert ["title", "desc"] == [element.get("id") for element in root[:2]]


def test_the_picture_has_every_row_and_column_and_a_group_for_each_cell(
    texts: dict[str, str], rule_base: RuleBase, language: str
) -> None:
    root = picture(texts, language)
    written = {element.text for element in root.iter(f"{SVG}text")}
    rows = [row for found in matrix(rule_base) for row in found.rows]
    items = [item for name in (Kind.FORMS, "goals", "questionTypes") for item in rule_base.catalogue[name].values()]

    assert {item.label.in_language(language) for item in items} <= written
    assert sum(len(row.marks) for row in rows) == len(list(root.iter(f"{SVG}g")))
    assert len(rule_base.catalogue["goals"]) + len(rule_base.catalogue["questionTypes"]) == len(rows)


def test_nothing_in_the_picture_stands_outside_it(texts: dict[str, str], language: str) -> None:
    root = picture(texts, language)
    _, _, wide, high = (float(number) for number in str(root.get("viewBox")).split())
    for path in root.iter(f"{SVG}path"):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", str(path.get("d")))]

        assert all(0 <= x <= wide for x in numbers[::2])
        assert all(0 <= y <= high for y in numbers[1::2])


def test_a_mark_is_filled_only_when_the_answer_alone_makes_the_rule_fire(rule_base: RuleBase, compiled: Any) -> None:
    for found in matrix(rule_base):
        for row in found.rows:
            answer: Any = frozenset({row.option.id}) if found.fact.maximum else row.option.id
            holding = {
                effect.target
                for rule, test in zip(rule_base.rules, compiled.tests, strict=True)
                for effect in rule.effects
                if effect.kind is Kind.FORMS
                and bearing(rule.when, found.fact.id, row.option.id)
                and test({found.fact.id: answer}) is True
            }
            filled = {form for form, marks in row.marks.items() if any(mark.alone for mark in marks)}

            assert holding == filled, row.option.id


def test_a_form_that_a_goal_rules_out_is_drawn_as_such(rule_base: RuleBase) -> None:
    first, goal = _a_form_and_goal(rule_base)
    changed = [
        replace(rule, effects=(replace(rule.effects[0], kind=Kind.FORMS, target=first, amount=None),))
        if bearing(rule.when, "goals", goal)
        else rule
        for rule in rule_base.rules
    ]
    without = replace(rule_base, rules=tuple(changed))
    row = next(row for row in matrix(without)[0].rows if row.option.id == goal)

    assert Mark(None, alone=True) in row.marks[first]
    assert all("<svg" in text for name, text in documents(without).items() if name.endswith(".svg"))


def _a_form_and_goal(rule_base: RuleBase) -> tuple[str, str]:
    rows = [
        row for row in matrix(rule_base)[0].rows if any(mark.alone for marks in row.marks.values() for mark in marks)
    ]
    return next(iter(rows[0].marks)), rows[0].option.id


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr(service.cli.generating, "reference_directory", lambda: tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["docs", *arguments])


def test_check_names_every_stale_file_and_writes_nothing(
    at: Callable[..., Any], tmp_path: Path, texts: dict[str, str]
) -> None:
    result = at("--check")

    assert 1 == result.exit_code
    assert [] == [name for name in texts if f"{tmp_path / name} is stale" not in result.output]
    assert [] == list(tmp_path.iterdir())


def test_check_names_files_that_do_not_belong(at: Callable[..., Any], tmp_path: Path) -> None:
    at()
    (tmp_path / "nl" / "notes.md").write_text("mine", encoding="utf-8")

    result = at("--check")

    assert 1 == result.exit_code
    assert f"{tmp_path / 'nl' / 'notes.md'} does not belong" in result.output
    assert 1 == len(result.output.splitlines())


def test_writing_removes_generated_files_that_no_longer_belong_but_leaves_others(
    at: Callable[..., Any], tmp_path: Path, texts: dict[str, str]
) -> None:
    write_documents(tmp_path, {**texts, "nl/rules-gone.md": texts["nl/index.md"]})
    (tmp_path / "nl" / "notes.md").write_text("mine", encoding="utf-8")
    (tmp_path / "by-hand.md").write_text("beside the generated folders", encoding="utf-8")

    result = at()

    assert 1 == result.exit_code
    assert "notes.md does not belong" in result.output
    assert [tmp_path / "nl" / "notes.md"] == foreign(tmp_path, texts)


def test_after_writing_the_check_is_content(at: Callable[..., Any]) -> None:
    assert 0 == at().exit_code
    assert 0 == at("--check").exit_code
