"""What the tests in the browser share: Chromium, the service, a site of somebody else, and the advice page opened."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.driving import Browser, Portal, Service, fragment


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    site = Portal()
    yield site
    site.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, portal: Portal) -> Iterator[Service]:
    served = Service(tmp_path_factory.mktemp("service") / "log", portal.address)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = Browser(tmp_path_factory.mktemp("chromium"))
    yield started
    started.driver.quit()


@pytest.fixture
def browser(chromium: Browser, service: Service) -> Iterator[Browser]:
    service.start()
    chromium.window(1280)
    chromium.media()
    yield chromium
    chromium.driver.get("about:blank")


@pytest.fixture
def advice_page(browser: Browser, service: Service) -> Callable[..., Browser]:
    """Open the advice page, on a profile and in a language, and wait for what it shows first."""

    def opened(profile: dict[str, Any] | None = None, language: str = "en") -> Browser:
        browser.open(f"{service.address}/?language={language}" + (f"#{fragment(profile)}" if profile else ""))
        browser.find("fieldset")
        browser.facts()  # known from here on, also when a test takes the service away
        if profile:
            browser.settled()
        return browser

    return opened
