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
