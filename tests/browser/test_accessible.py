"""What a machine can tell of WCAG 2.2 AA, in every state; docs/reference/accessibility.md says what people have to see to."""

from collections.abc import Callable

import pytest

from tests.browser.driving import MADRID, Browser, Portal, Service, violations

pytestmark = pytest.mark.slow
Open = Callable[..., Browser]
EVERYTHING = """for (let round = 0; round < 4; round++) for (const widget of document.querySelectorAll('co-creation-advice'))
  for (const fold of widget.shadowRoot.querySelectorAll('details:not([open])')) fold.firstChild.click()"""
TARGETS = """return [...document.querySelector('co-creation-advice').shadowRoot.querySelectorAll('button, input, summary, a')]
  .filter((node) => node.checkVisibility()).map((node) => [node, (node.closest('label') ?? node).getBoundingClientRect()])
  .filter(([node, box]) => node.localName !== 'a' && (box.width < 24 || box.height < 24)).map(([node]) => node.outerHTML.slice(0, 120))"""
WIDER = """const wider = [], width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) wider.push(document.documentElement.scrollWidth);
for (const node of document.querySelector('co-creation-advice')?.shadowRoot.querySelectorAll('*') ?? [])
  if (node.checkVisibility() && !node.closest('.hidden, svg') && node.getBoundingClientRect().right > width + 1) wider.push(node.outerHTML.slice(0, 120));
return wider"""
AXES = """const root = document.querySelector('co-creation-advice').shadowRoot;
return [...new Set([...root.querySelectorAll('.bar .axis')].filter((node) => node.checkVisibility()).map((node) => Math.round(node.getBoundingClientRect().left)))]"""
PAGES = (
    "reference",
    "reference/forms",
    "reference/forms/living-lab",
    "reference/rules/low-process",
    "reference/contract",
)


def opened(browser: Browser) -> None:
    browser.run(EVERYTHING)
    browser.until(lambda: browser.run(EVERYTHING + "\nreturn true"), "everything open")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_in_questions_and_advice(advice_page: Open, scheme: str, language: str) -> None:
    browser = advice_page(language=language)
    browser.media(prefers_color_scheme=scheme)
    assert [] == violations(browser)

    browser.choose("goals", MADRID["goals"])
    browser.settled()
    assert [] == violations(browser)


def test_axe_finds_nothing_when_everything_is_open(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    opened(browser)

    assert [] == violations(browser)
    browser.media(prefers_color_scheme="dark")
    assert [] == violations(browser)


def test_axe_finds_nothing_in_one_by_one_and_in_compare(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.driver.find_element("id", "one-by-one").click()
    browser.find("form > p button")
    assert [] == violations(browser)

    browser.driver.find_element("id", "one-by-one").click()
    browser.driver.find_element("id", "compare").click()
    browser.settled("#other-advice")
    assert [] == violations(browser)


def test_axe_finds_nothing_in_errors(advice_page: Open, service: Service) -> None:
    browser = advice_page(MADRID)
    browser.run("document.querySelector('co-creation-advice').profile = { goals: ['nothing'], trust: 9 }")
    browser.until(lambda: "not a value" in browser.text("[role=alert]"), "the mistakes")
    assert [] == violations(browser)

    service.stop()
    browser.run("document.querySelector('co-creation-advice').profile = { goals: ['talent'] }")
    browser.until(lambda: "cannot be reached" in browser.text("[role=alert]"), "the failure")
    assert [] == violations(browser)


def test_axe_finds_nothing_on_paper(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.run("dispatchEvent(new Event('beforeprint'))")
    browser.media("print")

    assert [] == violations(browser)


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_reference_pages(browser: Browser, service: Service, path: str) -> None:
    browser.open(f"{service.address}/{path}?language=nl")

    assert [] == violations(browser)
    browser.window(320)
    assert [] == browser.run(WIDER)


def test_axe_finds_nothing_in_the_frame_and_in_read_only(browser: Browser, service: Service, portal: Portal) -> None:
    browser.open(f"{service.address}/embed?language=en")
    browser.find("fieldset")
    assert [] == violations(browser)

    content = f"""<script type="module" src="{service.address}/widget/v1/widget.js"></script>
        <main><co-creation-advice readonly profile='{{"goals": ["talent"], "scope": "broad"}}'></co-creation-advice></main>"""
    browser.open(portal.page(content))
    browser.settled()
    assert [] == violations(browser)
    assert 0 == browser.run(
        "return document.querySelector('co-creation-advice').shadowRoot.querySelectorAll('input').length"
    )


@pytest.mark.parametrize("width", [320, 640])
def test_nothing_is_wider_than_a_narrow_or_zoomed_window(advice_page: Open, width: int) -> None:
    browser = advice_page(MADRID)
    browser.window(width)  # 400 % and 200 % of 1280
    opened(browser)

    assert [] == browser.run(WIDER)


def test_text_of_twice_the_size_stays_inside(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.run("document.documentElement.style.fontSize = '200%'")
    opened(browser)

    assert [] == browser.run(WIDER)


def test_wider_spacing_of_text_cuts_nothing_off(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    opened(browser)
    spaced = """const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }');
        document.querySelector('co-creation-advice').shadowRoot.adoptedStyleSheets.push(sheet)"""
    browser.run(spaced)

    assert [] == browser.run(WIDER)


def test_targets_are_large_enough(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    opened(browser)

    assert [] == browser.run(TARGETS)


def test_bars_and_marks_are_seen_in_forced_colours(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.media(forced_colors="active")
    fill = "return getComputedStyle(document.querySelector('co-creation-advice').shadowRoot.querySelector('.bar .for')).fill"
    text = "return getComputedStyle(document.body).color"

    assert browser.run(text) == browser.run(fill)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_bars_of_all_forms_stand_on_one_axis(advice_page: Open, width: int) -> None:
    browser = advice_page(MADRID)
    browser.window(width)

    assert 1 == len(browser.run(AXES))


def test_nothing_moves(advice_page: Open) -> None:
    browser = advice_page(MADRID)
    browser.media(prefers_reduced_motion="reduce")

    assert 0 == browser.run("return document.getAnimations().length")


def test_the_status_says_what_changed_and_the_failure_is_an_alert(advice_page: Open) -> None:
    browser = advice_page()
    browser.choose("goals", ["talent"])
    first = browser.settled()["forms"][0]["label"]

    browser.until(lambda: first in str(browser.find("[role=status]").get_property("textContent")), "the status")
    assert "" == browser.text("[role=alert]")
