"""Many profiles in one request: a line in, a line out."""

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.web import batch
from service.web.app import create_app
from service.web.bodies import MEBIBYTE
from service.web.lines import MOST_LINE_BYTES, read_lines
from service.web.settings import settings_from

PATH = "/v1/recommendations/_batch"
GOOD = {"profile": {"goals": ["talent"], "scope": "broad"}}


def post(client: FlaskClient, body: bytes, query: str = "?language=en", **headers: str) -> Any:
    named = {"Content-Type": "application/x-ndjson"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return client.post(PATH + query, data=body, headers=named)


def lines(*items: object) -> bytes:
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def answers(response: Any) -> list[dict[str, Any]]:
    assert (200, "application/x-ndjson") == (response.status_code, response.content_type)
    return [json.loads(line) for line in response.data.splitlines()]


def test_each_line_gets_the_advice_that_a_single_request_gets(client: FlaskClient) -> None:
    profiles: list[dict[str, Any]] = [{"goals": []}, {"goals": ["commons"], "stakes": 4}, {"goals": ["talent"]}]
    given_back = answers(post(client, lines(*({"profile": one} for one in profiles))))
    singly = [client.post("/v1/recommendations?detail=brief&language=en", json=one).get_json() for one in profiles]

    assert [1, 2, 3] == [one["line"] for one in given_back]
    assert singly == [one["advice"] for one in given_back]
    assert {"line", "advice"} == set(given_back[0])


def test_detail_is_brief_unless_it_is_asked_for(client: FlaskClient) -> None:
    brief, full = (answers(post(client, lines(GOOD), query)) for query in ("", "?detail=full"))

    assert "reasons" not in brief[0]["advice"]["forms"][0]
    assert full[0]["advice"]["forms"][0]["reasons"]


def test_a_bad_line_does_not_stop_the_rest_and_keeps_its_number_and_id(client: FlaskClient) -> None:
    body = (
        lines({"id": "a", **GOOD})
        + b"\n  \r\n"
        + lines({"id": "b", "profile": {"goals": ["talnt"]}})
        + b"not json\n"
        + lines({"id": "c", **GOOD})
    )
    found = answers(post(client, body))

    assert [(1, "a"), (4, "b"), (5, None), (6, "c")] == [(one["line"], one.get("id")) for one in found]
    assert ["advice", "problem", "problem", "advice"] == ["advice" if "advice" in one else "problem" for one in found]
    assert "Did you mean ‘talent’?" in found[1]["problem"]["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"[]", [("", "wrong-type")]),
        (b"null", [("", "wrong-type")]),
        (b"{}", [("/profile", "required")]),
        (b'{"profile": null}', [("/profile", "wrong-type")]),
        (b'{"profile": {}}', [("/profile/goals", "required")]),
        (b'{"profile": {"goals": []}, "id": 3}', [("/id", "wrong-type")]),
        (b'{"profile": {"goals": []}, "id": null}', [("/id", "wrong-type")]),
        (b'{"profile": {"goals": []}, "id": "' + b"x" * 201 + b'"}', [("/id", "too-large")]),
        (b'{"profile": {"goals": []}, "id": "\\ud800"}', [("/id", "malformed")]),
        (b'{"profile": {"goals": []}, "profil": 1}', [("/profil", "unknown-property")]),
        (b'{"profile": {"goals": []}, "profile": {"goals": []}}', [("/profile", "duplicate")]),
        (b'{"profile": {"goals": [], "goals": []}}', [("/profile/goals", "duplicate")]),
        (b'{"profile": {"goals": []}} {}', [("", "malformed")]),
        (b'{"profile": {"goals": [], "stakes": NaN}}', [("", "malformed")]),
        (b'\xff{"profile": {"goals": []}}', [("", "malformed")]),
        (b"[" * 40_000, [("", "too-deep")]),
    ],
)
def test_a_bad_line_says_what_is_wrong_and_where(
    client: FlaskClient, line: bytes, expected: list[tuple[str, str]]
) -> None:
    (found,) = answers(post(client, line))
    problem = found["problem"]

    assert ("/problems/invalid-request", 400) == (problem["type"], problem["status"])
    assert expected == [(one["pointer"], one["code"]) for one in problem["errors"]]


