"""The way of a person through the advice page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.driving import MADRID, Browser

pytestmark = pytest.mark.slow
Open = Callable[..., Browser]
MOST_STEPS = 150
ACTIVE = """let node = document.activeElement;
while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
const style = getComputedStyle(node);
return { tag: node.localName, name: node.getAttribute('name'), value: node.getAttribute('value'), id: node.id,
  key: node.closest('[data-key]')?.dataset.key ?? '', text: node.textContent.trim().slice(0, 80), outline: style.outlineStyle,
  visible: node.getBoundingClientRect().bottom > 0 && node.getBoundingClientRect().top < innerHeight }"""


def press(browser: Browser, *keys: str) -> dict[str, Any]:
    ActionChains(browser.driver).send_keys(*keys).perform()
    active: dict[str, Any] = browser.run(ACTIVE)
    return active


def tab_to(browser: Browser, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(MOST_STEPS):
        active = press(browser, Keys.TAB)
        if active["tag"] != "body":
            assert "none" != active["outline"], active
            browser.until(lambda: browser.run(ACTIVE)["visible"], "what has focus in view")
        if wanted(active):
            return active
    raise AssertionError(active)


def test_the_whole_path_goes_by_keyboard(advice_page: Open) -> None:
    browser = advice_page()

    assert "To the content" == press(browser, Keys.TAB)["text"]
    tab_to(browser, lambda active: active["name"] == "goals" and active["value"] == "8")
    press(browser, Keys.SPACE)
    browser.settled()
    tab_to(browser, lambda active: active["key"] == "group question")
    assert press(browser, Keys.ENTER, Keys.TAB)["key"].startswith("fact ")
    tab_to(browser, lambda active: active["key"] == "fact scope")
    assert press(browser, Keys.ENTER, Keys.TAB)["name"] == "scope"
    press(browser, Keys.ARROW_UP)
    browser.until(lambda: "scope" in browser.profile(), "an answer by arrow key")
    browser.settled()
    tab_to(browser, lambda active: active["tag"] == "summary" and active["key"].startswith("form "))
    active = press(browser, Keys.ENTER)
    browser.find(f'[data-key="{active["key"]}"] .reason')
    tab_to(browser, lambda active: active["key"].startswith("source "))
    active = press(browser, Keys.ENTER)
    browser.find(f'[data-key="{active["key"]}"] a')
    assert "a" == press(browser, Keys.TAB)["tag"]


def test_an_answer_is_taken_back_by_not_knowing(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.choose("trust", 4)
    browser.until(lambda: 4 == browser.profile()["trust"], "the new answer")
    browser.find('input[name="trust"][value=""]').click()

    browser.until(lambda: "trust" not in browser.profile(), "no answer")
    assert "Not answered yet" == browser.text('[data-said="trust"]')


def test_advice_appears_from_the_first_goal_on_and_goes_when_it_is_taken_back(advice_page: Open) -> None:
    browser = advice_page()
    assert browser.run("return document.querySelector('co-creation-advice').advice") is None

    browser.choose("goals", ["better-policy"])
    assert browser.settled()["forms"][0]["label"] in browser.text('[part="forms"]')
    browser.choose("goals", ["better-policy"])
    browser.until(lambda: not browser.run("return document.querySelector('co-creation-advice').advice"), "no advice")


def test_a_link_reproduces_the_advice_and_the_server_never_sees_the_profile(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    other = dict(browser.settled())
    address = browser.driver.current_url
    requested = browser.run("return performance.getEntriesByType('resource').map(({ name }) => name)")

    assert MADRID == browser.profile()
    assert not [one for one in requested if "legitimacy" in one]
    browser.open(address)
    assert other == browser.settled()


def test_going_back_takes_back_answer_by_answer_and_forward_gives_them_again(advice_page: Open) -> None:
    browser = advice_page()
    browser.choose("goals", ["talent"])
    browser.settled()
    browser.choose("scope", "broad")
    browser.until(lambda: "scope" in browser.driver.current_url, "the answer in the address")

    browser.driver.back()
    browser.until(lambda: {"goals": ["talent"]} == browser.profile(), "one answer less")
    browser.driver.back()
    browser.until(lambda: {"goals": []} == browser.profile(), "no answers")
    browser.driver.forward()
    browser.driver.forward()
    browser.until(lambda: "scope" in browser.profile(), "all answers")

    assert {"goals": ["talent"], "scope": "broad"} == browser.profile()


def test_the_language_is_switched_without_loss_of_answers(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.driver.find_element("id", "other-language").click()
    browser.until(lambda: "nl" == browser.run("return document.documentElement.lang"), "Dutch")

    assert "nl" == browser.settled()["language"]
    assert MADRID == browser.profile()
    assert "Vormen" in browser.text('[part="forms"] h3')


def test_the_element_switches_its_language_in_place(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.run("document.querySelector('co-creation-advice').setAttribute('language', 'nl')")
    browser.until(lambda: "nl" == browser.settled()["language"], "Dutch")

    assert MADRID == browser.profile()
    assert "Welke doelen" in browser.text("legend")


def test_the_advice_warns_madrid_first_of_what_is_missing_inside_and_says_why(advice_page: Open) -> None:
    browser = advice_page()
    for fact, value in MADRID.items():
        browser.choose(fact, value)
    browser.until(lambda: set(MADRID) == set(browser.profile()), "all answers")
    browser.until(lambda: len(browser.settled()["firedRules"]) > 10, "advice on all answers")

    first = browser.find('[part="risks"] details')
    assert "risk no-internal-link" == first.get_attribute("data-key")
    assert "Internal connection missing" in browser.text(".warning")
    assert "The rating of process is 2 of 5" in browser.fold("risk no-internal-link").text


def test_the_advice_shows_madrid_what_to_change_and_the_changed_profile_loses_the_warning(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.fold("risk no-internal-link")
    away = browser.fold("away no-internal-link")
    browser.until(lambda: away.find_elements("css selector", "button"), "a change to take over")
    away.find_elements("css selector", "button")[0].click()
    browser.until(lambda: MADRID != browser.profile(), "a changed profile")
    browser.until(lambda: "no-internal-link" not in high_risks(browser), "the warning gone")

    assert "Internal connection missing" not in browser.text('[part="summary"]')
    assert browser.run("return document.activeElement.shadowRoot.activeElement.localName") == "h2"


def test_two_variants_are_compared_side_by_side_and_the_link_keeps_both(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.driver.find_element("id", "compare").click()
    browser.settled("#other-advice")
    browser.choose("maturityProcess", 4, "#other-advice")
    browser.until(lambda: 4 == browser.profile("#other-advice")["maturityProcess"], "a variant")
    browser.until(lambda: browser.driver.find_element("id", "differences").text, "the differences")

    assert 2 == browser.profile("#advice")["maturityProcess"]
    assert "Internal connection missing" in browser.driver.find_element("id", "differences").text
    assert ("variant.maturityProcess", "4") in parse_qsl(browser.driver.current_url.partition("#")[2])
    browser.open(browser.driver.current_url)
    browser.settled("#other-advice")
    assert 4 == browser.profile("#other-advice")["maturityProcess"]


def test_one_by_one_asks_what_matters_most_and_leads_on(advice_page: Open) -> None:
    browser = advice_page()
    browser.driver.find_element("id", "one-by-one").click()
    browser.until(lambda: 1 == len(browser.run(ALL_QUESTIONS)), "one question")
    assert "goals" == browser.run(ALL_QUESTIONS)[0]

    browser.find('input[name="goals"][value="8"]').click()
    browser.find("form > p button").click()
    browser.until(lambda: browser.run(ALL_QUESTIONS) != ["goals"], "the next question")
    second = browser.run(ALL_QUESTIONS)
    browser.find("form > p button").click()
    browser.until(lambda: browser.run(ALL_QUESTIONS) != second, "another question after one that is skipped")


def high_risks(browser: Browser) -> list[str]:
    return [risk["id"] for risk in browser.settled()["risks"] if risk.get("level") == 3]


ALL_QUESTIONS = """return [...document.querySelector('co-creation-advice').shadowRoot.querySelectorAll('fieldset')]
  .map((field) => field.dataset.fact)"""
