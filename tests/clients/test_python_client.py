"""A Python client that is generated from the contract reads every answer whole."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from service import CONTRACT
from service.web.keys import new_key
from tests.serving import serving

pytestmark = pytest.mark.slow

PACKAGE = "advice_client_of_test"
PROFILE = {"goals": ["product-ideas"], "scope": "broad", "maturityResources": 2, "feedbackPlanned": False}
ASKED: dict[str, tuple[str, Any]] = {
    "FactList": ("facts", None),
    "CatalogueItemList": ("goals", None),
    "FormList": ("forms", None),
    "RiskList": ("risks", None),
    "RuleList": ("rules", None),
    "SourceList": ("sources", None),
    "RuleBase": ("rule-base", None),
    "Advice": ("recommendations", PROFILE),
    "Interview": ("recommendations/_interview", {"profile": PROFILE}),
    "Comparison": (
        "recommendations/_compare",
        {"profile": PROFILE, "variants": [{"name": "narrow", "changes": {"scope": "narrow"}}]},
    ),
    "Explanation": ("recommendations/_explain", {"profile": PROFILE, "form": "living-lab"}),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Any:
    directory = tmp_path_factory.mktemp("generated")
    (directory / "generator.yaml").write_text("post_hooks: []", encoding="utf-8")
    generator = str(Path(sys.executable).with_name("openapi-python-client"))
    asked = ["--path", str(CONTRACT), "--config", "generator.yaml", "--meta", "none", "--output-path", PACKAGE]
    subprocess.run([generator, "generate", *asked], cwd=directory, check=True, capture_output=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(directory)
        yield importlib.import_module(f"{PACKAGE}.models")


@pytest.mark.parametrize("name", ASKED)
def test_a_generated_client_loses_nothing_of_an_answer(server: tuple[str, Path], models: Any, name: str) -> None:
    path, body = ASKED[name]
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{server[0]}/v1/{path}", data, {"Content-Type": "application/json"})) as response:
        given = json.load(response)

    assert given == getattr(models, name).from_dict(given).to_dict()


def test_a_generated_client_sends_a_key_as_the_page_says(models: Any, tmp_path: Path) -> None:
    secret, key = new_key("client")
    (tmp_path / "keys").write_text(key.line(), encoding="utf-8")
    package, goals = (importlib.import_module(f"{PACKAGE}{name}") for name in ("", ".api.catalogue.list_goals"))
    with serving(tmp_path / "log", ADVISER_KEYS=str(tmp_path / "keys")) as (address, _):
        base = f"{address}/v1"
        with_key = package.AuthenticatedClient(base, token=secret, prefix="", auth_header_name="X-API-Key")
        with package.Client(base) as without, with_key:
            answers = [goals.sync(client=client) for client in (without, with_key)]

    assert [models.Problem, models.CatalogueItemList] == [type(answer) for answer in answers]
