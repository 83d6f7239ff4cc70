"""The pages, the frame and the files they need: who gets them, how long they are kept, what they may do."""

import re

import pytest
from flask.testing import FlaskClient

from service.web.app import create_app
from service.web.assets import read_assets
from service.web.settings import settings_from

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
WIDGET = "/widget/v1/widget.js"
MOST_BYTES = 30_000


def policy(client: FlaskClient, path: str) -> dict[str, str]:
    written = client.get(path, headers=BROWSER).headers["Content-Security-Policy"]
    return dict(part.strip().partition(" ")[::2] for part in written.split(";"))


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER["Accept"], "text/html"),
        ("text/html", "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
    ],
)
def test_a_person_gets_the_page_and_a_program_the_index(client: FlaskClient, accept: str, kind: str) -> None:
    answer = client.get("/", headers={"Accept": accept})

    assert (200, kind) == (answer.status_code, answer.mimetype)
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    ("setting", "said", "unsaid"),
    [
        ({}, "bewaart niets", "legt elk advies vast"),
        ({"ADVISER_DECISION_LOG": "-"}, "legt elk advies vast", "bewaart niets"),
    ],
)
def test_the_page_says_whether_answers_are_recorded(setting: dict[str, str], said: str, unsaid: str) -> None:
    page = create_app(settings_from(setting)).test_client().get("/", headers=BROWSER).text

    assert said in page
    assert unsaid not in page


def test_a_client_that_takes_neither_is_told_so(client: FlaskClient) -> None:
    assert 406 == client.get("/", headers={"Accept": "image/png"}).status_code


@pytest.mark.parametrize(("language", "title"), [("nl", "Welke vorm van cocreatie past?"), ("en", "Which form of")])
def test_the_page_is_in_the_language_asked_for(client: FlaskClient, language: str, title: str) -> None:
    answer = client.get(f"/?language={language}", headers=BROWSER)

    assert language == answer.headers["Content-Language"]
    assert f'<html lang="{language}">' in answer.text
    assert title in answer.text


@pytest.mark.parametrize("path", ["/", "/embed"])
def test_a_page_may_load_only_what_the_service_itself_sends(client: FlaskClient, path: str) -> None:
    allowed = policy(client, path)

    assert "'none'" == allowed["default-src"]
    assert {"'self'"} == {allowed[name] for name in ("script-src", "style-src", "connect-src", "img-src")}
    assert "'script'" == allowed["require-trusted-types-for"]


def test_the_frame_is_shown_by_nobody_unless_the_settings_name_them(client: FlaskClient) -> None:
    portals = ("https://intranet.example.org", "https://portal.example.org")
    named = create_app(settings_from({"ADVISER_FRAME_ANCESTORS": ",".join(portals)})).test_client()

    assert "'none'" == policy(client, "/embed")["frame-ancestors"]
    assert "DENY" == client.get("/embed").headers["X-Frame-Options"]
    assert " ".join(portals) == policy(named, "/embed")["frame-ancestors"]
    assert "X-Frame-Options" not in named.get("/embed").headers
    assert "'none'" == policy(named, "/")["frame-ancestors"]


def test_everything_a_page_names_is_there_and_kept_for_good(client: FlaskClient) -> None:
    named = re.findall(r'(?:src|href)="\./(assets/[^"]+)"', client.get("/", headers=BROWSER).text)

    assert {"page.js", "page.css", "widget.js", "icon.svg"} <= {address.rpartition("/")[2] for address in named}
    for address in named:
        answer = client.get(f"/{address}")

        assert (200, "public, max-age=31536000, immutable") == (answer.status_code, answer.headers["Cache-Control"])


def test_the_widget_runs_on_pages_of_any_origin_and_is_asked_after_each_time(client: FlaskClient) -> None:
    answer = client.get(WIDGET, headers={"Origin": "https://anywhere.example.org"})

    assert (200, "text/javascript") == (answer.status_code, answer.mimetype)
    assert "*" == answer.headers["Access-Control-Allow-Origin"]
    assert "no-cache" == answer.headers["Cache-Control"]
    assert 304 == client.get(WIDGET, headers={"If-None-Match": answer.headers["ETag"]}).status_code


def test_a_copy_of_the_widget_is_named_by_its_content_and_kept_for_good(client: FlaskClient) -> None:
    copy = client.get(f"/{read_assets().widget}")

    assert client.get(WIDGET).data == copy.data
    assert "immutable" in copy.headers["Cache-Control"]
    assert 404 == client.get("/widget/v1/widget.0000000000000000.js").status_code


def test_the_widget_stays_small() -> None:
    assert MOST_BYTES > len(read_assets().files["widget.js"])


def test_the_widget_never_makes_markup_of_text() -> None:
    written = read_assets().files["widget.js"].decode()

    for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", ".style."):
        assert name not in written


def test_wrong_frame_ancestors_are_named_with_the_other_mistakes() -> None:
    with pytest.raises(Exception, match="ADVISER_FRAME_ANCESTORS has 'intranet'"):
        settings_from({"ADVISER_FRAME_ANCESTORS": "https://a.example, intranet"})
