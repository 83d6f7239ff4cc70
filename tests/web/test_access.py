"""API keys: who gets advice when the settings name a file of keys, and that nobody learns a key from us."""

import hmac
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from service.cli import main
from service.web.app import create_app
from service.web.keys import KeyFileError, KeyRing, new_key, read_keys
from service.web.settings import SettingsError, settings_from
from tests.contract.checking import CheckedClient, contract
from tests.processes import lives, workers
from tests.serving import serving

ORIGIN = "https://intranet.example.org"
ADVICE = "/v1/recommendations"
TODAY = datetime.now(UTC).date()
SECRET, KEY = new_key("portal")
NEWER, NEWER_KEY = new_key("portal")
LAST, LAST_DAY_KEY = new_key("until-today", TODAY + timedelta(days=1))  # the day may change while this runs
OLD, EXPIRED_KEY = new_key("partner", date(2020, 2, 29))
FILE = "\n".join(["# who may ask", KEY.line(), f"{NEWER_KEY.line()}  # the next one", "", LAST_DAY_KEY.line()])


def asking(address: str, secret: str) -> urllib.request.Request:
    """Return a request with a key."""
    return urllib.request.Request(f"{address}/v1/goals", headers={"X-API-Key": secret})


def written(path: Path, text: str) -> Path:
    """Replace a file at once, as whoever runs the service does."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("keys") / "keys.txt", f"{FILE}\n{EXPIRED_KEY.line()}")


@pytest.fixture(scope="module")
def guarded(keys: Path) -> FlaskClient:
    app = create_app(settings_from({"ADVISER_KEYS": str(keys), "ADVISER_ALLOWED_ORIGINS": ORIGIN}))
    app.test_client_class = CheckedClient
    return app.test_client()


def test_without_keys_everyone_gets_advice_and_the_header_means_nothing(client: FlaskClient) -> None:
    given = [client.get(ADVICE, headers=headers) for headers in ({}, {"X-API-Key": "anything"})]

    assert [200, 200] == [answer.status_code for answer in given]
    assert given[0].data == given[1].data


@pytest.mark.parametrize("secret", [SECRET, NEWER, LAST], ids=["first", "second-of-the-same-client", "with-last-day"])
def test_each_key_that_counts_lets_in(guarded: FlaskClient, secret: str) -> None:
    answer = guarded.post(ADVICE, json={"goals": []}, headers={"X-API-Key": secret})

    assert (200, "forms" in answer.get_json()) == (answer.status_code, True)


@pytest.mark.parametrize(
    ("headers", "detail"),
    [
        ({}, "This service asks for an API key. Send it in the header X-API-Key."),
        ({"Authorization": f"Bearer {SECRET}"}, "This service asks for an API key. Send it in the header X-API-Key."),
        ({"X-API-Key": ""}, "This API key is not known here."),
        ({"X-API-Key": SECRET[:-1]}, "This API key is not known here."),
        ({"X-API-Key": SECRET.upper()}, "This API key is not known here."),
        ({"X-API-Key": KEY.line().split()[1]}, "This API key is not known here."),
        ({"X-API-Key": "é" * 4000}, "This API key is not known here."),
        ({"X-API-Key": OLD}, "This API key was valid until 2020-02-29 inclusive."),
    ],
)
def test_anything_else_is_refused_and_told_why(guarded: FlaskClient, headers: dict[str, str], detail: str) -> None:
    answer = guarded.get(ADVICE, headers={"Accept-Language": "en", **headers})

    assert (401, "/problems/no-valid-key") == (answer.status_code, answer.get_json()["type"])
    assert answer.get_json()["detail"].startswith(detail)
    assert 'ApiKey realm="co-creation-advisor"' == answer.headers["WWW-Authenticate"]


def test_the_problem_in_the_contract_is_the_one_that_is_given(guarded: FlaskClient) -> None:
    described: Any = contract()["components"]["responses"]["NoValidKey"]
    given = guarded.get(ADVICE, headers={"Accept-Language": "en"})

    assert given.get_json() == {
        **described["content"]["application/problem+json"]["example"],
        "instance": given.get_json()["instance"],
    }


def test_only_the_contract_is_open_under_the_base_and_everything_beside_it_is(guarded: FlaskClient) -> None:
    rules = [rule for rule in guarded.application.url_map.iter_rules() if not rule.arguments]
    closed = {rule.rule for rule in rules if guarded.get(rule.rule).status_code == 401}

    assert {
        rule.rule for rule in rules if rule.rule.startswith("/v1/") and not rule.rule.startswith("/v1/openapi.")
    } == closed
    assert 401 == guarded.get("/v1/forms/living-lab").status_code
    assert [200, 200] == [guarded.get(path).status_code for path in ("/problems/not-found", "/reference/rules")]


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/%66orms", "/v1/facts/", f"{ADVICE}/_batch", "/v1/openapi.json/x"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_without_a_key_nothing_is_told_of_what_there_is(guarded: FlaskClient, method: str, path: str) -> None:
    assert 401 == guarded.open(path, method=method).status_code


def test_a_page_of_an_allowed_origin_may_send_a_key_and_reads_why_it_was_refused(guarded: FlaskClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
    before, refused = guarded.options(ADVICE, headers=asked), guarded.get(ADVICE, headers={"Origin": ORIGIN})

    assert (200, "x-api-key") == (before.status_code, before.headers["Access-Control-Allow-Headers"])
    assert (401, ORIGIN) == (refused.status_code, refused.headers["Access-Control-Allow-Origin"])


def test_every_key_is_compared_whichever_it_is(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr("service.web.keys.hmac.compare_digest", lambda a, b: compared.append(1) or compare(a, b))
    ring = KeyRing(keys)
    found = [ring.find(secret) for secret in (SECRET, OLD, "another")]

    assert [KEY, EXPIRED_KEY, None] == found
    assert 3 * len(read_keys(keys)) == len(compared)


def test_keys_come_and_go_without_a_restart(tmp_path: Path) -> None:
    path = written(tmp_path / "keys", KEY.line())
    guarded = create_app(settings_from({"ADVISER_KEYS": str(path)})).test_client()

    def let_in() -> list[bool]:
        answers = [guarded.get("/v1/goals", headers={"X-API-Key": secret}) for secret in (SECRET, NEWER)]
        return [answer.status_code == 200 for answer in answers]

    first = let_in()
    written(path, f"{KEY.line()}\n{NEWER_KEY.line()}")
    both = let_in()
    written(path, NEWER_KEY.line())

    assert ([True, False], [True, True], [False, True]) == (first, both, let_in())


@pytest.mark.parametrize(
    "text", ["", f"{NEWER_KEY.line()}\nportal {SECRET}", None], ids=["empty", "a-key-in-it", "gone"]
)
def test_a_change_that_cannot_be_used_is_logged_once_and_locks_nobody_out(
    tmp_path: Path, log_text: Callable[[], str], text: str | None
) -> None:
    path = written(tmp_path / "keys", KEY.line())
    ring = KeyRing(path)
    path.unlink() if text is None else written(path, text)

    assert [KEY, None, KEY] == [ring.find(secret) for secret in (SECRET, NEWER, SECRET)]
    logged = log_text()
    assert 1 == logged.count('"mistakes"')
    assert SECRET not in logged


def test_a_process_that_starts_knows_the_last_keys_that_could_be_read(tmp_path: Path) -> None:
    path, log = written(tmp_path / "keys", f"{KEY.line()}\n{NEWER_KEY.line()}"), tmp_path / "log"
    with serving(log, WORKERS="1", ADVISER_KEYS=str(path)) as (address, keeper):

        def status(secret: str) -> int:
            try:
                with urllib.request.urlopen(asking(address, secret), timeout=30) as answer:
                    return int(answer.status)
            except HTTPError as error:
                with error:
                    return error.code

        def until(done: Callable[[], bool]) -> None:
            end = time.monotonic() + 30
            while not done():
                assert time.monotonic() < end
                time.sleep(0.05)

        assert [200, 200] == [status(secret) for secret in (SECRET, NEWER)]
        written(path, NEWER_KEY.line())
        until(lambda: status(SECRET) == 401)
        until(
            lambda: log.read_text(encoding="utf-8").count('"event":"keys","count":1') == 3
        )  # and those that start others
        path.unlink()
        (worker,) = workers(keeper)
        os.kill(worker, signal.SIGKILL)
        until(lambda: not lives(worker) and len(workers(keeper)) == 1)

        assert [401, 200] == [status(secret) for secret in (SECRET, NEWER)]
        with urllib.request.urlopen(f"{address}/metrics", timeout=30) as answer:
            assert b'adviser_key_files_total{result="refused"} 1.0' in answer.read()


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        (f"portal {SECRET}", ["line 1"]),
        (
            f"{KEY.line()}\nThe Portal {KEY.line()[7:]}\n{KEY.line()} 2027-02-30\n\nportal\n",
            ["line 2", "line 3", "line 5"],
        ),
        (f"{'a' * 65} {KEY.line()[7:]}", ["line 1"]),
        ("# none yet\n", ["without keys"]),
    ],
)
def test_a_file_with_mistakes_keeps_the_service_from_starting_and_none_of_its_text_is_shown(
    tmp_path: Path, text: str, mistakes: list[str]
) -> None:
    path = written(tmp_path / "keys", text)
    with pytest.raises(SettingsError) as error:
        settings_from({"ADVISER_KEYS": str(path)})
    said = str(error.value).splitlines()[1:]

    assert len(mistakes) == len(said)
    assert all(line.startswith("ADVISER_KEYS ") and part in line for line, part in zip(said, mistakes, strict=True))
    assert SECRET not in str(error.value)


def test_a_file_that_is_not_there_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_from({"ADVISER_KEYS": str(tmp_path / "none")})


def test_the_command_makes_a_key_whose_line_lets_it_in_and_keeps_it_to_itself(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["key", "city-portal", "--until", "2099-12-31"])
    secret = re.search(r"adviser_\S{43}", made.stderr)
    ring = KeyRing(written(tmp_path / "keys", made.stdout))

    assert secret is not None
    found = ring.find(secret[0])
    assert found is not None
    assert ("city-portal", date(2099, 12, 31)) == (found.name, found.last_day)
    assert secret[0] not in made.stdout
    assert 2 == CliRunner().invoke(main, ["key", "City portal"]).exit_code


def test_no_two_keys_are_the_same_and_no_name_breaks_the_file() -> None:
    assert 4 == len({SECRET, NEWER, LAST, OLD})
    for name in ("", "two words", "a\nb", "-", "UP", "a" * 65):
        with pytest.raises(KeyFileError):
            new_key(name)


def test_the_log_names_the_client_and_never_the_key_and_processes_read_the_file_again(tmp_path: Path) -> None:
    path, log = written(tmp_path / "keys", KEY.line()), tmp_path / "log"

    def status(address: str, secret: str) -> int:
        try:
            asked = urllib.request.Request(f"{address}/v1/goals", headers={"X-API-Key": secret})
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return int(answer.status)
        except HTTPError as error:
            return error.code

    with serving(log, ADVISER_KEYS=str(path)) as (address, _):
        before = {status(address, secret) for secret in (SECRET,) * 10}
        written(path, NEWER_KEY.line())
        after = [{status(address, secret) for _ in range(10)} for secret in (SECRET, NEWER)]
        _wait_until(lambda: log.read_text(encoding="utf-8").count('"key":"portal"') >= 20)
    logged = log.read_text(encoding="utf-8")

    assert ({200}, [{401}, {200}]) == (before, after)
    assert 20 == logged.count('"key":"portal"')
    assert SECRET not in logged
    assert NEWER not in logged
    assert KEY.digest.hex() not in logged


def _wait_until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not done() and time.monotonic() < end:
        time.sleep(0.02)
