"""The questionnaire, the catalogue, the rules and the sources: written once a language, served from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

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

Described: TypeAlias = Mapping[str, object]
NO_SUCH = {
    "nl": "Er is geen ‘{asked}’ in {path}. {meant}",
    "en": "There is no ‘{asked}’ in {path}. {meant}",
}
MEANT = {"nl": "Bedoelt u ‘{meant}’?", "en": "Did you mean ‘{meant}’?"}
LOOK = {"nl": "Kijk in {path} wat er is.", "en": "See {path} for what there is."}


@dataclass(frozen=True, slots=True)
class _Written:
    """A resource in one language, with its entity tag."""

    body: bytes
    tag: str


def catalogue(adviser: Adviser, kept: Sequence[str]) -> Blueprint:
    """Make the routes of everything that does not depend on a profile; ``kept`` are the versions to be asked for."""
    blueprint = Blueprint("catalogue", __name__)
    for path, describe in collections(adviser).items():
        _add_collection(blueprint, adviser, path, describe)
    written = {
        language: _Written(
            encode({**descriptions.describe_rule_base(adviser.rule_base, words), "kept": kept}),
            responses.entity_tag(adviser, "rule-base", language, *kept),
        )
        for language, words in adviser.words.items()
    }
    blueprint.add_url_rule("/rule-base", "rule-base", lambda: _serve(written))
    return blueprint


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


def _add_collection(
    blueprint: Blueprint,
    adviser: Adviser,
    path: str,
    describe: Callable[[Words], Iterable[Described]],
) -> None:
    lists: dict[str, _Written] = {}
    items: dict[str, dict[str, _Written]] = {}
    for language, words in adviser.words.items():
        described = list(describe(words))
        lists[language] = _write(adviser, path, language, {"items": described})
        for one in described:
            name = str(one["id"])
            items.setdefault(name, {})[language] = _write(adviser, f"{path}/{name}", language, one)

    def serve_list() -> Response:
        return _serve(lists)

    def serve_item(name: str) -> Response:
        if name not in items:
            raise NotFoundError(_no_such(name, path, items))
        return _serve(items[name])

    blueprint.add_url_rule(f"/{path}", path, serve_list)
    blueprint.add_url_rule(f"/{path}/<name>", f"{path}-item", serve_item)


def _write(adviser: Adviser, path: str, language: str, described: Described) -> _Written:
    return _Written(encode(described), responses.entity_tag(adviser, path, language))


def _serve(written: Mapping[str, _Written]) -> Response:
    if not accepts(responses.JSON):
        raise NotAcceptableError(responses.JSON)
    language = asked_language()
    mistakes = queries.mistakes((queries.LANGUAGE,))
    if mistakes:
        raise InvalidRequestError(query=mistakes)
    found = written[language]
    body = None if responses.unchanged(found.tag) else found.body
    return responses.answer(body, language, responses.FOR_A_WHILE, found.tag)


def _no_such(name: str, path: str, known: Iterable[str]) -> str:
    language = asked_language()
    meant = closest(name[:MOST_SHOWN], known)
    cure = MEANT[language].format(meant=meant) if meant else LOOK[language].format(path=f"/v1/{path}")
    return NO_SUCH[language].format(asked=shown(name), path=f"/v1/{path}", meant=cure)
