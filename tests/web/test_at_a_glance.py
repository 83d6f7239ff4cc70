"""What is right is read at a glance; the closer look behind it gives the same, and every mistake."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from service.knowledge.model import Profile, RuleBase
from service.web import strict_json
from service.web.facts import Glance
from service.web.mistakes import MistakesError
from service.web.schemas import ProfileSchema
from service.web.strict_json import decoded, read_json

GLANCE = "_at_a_glance"
NAMES = st.sampled_from(["goals", "a", "a:b", "", "\u00e9", '"'])
NUMBERS = st.one_of(st.integers(), st.floats(), st.integers(2**62, 2**66), st.just(3.0), st.just(-0.0))
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=6), st.sampled_from(["\ud800", ":", "{:"]))
DATA = st.recursive(
    LEAVES, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(NAMES, parts, max_size=4), max_leaves=12
)
SLIPS = [
    b"",
    b":",
    b",",
    b'"',
    b"{",
    b"[",
    b"]",
    b"}",
    b"0",
    b".0",
    b"\\",
    b" ",
    b"\n",
    b"\xff",
    b'"a":1,',
    b"\xef\xbb\xbf",
]


def closely(read: Callable[[], Any], *where: Any) -> Any:
    with mock.patch.object(*where, GLANCE, lambda *_: None):
        return read()


def seen(read: Callable[[], Any]) -> str:
    """Give what was read as text, so that 1, 1.0 and true are told apart."""
    try:
        return repr(read())
    except MistakesError as error:
        return repr(error.mistakes)


@settings(max_examples=600, deadline=None)
@given(
    data=DATA, ascii_only=st.booleans(), slip=st.sampled_from(SLIPS), cut=st.integers(0, 2), place=st.integers(0, 60)
)
def test_a_text_says_the_same_at_a_glance(data: Any, ascii_only: bool, slip: bytes, cut: int, place: int) -> None:
    body = json.dumps(data, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    slipped = body[:place] + slip + body[place + cut :]

    for text in (body, slipped):
        assert seen(lambda text=text: closely(lambda: read_json(text), strict_json)) == seen(
            lambda text=text: read_json(text)
        )


@settings(max_examples=200, deadline=None)
@given(pairs=st.lists(st.tuples(NAMES, LEAVES | st.dictionaries(NAMES, LEAVES, max_size=2)), max_size=5))
def test_a_name_that_stands_twice_is_seen_at_a_glance(pairs: list[tuple[str, Any]]) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"

    assert seen(lambda: closely(lambda: read_json(text.encode()), strict_json)) == seen(
        lambda: read_json(text.encode())
    )


def test_a_profile_says_the_same_at_a_glance(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance = ProfileSchema(rule_base), random.Random(8)
    odd = [
        None,
        True,
        0,
        1,
        3,
        3.0,
        2.5,
        -1,
        10**30,
        "",
        "talent",
        "1",
        [],
        ["talent"],
        ["talent", "talent"],
        [1],
        [[]],
        {},
    ]
    differing = []
    for _ in range(1500):
        profile = profile_by_chance(chance, chance.random())
        data: dict[str, Any] = {
            name: sorted(one) if isinstance(one, frozenset) else one for name, one in profile.items()
        }
        if chance.random() < 0.7:
            data[chance.choice([*rule_base.facts, "unknown"])] = chance.choice(odd)
        if chance.random() < 0.1:
            data.pop(next(iter(data)))
        if seen(lambda data=data: sorted(schema.from_body(data).items())) != seen(
            lambda data=data: sorted(closely(lambda: schema.from_body(data), schema).items())
        ):
            differing.append(data)

    assert [] == differing


def test_a_body_says_the_same_at_a_glance(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance, seen_at_once, differing = ProfileSchema(rule_base), random.Random(13), 0, []
    for _ in range(500):
        profile = profile_by_chance(chance, chance.random())
        data = {name: sorted(one) if isinstance(one, frozenset) else one for name, one in profile.items()}
        body = json.dumps(data, separators=chance.choice((None, (",", ":"), (", ", ":")))).encode()
        place = chance.randrange(len(body))
        for text in (body, body[:place] + chance.choice(SLIPS) + body[place + chance.randint(0, 2) :]):
            found = schema.at_body(text)
            if found is not None:
                seen_at_once += 1
                if found != decoded(lambda said: closely(lambda: schema.from_body(said), schema), text):
                    differing.append(text)

    assert [] == differing
    assert seen_at_once >= 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "{",
        "}",
        '{"stakes": 4}',
        '{"goals": [], "stakes": 4, "stakes": 4}',
        '{"goals": ["talent"], "goals": ["talent"]}',
        '{"goals": ["talent", "talent"]}',
        '{"goals": ["talent", "stakes": 4}',
        '{"goals": ["talent"',
        '{"goals": ["talent"}',
        '{"goals": ["talent", "ecosystem"}',
        '{"goals": ["talent"], "ecosystem"]}',
        '{"goals": ["talent"], "ecosystem"}',
        '{"goals": ["talent"]], "stakes": 4}',
        '{"goals": [, "talent"]}',
        '{"goals": [], "stakes": 4,}',
        '{"goals": [], "stakes": 4, }',
        '{"goals": [], "stakes": 04}',
        '{"goals": [], "stakes": 4.0}',
        '{"goals": [], "stakes": true}',
        '{"goals": [], "stakes": 6}',
        '{"goals": [], "none": 1}',
        '{"goals": [], "language": "en"}',
        '{"goals": [], \u00a0"stakes": 4}',
    ],
)
def test_what_is_not_right_for_sure_is_not_seen_at_a_glance(rule_base: RuleBase, text: str) -> None:
    assert ProfileSchema(rule_base).at_body(text.encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"goals": ["talent", "ecosystem"], "stakes": 4}',
        '{"stakes":4,"goals":["talent","ecosystem"]}',
        '{"goals":["talent", "ecosystem"], "stakes":4}',
    ],
)
def test_bodies_are_seen_at_a_glance_as_encoders_write_them(rule_base: RuleBase, text: str) -> None:
    assert {"goals": frozenset(["talent", "ecosystem"]), "stakes": 4} == ProfileSchema(rule_base).at_body(text.encode())


def test_right_profiles_need_no_closer_look(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance = ProfileSchema(rule_base), random.Random(9)
    for _ in range(100):
        profile = profile_by_chance(chance, chance.random())
        body = json.dumps({name: sorted(one) if isinstance(one, frozenset) else one for name, one in profile.items()})
        with mock.patch.object(strict_json, "_read_strictly", side_effect=AssertionError):
            data, mistakes = read_json(body.encode())
        with mock.patch.object(schema, "_schema"):
            assert profile == schema.from_body(data)
        assert [] == mistakes


OTHERS = ("detail", "language", "ruleBase")
ODD_PAIRS = [
    "",
    "goals",
    "goals=",
    "goals=talent",
    "goals=none",
    "goals=tal%65nt",
    "stakes=4",
    "stakes=04",
    "stakes=+4",
    "stakes=4.0",
    "stakes=true",
    "stakes=6",
    "stakes=4&stakes=4",
    "st%61kes=4",
    "none=1",
    "language=en",
    "language=nl",
    "language=xx",
    "detail=brief",
    "ruleBase=1.0.0",
    "\u00e9=1",
    "leadTimeWeeks=520",
    "leadTimeWeeks=521",
]


def pairs_of(profile: Profile) -> list[str]:
    """Write a profile as the pairs of a query."""
    said = [
        (name, one) for name, value in profile.items() for one in (value if isinstance(value, frozenset) else [value])
    ]
    return [urlencode([(name, str(one).lower() if isinstance(one, bool) else one)]) for name, one in said]


def test_a_query_says_the_same_at_a_glance(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance, seen_at_once, differing = ProfileSchema(rule_base), random.Random(10), 0, []
    for _ in range(1500):
        pairs = pairs_of(profile_by_chance(chance, chance.random()))
        pairs += chance.sample(ODD_PAIRS, chance.choice((0, 0, 1, 2)))
        chance.shuffle(pairs)
        query = "&".join(pairs)
        found = schema.at_query(query)
        if found is None:
            continue
        seen_at_once += 1
        args = MultiDict(parse_qsl(query, keep_blank_values=True))
        profile, said = found
        if (profile, said) != (schema.from_query(args, OTHERS), {key: args[key] for key in OTHERS if key in args}):
            differing.append(query)

    assert [] == differing
    assert seen_at_once > 500


def test_a_right_query_needs_no_closer_look(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance = ProfileSchema(rule_base), random.Random(11)
    for _ in range(100):
        by_chance = profile_by_chance(chance, chance.random())
        profile = {name: one for name, one in by_chance.items() if one != frozenset() or name == "goals"}
        query = "&".join([*pairs_of(profile), "detail=brief", "language=en"])

        assert (profile, {"detail": "brief", "language": "en"}) == schema.at_query(query)


def test_a_profile_is_written_as_json_in_order(
    rule_base: RuleBase, profile_by_chance: Callable[[random.Random, float], Profile]
) -> None:
    schema, chance = ProfileSchema(rule_base), random.Random(12)
    for _ in range(300):
        profile = profile_by_chance(chance, chance.random())
        plain = {name: sorted(one) if isinstance(one, frozenset) else one for name, one in profile.items()}

        assert json.dumps(plain, sort_keys=True) == schema.written(profile)


def test_a_fact_of_which_no_value_is_kept_is_looked_at_closely_in_a_query(rule_base: RuleBase) -> None:
    glance = Glance({"leadTimeWeeks": replace(rule_base.facts["leadTimeWeeks"], maximum=10**12)}, {})

    assert glance.at_query("leadTimeWeeks=5") is None
    assert glance.at_body(b'{"leadTimeWeeks": 5}') is None
    assert {"leadTimeWeeks": 5} == glance.at_data({"leadTimeWeeks": 5})
    assert '{"leadTimeWeeks": 5}' == glance.written({"leadTimeWeeks": 5})
