"""The benchmarks run, and what they compare is comparable: no figure is judged here."""

import itertools
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench import batch, growth, http, phases
from bench.aims import aims
from bench.larger import write_larger
from bench.peers import installed
from bench.peers.measure import check, questions, write_rules_for_node
from bench.peers.normal import rules_of
from bench.picture import Line, draw
from bench.profiles import FACTS, profiles
from bench.results import Part, Table, as_json, as_markdown
from bench.scale import Scale
from bench.servers import serving
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import evaluate
from service.knowledge.loading import default_rules_directory, load_rule_base
from service.knowledge.model import RuleBase

pytestmark = pytest.mark.slow

TINY = Scale(seconds=1, rounds=1, profiles=60, connections=(1,), rules=(), facts=(), lines=(), batch=50)
ELSEWHERE = "make bench installs it"


def test_profiles_are_different_and_have_as_many_facts(rule_base: RuleBase) -> None:
    made = profiles(rule_base, 200)
    assert {FACTS} == {len(one) for one in made}
    assert 200 == len({json.dumps(sorted(map(str, one.items()))) for one in made})
    assert profiles(rule_base, 200) == made


@pytest.mark.parametrize("name", installed.ENGINES)
def test_an_engine_in_python_fires_the_same_rules(name: str, compiled: CompiledRuleBase) -> None:
    if name != "generated Python" and not installed.PACKAGES.is_dir():
        pytest.skip(ELSEWHERE)
    engine = installed.make(name, rules_of(compiled.rule_base))
    asked = questions(compiled, [*profiles(compiled.rule_base, 40), *profiles(compiled.rule_base, 40, facts=5)])
    assert [one.fires for one in asked] == [frozenset(engine.fired(engine.read(one.body))) for one in asked]


def test_json_rules_engine_fires_the_same_rules(compiled: CompiledRuleBase, tmp_path: Path) -> None:
    if shutil.which("node") is None or not (installed.NODE_SCRIPT.parent / "node_modules").is_dir():
        pytest.skip(ELSEWHERE)
    command = [
        "node",
        str(installed.NODE_SCRIPT),
        str(write_rules_for_node(compiled, tmp_path)),
        "serve",
        "{port}",
        "1",
    ]
    with serving("json-rules-engine", command, tmp_path / "log", ready="/") as server:
        check(server, questions(compiled, profiles(compiled.rule_base, 40)))


def test_a_rule_that_a_peer_lacks_is_noticed(compiled: CompiledRuleBase) -> None:
    rules = rules_of(compiled.rule_base)
    engine = installed.make("generated Python", dict(itertools.islice(rules.items(), len(rules) - 20)))
    asked = questions(compiled, profiles(compiled.rule_base, 40))
    assert any(one.fires != frozenset(engine.fired(engine.read(one.body))) for one in asked)


def test_a_larger_rule_base_loads_and_the_matcher_agrees_with_the_conditions(tmp_path: Path) -> None:
    larger = load_rule_base(write_larger(default_rules_directory(), 1200, tmp_path / "rules"))
    compiled = compile_rule_base(larger)
    assert 1200 == len(larger.rules)
    for profile in profiles(larger, 20):
        evaluation = evaluate(compiled, profile)
        true = [index for index, test in enumerate(compiled.tests) if test(evaluation.known) is True]
        assert true == list(evaluation.fired)


def test_the_service_is_measured_beside_the_echo(tmp_path: Path) -> None:
    if shutil.which("wrk") is None:
        pytest.skip("wrk is a package of Debian")
    load = http.measure(TINY, tmp_path).tables[0]
    assert {"POST, full", "POST, brief", "GET, fresh", "GET, cached", "GET, 304", "_explain", "_interview"} < {
        row[0] for row in load.rows
    }
    assert all(isinstance(cell, float) and cell > 0 for row in load.rows for cell in row[2:4])


def test_a_large_batch_is_answered_whole_and_watched(tmp_path: Path) -> None:
    (table,) = batch.measure(TINY, tmp_path).tables
    assert 50 == table.rows[0][0]
    assert all(isinstance(cell, int | float) for cell in table.rows[0])


def test_the_phases_of_a_request_add_up_to_all_of_it(tmp_path: Path) -> None:
    (table,) = phases.measure(TINY, tmp_path).tables
    apart = {row[0]: row[1:] for row in table.rows if row[0] != "echo"}
    assert {"full", "brief"} == apart.keys()
    for whole, *parts in apart.values():
        assert pytest.approx(whole) == sum(part for part in parts if isinstance(part, float))


def test_growth_is_drawn_with_a_title_and_words_for_those_who_do_not_see_it() -> None:
    lines = [Line(name, [(100, 10), (1000, 90), (5000, 400)]) for name in ("a", "b", "c")]
    picture = ET.fromstring(draw("Growth", "It grows.", ("rules", "microseconds"), lines))  # noqa: S314 -- made just now
    words = {part.tag.rpartition("}")[2]: part.text for part in picture}
    assert "Growth" == words["title"]
    assert "a: 10 microseconds at 100 rules, 90 microseconds at 1,000 rules" in str(words["desc"])


def test_a_slope_of_one_is_growth_as_fast_as_the_rules() -> None:
    assert 1.0 == pytest.approx(growth.slope([(100, 3.0), (1000, 30.0)], 1))
    assert 0.0 == pytest.approx(growth.slope([(100, 3.0), (1000, 3.0)], 1))


def test_results_are_written_for_people_and_for_programs() -> None:
    table = Table(
        "Load",
        "A note.",
        ("request", "connections", "of the echo", "p99 of the echo’s"),
        [("POST, full", 8, 0.25, 2.0)],
    )
    part = Part("http", "Requests", [table], {"wrk": "4"})
    assert "| POST, full | 8 | 0.25 | 2 |" in as_markdown({"cores": 2}, [part])
    assert 0.25 == json.loads(as_json({"cores": 2}, [part]))["parts"]["http"]["tables"]["Load"][0]["of the echo"]


def test_aims_say_what_was_not_reached() -> None:
    columns = ("rules", "brief advice, µs", "full advice, µs", "start, s", "a worker, MiB")
    rows = [(100, 1.0, 2.0, 0.5, 120.0), ("grows", 0.9, 1.2, None, None)]
    found = aims([Part("growth", "Growth", [Table("With the rules", "", columns, rows)], {})])
    assert [
        ("an advice grows as the rules to the power of", 1.2, "no"),
        ("start with the real rules, s", 0.5, "yes"),
    ] == [(row[0], row[2], row[3]) for row in found.rows[:2]]
    assert "no" == found.rows[2][3]
