"""The figures on real cases: how far they hold beyond single cases, and on some no author of the rules has seen."""

from collections import Counter
from pathlib import Path

import pytest

from service.engine.compiled import CompiledRuleBase
from service.knowledge.loading import checked_cases, default_rules_directory
from service.workbench.case_files import case_sets
from service.workbench.evaluation.leaving_out import RuleEffect, without_rules_only_met
from service.workbench.evaluation.measures import MEASURES
from service.workbench.evaluation.shown import Reader

UNSEEN = Path(__file__).resolve().parent / "general-knowledge-unseen.yaml"
SETS = case_sets(checked_cases(default_rules_directory(), []))
POOLS = {"all": SETS, "before general knowledge": [one for one in SETS if one.file != "general-knowledge.yaml"]}


def test_the_figures_on_unseen_cases_are_no_worse_than_recorded(compiled: CompiledRuleBase) -> None:
    (one,) = case_sets(checked_cases(default_rules_directory(), [UNSEEN]))
    scores = Reader(compiled).scores(one.cases)
    hits = {measure.id: measure.of(scores).hits for measure in MEASURES}

    assert 30 == len(scores)
    assert 24 <= hits["first"]
    assert 27 <= hits["firstThree"]


def test_the_figures_on_cases_of_general_knowledge_are_no_worse_than_recorded(compiled: CompiledRuleBase) -> None:
    (one,) = [one for one in SETS if one.file == "general-knowledge.yaml"]
    scores = Reader(compiled).scores(one.cases)
    hits = {measure.id: measure.of(scores).hits for measure in MEASURES}

    assert 30 == len(scores)
    assert 29 <= hits["first"]
    assert 30 <= hits["firstThree"]
    assert 14 <= hits["warned"]
    assert 18 <= hits["causes"]
    assert 6 <= hits["highOnOthers"]
    assert 0 == hits["highOnSuccesses"]


@pytest.mark.parametrize("pool", POOLS)
def test_no_share_falls_by_more_than_ten_points_without_the_rules_that_one_case_alone_meets(
    compiled: CompiledRuleBase, pool: str
) -> None:
    cases = [case for one in POOLS[pool] for case in one.cases]
    reader = Reader(compiled)
    found = [reader.evaluated(case) for case in cases]
    fired = [{*one.plain.fired, *one.intended.fired} for one in found]
    met = Counter(rule for rules in fired for rule in rules)
    effects = [
        RuleEffect(rule.id, tuple(case.id for case, own in zip(cases, fired, strict=True) if at in own), (), (), ())
        for at, rule in enumerate(compiled.rule_base.rules)
    ]
    less = without_rules_only_met(compiled, cases, effects)
    shares = {one.id: (one.of(reader.scores(cases)).share, one.of(less).share) for one in MEASURES if one.better}

    assert 1 in met.values()
    assert {} == {name: both for name, both in shares.items() if both[0] - both[1] > 0.1}
