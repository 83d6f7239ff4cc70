"""The files that pages need: scripts, style sheet, icon, each under an address that names its content.

Read once. Such an address never means other bytes, so a browser keeps it for good; ``widget.js`` has a lasting
address as well, which is asked after again each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, Response

from service.web import responses
from service.web.negotiation import asked_language
from service.web.problems import NotFoundError

DIRECTORY: Final = Path(__file__).with_name("static")
FOR_GOOD: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
WIDGET: Final = "widget.js"
WIDGET_FOLDER: Final = "widget/v1"
GONE: Final = {
    "nl": "Dit bestand is er niet, of niet meer in deze versie. Laad de pagina opnieuw.",
    "en": "This file does not exist, or no longer in this version. Load the page again.",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """The files by name, and the folder that means these bytes for good, from the root of the service."""

    files: Mapping[str, bytes]
    folder: str
    widget: str

    def address(self, name: str) -> str:
        """Return the lasting address of a file, for a template."""
        return f"{self.folder}/{name}"


def read_assets() -> Assets:
    """Read the files. One digest of all names the folder, so that scripts can import each other by name."""
    paths = sorted(path for path in DIRECTORY.iterdir() if path.suffix in MEDIA_TYPES)
    files = {path.name: path.read_bytes() for path in paths}
    together = _digest(b"".join(name.encode() + b"\n" + _digest(body).encode() for name, body in files.items()))
    return Assets(files, f"assets/{together}", f"{WIDGET_FOLDER}/widget.{_digest(files[WIDGET])}.js")


def assets(held: Assets) -> Blueprint:
    """Make the routes of the files, and of the widget at the addresses that pages of others use."""
    blueprint = Blueprint("assets", __name__)

    def serve(name: str) -> Response:
        if name not in held.files:
            raise NotFoundError(GONE[asked_language()])
        return _answer(name, held.files[name], FOR_GOOD)

    def serve_widget(cache: str) -> Callable[[], Response]:
        return lambda: _answer(WIDGET, held.files[WIDGET], cache)

    blueprint.add_url_rule(f"/{held.folder}/<name>", "asset", serve)
    blueprint.add_url_rule(f"/{held.widget}", "widget-for-good", serve_widget(FOR_GOOD))
    blueprint.add_url_rule(f"/{WIDGET_FOLDER}/{WIDGET}", "widget", serve_widget(ASK_AGAIN))
    return blueprint


def _digest(body: bytes) -> str:
    """Return the first 64 bits of the SHA-256: enough to tell versions apart."""
    return hashlib.sha256(body).hexdigest()[:16]


def _answer(name: str, body: bytes, cache: str) -> Response:
    tag = _digest(body)
    sent = None if responses.unchanged(tag) else body
    response = responses.answer(sent, None, cache, tag, MEDIA_TYPES[Path(name).suffix])
    # A module of another origin runs only when that origin says so; there is nothing secret in these files.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
