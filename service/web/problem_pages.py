"""The page of each kind of problem: what happened, why, and how to mend it; for people, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response

from service.advice.adviser import Adviser
from service.advice.json_text import encode
from service.knowledge.findings import closest
from service.web import queries, responses
from service.web.fragment import HTML
from service.web.mistakes import CODE_MEANINGS, MOST_SHOWN, shown
from service.web.negotiation import asked_language, preferred
from service.web.pages import Page
from service.web.problem_kinds import BY_SLUG, KINDS, PATH, ProblemKind
from service.web.problems import InvalidRequestError, NotAcceptableError, NotFoundError

WORDS: Final = {
    "nl": {
        "all": "Foutmeldingen",
        "about": "Elke fout van deze dienst is van een van deze soorten. Het adres van de pagina staat in het antwoord als ‘type’.",
        "status": "HTTP-status",
        "happened": "Wat er is gebeurd",
        "why": "Waarom",
        "mend": "Wat u eraan doet",
        "codes": "De codes van fouten in een vraag",
        "code": "Code",
        "meaning": "Betekenis",
    },
    "en": {
        "all": "Problems",
        "about": "Every error of this service is of one of these kinds. The address of its page stands in the answer as ‘type’.",
        "status": "HTTP status",
        "happened": "What happened",
        "why": "Why",
        "mend": "How to mend it",
        "codes": "The codes of mistakes in a request",
        "code": "Code",
        "meaning": "Meaning",
    },
}
NO_SUCH: Final = {
    "nl": ("Er is geen soort fout ‘{asked}’. {cure}", "Bedoelt u ‘{meant}’?", f"Kijk in {PATH} wat er is."),
    "en": (
        "There is no kind of problem ‘{asked}’. {cure}",
        "Did you mean ‘{meant}’?",
        f"See {PATH} for what there is.",
    ),
}


def problem_pages(adviser: Adviser, page: Page) -> Blueprint:
    """Make the routes of the kinds of problem; outside the versioned interface, as any version points at them."""
    blueprint = Blueprint("problems", __name__)

    def serve_all() -> Response:
        items = [_described(kind, _language()) for kind in KINDS]
        return _serve(adviser, page, "problems.html", {"items": items}, PATH)

    def serve_one(slug: str) -> Response:
        kind = BY_SLUG.get(slug)
        if kind is None:
            raise NotFoundError(_no_such(slug))
        return _serve(adviser, page, "problem.html", _described(kind, _language()), kind.type)

    blueprint.add_url_rule(PATH, "all", serve_all)
    blueprint.add_url_rule(f"{PATH}/<slug>", "one", serve_one)
    return blueprint


def _language() -> str:
    mistakes = queries.mistakes((queries.LANGUAGE,))
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    return asked_language()


def _serve(adviser: Adviser, page: Page, template: str, described: Mapping[str, Any], path: str) -> Response:
    language = asked_language()
    media_type = preferred(HTML, responses.JSON)
    if media_type is None:
        raise NotAcceptableError(HTML, responses.JSON)
    if media_type == HTML:
        response = page(template, said=WORDS[language], path=path, **described)
    else:
        tag = responses.entity_tag(adviser, path, language, media_type)
        body = None if responses.unchanged(tag) else encode(described)
        response = responses.answer(body, language, responses.FOR_A_WHILE, tag)
    response.vary.add("Accept")
    return response


def _described(kind: ProblemKind, language: str) -> dict[str, object]:
    """Return ``{"type", "status", "title", "happened", "why", "mend"}``, and ``codes`` where mistakes have them."""
    words = kind.words[language]
    described: dict[str, object] = {
        "type": kind.type,
        "status": kind.status,
        "title": words.title,
        "happened": words.happened,
        "why": words.why,
        "mend": words.mend,
    }
    return described | ({"codes": CODE_MEANINGS[language]} if kind.slug == "invalid-request" else {})


def _no_such(slug: str) -> str:
    sentence, meant_words, look = NO_SUCH[asked_language()]
    meant = closest(slug[:MOST_SHOWN], BY_SLUG)
    return sentence.format(asked=shown(slug), cure=meant_words.format(meant=meant) if meant else look)
