"""The questionnaire, the catalogue, the rules and the sources: written once a language, served from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from flask import Blueprint, Response

from service.advice import descriptions
from service.advice.adviser import Adviser
from service.advice.json_text import encode
from service.advice.words import Words
from service.knowledge.findings import closest
from service.web import queries, responses
from service.web.mistakes import MOST_SHOWN, shown
from service.web.negotiation import accepts, asked_language
from service.web.problems import InvalidRequestError, NotAcceptableError, NotFoundError
from service.web.versions import Versions

Described: TypeAlias = Mapping[str, object]
NO_SUCH = {
    "nl": "Er is geen ‘{asked}’ in {path}. {meant}",
    "en": "There is no ‘{asked}’ in {path}. {meant}",
}
MEANT = {"nl": "Bedoelt u ‘{meant}’?", "en": "Did you mean ‘{meant}’?"}
LOOK = {"nl": "Kijk in {path} wat er is.", "en": "See {path} for what there is."}


KEYS: Final = (queries.LANGUAGE, queries.RULE_BASE)


@dataclass(frozen=True, slots=True)
class _Written:
    """A resource in one language, with its entity tag."""

    body: bytes
    tag: str


Shelf: TypeAlias = Mapping[str, Mapping[str, _Written]]
"""All that one version of the rule base says here, by path and language."""


def catalogue(versions: Versions) -> Blueprint:
    """Make the routes of everything that does not depend on a profile, for every version that can be asked for."""
    kept = [one.rule_base.version for one in versions]
    shelves = {one.rule_base.version: _shelf(one, kept) for one in versions}

    def serve(path: str, within: str = "") -> Response:
        if not accepts(responses.JSON):
            raise NotAcceptableError(responses.JSON)
        mistakes = queries.mistakes(KEYS)
        if mistakes:
            raise InvalidRequestError(query=mistakes)
        shelf = shelves[versions.asked().rule_base.version]
        if path not in shelf:
            raise NotFoundError(_no_such(path.removeprefix(within), within, shelf))
        language = asked_language()
        found = shelf[path][language]
        body = None if responses.unchanged(found.tag) else found.body
        return responses.answer(body, language, responses.FOR_A_WHILE, found.tag)

    blueprint = Blueprint("catalogue", __name__)
    for path in collections(versions.default):
        blueprint.add_url_rule(f"/{path}", path, partial(serve, path))
        blueprint.add_url_rule(f"/{path}/<name>", f"{path}-item", partial(_serve_item, serve, f"{path}/"))
    blueprint.add_url_rule("/rule-base", "rule-base", partial(serve, "rule-base"))
    return blueprint


def _serve_item(serve: Callable[[str, str], Response], within: str, name: str) -> Response:
    return serve(within + name, within)


def collections(adviser: Adviser) -> dict[str, Callable[[Words], Iterable[Described]]]:
    """Return by path what describes each collection in a language."""
    compiled, rule_base = adviser.compiled, adviser.rule_base

    def items(section: str) -> Callable[[Words], Iterable[Described]]:
        return lambda words: (descriptions.describe_item(item, words) for item in rule_base.catalogue[section].values())

    return {
        "facts": lambda words: (
            descriptions.describe_fact(fact, compiled, words) for fact in rule_base.facts.values() if fact.is_sent
        ),
        "goals": items("goals"),
        "forms": items("forms"),
        "tools": items("tools"),
        "metrics": items("metrics"),
        "anchoring-measures": items("anchoringMeasures"),
        "risks": items("risks"),
        "rules": lambda words: (descriptions.describe_rule(rule, rule_base, words) for rule in rule_base.rules),
        "sources": lambda words: (
            descriptions.describe_source(source, rule_base, words) for source in rule_base.sources.values()
        ),
    }


def _shelf(adviser: Adviser, kept: Sequence[str]) -> Shelf:
    """Write all of one version; ``kept`` are those that can be asked for."""
    shelf: dict[str, dict[str, _Written]] = {}
    for language, words in adviser.words.items():

        def write(path: str, described: Described, *more: str, language: str = language) -> None:
            tag = responses.entity_tag(adviser, path, language, *more)
            shelf.setdefault(path, {})[language] = _Written(encode(described), tag)

        for path, describe in collections(adviser).items():
            described = list(describe(words))
            write(path, {"items": described})
            for one in described:
                write(f"{path}/{one['id']}", one)
        write("rule-base", {**descriptions.describe_rule_base(adviser.rule_base, words), "kept": kept}, *kept)
    return shelf


def _no_such(name: str, within: str, shelf: Shelf) -> str:
    language, path = asked_language(), f"/v1/{within}".rstrip("/")
    meant = closest(name[:MOST_SHOWN], [one.removeprefix(within) for one in shelf if one.startswith(within)])
    cure = MEANT[language].format(meant=meant) if meant else LOOK[language].format(path=path)
    return NO_SUCH[language].format(asked=shown(name), path=path, meant=cure)
