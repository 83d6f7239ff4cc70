"""What the tests share: the real rule base, the application on it, profiles by chance, a real server."""

import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.advice.adviser import Adviser
from service.engine.compiled import CompiledRuleBase
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import Fact, FactType, Profile, RuleBase, Value
from service.web.app import create_app
from service.web.telemetry import logs
from tests.contract.checking import CheckedClient
from tests.plain import plain_copy
from tests.serving import serving


@pytest.fixture(scope="session")
def rule_base() -> RuleBase:
    return load_rule_base(default_rules_directory())


@pytest.fixture
def log_text(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Log in this test; give what was logged."""
    monkeypatch.setattr(logs.LOG, "least", sys.maxsize)  # so that nothing is logged again after the test
    logs.configure("info", "json")

    def text() -> str:
        assert logs.OUTPUT.empty(20)
        return capfd.readouterr().out

    return text


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a directory with the sources as they are, without what was compiled of them."""
    return plain_copy(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def adviser(rule_base: RuleBase) -> Adviser:
    return Adviser(rule_base)


@pytest.fixture
def advise(adviser: Adviser) -> Callable[..., Any]:
    """Give advice as plain data; lists among the facts are sets."""

    def advised(language: str = "en", detail: str = "full", **facts: Any) -> Any:
        facts.setdefault("goals", [])
        profile = {name: frozenset(value) if isinstance(value, list) else value for name, value in facts.items()}
        return json.loads(adviser.advise(profile, language=language, detail=detail))

    return advised


@pytest.fixture(scope="session")
def compiled(adviser: Adviser) -> CompiledRuleBase:
    return adviser.compiled


@pytest.fixture(scope="session")
def app() -> Flask:
    made = create_app()
    made.test_client_class = CheckedClient
    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def value_by_chance(fact: Fact, chance: random.Random) -> Value:
    ids = [option.id for option in fact.options]
    if fact.type is FactType.FLAG:
        return chance.random() < 0.5
    if fact.type is FactType.SET:
        return frozenset(chance.sample(ids, chance.randint(0, min(6, len(ids)))))
    if fact.type in (FactType.CHOICE, FactType.ORDINAL):
        return chance.choice(ids)
    least, most = fact.minimum or 0, fact.maximum or 0
    return chance.randint(least, most if chance.random() < 0.2 else min(most, least + 6))


@pytest.fixture(scope="session")
def profile_by_chance(rule_base: RuleBase) -> Callable[[random.Random, float], Profile]:
    """Give profiles in which each fact is known with the given likelihood."""

    def made(chance: random.Random, known: float) -> Profile:
        return {
            name: value_by_chance(fact, chance)
            for name, fact in rule_base.facts.items()
            if fact.is_sent and (fact.required or chance.random() < known)
        }

    return made


@pytest.fixture(scope="session")
def profile_with_everything(rule_base: RuleBase) -> Profile:
    """Give a profile with every fact, and every member of every set."""
    chance = random.Random(0)
    return {
        name: frozenset(option.id for option in fact.options)
        if fact.type is FactType.SET
        else value_by_chance(fact, chance)
        for name, fact in rule_base.facts.items()
        if fact.is_sent
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve the product; give its address and its log."""
    log = tmp_path_factory.mktemp("server") / "log"
    with serving(log) as (address, _):
        yield address, log


@pytest.fixture(scope="session")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], AbstractContextManager[str]]:
    """Serve another rule base; give its address."""

    @contextmanager
    def served(rules: Path) -> Iterator[str]:
        with serving(tmp_path_factory.mktemp("server") / "log", ADVISER_RULES=str(rules)) as (address, _):
            yield address

    return served
