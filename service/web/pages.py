"""The pages for people: the advice page and the frame for portals. Owns layout and protection of every page.

Knows nothing of the advice itself: the widget asks the service for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, render_template, request

from service.advice.adviser import Adviser
from service.advice.json_text import encode
from service.web import responses
from service.web.assets import ASK_AGAIN, Assets
from service.web.fragment import HTML
from service.web.negotiation import asked_language, preferred
from service.web.page_words import PAGE_WORDS
from service.web.problems import NotAcceptableError

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'; frame-ancestors {frames}"
)
"""Source: https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/."""
NOWHERE: Final = "'none'"
INDEX: Final = {
    "name": "Co-creation Advisor",
    "recommendations": "/v1/recommendations",
    "facts": "/v1/facts",
    "contract": "/v1/openapi.json",
    "health": "/health/ready",
}

Page = Callable[..., responses.Answer]


def page_maker(held: Assets) -> Page:
    """Return what makes a page: a template filled with the words of the asked language, and protected."""

    def page(template: str, frames: str = NOWHERE, **values: object) -> responses.Answer:
        language = asked_language()
        root = "../" * (request.path.count("/") - 1) or "./"
        html = render_template(
            template,
            language=language,
            words=PAGE_WORDS[language],
            root=root,
            asset=lambda name: f"{root}{held.address(name)}",
            **values,
        ).encode()
        tag = hashlib.sha256(html).hexdigest()[:32]
        response = responses.answer(
            None if responses.unchanged(tag) else html, language, ASK_AGAIN, tag, f"{HTML}; charset=utf-8"
        )
        response.follow(POLICY.format(frames=frames), framed=frames != NOWHERE)
        return response

    return page


def pages(adviser: Adviser, page: Page, frame_ancestors: tuple[str, ...], *, recorded: bool) -> Blueprint:
    """Make the routes of the advice page, which says whether decisions are ``recorded``, and of the frame."""
    blueprint = Blueprint("pages", __name__)
    identity = {"version": adviser.rule_base.version, "digest": adviser.rule_base.digest}
    ancestors = " ".join(frame_ancestors) or NOWHERE

    @blueprint.get("/")
    def index() -> Response:
        match preferred(responses.JSON, HTML):
            case None:
                raise NotAcceptableError(HTML)
            case responses.JSON:
                response = responses.answer(encode(INDEX), None, responses.FOR_A_WHILE)
            case _:
                response = page("advice.html", rule_base=identity, recorded=recorded)
        response.vary.add("Accept")
        return response

    @blueprint.get("/embed")
    def embed() -> Response:
        return page("embed.html", frames=ancestors)

    return blueprint
