"""What is written of a possible risk from pieces is what would have been written at once."""

import json
import random
from collections.abc import Callable, Iterable

import pytest
from librt.strings import BytesWriter

from service.advice.adviser import Adviser
from service.advice.compose import Advice, Composer
from service.advice.risk_states import RiskState
from service.advice.risk_writing import MOST_FACTS_SAID, RiskWriter
from service.advice.words import Words
from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.knowledge.model import LANGUAGES, Profile

Maker = Callable[[random.Random, float], Profile]


def written(writer: RiskWriter, risk: int, advice: Advice) -> dict[str, object]:
    out = BytesWriter()
    writer.write(risk, advice.standings, advice.fired_for_risks, out)
    said = json.loads(b"{%b}" % out.getvalue())
    return {name: said[name] for name in ("settledBy", "text")}


def expected(compiled: CompiledRuleBase, words: Words, settled_by: Iterable[int]) -> dict[str, object]:
    names = list(compiled.rule_base.facts)
    facts = [compiled.rule_base.facts[names[place]] for place in settled_by]
    named = [words.subject(fact.id) for fact in facts]
    if len(named) > MOST_FACTS_SAID + 1:
        named = [*named[:MOST_FACTS_SAID], words.others(len(named) - MOST_FACTS_SAID)]
    asked = [{"fact": fact.id, "question": words.text(fact.question)} for fact in facts if fact.question]
    return {"settledBy": asked, "text": words.cannot_be_ruled_out(words.enumerate(named))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_possible_risk_asks_for_all_that_it_depends_on_and_names_the_first(
    language: str, adviser: Adviser, compiled: CompiledRuleBase, profile_by_chance: Maker
) -> None:
    chance, words, composer = random.Random(29), adviser.words[language], Composer(compiled)
    writer = RiskWriter(compiled, words, [b""] * len(compiled.risks))

    counts = set()
    for _ in range(50):
        advice = composer.compose(evaluate(compiled, profile_by_chance(chance, chance.random())))
        for standing in (one.standing for one in advice.risks):
            if standing.state is RiskState.POSSIBLE:
                assert expected(compiled, words, standing.settled_by) == written(writer, standing.position, advice)
                counts.add(len(standing.settled_by))
    assert {1, 2, 3, 4, 5, 6} <= counts


def test_a_risk_that_no_fact_would_settle_asks_for_none(adviser: Adviser, compiled: CompiledRuleBase) -> None:
    words = adviser.words["en"]
    writer = RiskWriter(compiled, words, [b""] * len(compiled.risks))
    advice = Composer(compiled).compose(evaluate(compiled, {"goals": frozenset({"talent"})}))
    risk = int(advice.standings.possible()[0])
    advice.standings.settled_by[risk] = 0

    assert expected(compiled, words, []) == written(writer, risk, advice)
