"""What the pages say beside what the rule base says, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PAGE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "nl": {
        "name": "Cocreatie-adviseur",
        "title": "Welke vorm van cocreatie past?",
        "lead": "Beantwoord de vragen over uw organisatie en uw vraagstuk. Het advies staat er vanaf het eerste doel en wordt scherper met elk antwoord. Wat u niet weet, slaat u over.",
        "private": "Uw antwoorden staan alleen in het adres van deze pagina, achter het hekje. De dienst bewaart niets.",
        "skip": "Naar de inhoud",
        "other": "English",
        "other_language": "en",
        "reference": "Regels en bronnen",
        "contract": "Voor ontwikkelaars",
        "embedding": "Insluiten",
        "accessible": "Toegankelijkheid",
        "menu": "Menu",
        "tools": "Wat u met het advies kunt doen",
        "one_by_one": "Vraag voor vraag",
        "compare": "Vergelijk met een variant",
        "now": "Zoals het nu is",
        "variant": "Variant: pas hier antwoorden aan",
        "copy_link": "Kopieer de link",
        "copied": "De link is gekopieerd.",
        "print": "Druk af",
        "download": "Download als JSON",
        "script": "Voor de vragen is JavaScript nodig. Zonder JavaScript geeft /v1/recommendations het advies als tekst, met uw antwoorden in het adres.",
        "advice": "Advies over cocreatie",
    },
    "en": {
        "name": "Co-creation Advisor",
        "title": "Which form of co-creation fits?",
        "lead": "Answer the questions about your organisation and your issue. The advice appears with the first goal and sharpens with every answer. Skip what you do not know.",
        "private": "Your answers stand only in the address of this page, after the hash sign. The service keeps nothing.",
        "skip": "To the content",
        "other": "Nederlands",
        "other_language": "nl",
        "reference": "Rules and sources",
        "contract": "For developers",
        "embedding": "Embedding",
        "accessible": "Accessibility",
        "menu": "Menu",
        "tools": "What you can do with the advice",
        "one_by_one": "One by one",
        "compare": "Compare with a variant",
        "now": "As it is now",
        "variant": "Variant: change answers here",
        "copy_link": "Copy the link",
        "copied": "The link has been copied.",
        "print": "Print",
        "download": "Download as JSON",
        "script": "The questions need JavaScript. Without it, /v1/recommendations gives the advice as text, with your answers in the address.",
        "advice": "Advice on co-creation",
    },
}
