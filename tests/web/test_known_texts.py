"""Texts are found where they stand in a body, each of them and nothing else."""

import random

import pytest

from service.web.known_texts import KnownTexts, begin, end_of

BEFORE = b"{" * 8
ALPHABET = '"abcd:1 '


def texts_by_chance(chance: random.Random, many: int, longest: int) -> list[bytes]:
    made = {"".join(chance.choices(ALPHABET, k=chance.randint(1, longest))) for _ in range(many)}
    return [text.encode() for text in sorted(made)]


@pytest.mark.parametrize("longest", [3, 8, 9, 16, 17, 40])
def test_each_text_is_found_and_no_other_is(longest: int) -> None:
    chance = random.Random(longest)
    texts, others = (texts_by_chance(chance, 400, longest) for _ in range(2))
    known, number_of = KnownTexts(texts), {text: number for number, text in enumerate(texts)}

    for text in (*texts, *others, b""):
        body = BEFORE + text + b"}"
        assert known.find(body, len(BEFORE), len(BEFORE) + len(text)) == number_of.get(text, -1)


def test_texts_that_differ_in_one_byte_are_told_apart() -> None:
    text = b'"communityMaturity": "high"'
    known = KnownTexts([text])

    for place in range(len(text)):
        body = BEFORE + text[:place] + b"\xff" + text[place + 1 :]
        assert known.find(body, len(BEFORE), len(body)) == -1
    assert known.find(BEFORE + text, len(BEFORE), len(BEFORE + text)) == 0


def test_nothing_is_found_among_no_texts() -> None:
    assert KnownTexts([]).find(BEFORE + b'"a"', len(BEFORE), len(BEFORE) + 3) == -1


@pytest.mark.parametrize("size", range(20))
def test_a_piece_ends_at_the_first_comma_or_the_last_brace(size: int) -> None:
    piece = bytes(128 + size for size in range(size)).replace(b",", b".")
    with_comma, alone = b"{" + piece + b", and, more}", b"{" + piece + b"}"

    assert end_of(with_comma, 1, len(with_comma) - 1) == size + 1
    assert end_of(alone, 1, len(alone) - 1) == size + 1


def test_a_piece_begins_behind_a_comma_and_one_space() -> None:
    body = b"{1, 2,3,  4}"

    assert [begin(body, before) for before in (0, 2, 5, 7)] == [1, 4, 6, 9]
