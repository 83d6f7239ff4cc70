"""Initiatives coded from general knowledge: half of them the authors of the rules have never looked at."""

from pathlib import Path

import pytest

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.knowledge.loading import checked_cases, default_rules_directory
from service.workbench.case_files import case_sets

HERE = Path(__file__).resolve().parent


@pytest.mark.parametrize(("name", "first", "three"), [("seen", 27, 29), ("unseen", 24, 27)])
def test_acceptable_forms_lead_on_cases_beside_the_rule_base(
    compiled: CompiledRuleBase, name: str, first: int, three: int
) -> None:
    (one,) = case_sets(checked_cases(default_rules_directory(), [HERE / f"general-knowledge-{name}.yaml"]))
    heads = [
        ([compiled.forms[form] for form in evaluate(compiled, case.profile).ranking[:3]], set(case.acceptable))
        for case in one.cases
    ]

    assert 30 == len(heads)
    assert first <= sum(head[0] in acceptable for head, acceptable in heads)
    assert three <= sum(not acceptable.isdisjoint(head) for head, acceptable in heads)
