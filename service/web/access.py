"""Access: asks for an API key, where the settings name a file of keys.

What everyone may read stays open: the contract, the pages, the widget and the questions about health.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from flask import Flask, request

from service.web import current
from service.web.keys import KeyRing
from service.web.problems import NotAllowedInError

HEADER: Final = "X-API-Key"
UNKNOWN: Final = {
    "nl": "Deze API-sleutel is hier niet bekend. Controleer of u hem helemaal hebt overgenomen, of vraag een nieuwe.",
    "en": "This API key is not known here. Check that it was copied whole, or ask for a new one.",
}
EXPIRED: Final = {
    "nl": "Deze API-sleutel was geldig tot en met {day}. Vraag een nieuwe.",
    "en": "This API key was valid until {day} inclusive. Ask for a new one.",
}


def guard(app: Flask, keys: KeyRing, base: str, open_blueprint: str) -> None:
    """Let only who sends a valid key in the header to what is under ``base``, except to the open blueprint.

    The key's name goes to the log. Questions that a browser asks beforehand (OPTIONS) carry no key and need none.
    """

    @app.before_request
    def ask_for_key() -> None:
        under_base = request.path.startswith(f"{base}/")
        if not under_base or request.blueprint == open_blueprint or request.method == "OPTIONS":
            return
        given = request.headers.get(HEADER)
        if given is None:
            raise NotAllowedInError
        key = keys.find(given)
        if key is None:
            raise NotAllowedInError(UNKNOWN)
        current.exchange().key = key.name
        if key.last_day is not None and key.last_day < datetime.now(UTC).date():
            raise NotAllowedInError({language: text.format(day=key.last_day) for language, text in EXPIRED.items()})
