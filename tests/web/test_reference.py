"""The reference pages: everything is there, in both languages, and every link leads somewhere."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import CONTRACT
from service.knowledge.loading import default_rules_directory
from service.knowledge.yaml_files import read_yaml
from service.web.app import create_app
from service.web.embedding import ADDRESS, SNIPPETS
from service.web.reference_words import REFERENCE_WORDS
from service.web.settings import settings_from
from tests.serving import ROOT

KINDS = tuple(REFERENCE_WORDS["nl"]["kinds"])


def links(text: str) -> set[str]:
    return set(re.findall(r'href="(?:\.\./|\./)+(reference[^"#]*)"', text))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_link_of_every_reference_page_leads_to_a_page_in_its_language(client: FlaskClient, language: str) -> None:
    waiting, seen = {f"reference?language={language}"}, set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = client.get(f"/{path}")
        assert (200, language) == (answer.status_code, answer.headers["Content-Language"]), path
        waiting |= links(answer.text) - seen

    rules = client.get("/v1/rules").get_json()["items"]
    assert {f"reference/rules/{rule['id']}?language={language}" for rule in rules} <= seen


@pytest.mark.parametrize("kind", KINDS)
def test_every_item_has_a_page_that_says_what_the_interface_says(client: FlaskClient, kind: str) -> None:
    item: dict[str, Any] = client.get(f"/v1/{kind}?language=en").get_json()["items"][-1]
    page = client.get(f"/reference/{kind}/{item['id']}?language=en").text

    assert (item.get("label") or item.get("citation") or item["id"]) in page.replace("&#39;", "'").replace("&amp;", "&")


def test_a_rule_has_its_condition_reason_evidence_and_sources_on_its_page(client: FlaskClient) -> None:
    rule = client.get("/v1/rules/low-process?language=en").get_json()
    page = client.get("/reference/rules/low-process?language=en").text

    for said in (rule["condition"], rule["rationale"], rule["evidenceLabel"], rule["sources"][0]["citation"]):
        assert said in page


def test_the_readable_contract_has_every_operation_and_schema(client: FlaskClient) -> None:
    document, _ = read_yaml(CONTRACT, CONTRACT.name)
    assert document is not None
    contract: Any = document.data
    page = client.get("/reference/contract?language=en").text

    for path, item in contract["paths"].items():
        for method in item.keys() & {"get", "post"}:
            assert f"{method.upper()} /v1{path}" in page
    for name in contract["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    assert "<strong>Facts.</strong>" in page
    assert set(re.findall(r'href="#schema-([^"]+)"', page)) <= set(re.findall(r'id="schema-([^"]+)"', page))


@pytest.mark.parametrize("path", ["", "/rules", "/contract", "/embedding", "/forms/living-lab"])
def test_reference_pages_run_no_script_and_load_nothing_from_elsewhere(client: FlaskClient, path: str) -> None:
    page = client.get(f"/reference{path}?language=nl").text
    loaded = re.findall(r'<(?:link|img|iframe|script)[^>]*(?:href|src)="([^"]+)"', page)

    assert "<script" not in page
    assert [] == [address for address in loaded if not address.startswith(("../", "./"))]


@pytest.mark.parametrize("path", ["nothing", "forms/nothing", "rules/living-lab"])
def test_what_does_not_exist_is_a_problem(client: FlaskClient, path: str) -> None:
    assert 404 == client.get(f"/reference/{path}").status_code


def test_the_page_on_embedding_and_the_guide_show_the_same_snippets(client: FlaskClient) -> None:
    guide = (ROOT / "docs/how-to/embed.md").read_text(encoding="utf-8")
    page = client.get("/reference/embedding?language=en").text

    for snippet in SNIPPETS.values():
        assert ADDRESS in snippet
        assert snippet in guide
        assert (
            snippet.splitlines()[-1]
            .strip()
            .replace("<", "&lt;")
            .replace(">", "&gt;")
            .replace('"', "&#34;")
            .replace("'", "&#39;")
            in page
        )


def test_markup_in_the_texts_of_rules_stays_text(tmp_path: Path) -> None:
    rules = Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))
    goals = rules / "catalogue" / "goals.yaml"
    text = goals.read_text(encoding="utf-8")
    goals.write_text(re.sub(r"en: ([^}\n]+)}", r'en: "<img src=x onerror=alert()> \1"}', text), encoding="utf-8")
    client = create_app(settings_from({"ADVISER_RULES": str(rules)})).test_client()

    for page in ("/reference/goals/talent?language=en", "/v1/recommendations?goals=talent&language=en"):
        shown = client.get(page, headers={"Accept": "text/html"}).text
        assert "&lt;img src=x" in shown
        assert "<img" not in shown
