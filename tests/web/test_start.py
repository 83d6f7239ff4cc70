"""What only shows in a process of its own: starting, refusing to start, and the same bytes whatever the hash seed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service.knowledge.loading import default_rules_directory

ROOT = Path(__file__).resolve().parents[2]
ANSWERS = """
import hashlib
from service.web.app import create_app
client = create_app().test_client()
told = hashlib.sha256()
body = {"goals": ["talent", "commons", "breakthrough"], "participants": ["citizens", "customers"], "stakes": 4}
for language in ("nl", "en"):
    told.update(client.post(f"/v1/recommendations?language={language}", json=body).data)
    for path in ("recommendations?goals=talent&goals=commons", "facts", "rules", "goals", "rule-base", "openapi.json"):
        query = "" if path == "openapi.json" else ("&" if "?" in path else "?") + f"language={language}"
        answer = client.get(f"/v1/{path}{query}")
        assert answer.status_code == 200, (path, answer.data)
        told.update(answer.data + answer.headers["ETag"].encode())
variants = [{"name": "a", "changes": {"stakes": 1, "participants": None}}]
for path, more in (("_interview", {"skip": ["sector"]}), ("_compare", {"variants": variants})):
    answer = client.post(f"/v1/recommendations/{path}", json={"profile": body, **more})
    assert answer.status_code == 200, answer.data
    told.update(answer.data)
bad = {"zz": 1, "aa": 2, "goals": ["x", "talent", "talent", 3], "stakes": 9}
told.update(repr(client.post("/v1/recommendations", json=bad).json["errors"]).encode())
print(told.hexdigest())
"""


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_two_processes_give_the_same_bytes_whatever_their_hash_seed() -> None:
    one, other = (run("-c", ANSWERS, PYTHONHASHSEED=seed) for seed in ("1", "2"))

    assert (0, "") == (one.returncode, one.stderr)
    assert one.stdout == other.stdout


@pytest.fixture
def broken_rules(tmp_path: Path) -> Path:
    rules = tmp_path / "rules"
    shutil.copytree(default_rules_directory(), rules)
    path = rules / "vocabulary.yaml"
    path.write_text("facts: [\n", encoding="utf-8")
    return rules


def test_the_service_does_not_start_on_a_broken_rule_base_and_says_why(broken_rules: Path) -> None:
    ended = run("-m", "service", "serve", PORT="0", WORKERS="1", ADVISER_RULES=str(broken_rules))

    assert 0 != ended.returncode
    assert "vocabulary.yaml" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_service_does_not_start_on_wrong_settings_and_names_them_all(tmp_path: Path) -> None:
    ended = run(
        "-m",
        "service",
        "serve",
        PORT="0",
        WORKERS="1",
        ADVISER_RULES=str(tmp_path / "none"),
        ADVISER_ALLOWED_ORIGINS="intranet.example.org",
    )

    assert 0 != ended.returncode
    assert "ADVISER_RULES" in ended.stderr
    assert "ADVISER_ALLOWED_ORIGINS" in ended.stderr
    assert "Traceback" not in ended.stderr
