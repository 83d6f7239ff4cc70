"""The matcher agrees with the meaning of conditions, inside the engine's limits and under load."""

import json
import os
import resource
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import durable_rules_engine as engine
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.engine import matcher as matching
from service.engine.conditions import compile_condition
from service.engine.matcher import MOST_REBUILDS, Matcher, MatcherError
from service.engine.true_terms import MOST_COMPARISONS, MOST_NUMBERED
from service.knowledge.model import (
    AllOf,
    Always,
    AnyOf,
    Comparison,
    Condition,
    Fact,
    FactType,
    Not,
    Operator,
    Option,
    Profile,
    Text,
    Value,
)

WORDS = Text("woord", "word")
RANKS = ("low", "middle", "high", "top")
KINDS = ("red", "green", "blue")
MEMBERS = tuple(f"member-{number}" for number in range(80))
BATCH = 150
ROUNDS = 10_000


def a_fact(name: str, kind: FactType, options: Sequence[str] = ()) -> Fact:
    ranks = {one: rank for rank, one in enumerate(options)} if kind is FactType.ORDINAL else {}
    return Fact(
        name,
        kind,
        WORDS,
        WORDS,
        WORDS,
        options=tuple(Option(one, WORDS, WORDS) for one in options),
        ranks=ranks,
    )


FACTS = {
    fact.id: fact
    for fact in (
        a_fact("kind", FactType.CHOICE, KINDS),
        a_fact("rank", FactType.ORDINAL, RANKS),
        a_fact("scale", FactType.SCALE, "12345"),
        a_fact("number", FactType.INTEGER),
        a_fact("flag", FactType.FLAG),
        a_fact("other", FactType.FLAG),
        a_fact("few", FactType.SET, MEMBERS[:4]),
        a_fact("many", FactType.SET, MEMBERS),
    )
}
INTEGERS = st.integers(-3, 3)
SCALES = st.integers(1, 5)


def some(options: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True).map(tuple)


def compared(name: str, operators: Sequence[Operator], operands: st.SearchStrategy[Any]) -> Any:
    return st.builds(Comparison, st.just(name), st.sampled_from(operators), operands)


BOUNDS = (Operator.IS, Operator.IS_AT_LEAST, Operator.IS_AT_MOST)
PARTS = (Operator.INCLUDE_ANY_OF, Operator.INCLUDE_ALL_OF)
COMPARISONS = st.one_of(
    compared("kind", (Operator.IS,), st.sampled_from(KINDS)),
    compared("kind", (Operator.IS_ONE_OF,), some(KINDS)),
    compared("rank", BOUNDS, st.sampled_from(RANKS)),
    compared("rank", (Operator.IS_ONE_OF,), some(RANKS)),
    compared("scale", BOUNDS, SCALES),
    compared("number", BOUNDS, INTEGERS),
    compared("flag", (Operator.IS,), st.booleans()),
    compared("other", (Operator.IS,), st.booleans()),
    compared("few", (Operator.INCLUDE,), st.sampled_from(MEMBERS[:4])),
    compared("few", PARTS, some(MEMBERS[:4])),
    compared("many", (Operator.INCLUDE,), st.sampled_from(MEMBERS)),
    compared("many", PARTS, some(MEMBERS)),
)


def nested(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    tuples = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, tuples), st.builds(AnyOf, tuples), st.builds(Not, parts))


CONDITIONS = st.recursive(COMPARISONS | st.just(Always()), nested, max_leaves=6)
PROFILES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(KINDS),
        "rank": st.sampled_from(RANKS),
        "scale": SCALES,
        "number": INTEGERS,
        "flag": st.booleans(),
        "other": st.booleans(),
        "few": st.frozensets(st.sampled_from(MEMBERS[:4])),
        "many": st.frozensets(st.sampled_from(MEMBERS), max_size=6) | st.just(frozenset(MEMBERS)),
    },
)


def by_meaning(conditions: Sequence[Condition], known: Profile, facts: Mapping[str, Fact]) -> list[int]:
    return [index for index, condition in enumerate(conditions) if compile_condition(condition, facts)(known) is True]


def flags(count: int) -> dict[str, Fact]:
    return {f"f{number}": a_fact(f"f{number}", FactType.FLAG) for number in range(count)}


def on(number: int) -> Comparison:
    return Comparison(f"f{number}", Operator.IS, operand=True)


def both(number: int) -> Condition:
    """Give a condition that is on when its flag is, and that the engine has to be asked about."""
    return AllOf((on(number), Not(Comparison(f"f{number}", Operator.IS, operand=False))))


def includes(number: int) -> Comparison:
    return Comparison("many", Operator.INCLUDE, MEMBERS[number])


