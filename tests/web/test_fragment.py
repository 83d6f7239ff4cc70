"""Advice as a piece of HTML: for whom, and that it says all the JSON says."""

import html
import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

PATH = "/v1/recommendations?goals=better-policy&goals=legitimacy-trust&sector=government&maturityProcess=2"
HTML = {"Accept": "text/html"}


class Tags(HTMLParser):
    """Gathers the tags and attributes, and notes a tag that is closed by another."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "text/html"),
        ("text/html, application/json;q=0.9", "text/html"),
        ("text/html;q=0.9, application/json", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_a_client_gets_the_kind_it_likes_best(client: FlaskClient, accept: str, kind: str) -> None:
    answer = client.get(PATH, headers={"Accept": accept})

    assert (200, kind) == (answer.status_code, answer.mimetype)
    assert "Accept" in answer.vary


def test_a_client_that_takes_neither_is_told_so(client: FlaskClient) -> None:
    assert 406 == client.get(PATH, headers={"Accept": "image/png"}).status_code


def test_the_two_kinds_have_tags_of_their_own_and_both_answer_304(client: FlaskClient) -> None:
    as_json, as_html = client.get(PATH), client.get(PATH, headers=HTML)

    assert as_json.headers["ETag"] != as_html.headers["ETag"]
    assert 304 == client.get(PATH, headers=HTML | {"If-None-Match": as_html.headers["ETag"]}).status_code


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("detail", ["full", "brief"])
def test_the_fragment_says_what_the_json_says(client: FlaskClient, language: str, detail: str) -> None:
    path = f"{PATH}&language={language}&detail={detail}"
    advice, written = client.get(path).get_json(), client.get(path, headers=HTML).text
    text = html.unescape(re.sub(r"<[^>]+>", "", written))

    for part in ("forms", "risks", "tools", "anchoringMeasures", "metrics"):
        for one in advice[part]:
            assert one["label"] in text
            for reason in one.get("reasons", ()):
                assert reason["rationale"] in text
    for paragraph in advice["summary"].splitlines():
        assert paragraph in text
    assert advice["notice"] in text
    for unknown in advice["unknowns"]:
        assert unknown["question"] in text


def test_the_fragment_is_well_formed_and_needs_no_script_style_or_address(client: FlaskClient) -> None:
    tags = Tags()
    tags.feed(client.get(PATH, headers=HTML).text)

    assert [] == tags.open
    assert not {"script", "style", "link", "a", "img", "iframe"} & tags.names
    assert not {"style", "href", "src", "id"} & tags.attributes
    assert not [name for name in tags.attributes if name.startswith("on")]


def test_a_bar_is_as_long_as_its_reasons_weigh(client: FlaskClient) -> None:
    first = client.get(PATH).get_json()["forms"][0]
    bar = re.search(r"<svg.*?</svg>", client.get(PATH, headers=HTML).text.split("<ol>")[1], re.DOTALL)

    assert bar is not None
    weights = [abs(reason["effect"]["weight"]) for reason in first["reasons"]]
    assert weights == [round(float(width) + 0.1) for width in re.findall(r'rect [^>]*width="([0-9.]+)"', bar[0])]
    assert f"= {first['score']}" in bar[0]


def test_mistakes_are_problems_for_a_browser_too(client: FlaskClient) -> None:
    answer = client.get("/v1/recommendations?goals=nothing", headers=HTML)

    assert (400, "application/problem+json") == (answer.status_code, answer.mimetype)
