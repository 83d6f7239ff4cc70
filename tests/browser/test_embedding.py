"""The advice in pages of others, under the constraints such pages have."""

import http.client
import json
import re

import pytest

from service.knowledge.yaml_files import read_yaml
from service.web.embedding import ADDRESS, DIRECTORY, SNIPPETS
from tests.browser.driving import MADRID, Browser, Portal, Service

pytestmark = pytest.mark.slow
STRICT = (
    "default-src 'none'; script-src {service}; connect-src {service}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The strictest policy under which the element works: no styles, no images, nothing of the host's own."""


def element(service: Service, attributes: str = "", more: str = "") -> str:
    script = f'<script type="module" src="{service.address}/widget/v1/widget.js"></script>'
    api = f'api="{service.address}/v1"'
    return f"{script}<main><co-creation-advice {api} {attributes}></co-creation-advice>{more}</main>"


def test_nothing_is_blocked_on_a_host_with_the_strictest_policy(
    browser: Browser, service: Service, portal: Portal
) -> None:
    policy = STRICT.format(service=service.address)
    browser.open(portal.page(element(service, f"profile='{json.dumps(MADRID)}'"), policy))
    browser.settled()
    for fold in (
        "risk no-internal-link",
        "form deliberative-panel",
        "forms",
        "dimension maturityProcess",
        "group plan",
    ):
        browser.fold(fold)
    browser.choose("trust", 4)
    browser.settled()

    assert [] == browser.blocked()
    assert [] == browser.severe()
    assert "grid" == browser.run(
        "return getComputedStyle(document.querySelector('co-creation-advice').shadowRoot.querySelector('.advice')).display"
    )


def test_two_widgets_on_one_page_keep_their_answers_apart(browser: Browser, service: Service, portal: Portal) -> None:
    second = f'<co-creation-advice id="second" language="nl" api="{service.address}/v1"></co-creation-advice>'
    browser.open(portal.page(element(service, 'id="first" language="en"', second)))
    browser.choose("goals", ["talent"], "#first")
    browser.choose("goals", ["better-policy"], "#second")
    browser.settled("#first")
    browser.settled("#second")

    assert (["talent"], ["better-policy"]) == (browser.profile("#first")["goals"], browser.profile("#second")["goals"])
    assert ("Forms", "Vormen") == (
        browser.text('[part="forms"] h3', "#first"),
        browser.text('[part="forms"] h3', "#second"),
    )


@pytest.mark.parametrize(
    ("attribute", "around", "page", "expected"),
    [
        ("en", "nl", "nl", "Questions"),
        ("", "en", "nl", "Questions"),
        ("", "", "en-GB", "Questions"),
        ("", "de", "en", "Vragen"),
    ],
)
def test_the_language_is_that_of_the_attribute_then_of_the_nearest_lang_then_dutch(
    browser: Browser, service: Service, portal: Portal, attribute: str, around: str, page: str, expected: str
) -> None:
    attributes = f'language="{attribute}"' if attribute else ""
    lang = f'lang="{around}"' if around else ""
    browser.open(portal.page(f"<section {lang}>{element(service, attributes)}</section>", language=page))
    browser.find("fieldset")

    assert expected == browser.text("h2")


def test_only_the_parts_that_are_asked_for_are_shown(browser: Browser, service: Service, portal: Portal) -> None:
    profile = json.dumps({"goals": ["talent"]})
    browser.open(portal.page(element(service, f"profile='{profile}' parts='summary risks' language='en'")))
    browser.settled()
    shown = "return [...document.querySelector('co-creation-advice').shadowRoot.querySelectorAll('section section')].map((one) => one.part.value)"

    assert ["summary", "risks"] == browser.run(shown)
    assert not browser.find("form").is_displayed()


def test_the_host_hears_of_answers_advice_and_errors(browser: Browser, service: Service, portal: Portal) -> None:
    browser.open(portal.page(element(service)))
    browser.find("fieldset")
    browser.run("""window.heard = [];
        for (const one of ['answer', 'advice', 'error']) addEventListener(`cocreation:${one}`, ({ detail }) => heard.push([one, detail]))""")
    browser.choose("goals", ["talent"])
    browser.settled()
    browser.run("document.querySelector('co-creation-advice').profile = { goals: ['nothing'] }")
    browser.until(lambda: 3 == len(browser.run("return heard")), "three events")

    answer, advice, error = browser.run("return heard")
    assert ["answer", "goals", ["talent"]] == [answer[0], answer[1]["fact"], answer[1]["value"]]
    assert ["advice", {"goals": ["talent"]}] == [advice[0], advice[1]["profile"]]
    assert ["error", 400] == [error[0], error[1]["status"]]
    assert "goals" in error[1]["problem"]["errors"][0]["pointer"]


def test_headers_of_the_host_go_with_every_call(browser: Browser, service: Service) -> None:
    browser.open(f"{service.address}/embed?language=en")
    browser.find("fieldset")
    browser.run("""window.sent = []; const fetched = fetch;
        window.fetch = (address, options) => { sent.push(options.headers['X-API-Key']); return fetched(address, options); };
        document.querySelector('co-creation-advice').headers = { 'X-API-Key': 'secret' };
        document.querySelector('co-creation-advice').profile = { goals: ['talent'] };""")
    browser.settled()

    assert ["secret"] == browser.run("return sent")


def test_looks_are_set_by_the_host_or_by_nl_design_system(browser: Browser, service: Service, portal: Portal) -> None:
    colour = (
        "return getComputedStyle(document.querySelector('co-creation-advice').shadowRoot.querySelector('button')).color"
    )
    browser.open(portal.page(f'<div id="around">{element(service)}</div>'))
    browser.find("button")
    browser.run("document.getElementById('around').style.setProperty('--utrecht-link-color', 'rgb(1, 2, 3)')")
    assert "rgb(1, 2, 3)" == browser.run(colour)

    browser.run("document.getElementById('around').style.setProperty('--cocreation-accent', 'rgb(4, 5, 6)')")
    assert "rgb(4, 5, 6)" == browser.run(colour)
    browser.run("document.getElementById('around').style.fontFamily = 'monospace'")
    family = "return getComputedStyle(document.querySelector('co-creation-advice').shadowRoot.querySelector('legend')).fontFamily"
    assert "monospace" == browser.run(family)


def test_a_second_definition_does_no_harm(browser: Browser, service: Service, portal: Portal) -> None:
    copy = f'<script type="module" src="{service.address}/widget/v1/widget.js?again"></script>'
    browser.open(portal.page(element(service) + copy))
    browser.find("fieldset")

    assert [] == browser.severe()


def adapted(name: str, service: Service) -> str:
    return SNIPPETS[name].replace(ADDRESS, service.address)


def test_the_snippet_for_plain_html_works(browser: Browser, service: Service, portal: Portal) -> None:
    browser.open(portal.page(adapted("plain", service), STRICT.format(service=service.address)))
    browser.find("fieldset")

    assert [] == browser.blocked()


def test_the_snippet_for_wordpress_works(browser: Browser, service: Service, portal: Portal) -> None:
    """WordPress makes these two tags of it: the module in the foot of the page, the element where the shortcode stood."""
    written = adapted("wordpress", service)
    identity, address = re.findall(r"wp_enqueue_script_module\('([^']+)', '([^']+)'", written)[0]
    shortcode = re.findall(r"fn \(\) => '([^']+)'", written)[0]
    script = f'<script type="module" src="{address}" id="{identity}-js-module"></script>'
    browser.open(portal.page(f"<article><p>{shortcode}</p></article>{script}"))
    browser.find("fieldset")

    assert [] == browser.severe()


def test_the_snippet_for_liferay_works(browser: Browser, service: Service, portal: Portal) -> None:
    """Liferay loads the addresses as modules and puts the element into a portlet, on a page that may load styles of its own only."""
    document, findings = read_yaml(DIRECTORY / "liferay.yaml", "liferay.yaml")
    assert document is not None
    assert [] == findings
    extension = document.data["co-creation-advice"]
    tag, (address,) = extension["htmlElementName"], extension["urls"]
    script = f'<script type="module" src="{address.replace(ADDRESS, service.address)}"></script>'
    content = f'{script}<div class="portlet-content-container"><div class="portlet-body"><{tag} portlet-id="x"></{tag}></div></div>'
    browser.open(portal.page(content, f"script-src 'self' {service.address}; style-src 'self'; object-src 'none'"))
    browser.find("fieldset")

    assert (True, "customElement") == (extension["useESM"], extension["type"])
    assert [] == browser.blocked()


def test_the_snippet_for_frames_works_in_a_sandbox_on_a_page_that_runs_no_scripts(
    browser: Browser, service: Service, portal: Portal
) -> None:
    sandboxed = adapted("frame", service).replace("<iframe", '<iframe sandbox="allow-scripts allow-same-origin"')
    browser.open(portal.page(sandboxed, f"default-src 'none'; frame-src {service.address}"))
    browser.driver.switch_to.frame(browser.driver.find_element("tag name", "iframe"))
    browser.choose("goals", ["talent"])

    assert browser.settled()["forms"]
    assert [] == browser.severe()


def test_the_frame_is_refused_to_a_site_that_the_settings_do_not_name(browser: Browser, service: Service) -> None:
    """The browser refuses the frame by the header; a page of the service itself is not among those named either."""
    host = service.address.removeprefix("http://")
    line = http.client.HTTPConnection(host)
    line.request("GET", "/embed")
    ancestors = line.getresponse().headers["Content-Security-Policy"].partition("frame-ancestors ")[2]
    line.close()
    browser.open(f"{service.address}/reference")
    browser.run("document.body.append(Object.assign(document.createElement('iframe'), { src: '/embed' }))")

    assert host not in ancestors
    browser.until(browser.severe, "a refusal in the log")
