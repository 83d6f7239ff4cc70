"""Takes the pictures in docs/pictures/ anew: python -m tests.browser.pictures (makes them small with pngquant).

Look at them: they are what a person sees, in three widths, both languages and both schemes.
"""

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.browser.driving import MADRID, Browser, Portal, Service, fragment
from tests.serving import ROOT

FOLDER = ROOT / "docs/pictures"
COMPARED = {**MADRID, "variant.maturityProcess": 4}
# name, width, height, language, scheme, profile, folds to open
PICTURES = (
    ("start-wide-nl", 1280, 900, "nl", "light", {}, ()),
    ("advice-wide-nl", 1280, 1500, "nl", "light", MADRID, ("risk no-internal-link", "form deliberative-panel")),
    ("advice-wide-en-dark", 1280, 1500, "en", "dark", MADRID, ("risk no-internal-link", "form deliberative-panel")),
    ("advice-wide-en", 1280, 1250, "en", "light", MADRID, ("form deliberative-panel",)),
    ("advice-middle-en", 768, 1400, "en", "light", MADRID, ()),
    ("questions-narrow-nl-dark", 360, 900, "nl", "dark", MADRID, ()),
    ("advice-narrow-nl", 360, 1800, "nl", "light", MADRID, ()),
    ("compare-wide-nl", 1280, 1500, "nl", "light", COMPARED, ()),
)
ADVICE = "const top = document.querySelector('co-creation-advice').shadowRoot.querySelector('.advice').getBoundingClientRect().top + scrollY; return top"


def take(browser: Browser, service: Service, picture: tuple[object, ...], path: Path) -> None:
    name, width, height, language, scheme, profile, folds = picture
    assert isinstance(width, int)
    assert isinstance(height, int)
    assert isinstance(profile, dict)
    assert isinstance(folds, tuple)
    browser.window(width)
    browser.media(prefers_color_scheme=str(scheme))
    browser.open(f"{service.address}/?language={language}#{fragment(profile)}")
    browser.find("fieldset")
    if profile:
        browser.settled()
    if profile is COMPARED:
        browser.settled("#other-advice")
        browser.until(lambda: browser.driver.find_element("id", "differences").text, "the differences")
    for fold in folds:
        browser.fold(fold)
    top = float(browser.run(ADVICE)) - 16 if str(name).startswith("advice-narrow") else 0
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    taken = browser.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    path.write_bytes(base64.b64decode(taken["data"]))


def main() -> None:
    directory = Path(tempfile.mkdtemp())
    portal = Portal()
    service = Service(directory / "log", portal.address)
    service.start()
    browser = Browser(directory / "chromium")
    FOLDER.mkdir(exist_ok=True)
    try:
        for picture in PICTURES:
            path = FOLDER / f"{picture[0]}.png"
            take(browser, service, picture, path)
            if shutil.which("pngquant"):
                small = ["pngquant", "--force", "--strip", "--quality=60-90", "--output", str(path), "32", str(path)]
                subprocess.run(small, check=True)
    finally:
        browser.driver.quit()
        service.stop()
        portal.close()


if __name__ == "__main__":
    main()
