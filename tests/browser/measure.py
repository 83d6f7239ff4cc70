"""How fast a person sees something, on loopback with the processor throttled: python -m tests.browser.measure.

Prints, of a fresh load each time, when the first question is visible and how long after an answer its advice is;
in milliseconds, the median and the slowest, and what moved in the layout when advice came.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from tests.browser.driving import Browser, Portal, Service

LOADS = 9
THROTTLED = 4
QUESTION = """const done = arguments[0], started = performance.now();
const look = () => { const field = document.querySelector('co-creation-advice')?.shadowRoot?.querySelector('fieldset input');
  if (field) requestAnimationFrame(() => done(performance.now())); else if (performance.now() - started > 9000) done(-1); else setTimeout(look, 5); };
look();"""
ADVICE = """const done = arguments[1], widget = document.querySelector('co-creation-advice'), started = performance.now();
addEventListener('cocreation:advice', () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - started))), { once: true });
widget.shadowRoot.querySelector(arguments[0]).click();"""
ANSWERS = ('input[name="goals"][value="8"]', 'input[name="goals"][value="10"]', 'input[name="goals"][value="9"]')


def main() -> None:
    directory = Path(tempfile.mkdtemp())
    portal = Portal()
    service = Service(directory / "log", portal.address)
    service.start()
    browser = Browser(directory / "chromium")
    try:
        browser.cdp("Emulation.setCPUThrottlingRate", rate=THROTTLED)
        questions, advices, shifts = [], [], []
        for _ in range(LOADS):
            browser.cdp("Network.clearBrowserCache")
            browser.open(f"{service.address}/?language=nl")
            questions.append(float(browser.driver.execute_async_script(QUESTION)))
            browser.run("window.shifted = 0")
            advices += [float(browser.driver.execute_async_script(ADVICE, answer)) for answer in ANSWERS]
            shifts.append(float(browser.run("return window.shifted")))
    finally:
        browser.driver.quit()
        service.stop()
        portal.close()
    for name, values in (("first question visible", questions), ("advice after an answer", advices)):
        sys.stdout.write(
            f"{name}: median {statistics.median(values):.0f} ms, slowest {max(values):.0f} ms of {len(values)}\n"
        )
    sys.stdout.write(f"layout shift when advice came: at most {max(shifts):.4f}\n")


if __name__ == "__main__":
    main()
