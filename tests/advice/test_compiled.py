"""Compiled, the advice is made faster and is the same."""

from pathlib import Path

from tests.plain import said_by
from tests.serving import ROOT

SAID_BY = "tests.advice.answers_by_chance"


def test_what_is_compiled_gives_the_bytes_that_its_sources_give(plain: Path) -> None:
    how, *compiled = said_by(SAID_BY, ROOT).split()
    as_written, *answers = said_by(SAID_BY, plain).split()

    assert ("compiled", "plain") == (how, as_written)
    assert 600 == len(answers)
    assert answers == compiled
