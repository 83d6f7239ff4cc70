"""Advice as a piece of HTML that works without scripts, for portals that put it into a page of their own.

Has no links, styles or scripts: where it will stand, and what that page allows, is not known here. Everything
it says comes from the advice; only the words around it stand here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from flask import render_template

HTML: Final = "text/html"
FIRST: Final = 3
"""As many forms are shown at once; the others stand behind a fold."""
WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "nl": {
        "title": "Advies over cocreatie",
        "forms": "Vormen",
        "others": "De andere vormen",
        "sum": "Vol spreekt voor, open spreekt tegen; samen de score.",
        "excluded": "uitgesloten",
        "because": "Want:",
        "evidence": "Bewijskracht",
        "rule": "Regel",
        "risks": "Risico’s",
        "possible": "Nog niet uit te sluiten",
        "ruled-out": "Uitgesloten",
        "maturity": "Volwassenheid",
        "of": "van 5",
        "unknown": "onbekend",
        "now": "Trede nu",
        "wanted": "Gewenste trede",
        "unknowns": "Wat het advies nog kan veranderen",
        "base": "Regelbank",
        "lists": (("anchoringMeasures", "Maatregelen"), ("tools", "Tools"), ("metrics", "Indicatoren")),
    },
    "en": {
        "title": "Advice on co-creation",
        "forms": "Forms",
        "others": "The other forms",
        "sum": "Solid speaks for, open speaks against; together the score.",
        "excluded": "excluded",
        "because": "Because:",
        "evidence": "Evidence",
        "rule": "Rule",
        "risks": "Risks",
        "possible": "Cannot be ruled out yet",
        "ruled-out": "Ruled out",
        "maturity": "Maturity",
        "of": "of 5",
        "unknown": "unknown",
        "now": "Rung now",
        "wanted": "Wanted rung",
        "unknowns": "What can still change the advice",
        "base": "Rule base",
        "lists": (("anchoringMeasures", "Measures"), ("tools", "Tools"), ("metrics", "Metrics")),
    },
}


def as_html(advice: bytes, language: str) -> bytes:
    """Return advice, as JSON of any detail, as one ``article``; the same bytes for the same advice."""
    html = render_template("fragment.html", advice=json.loads(advice), words=WORDS[language], first=FIRST)
    return html.encode()
