"""The advice on paper."""

import base64
import random
import re
from collections.abc import Callable

import pytest

from service.knowledge.model import RuleBase
from tests.browser.driving import MADRID, Browser
from tests.conftest import value_by_chance

pytestmark = pytest.mark.slow
Open = Callable[..., Browser]
A4_WIDTH = 673
"""A4 without the margins of the style sheet (178 mm), in CSS pixels."""
CUT_OFF = """const paper = document.getElementById('paper'), edge = paper.getBoundingClientRect().right + 1;
return [...paper.querySelectorAll('*')].filter((node) => !node.closest('svg') && node.getBoundingClientRect().right > edge)
  .map((node) => node.outerHTML.slice(0, 100))"""


def pages(browser: Browser) -> int:
    printed = base64.b64decode(browser.cdp("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"])
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_paper_is_two_or_three_pages_and_says_what_a_board_needs(advice_page: Open, language: str) -> None:
    browser = advice_page(MADRID, language)
    advice = browser.settled()
    count = pages(browser)
    paper = browser.run("return document.getElementById('paper').textContent")

    assert count in (2, 3)
    for paragraph in advice["summary"].splitlines():
        assert paragraph in paper
    assert advice["ruleBase"]["version"] in paper
    assert advice["risks"][0]["reasons"][0]["sources"][0]["citation"] in paper
    assert re.search(r"\d{1,2} \w+ 20\d\d", paper)
    assert advice["notice"] in paper


def test_nothing_is_cut_off_on_paper(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    pages(browser)
    browser.media("print")
    browser.window(A4_WIDTH, 1000)

    assert [] == browser.run(CUT_OFF)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_profile_with_every_answer_fits_on_three_pages(advice_page: Open, rule_base: RuleBase, seed: int) -> None:
    chance = random.Random(seed)
    values = {name: value_by_chance(fact, chance) for name, fact in rule_base.facts.items() if fact.is_sent}
    profile = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}
    browser = advice_page({name: value for name, value in profile.items() if value != []}, "nl")

    assert 3 >= pages(browser)
