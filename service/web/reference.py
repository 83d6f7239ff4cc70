"""The rules, the catalogue, the questionnaire and the sources as pages, each linked to all it has to do with.

Shows what the resources of the interface say, from the same descriptions; owns only how they hang together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from flask import Blueprint, Response

from service.advice import descriptions
from service.advice.adviser import Adviser
from service.web import catalogue
from service.web.contract_page import contract_page
from service.web.embedding import ADDRESS, SNIPPETS
from service.web.negotiation import asked_language
from service.web.pages import Page
from service.web.problems import NotFoundError
from service.web.reference_words import NO_SUCH, REFERENCE_WORDS

FOLDER: Final = "/reference"
PATHS: Final = {"anchoringMeasures": "anchoring-measures"}
"""Where the path of a kind of target differs from its name in a rule's effects."""

Described = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """All that is described in one language: items by path and id, and the rules by what they touch."""

    items: Mapping[str, Mapping[str, Described]]
    touching: Mapping[tuple[str, str], tuple[Described, ...]]
    labels: Mapping[tuple[str, str], str]
    rungs: Mapping[str, str]
    rule_base: Described


def reference(adviser: Adviser, page: Page) -> Blueprint:
    """Make the routes of the reference pages; what they show is put together when it is first asked for."""
    blueprint = Blueprint("reference", __name__)

    @cache
    def library_in(language: str) -> Library:
        return _library(adviser, language)

    def show(template: str, **values: object) -> Response:
        language = asked_language()
        said = {"said": REFERENCE_WORDS[language], "library": library_in(language), "path_of": _path_of}
        return page(f"reference/{template}", **said, **values)

    def show_list(path: str) -> Response:
        items = library_in(asked_language()).items
        if path not in items:
            raise NotFoundError(NO_SUCH[asked_language()])
        return show("list.html", path=path, items=items[path].values())

    def show_item(path: str, name: str) -> Response:
        library = library_in(asked_language())
        item = library.items.get(path, {}).get(name)
        if item is None:
            raise NotFoundError(NO_SUCH[asked_language()])
        return show("item.html", path=path, item=item, rules=library.touching.get((path, name), ()))

    fixed: dict[str, tuple[str, dict[str, object]]] = {
        FOLDER: ("index.html", {}),
        f"{FOLDER}/embedding": ("embedding.html", {"snippets": SNIPPETS, "address": ADDRESS}),
    }
    blueprint.add_url_rule(f"{FOLDER}/contract", "contract", lambda: show("contract.html", contract=contract_page()))
    for path, (template, values) in fixed.items():
        blueprint.add_url_rule(path, template.partition(".")[0], partial(show, template, **values))
    blueprint.add_url_rule(f"{FOLDER}/<path>", "list", show_list)
    blueprint.add_url_rule(f"{FOLDER}/<path>/<name>", "item", show_item)
    return blueprint


def _library(adviser: Adviser, language: str) -> Library:
    words = adviser.words[language]
    items = {
        path: {str(one["id"]): one for one in describe(words)}
        for path, describe in catalogue.collections(adviser).items()
    }
    labels = {
        (path, name): str(one.get("label") or one.get("citation") or name)
        for path, described in items.items()
        for name, one in described.items()
    }
    rungs = {rung.id: words.text(rung.label) for rung in adviser.rule_base.catalogue["participationLadder"].values()}
    touching: dict[tuple[str, str], list[Described]] = {}
    for rule in items["rules"].values():
        for place in dict.fromkeys(_touched(rule)):
            touching.setdefault(place, []).append(rule)
    rule_base = descriptions.describe_rule_base(adviser.rule_base, words)
    return Library(items, {place: tuple(rules) for place, rules in touching.items()}, labels, rungs, rule_base)


def _touched(rule: Described) -> Iterable[tuple[str, str]]:
    """Yield what a rule acts on, asks about and rests on."""
    yield from ((_path_of(effect["kind"]), effect["target"]) for effect in rule["effects"])
    yield from (("facts", fact) for fact in rule["facts"])
    yield from (("sources", source["id"]) for source in rule["sources"])


def _path_of(kind: str) -> str:
    return PATHS.get(str(kind), str(kind))
