"""The contract itself, as JSON and as YAML, readable from any origin."""

from __future__ import annotations

import hashlib
from functools import cache

from flask import Blueprint, Response

from service import CONTRACT
from service.advice.json_text import encode
from service.knowledge.yaml_files import read_yaml
from service.web import queries, responses
from service.web.negotiation import accepts
from service.web.problems import InvalidRequestError, NotAcceptableError

YAML = "application/yaml"


def contract() -> Blueprint:
    """Make the routes of the contract; the file is read once, and made JSON of when that is first asked for."""
    blueprint = Blueprint("contract", __name__)
    as_yaml = CONTRACT.read_bytes()
    blueprint.add_url_rule("/openapi.yaml", "yaml", lambda: _serve(as_yaml, YAML))
    blueprint.add_url_rule("/openapi.json", "json", lambda: _serve(_as_json(), responses.JSON))
    return blueprint


@cache
def _as_json() -> bytes:
    document, _ = read_yaml(CONTRACT, CONTRACT.name)
    return encode(document.data if document else None)


def _serve(body: bytes, media_type: str) -> Response:
    if not accepts(media_type):
        raise NotAcceptableError(media_type)
    mistakes = queries.mistakes(())
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    tag = hashlib.sha256(body).hexdigest()[:32]
    sent = None if responses.unchanged(tag) else body
    response = responses.answer(sent, None, responses.FOR_A_WHILE, tag, media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
