"""Advice on every profile in a file: as over HTTP, on several processes, and none twice after a stop."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.batch.tables import COLUMNS
from service.cli import main
from service.knowledge.model import Profile

ROOT = Path(__file__).resolve().parents[2]
Made = Callable[[random.Random, float], Profile]


def batch(source: Path, target: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["batch", str(source), "-o", str(target), "--processes", "2", *options])


def as_json(profile: Profile) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in profile.items()}


def write_lines(path: Path, made: Made, count: int) -> bytes:
    chance = random.Random(5)
    body = b""
    for number in range(count):
        body += json.dumps({"id": f"nr {number}", "profile": as_json(made(chance, 0.4))}).encode() + b"\n"
        if number % 40 == 7:
            body += b'\nnot json\n{"profile": {"goals": ["talnt"]}}\n'
    path.write_bytes(body)
    return body


@pytest.fixture
def source(tmp_path: Path, profile_by_chance: Made) -> Path:
    path = tmp_path / "in.ndjson"
    write_lines(path, profile_by_chance, 130)
    return path


def over_http(client: FlaskClient, body: bytes, query: str = "") -> bytes:
    headers = {"Content-Type": "application/x-ndjson"}
    with client.post(f"/v1/recommendations/_batch{query}", data=body, headers=headers) as answer:
        return answer.data


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_answers_are_those_of_a_batch_over_http(source: Path, tmp_path: Path, client: FlaskClient) -> None:
    result = batch(source, tmp_path / "out.ndjson", "--language", "en", "--detail", "full")

    assert 1 == result.exit_code
    assert "138 answers in" in result.output
    assert "8 of the new ones are problems" in result.output
    assert over_http(client, source.read_bytes(), "?language=en&detail=full") == (tmp_path / "out.ndjson").read_bytes()
    assert ["in.ndjson", "out.ndjson"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_run_without_problems_ends_well(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"profile": {"goals": ["talent"]}}', encoding="utf-8")

    assert 0 == batch(source, tmp_path / "out.jsonl").exit_code


def command(source: Path, target: Path) -> list[str]:
    return [sys.executable, "-m", "service", "batch", str(source), "-o", str(target), "--processes", "2"]


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("suffix", [".ndjson", ".csv"])
def test_a_run_that_was_killed_goes_on_and_loses_and_doubles_nothing(
    tmp_path: Path, profile_by_chance: Made, suffix: str
) -> None:
    source, target = tmp_path / "in.ndjson", tmp_path / f"out{suffix}"
    write_lines(source, profile_by_chance, 700)
    part = tmp_path / f"out{suffix}.part"
    process = subprocess.Popen(command(source, target), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not part.exists() or part.stat().st_size < 10_000:
        assert process.poll() is None
        time.sleep(0.02)
    workers = children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with part.open("ab") as file:
        file.write(b'{"line": 3, "cut off')
    result = batch(source, target)
    whole = tmp_path / f"whole{suffix}"
    batch(source, whole)

    assert "from an earlier run" in result.output
    assert whole.read_bytes() == target.read_bytes()
    assert workers
    for _ in range(100):
        if not any(Path(f"/proc/{one}").is_dir() for one in workers):
            break
        time.sleep(0.1)
    assert [] == [one for one in workers if Path(f"/proc/{one}").is_dir()]


def test_a_run_is_not_continued_on_something_else(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.ndjson.part").write_bytes(b'{"line":1}\n')
    (tmp_path / "out.ndjson.run").write_text("{}", encoding="utf-8")
    result = batch(source, tmp_path / "out.ndjson")

    assert 2 == result.exit_code
    assert "was begun with another input" in result.output
    assert b'{"line":1}\n' == (tmp_path / "out.ndjson.part").read_bytes()


def test_nothing_is_written_over(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.ndjson").write_bytes(b"mine")

    assert 2 == batch(source, tmp_path / "out.ndjson").exit_code
    assert b"mine" == (tmp_path / "out.ndjson").read_bytes()


def test_a_file_of_an_unknown_format_is_refused_with_those_there_are(source: Path, tmp_path: Path) -> None:
    result = batch(source, tmp_path / "out.xlsx")

    assert 2 == result.exit_code
    assert ".ndjson, .jsonl, .csv" in result.output


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_gives_the_advice_that_the_same_profiles_give_as_json(
    tmp_path: Path, client: FlaskClient, separator: str
) -> None:
    source = tmp_path / "in.csv"
    table = [
        ["id", "goals", "sector", "stakes", "temporary", "participants"],
        ["a", "talent;commons", "government", "4", "WAAR", "[]"],
        ["b", "", "", "", "", ""],
        ["", "", "", "", "", ""],
        ["'=c", " talent ; commons ", "media", "", "false", "citizens"],
    ]
    with source.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(table)
    result = batch(source, tmp_path / "out.ndjson")
    found = [json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().splitlines()]
    profiles: list[dict[str, Any]] = [
        {"goals": ["talent", "commons"], "sector": "government", "stakes": 4, "temporary": True, "participants": []},
        {"goals": []},
        {"goals": ["talent", "commons"], "sector": "media", "temporary": False, "participants": ["citizens"]},
    ]
    asked = b"".join(json.dumps({"profile": one}).encode() + b"\n" for one in profiles)
    expected = [json.loads(line)["advice"] for line in over_http(client, asked).splitlines()]

    assert 0 == result.exit_code
    assert [(2, "a"), (3, "b"), (5, "=c")] == [(one["line"], one["id"]) for one in found]
    assert expected == [one["advice"] for one in found]


def test_advice_as_a_table_has_a_row_a_profile(source: Path, tmp_path: Path) -> None:
    batch(source, tmp_path / "out.csv")
    batch(source, tmp_path / "out.ndjson")
    table = rows(tmp_path / "out.csv")
    told = [json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().splitlines()]

    assert list(COLUMNS) == list(table[0])
    assert [str(one["line"]) for one in told] == [row["line"] for row in table]
    for one, row in zip(told, table, strict=True):
        if "advice" in one:
            advice = one["advice"]
            assert [form["id"] for form in advice["forms"]] == [row[f"form{place}"] for place in (1, 2, 3)]
            assert advice["summary"].replace("\n", " ") == row["summary"]
            assert ";".join(f"{risk['id']}:{risk['level']}" for risk in advice["risks"]) == row["risks"]
            assert "" == row["problem"]
        else:
            assert one["problem"]["detail"] in row["problem"]
            assert ("", "") == (row["form1"], row["summary"])


def test_a_wrong_cell_is_the_problem_of_its_row(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("goals,stakes,sector\ntalnt,9,media\ntalent,3,media\ntalent,3,media,more\n", encoding="utf-8")
    result = batch(source, tmp_path / "out.csv", "--language", "en")
    problems = [row["problem"] for row in rows(tmp_path / "out.csv")]

    assert 1 == result.exit_code
    assert "/profile/goals/0" in problems[0]
    assert "‘stakes’ must be from 1 to 5." in problems[0]
    assert "" == problems[1]
    assert "column 4" in problems[2]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (
            b"goals,scpoe,goals\n",
            ["There is no fact 'scpoe'. Did you mean 'scope'?", "'goals' is there more than once"],
        ),
        (b"", ["The table is empty"]),
        (b"goals\n\xff\n", ["not in UTF-8"]),
        (b"goals\n" + b"x" * 200_000, ["cannot be read"]),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_everything_that_is_wrong(
    tmp_path: Path, table: bytes, said: list[str]
) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(table)
    result = batch(source, tmp_path / "out.csv")

    assert 2 == result.exit_code
    for one in said:
        assert one in result.output


def test_no_cell_of_the_answer_is_taken_for_a_formula(tmp_path: Path) -> None:
    source = tmp_path / "in.ndjson"
    source.write_text('{"id": "=1+1\\n2", "profile": {"goals": []}}\n', encoding="utf-8")
    batch(source, tmp_path / "out.csv")

    assert "'=1+1 2" == rows(tmp_path / "out.csv")[0]["id"]


def test_two_runs_do_not_write_the_same_file(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.ndjson"
    process = subprocess.Popen(command(source, target), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (tmp_path / "out.ndjson.run").exists():
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGSTOP)
        result = batch(source, target)
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.wait(timeout=60)

    assert 2 == result.exit_code
    assert "Another run is writing" in result.output
    assert target.exists()
