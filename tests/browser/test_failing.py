"""When the service is slow, gone or refuses: it is said kindly, nothing is lost, and it can be tried again."""

from collections.abc import Callable, Iterator

import pytest

from tests.browser.driving import Browser, Portal, Service

pytestmark = pytest.mark.slow
Open = Callable[..., Browser]
FAILING = 50
ALERTS = "return document.querySelector('co-creation-advice').shadowRoot.querySelectorAll('.alert').length"
SLOW = {"offline": False, "latency": 800, "downloadThroughput": 40_000, "uploadThroughput": 20_000}
FAST = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


def retry(browser: Browser) -> None:
    browser.find("[role=alert] p:last-child button").click()


def test_the_service_goes_down_and_comes_back(advice_page: Open, service: Service) -> None:
    browser = advice_page({"goals": ["talent"]})
    before = browser.settled()["forms"][0]["id"]
    service.stop()
    browser.choose("goals", ["better-policy"])
    browser.until(lambda: "cannot be reached" in browser.text("[role=alert]"), "the failure said")

    assert {"goals": ["talent", "better-policy"]} == {"goals": sorted(browser.profile()["goals"], reverse=True)}
    assert before == browser.run("return document.querySelector('co-creation-advice').advice.forms[0].id")
    service.start()
    retry(browser)
    browser.until(lambda: 0 == browser.run(ALERTS), "the failure gone")
    assert 2 == browser.settled()["goals"]["count"]


def test_a_page_opened_while_the_service_is_away_asks_its_questions_once_it_is_back(
    browser: Browser, service: Service, portal: Portal
) -> None:
    address = f"{service.address}/widget/v1/widget.js"
    element = f'<script type="module" src="{address}"></script><div id="here"></div>'
    browser.open(portal.page(element))
    browser.until(lambda: browser.run("return Boolean(customElements.get('co-creation-advice'))"), "the element")
    service.stop()
    browser.cdp("Network.clearBrowserCache")  # else the questions of an earlier test are shown
    browser.run("document.getElementById('here').append(document.createElement('co-creation-advice'))")
    browser.until(lambda: 1 == browser.run(ALERTS), "the failure said")
    service.start()
    retry(browser)

    browser.find("fieldset")
    assert 0 == browser.run(ALERTS)


def test_fifty_failing_answers_make_one_alert_and_lose_nothing(advice_page: Open, service: Service) -> None:
    browser = advice_page({"goals": ["talent"]})
    browser.fold("group organisation")
    browser.fold("fact brandFame")
    service.stop()
    for turn in range(FAILING):
        browser.find(f'input[name="brandFame"][value="{turn % 5}"]').click()
    browser.until(lambda: 1 == browser.run(ALERTS), "one alert")

    assert {"goals": ["talent"], "brandFame": (FAILING - 1) % 5 + 1} == browser.profile()
    service.start()
    retry(browser)
    browser.until(lambda: 0 == browser.run(ALERTS), "the alert gone")


def test_on_a_slow_network_the_last_answer_wins(advice_page: Open) -> None:
    browser = advice_page({"goals": ["talent"]})
    browser.fold("group organisation")
    browser.fold("fact brandFame")
    browser.cdp("Network.enable")
    browser.cdp("Network.emulateNetworkConditions", **SLOW)
    heard = (
        "addEventListener('cocreation:advice', ({ detail }) => (window.heard ??= []).push(detail.profile.brandFame))"
    )
    browser.run(heard)
    for place in range(5):
        browser.find(f'input[name="brandFame"][value="{place}"]').click()

    assert "true" == browser.run(
        "return document.querySelector('co-creation-advice').shadowRoot.querySelector('.advice').ariaBusy"
    )
    browser.until(lambda: browser.run("return window.heard"), "advice")
    assert [5] == browser.run("return window.heard")


@pytest.fixture(autouse=True)
def fast_again(browser: Browser) -> Iterator[None]:
    yield
    browser.cdp("Network.enable")
    browser.cdp("Network.emulateNetworkConditions", **FAST)


def test_mistakes_in_a_profile_are_said_at_their_question(advice_page: Open) -> None:
    browser = advice_page()
    browser.run("document.querySelector('co-creation-advice').profile = { goals: ['talent'], trust: 9 }")
    browser.until(lambda: "trust" in browser.text("[role=alert]"), "the mistake")
    browser.find("[role=alert] li button").click()

    focused = "return document.activeElement.shadowRoot.activeElement.closest('fieldset').dataset.fact"
    assert "trust" == browser.run(focused)
    browser.find('input[name="trust"][value="1"]').click()
    browser.until(lambda: 0 == browser.run(ALERTS), "mended")


def test_a_number_out_of_range_is_said_in_place_and_not_sent(advice_page: Open) -> None:
    browser = advice_page({"goals": ["talent"]})
    browser.fold("group question")
    browser.fold("fact leadTimeWeeks")
    field = browser.find('input[name="leadTimeWeeks"]')
    field.send_keys("600\t")

    assert "Give a whole number from 0 to 520." == browser.text("#mistake-leadTimeWeeks")
    assert ("true", {"goals": ["talent"]}) == (field.get_attribute("aria-invalid"), browser.profile())
    field.clear()
    field.send_keys("12\t")
    browser.until(lambda: 12 == browser.profile().get("leadTimeWeeks"), "the number")
    assert "" == browser.text("#mistake-leadTimeWeeks")


def test_a_profile_that_is_no_json_is_said_to_the_developer_and_the_questions_are_there(
    browser: Browser, service: Service, portal: Portal
) -> None:
    element = f'<script type="module" src="{service.address}/widget/v1/widget.js"></script><co-creation-advice profile="{{"></co-creation-advice>'
    browser.open(portal.page(element))

    browser.find("fieldset")
    assert {"goals": []} == browser.profile()
    assert "JSON" in browser.severe()[0]


def test_advice_moves_nothing_that_was_there(advice_page: Open) -> None:
    browser = advice_page()
    browser.run("window.shifted = 0")
    browser.choose("goals", ["better-policy", "talent"])
    browser.settled()
    browser.choose("scope", "broad")
    browser.settled()

    assert 0.01 > browser.run("return window.shifted")