def hundreds_of_conditions() -> list[Condition]:
    """Give conditions of every kind of lead, nearly all true when every member is present."""
    count = len(MEMBERS)
    members = [includes(number) for number in range(count)]
    pairs = [AllOf((members[number], members[(number + 7) % count])) for number in range(count)]
    bounds = [Comparison("number", Operator.IS_AT_LEAST, -number) for number in range(count)]
    guarded = [AllOf((Comparison("number", Operator.IS, 1), member)) for member in members]
    without = [Not(member) for member in members]
    mixed = [AnyOf((AllOf((on_flag, member)), Not(on_flag))) for member in members for on_flag in (FLAG,)]
    return [*members, *pairs, *bounds, *guarded, *without, *mixed]


FLAG = Comparison("flag", Operator.IS, operand=True)
ALL_PRESENT: dict[str, Value] = {"many": frozenset(MEMBERS), "number": 1, "flag": True}


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the engine asked each time, whatever it has answered before."""
    monkeypatch.setattr(matching, "MOST_WAYS", 0)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give what the engine is told, as it comes."""
    real, facts = engine.assert_fact, list[str]()

    def tell(handle: int, fact: str) -> object:
        facts.append(fact)
        return real(handle, fact)

    monkeypatch.setattr(engine, "assert_fact", tell)
    return facts


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=8),
    profiles=st.lists(PROFILES, min_size=1, max_size=8),
)
def test_the_true_conditions_are_those_that_are_true_by_meaning(
    conditions: list[Condition], profiles: list[dict[str, Value]]
) -> None:
    matcher = Matcher(conditions, FACTS)
    for known in profiles:
        assert by_meaning(conditions, known, FACTS) == matcher.match(known)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    conditions=st.lists(CONDITIONS, min_size=BATCH, max_size=BATCH),
    profiles=st.lists(PROFILES, min_size=10, max_size=10),
)
def test_many_conditions_together_do_not_disturb_each_other(
    conditions: list[Condition], profiles: list[dict[str, Value]]
) -> None:
    matcher = Matcher(conditions, FACTS)
    for known in [*profiles, ALL_PRESENT]:
        assert by_meaning(conditions, known, FACTS) == matcher.match(known)


@pytest.mark.parametrize("flag", [True, False])
@pytest.mark.parametrize("present", [0, 1, 79, 80])
def test_conditions_for_several_shards_are_all_found(present: int, flag: bool) -> None:
    conditions = hundreds_of_conditions()
    matcher = Matcher(conditions, FACTS)
    known = {**ALL_PRESENT, "many": frozenset(MEMBERS[:present]), "flag": flag}
    assert matcher.shards > 1
    assert by_meaning(conditions, known, FACTS) == matcher.match(known)


def test_a_hundred_conditions_that_are_true_at_once_are_spread_over_shards() -> None:
    facts = flags(100)
    matcher = Matcher([both(number) for number in range(100)], facts)
    assert matcher.shards >= 2
    assert list(range(100)) == matcher.match(dict.fromkeys(facts, True))


def test_conditions_that_exclude_each_other_share_a_shard() -> None:
    choices = tuple(f"choice-{number}" for number in range(200))
    facts = {"one": a_fact("one", FactType.CHOICE, choices), "two": a_fact("two", FactType.FLAG)}
    two = Comparison("two", Operator.IS, operand=True)
    matcher = Matcher([AllOf((Comparison("one", Operator.IS, choice), two)) for choice in choices], facts)
    assert matcher.shards == 1
    assert [[number] for number in range(200)] == [matcher.match({"one": choice, "two": True}) for choice in choices]


def test_a_shard_grows_with_the_conditions_and_not_faster() -> None:
    facts = flags(40)
    pairs = [AllOf((on(one), on(two))) for one in range(40) for two in range(one)]
    few, many = Matcher(pairs[:100], facts), Matcher(pairs, facts)
    assert many.shards <= few.shards * len(pairs) // 100 + 1
    assert list(range(len(pairs))) == many.match(dict.fromkeys(facts, True))


def test_a_condition_of_one_comparison_needs_no_engine() -> None:
    matcher = Matcher([on(0), Not(on(1)), AnyOf((on(0), on(1)))], flags(2))
    assert matcher.shards == 0
    assert [0, 2] == matcher.match({"f0": True, "f1": True})
    assert [1] == matcher.match({"f0": False, "f1": False})