def test_all_mistakes_in_a_line_are_named_at_once(client: FlaskClient) -> None:
    (found,) = answers(post(client, lines({"id": 1, "x": 2, "profile": {"goals": ["y"], "stakes": 9}})))
    pointers = {one["pointer"] for one in found["problem"]["errors"]}

    assert {"/id", "/x", "/profile/goals/0", "/profile/stakes"} == pointers


def test_an_id_is_returned_as_it_is(client: FlaskClient) -> None:
    ids = ["", " ", "é\u2028\x00\U0001f600", '"\\', "x" * 200]
    found = answers(post(client, lines(*({"id": one, **GOOD} for one in ids))))

    assert ids == [one["id"] for one in found]


def test_a_line_that_is_too_long_is_refused_and_the_next_is_answered(client: FlaskClient) -> None:
    fits = lines(GOOD).rstrip() + b" " * (MOST_LINE_BYTES - len(lines(GOOD).rstrip()))
    found = answers(post(client, b"\n".join([fits, fits + b" ", b'"' * 300_000, lines(GOOD)])))

    assert [None, 413, 413, None] == [one.get("problem", {}).get("status") for one in found]
    assert "A line may have at most 64 KiB." == found[1]["problem"]["detail"]


@pytest.mark.parametrize("body", [b"", b"\n", b"\r\n \t\r\n"])
def test_a_batch_without_lines_has_no_answers(client: FlaskClient, body: bytes) -> None:
    assert [] == answers(post(client, body))


def test_the_last_line_needs_no_end(client: FlaskClient) -> None:
    assert answers(post(client, lines(GOOD))) == answers(post(client, lines(GOOD).rstrip()))


def test_a_batch_can_be_compressed_both_ways(client: FlaskClient) -> None:
    body = lines(*({"id": str(number), **GOOD} for number in range(200)))
    plain = post(client, body)
    packed = post(client, gzip.compress(body), Content_Encoding="gzip", Accept_Encoding="gzip")

    assert "gzip" == packed.headers["Content-Encoding"]
    assert plain.data == gzip.decompress(packed.data)
    assert len(packed.data) < len(plain.data) / 10
    assert {"Accept-Language", "Accept-Encoding"} <= set(plain.vary)


def test_gzip_may_have_several_members(client: FlaskClient) -> None:
    body = gzip.compress(lines(GOOD)) + gzip.compress(b"") + gzip.compress(lines(GOOD))

    assert [1, 2] == [one["line"] for one in answers(post(client, body, Content_Encoding="gzip"))]


@pytest.mark.parametrize(
    "body", [b"x", gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"x", gzip.compress(b"{}")[:12]]
)
def test_what_is_not_gzip_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = post(client, body, Content_Encoding="gzip")

    assert (400, "malformed") == (answer.status_code, answer.get_json()["errors"][0]["code"])


def test_no_packed_body_becomes_larger_than_a_body_may_be(client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * (batch.MOST_BYTES + 1))

    assert len(bomb) < 100_000
    assert 413 == post(client, bomb, Content_Encoding="gzip").status_code


def test_a_batch_may_be_larger_than_one_profile_but_has_a_limit(client: FlaskClient) -> None:
    assert 200 == post(client, b" " * (2 * 1024 * 1024)).status_code
    assert 413 == post(client, b" " * (batch.MOST_BYTES + 1)).status_code


