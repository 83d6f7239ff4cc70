"""Every kind of problem has a page that exists, in both languages, for people and for programs."""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from flask.testing import FlaskClient

from service import CONTRACT
from service.web.mistakes import CODE_MEANINGS, CODES
from service.web.problem_kinds import KINDS, ProblemKind

PATHS = ["/problems", *(kind.type for kind in KINDS)]
LANGUAGES = ("nl", "en")


class Outline(HTMLParser):
    """What a screen reader and a policy on content look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def count(self, tag: str) -> int:
        return sum(1 for name, _ in self.tags if name == tag)

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(client: FlaskClient, path: str, language: str) -> Any:
    return client.get(path, headers={"Accept": "text/html", "Accept-Language": language})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PATHS)
def test_a_page_can_be_read_by_everyone(client: FlaskClient, path: str, language: str) -> None:
    answer = page(client, path, language)
    outline = Outline(answer.text)

    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.content_type)
    assert [] == outline.open
    assert [{"lang": language}] == outline.attributes("html")
    assert (1, 1, 1, 1) == tuple(outline.count(tag) for tag in ("title", "main", "h1", "header"))
    assert all(attributes.get("scope") for attributes in outline.attributes("th"))
    assert "width=device-width, initial-scale=1" in [one.get("content") for one in outline.attributes("meta")]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_nothing_but_the_style_sheet_of_the_service(client: FlaskClient, path: str) -> None:
    answer = page(client, path, "nl")
    outline = Outline(answer.text)
    sheets = [str(one["href"]) for one in outline.attributes("link") if one["rel"] == "stylesheet"]

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in answer.headers["Content-Security-Policy"]
    assert 1 == len(sheets)
    assert "text/css; charset=utf-8" == client.get(urljoin(path, sheets[0])).content_type
    assert (0, 0, 0) == tuple(outline.count(tag) for tag in ("style", "script", "img"))
    assert not [attributes for _, attributes in outline.tags if "style" in attributes or "onclick" in attributes]


def test_every_link_on_every_page_leads_somewhere(client: FlaskClient) -> None:
    for path in PATHS:
        for link in Outline(page(client, path, "en").text).attributes("a"):
            assert 200 == client.get(urljoin(path, str(link["href"]))).status_code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_a_program_gets_the_same_as_json(client: FlaskClient, kind: ProblemKind, language: str) -> None:
    answer = client.get(f"{kind.type}?language={language}", headers={"Accept": "application/json"})
    described, shown = answer.get_json(), page(client, kind.type, language).text

    assert (kind.type, kind.status) == (described["type"], described["status"])
    assert all(described[part] in shown for part in ("title", "happened", "why", "mend"))
    assert {"Accept", "Accept-Language"} == set(answer.vary)


def test_the_page_of_an_invalid_request_explains_every_code(client: FlaskClient) -> None:
    for language in LANGUAGES:
        answer = client.get(f"/problems/invalid-request?language={language}", headers={"Accept": "application/json"})

        assert set(CODES.values()) == set(answer.get_json()["codes"])
    assert CODE_MEANINGS["nl"].keys() == CODE_MEANINGS["en"].keys()


def test_the_texts_of_the_two_languages_differ_and_are_whole_sentences() -> None:
    for kind in KINDS:
        dutch, english = kind.words["nl"], kind.words["en"]
        for part in ("detail", "happened", "why", "mend"):
            assert getattr(dutch, part) != getattr(english, part)
            assert getattr(dutch, part).endswith(".")
            assert getattr(english, part).endswith(".")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_the_client_has_is_not_sent_again(client: FlaskClient, path: str) -> None:
    tags = set()
    for accept in ("text/html", "application/json"):
        for language in LANGUAGES:
            headers = {"Accept": accept, "Accept-Language": language}
            tag = client.get(path, headers=headers).headers["ETag"]
            tags.add(tag)

            assert 304 == client.get(path, headers={**headers, "If-None-Match": tag}).status_code
    assert 4 == len(tags)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.9", "application/json"),
        ("text/html, application/json", "text/html; charset=utf-8"),
        ("image/png", "application/problem+json"),
    ],
)
def test_the_form_that_the_client_likes_best_is_sent(client: FlaskClient, accept: str, content_type: str) -> None:
    assert content_type == client.get("/problems", headers={"Accept": accept}).content_type


def test_an_unknown_kind_is_not_found_and_the_closest_is_named(client: FlaskClient) -> None:
    problem = client.get("/problems/not-fuond?language=en")

    assert (404, "application/problem+json") == (problem.status_code, problem.content_type)
    assert "Did you mean ‘not-found’?" in problem.get_json()["detail"]
    assert 400 == client.get("/problems?page=2").status_code


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/recommendation", "/v1/recommendations"),
        ("/v1/Forms", "/v1/forms"),
        ("/v1/facts/", "/v1/facts"),
        ("/health/redy", "/health/ready"),
    ],
)
def test_an_address_with_a_slip_is_answered_with_the_one_that_was_meant(
    client: FlaskClient, path: str, meant: str
) -> None:
    dutch = client.get(path).get_json()["detail"]
    english = client.get(f"{path}?language=en").get_json()["detail"]

    assert f"Op dit adres is niets. Bedoelt u ‘{meant}’?" == dutch
    assert f"There is nothing at this address. Did you mean ‘{meant}’?" == english


def test_the_reference_lists_every_kind_with_its_status() -> None:
    reference = (CONTRACT.parent / "docs" / "reference" / "problems.md").read_text(encoding="utf-8")

    assert [f"| {kind.status} | `{kind.type}` |" for kind in KINDS] == re.findall(r"\| \d{3} \| `\S+` \|", reference)
