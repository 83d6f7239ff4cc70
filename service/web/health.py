"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from service.advice.adviser import Adviser
from service.advice.json_text import encode
from service.knowledge.model import LANGUAGES
from service.web import responses
from service.web.problems import StoppingError


def health(adviser: Adviser, draining: Callable[[], bool]) -> Blueprint:
    """Make the routes of health, outside the versioned interface; ``draining`` tells whether the service stops."""
    blueprint = Blueprint("health", __name__)
    rule_base = adviser.rule_base
    ready = encode({"status": "ready", "ruleBase": {"version": rule_base.version, "digest": rule_base.digest}})
    required = {name: frozenset[str]() for name, fact in rule_base.facts.items() if fact.required}

    @blueprint.get("/health/live")
    def live() -> Response:
        return responses.answer(encode({"status": "live"}), None, responses.NO_STORE)

    @blueprint.get("/health/ready")
    def is_ready() -> Response:
        if draining():
            raise StoppingError
        for language in LANGUAGES:
            adviser.advise(required, language=language, detail="brief")
        return responses.answer(ready, None, responses.NO_STORE)

    return blueprint