def test_a_batch_with_more_lines_than_it_may_have_is_refused(client: FlaskClient) -> None:
    fits = b"\n" * (batch.MOST_LINES - 1)

    assert 200 == post(client, fits + b" ").status_code
    assert 200 == post(client, fits + b"\n").status_code
    problem = post(client, fits + b"\n ")
    assert (413, True) == (problem.status_code, "at most 100000 lines" in problem.get_json()["detail"])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "application/x-ndjson; charset=latin-1"}, 415),
        ({"Content-Encoding": "br"}, 415),
        ({"Accept": "application/json"}, 406),
        ({"Accept": "application/*"}, 200),
        ({"Accept-Encoding": "br, gzip;q=0"}, 200),
    ],
)
def test_media_types_and_encodings_are_agreed_on(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.post(PATH, data=lines(GOOD), headers={"Content-Type": "application/x-ndjson", **headers})

    assert status == answer.status_code
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("query", "status"),
    [("?detail=short", 400), ("?goals=talent", 400), ("?ruleBase=9.0.0", 404), ("?language=nl", 200)],
)
def test_the_query_is_as_strict_as_for_one_profile(client: FlaskClient, query: str, status: int) -> None:
    assert status == post(client, lines(GOOD), query).status_code


def test_only_as_many_batches_are_answered_at_once_as_leave_room_for_others(app: Flask) -> None:
    client = app.test_client()
    under_way = [post(client, lines(GOOD)) for _ in range(batch.AT_ONCE)]
    refused = post(client, lines(GOOD))

    assert (429, str(batch.BUSY_SECONDS)) == (refused.status_code, refused.headers["Retry-After"])
    assert 200 == client.post("/v1/recommendations", json={"goals": []}).status_code
    for one in under_way:
        one.close()
    assert 200 == post(client, lines(GOOD)).status_code


def test_a_batch_that_lies_on_disk_has_no_name_there(tmp_path: Path) -> None:
    body = lines(GOOD) + b" " * (2 * MEBIBYTE)
    client = create_app(settings_from({"ADVISER_SPOOL": str(tmp_path)})).test_client()
    before = _unnamed(tmp_path)

    with post(client, body) as response:
        first = next(iter(response.iter_encoded()))
        assert (before + 1, []) == (_unnamed(tmp_path), list(tmp_path.iterdir()))

    assert 1 == json.loads(first.splitlines()[0])["line"]
    assert before == _unnamed(tmp_path)


def _unnamed(directory: Path) -> int:
    """Count the files of this process that lie in a directory which does not list them."""
    names = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return sum(1 for name in names if name.startswith(str(directory)) and name.endswith("(deleted)"))


def test_answers_come_while_later_lines_wait_and_stop_when_nobody_takes_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    answer = batch.Lines.answer

    def counted(self: batch.Lines, number: int, line: bytes | None) -> bytes:
        asked.append(number)
        return answer(self, number, line)

    monkeypatch.setattr(batch.Lines, "answer", counted)
    response = post(app.test_client(), lines(*[GOOD] * 50))
    first = next(iter(response.response))
    response.close()

    assert [json.loads(line)["line"] for line in first.splitlines()] == asked
    assert len(asked) < 50


def test_a_fault_on_one_line_is_that_lines_answer_and_logged_without_content(
    app: Flask, monkeypatch: pytest.MonkeyPatch, log_text: Callable[[], str]
) -> None:
    answer = batch.Lines.answer

    def failing(self: batch.Lines, number: int, line: bytes | None) -> bytes:
        if number == 2:
            message = "words of a client"
            raise RuntimeError(message)
        return answer(self, number, line)

    monkeypatch.setattr(batch.Lines, "answer", failing)
    found = answers(post(app.test_client(), lines(GOOD, GOOD, GOOD)))

    assert [None, "/problems/internal-error", None] == [one.get("problem", {}).get("type") for one in found]
    logged = log_text()
    assert "RuntimeError" in logged
    assert "words of a client" not in logged + str(found)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_reading_lines_loses_none_and_counts_all(pieces: list[bytes]) -> None:
    body = b"\n".join(pieces)
    expected = [(number, line) for number, line in enumerate(body.split(b"\n"), start=1) if line.strip(b" \t\r")]

    assert expected == [(number, (line or b"").removesuffix(b"\n")) for number, line in read_lines(io.BytesIO(body))]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_no_batch_makes_a_server_error(client: FlaskClient, body: bytes) -> None:
    with post(client, body) as answer:
        assert all(one["problem"]["status"] == 400 for one in answers(answer))
    with post(client, body, Content_Encoding="gzip") as packed:
        assert packed.status_code in (200, 400)