@settings(max_examples=100, deadline=None)
@given(
    conditions=st.lists(CONDITIONS, min_size=1, max_size=8),
    counted=st.lists(CONDITIONS, max_size=8),
    known=PROFILES,
)
def test_conditions_that_are_only_counted_are_told_after_the_others_and_need_no_engine(
    conditions: list[Condition], counted: list[Condition], known: dict[str, Value]
) -> None:
    matcher = Matcher(conditions, FACTS, None, counted)

    assert by_meaning([*conditions, *counted], known, FACTS) == matcher.match(known)
    assert Matcher(conditions, FACTS).shards == matcher.shards


def test_the_engine_is_asked_once_for_what_comparisons_do_not_tell_apart(told: list[str]) -> None:
    at_least = [Comparison("number", Operator.IS_AT_LEAST, bound) for bound in (1, 10)]
    matcher = Matcher([AllOf((FLAG, one)) for one in at_least], FACTS)

    assert [[0], [0], [0, 1], [0, 1], [0]] == [
        matcher.match({"flag": True, "number": number}) for number in (3, 9, 10, 99, 4)
    ]
    assert 3 == len(told)
    assert [] == matcher.match({"flag": False, "number": 99})
    assert 3 == len(told)


def test_what_the_engine_does_not_find_true_is_not_kept(told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher([both(0)], flags(1))
    with monkeypatch.context() as patched:
        patched.setattr(engine, "start_action_for_state", lambda *_arguments: ("", '{"guard":{}}'))
        patched.setattr(engine, "complete_and_start_action", lambda *_arguments: None)
        assert [] == matcher.match({"f0": True})

    assert [[0], [0]] == [matcher.match({"f0": True}) for _ in range(2)]
    assert 2 == len(told)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(condition=CONDITIONS, profiles=st.lists(PROFILES, min_size=1, max_size=8))
def test_the_answer_is_the_same_whether_it_was_kept_or_not(
    condition: Condition, profiles: list[dict[str, Value]]
) -> None:
    matcher = Matcher([condition], FACTS)
    first, again = ([matcher.match(known) for known in profiles] for _ in range(2))
    assert first == again


def test_three_hundred_rules_may_have_the_same_condition() -> None:
    matcher = Matcher([AllOf((on(0), on(1)))] * 300, flags(2))
    assert list(range(300)) == matcher.match({"f0": True, "f1": True})
    assert [] == matcher.match({"f0": True, "f1": False})


@pytest.mark.parametrize("place", [0, 100, 199])
def test_one_true_alternative_of_two_hundred_is_enough(place: int) -> None:
    matcher = Matcher([AnyOf(tuple(both(number) for number in range(200)))], flags(200))
    assert [0] == matcher.match({f"f{place}": True})


def test_a_condition_with_every_alternative_true_is_found_once() -> None:
    facts = flags(200)
    matcher = Matcher([AnyOf(tuple(both(number) for number in range(200)))], facts)
    assert [0] == matcher.match(dict.fromkeys(facts, True))
    assert [] == matcher.match(dict.fromkeys(facts, False))


def test_a_condition_with_too_many_alternatives_is_refused_by_its_index() -> None:
    facts = flags(300)
    with pytest.raises(MatcherError, match="condition 1 has more than 256 alternatives"):
        Matcher([on(0), AnyOf(tuple(on(number) for number in range(300)))], facts)


def test_only_always_holds_for_an_empty_profile() -> None:
    comparisons = [FLAG, Comparison("number", Operator.IS_AT_MOST, 9), includes(0)]
    conditions: list[Condition] = [*comparisons, Always(), *(Not(one) for one in comparisons), Not(Always())]
    assert [3] == Matcher(conditions, FACTS).match({})


def test_an_empty_set_is_known_and_an_absent_one_is_not() -> None:
    matcher = Matcher([includes(0), Not(includes(0))], FACTS)
    assert [1] == matcher.match({"many": frozenset()})
    assert [] == matcher.match({})


def test_a_matcher_of_nothing_finds_nothing() -> None:
    assert [] == Matcher([], FACTS).match(ALL_PRESENT)


def test_a_fact_that_no_condition_asks_for_makes_no_difference() -> None:
    assert [0] == Matcher([FLAG], FACTS).match({**ALL_PRESENT, "unasked": "value"})


@pytest.mark.usefixtures("nothing_kept")
def test_eight_threads_each_get_the_answer_to_their_own_profile() -> None:
    conditions = hundreds_of_conditions()
    matcher = Matcher(conditions, FACTS)
    profiles = [{**ALL_PRESENT, "many": frozenset(MEMBERS[number : number + 9])} for number in range(8)]
    expected = [by_meaning(conditions, known, FACTS) for known in profiles]
    together = threading.Barrier(8)

    def ask(number: int) -> bool:
        together.wait(10)
        return all(matcher.match(profiles[number]) == expected[number] for _ in range(100))

    with ThreadPoolExecutor(8) as pool:
        assert [True] * 8 == list(pool.map(ask, range(8)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_matcher_made_before_a_fork_answers_in_the_children() -> None:
    conditions = hundreds_of_conditions()
    matcher = Matcher(conditions, FACTS)
    expected = matcher.match(ALL_PRESENT)
    assert expected
    answers = [in_a_child(lambda: matcher.match(ALL_PRESENT)) for _ in range(3)]
    assert [expected] * 3 == answers
    assert expected == matcher.match(ALL_PRESENT)


def in_a_child(ask: Callable[[], list[int]]) -> list[int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(ask()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    found: list[int] = json.loads(text)
    return found


@pytest.mark.usefixtures("nothing_kept")
def test_memory_stays_flat_over_sixty_thousand_matches() -> None:
    matcher = Matcher([both(number) for number in range(30)], flags(30))
    profiles = [{f"f{number}": number % step == 0 for number in range(30)} for step in range(1, 9)]

    def run(rounds: int) -> None:
        for number in range(rounds):
            matcher.match(profiles[number % 8])

    run(ROUNDS)
    before = peak_memory()
    run(6 * ROUNDS)
    assert peak_memory() - before < 2_000_000


def peak_memory() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@pytest.mark.parametrize(
    "function", ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"]
)
def test_an_engine_that_failed_once_is_replaced_and_the_answer_is_right(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher = Matcher([both(0), both(1)], flags(2))
    failing_once(function, engine.error("broken"), monkeypatch)
    assert [0] == matcher.match({"f0": True})
    assert [1] == matcher.match({"f1": True})


def test_an_engine_that_keeps_failing_is_an_error_and_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise engine.error

    matcher = Matcher([both(0)], flags(1))
    monkeypatch.setattr(engine, "assert_fact", fail)
    with pytest.raises(MatcherError):
        matcher.match({"f0": True})


def test_an_engine_that_ends_too_early_is_noticed_by_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher([both(0)], flags(1))
    monkeypatch.setattr(engine, "start_action_for_state", lambda *_arguments: None)
    with pytest.raises(MatcherError):
        matcher.match({"f0": True})


@pytest.mark.usefixtures("nothing_kept")
def test_rebuilding_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = Matcher([both(0)], flags(1))
    for _ in range(MOST_REBUILDS):
        failing_once("assert_fact", engine.error("broken"), monkeypatch)
        assert [0] == matcher.match({"f0": True})
    failing_once("assert_fact", engine.error("broken"), monkeypatch)
    with pytest.raises(MatcherError, match="too often"):
        matcher.match({"f0": True})


def failing_once(function: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = getattr(engine, function), [error]

    def fail(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return real(*arguments)

    monkeypatch.setattr(engine, function, fail)


@pytest.mark.parametrize("function", ["start_action_for_state", "complete_and_start_action", "retract_fact"])
def test_an_interrupted_match_leaves_nothing_for_the_next_caller(
    function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    matcher = Matcher([both(0), both(1)], flags(2))
    failing_once(function, KeyboardInterrupt(), monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        matcher.match({"f0": True})
    assert [1] == matcher.match({"f1": True})


def test_an_object_left_in_the_engine_answers_no_other_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[tuple[int, str]] = []
    real = engine.assert_fact

    def leave_another(handle: int, _fact: str) -> object:
        monkeypatch.setattr(engine, "assert_fact", real)
        left.append((handle, '{"id":"1","sid":"1","guard":1,"p0":1}'))
        real(*left[0])
        return real(handle, _fact)

    matcher = Matcher([both(0), both(1)], flags(2))
    monkeypatch.setattr(engine, "assert_fact", leave_another)
    assert [1] == matcher.match({"f0": False, "f1": True})
    assert len(left) == 1


def test_a_nest_of_alternatives_is_refused_before_it_is_written_out() -> None:
    pairs = AllOf(tuple(AnyOf((on(2 * number), on(2 * number + 1))) for number in range(40)))
    with pytest.raises(MatcherError, match="condition 0 has more than 256 alternatives"):
        Matcher([AllOf((pairs, on(80)))], flags(81))


def test_what_has_no_number_is_refused_when_it_is_compiled() -> None:
    facts = {"many": a_fact("many", FactType.SET, [f"member-{number}" for number in range(MOST_COMPARISONS + 1)])}
    all_of_them = Comparison("many", Operator.INCLUDE_ALL_OF, tuple(one.id for one in facts["many"].options))
    with pytest.raises(MatcherError, match="condition 1 has more than 255 comparisons"):
        Matcher([Always(), all_of_them], facts)
    with pytest.raises(MatcherError, match="more than 32767 conditions"):
        Matcher([Always()] * (MOST_NUMBERED + 1), facts)
