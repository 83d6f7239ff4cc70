"""A real Chromium, a real server that can be stopped and started, and pages of others that hold the advice."""

import shutil
import threading
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.serving import ROOT, free_port, serving

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
)
PATIENCE = 15
WATCH = """
window.blocked = []; window.shifted = 0;
addEventListener('securitypolicyviolation', (event) => blocked.push(`${event.effectiveDirective} ${event.blockedURI}`), true);
new PerformanceObserver((list) => { for (const one of list.getEntries()) shifted += one.value; }).observe({ type: 'layout-shift', buffered: true });
"""
IN_WIDGET = "return document.querySelector(arguments[0]).shadowRoot.querySelector(arguments[1])"
# Decide Madrid, as a case of the rule base has it (rules/co-creation/cases/with-hindsight.yaml, D09).
MADRID: dict[str, Any] = {
    "goals": ["legitimacy-trust", "better-policy"],
    "sector": "government",
    "questionType": "policy-choice",
    "scope": "broad",
    "decisionRoom": "substantial",
    "maturityLeadership": 4,
    "maturityProcess": 2,
    "maturityResources": 2,
    "communityStrength": "active",
    "trust": 2,
    "mustBeRepresentative": True,
}


def fragment(profile: dict[str, Any]) -> str:
    listed = [(name, one) for name, value in profile.items() for one in (value if isinstance(value, list) else [value])]
    return urlencode([(name, str(one).lower() if isinstance(one, bool) else one) for name, one in listed])


class Service:
    """The product as it is served, on one port for as long as the tests run; it can go away and come back."""

    def __init__(self, log: Path, portal: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._log, self._portal = log, portal
        self._running = ExitStack()
        self._runs = False

    def start(self) -> None:
        if not self._runs:
            settings = {"ADVISER_ALLOWED_ORIGINS": self._portal, "ADVISER_FRAME_ANCESTORS": self._portal}
            self._running.enter_context(serving(self._log, self.port, **settings))
            self._runs = True

    def stop(self) -> None:
        self._running.close()
        self._runs = False


class Portal:
    """A site of somebody else: pages with the headers that such a site sends."""

    def __init__(self) -> None:
        pages: dict[str, tuple[str, dict[str, str]]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body, headers = pages.get(self.path.partition("?")[0], ("", {}))
                self.send_response(200)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_args: object) -> None:
                pass

        self._pages = pages
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, content: str, policy: str = "", language: str = "en") -> str:
        path = f"/{len(self._pages)}"
        html = f'<!doctype html><html lang="{language}"><title>Portal</title><body><header><h1>Portal</h1></header>{content}</body></html>'
        self._pages[path] = (html, {"Content-Security-Policy": policy} if policy else {})
        return f"{self.address}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Browser:
    """Chromium, with what the tests do in it."""

    def __init__(self, directory: Path) -> None:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or "chromium"
        for flag in (*FLAGS, f"--user-data-dir={directory}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = Chrome(options=options, service=Driver(shutil.which("chromedriver")))
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        self._facts: dict[str, Any] = {}

    def cdp(self, command: str, **arguments: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, arguments)

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def open(self, address: str) -> None:
        self.driver.get("about:blank")  # else an address that differs by its fragment only is not loaded again
        self.driver.get_log("browser")
        self.driver.get(address)

    def until(self, true: Callable[[], Any], what: str) -> Any:
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: true(), what)

    def find(self, selector: str, widget: str = "co-creation-advice") -> WebElement:
        """Wait for something in a widget."""
        found = self.until(lambda: self.run(IN_WIDGET, widget, selector), f"{selector} in {widget}")
        assert isinstance(found, WebElement)
        return found

    def fold(self, key: str, widget: str = "co-creation-advice") -> WebElement:
        """Open a fold of a widget and return it."""
        fold = self.find(f'[data-key="{key}"]', widget)
        if not fold.get_property("open"):
            self.run("arguments[0].firstChild.click()", fold)
        self.until(lambda: self.run("return arguments[0].lastChild.hasChildNodes()", fold), f"{key} filled")
        return fold

    def text(self, selector: str, widget: str = "co-creation-advice") -> str:
        return str(self.find(selector, widget).text)

    def choose(self, fact: str, value: Any, widget: str = "co-creation-advice") -> None:
        """Give an answer as a person does, by opening group and question and pressing the option."""
        known = self.facts()[fact]
        if known["group"]["id"] != "goals":
            self.fold(f"group {known['group']['id']}", widget)
            self.fold(f"fact {fact}", widget)
        values = [answer["value"] for answer in known["answers"]]
        for one in value if isinstance(value, list) else [value]:
            self.find(f'input[name="{fact}"][value="{values.index(one)}"]', widget).click()

    def facts(self) -> dict[str, Any]:
        script = """const done = arguments[0], from = document.querySelector('co-creation-advice').getAttribute('api') ?? '/v1';
            fetch(`${from}/facts`).then((answer) => answer.json()).then(({ items }) => done(items))"""
        if not self._facts:
            self._facts = {fact["id"]: fact for fact in self.driver.execute_async_script(script)}
        return self._facts

    def profile(self, widget: str = "co-creation-advice") -> dict[str, Any]:
        found = self.run("return document.querySelector(arguments[0]).profile", widget)
        assert isinstance(found, dict)
        return found

    def settled(self, widget: str = "co-creation-advice") -> dict[str, Any]:
        """Wait until the advice is there and not being asked for anew, and return it."""
        script = """const widget = document.querySelector(arguments[0]);
            return widget?.shadowRoot.querySelector('.advice')?.ariaBusy === 'false' ? widget.advice : null"""
        found = self.until(lambda: self.run(script, widget), "advice")
        assert isinstance(found, dict)
        return found

    def severe(self) -> list[str]:
        return [one["message"] for one in self.driver.get_log("browser") if one["level"] == "SEVERE"]

    def blocked(self) -> list[str]:
        return list(self.run("return window.blocked"))

    def window(self, width: int, height: int = 900) -> None:
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, kind: str = "", **features: str) -> None:
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=listed)


AXE = ROOT / "node_modules/axe-core/axe.min.js"
AXE_RUN = """const done = arguments[0];
axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.html}`))))
  .catch((error) => done([String(error)]));"""


def violations(browser: Browser) -> list[str]:
    """Return what axe-core finds on the page as it is now."""
    browser.run(AXE.read_text(encoding="utf-8"))
    return list(browser.driver.execute_async_script(AXE_RUN))
