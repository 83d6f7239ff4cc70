"""What is put together from pieces is what would have been written at once."""

import json
import random
from collections.abc import Callable

import pytest
from librt.strings import BytesWriter

from service.advice.adviser import Adviser
from service.advice.json_text import encode
from service.advice.pieces import (
    USUAL,
    Enumeration,
    Numbered,
    Parts,
    around,
    array,
    end_lists,
    end_names,
    end_objects,
    next_object,
    piece,
)
from service.advice.reasons import Reasons
from service.engine.compiled import CompiledRuleBase
from service.engine.conditions import Part, decisive_parts
from service.engine.evaluation import evaluate
from service.knowledge.model import LANGUAGES, Profile, Value

Maker = Callable[[random.Random, float], Profile]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rule_says_of_its_facts_what_decided_it(
    language: str, adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    chance, words, facts = random.Random(23), adviser.words[language], compiled.rule_base.facts
    reasons = Reasons(compiled, words)

    def said(part: Part, value: Value) -> object:
        fact = facts[part.comparison.fact]
        listed = [one.id for one in fact.options if one.id in value] if isinstance(value, frozenset) else value
        return {
            "fact": fact.id,
            "value": listed,
            "label": fact.label.in_language(language),
            "text": words.because(part, value),
        }

    fired = set()
    for _ in range(150):
        evaluation = evaluate(compiled, profile_by_chance(chance, chance.random()))
        known = evaluation.known
        for rule in evaluation.fired:
            parts = decisive_parts(compiled.rule_base.rules[rule].when, known, facts)
            expected = [said(part, known[part.comparison.fact]) for part in parts]

            assert expected == json.loads(reasons.because(rule, evaluation))
            fired.add(rule)
    assert len(fired) > len(compiled.rule_base.rules) / 2


@pytest.mark.parametrize("number", [0, 7, -USUAL, USUAL, USUAL + 1, -USUAL - 1, 10**12])
def test_a_number_is_written_whether_usual_or_not(number: int) -> None:
    assert f'"score":{number},' == Numbered(b'"score":', b",").of(number).decode()


@pytest.mark.parametrize("count", range(5))
def test_names_are_enumerated_as_in_any_sentence(adviser: Adviser, count: int) -> None:
    names = ["’t één", 'het "andere"', "c", "d"][:count]
    for words in adviser.words.values():
        assert piece(words.enumerate(names)) == Enumeration(words).of([piece(name) for name in names])


def test_a_sentence_that_is_cut_at_a_name_takes_any_name() -> None:
    template, name = 'Zie "{form}":\n\\ dan.', 'de "brede" \t vorm'
    before, after = around(template, "form")

    assert piece(template.format(form=name)) == before + piece(name) + after


@pytest.mark.parametrize("said", [[], ["a"], ["a", "b"]])
def test_an_array_of_what_is_written_is_the_array(said: list[str]) -> None:
    assert encode(said) == array([encode(one) for one in said])


@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize(("least", "most"), [(1, 4), (25, 3), (1000, 1)])
def test_objects_are_an_array_in_whatever_parts_they_are_written(count: int, least: int, most: int) -> None:
    said = [{"id": f"{number}", "of": [number]} for number in range(count)]
    parts = Parts(least)
    for _ in range(2):
        parts.out.write(b'{"objects"')
        start = len(parts.out)
        for one in said:
            parts.out.write(next_object(encode(one)))
            start = parts.cut(start)
        end_objects(start, parts.out)
        parts.out.write(b"}")
        written = parts.all()

        assert {"objects": said} == json.loads(b"".join(written))
        assert len(written) <= most
        assert all(len(one) >= least for one in written[:-1])


@pytest.mark.parametrize("count", range(4))
def test_objects_and_names_one_after_another_are_an_array(count: int) -> None:
    said = [{"id": f"{number}", "of": [number]} for number in range(count)]
    out = BytesWriter()
    out.write(b'{"objects"')
    start = len(out)
    for one in said:
        out.write(next_object(encode(one)))
    end_objects(start, out)
    out.write(b',"lists')
    start = len(out)
    for one in said:
        out.write(b"]}," + encode(one)[:-2])
    end_lists(start, out)
    out.write(b',"names":')
    start = len(out)
    for one in said:
        out.write(b"," + encode(one["id"]))
    end_names(start, out)
    out.write(b"}")

    assert json.loads(out.getvalue()) == {"objects": said, "lists": said, "names": [one["id"] for one in said]}
