import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.engine.evaluation import evaluate
from service.knowledge.loading import checked_cases, default_rules_directory
from service.knowledge.model import Comparison, Effect, FactType, Kind, Operator, RuleBase
from service.workbench.case_files import CaseSet, RealCase, case_sets
from service.workbench.documents.reference import reference_directory
from service.workbench.evaluation.assess import Assessment, assess
from service.workbench.evaluation.leaving_out import RuleEffect, without_rules_only_met, without_rules_only_needed
from service.workbench.evaluation.measures import MEASURES, Count, Measure, jackknife, wilson
from service.workbench.evaluation.report import PAGE, report_page, report_text
from service.workbench.evaluation.shown import Reader, Scored, Shown, score
from service.workbench.evaluation.variants import baselines, with_cap, with_high_from, without_rules

CASE = RealCase(
    id="X1",
    profile={"goals": frozenset({"talent"})},
    form_used="idea-contest",
    outcome="fail",
    expected=(),
    acceptable=("living-lab",),
    went_wrong=("overload", "hijack", "nih"),
    name="An initiative",
    confidence="high",
)
FILE = """# yaml-language-server: $schema=cases.schema.json
coded:
  by: Someone
  on: 2026-11
  rulesSeen: false
  withHindsight: true
cases:
- id: N1
  name: Something new (2020)
  profile:
    goals: [product-ideas]
    scope: broad
    maturityResources: 1
  formUsed: idea-platform
  outcome: fail
  acceptableForms: [idea-contest]
  wentWrong: [overload]
- id: N2
  name: Something that went well (2021)
  profile:
    goals: [product-ideas]
  formUsed: idea-contest
  outcome: success
  acceptableForms: [idea-contest]
  wentWrong: []
"""


def measure(name: str) -> Measure:
    return next(one for one in MEASURES if one.id == name)


def figures(scores: list[Scored] | tuple[Scored, ...]) -> dict[str, tuple[int, int]]:
    return {one.id: (one.of(scores).hits, one.of(scores).total) for one in MEASURES}


@pytest.fixture(scope="session")
def sets() -> list[CaseSet]:
    return case_sets(checked_cases(default_rules_directory(), ()))


@pytest.fixture(scope="session")
def assessed(compiled: CompiledRuleBase, sets: list[CaseSet]) -> Assessment:
    return assess(compiled, sets)


def test_a_case_is_scored_by_what_is_shown() -> None:
    shown = Shown(("coalition", "living-lab", "listening"), {"overload": 1, "no-goals": 3}, ("ip-loss", "hijack"))
    scored = score(CASE, shown, 2, 3)

    assert (False, True, False) == (scored.first, scored.first_three, scored.used)
    assert {"overload"} == scored.warned
    assert {"overload", "hijack"} == scored.near
    assert (1, 0, True, 2) == (scored.serious, scored.right, scored.high, scored.present)


def test_only_the_first_five_possible_risks_count_as_named() -> None:
    possible = ("ip-loss", "hype-choice", "no-goals", "no-feedback", "hijack", "nih")

    assert {"hijack"} == score(CASE, Shown((), {}, possible), 2, 3).near


def test_a_success_has_no_causes_and_a_case_without_acceptable_forms_says_nothing_of_forms() -> None:
    silent = replace(CASE, outcome="success", acceptable=(), expected=({"risk": "overload"},))
    scored = score(silent, Shown(("living-lab",), {"overload": 3}, ()), 2, 3)

    assert (None, None, frozenset()) == (scored.first, scored.first_three, scored.causes)
    assert Count(0, 0) == measure("first").of([scored])
    assert Count(0, 0) == measure("causes").of([scored])
    assert Count(1, 1) == measure("highOnSuccesses").of([scored])


def test_what_a_case_coded_with_hindsight_expects_is_an_acceptable_form_or_a_cause() -> None:
    case = replace(CASE, acceptable=(), went_wrong=(), expected=("form", {"risk": "nih"}, {"anyForm": "coalition"}))

    assert score(case, Shown(("idea-contest",), {"nih": 1}, ()), 2, 3).first
    assert score(case, Shown(("coalition",), {}, ()), 2, 3).first
    assert {"nih"} == score(case, Shown((), {"nih": 1}, ()), 2, 3).warned


def test_the_interval_of_a_share_is_wilsons() -> None:
    half, none, all_ = wilson(Count(5, 10)), wilson(Count(0, 10)), wilson(Count(10, 10))

    # Newcombe (1998), as any table of Wilson's interval has it: 5 of 10 gives 23.7% to 76.3%, 0 of 10 0 to 27.8%.
    assert (0.237, 0.763) == (round(half.low, 3), round(half.high, 3))
    assert (0.0, 0.278) == (round(none.low, 3), round(none.high, 3))
    assert (0.722, 1.0) == (round(all_.low, 3), round(all_.high, 3))
    assert (0.0, 1.0) == (wilson(Count(0, 0)).low, wilson(Count(0, 0)).high)


def test_leaving_one_case_out_gives_the_least_and_the_greatest_share(assessed: Assessment) -> None:
    first = measure("first")
    whole = first.of(assessed.scores)
    left = jackknife(first, assessed.scores)

    assert left is not None
    assert (whole.hits - 1) / (whole.total - 1) == left.low
    assert whole.hits / (whole.total - 1) == left.high
    assert jackknife(first, assessed.scores[:0]) is None


def test_the_figures_on_the_cases_coded_before_the_start_are_those_of_the_advice(
    compiled: CompiledRuleBase, sets: list[CaseSet]
) -> None:
    (before,) = [one for one in sets if one.file == "before-the-start.yaml"]
    reader, first = Reader(compiled), measure("first")
    acceptable = 0
    for case in before.cases:
        top = compiled.forms[evaluate(compiled, case.profile).ranking[0]]
        acceptable += top in case.acceptable

    assert Count(acceptable, 23) == first.of(reader.scores(before.cases))


def test_a_rule_left_out_does_nothing_any_more(compiled: CompiledRuleBase, sets: list[CaseSet]) -> None:
    """The same is shown when the rule is really away, be it one that fires or one that is open."""
    cases = [case for one in sets for case in one.cases]
    rules = compiled.rule_base.rules
    of_risks = [index for index, reach in enumerate(compiled.reaches) if reach.risks]
    for index in [*range(0, len(rules), 23), *of_risks[::11]]:
        base = replace(compiled.rule_base, rules=(*rules[:index], *rules[index + 1 :]))
        away, silent = Reader(compile_rule_base(base)), Reader(without_rules(compiled, {index}))

        assert [away.shown(away.evaluated(one)) for one in cases] == [
            silent.shown(silent.evaluated(one)) for one in cases
        ]


def test_a_rule_that_fires_on_no_case_counts_while_it_keeps_a_risk_possible(
    rule_base: RuleBase, sets: list[CaseSet]
) -> None:
    fact = next(one for one in rule_base.facts.values() if one.type is FactType.CHOICE)
    asking = replace(
        rule_base.rules[0],
        id="asks-what-nobody-said",
        when=Comparison(fact.id, Operator.IS, fact.options[0].id),
        effects=(Effect(Kind.RISKS, "nih", 5),),
    )
    found = assess(compile_rule_base(replace(rule_base, rules=(asking,))), [replace(sets[0], cases=(CASE,))])
    (effect,) = found.rules

    assert ((), (CASE.id,)) == (effect.fires, effect.worse)


def test_settings_can_be_changed_on_their_own(compiled: CompiledRuleBase, sets: list[CaseSet]) -> None:
    cases = [case for one in sets for case in one.cases]
    method = compiled.rule_base.method
    capped = compile_rule_base(replace(compiled.rule_base, method=replace(method, cap_per_step=1)))

    assert Reader(compiled).scores(cases) == Reader(with_cap(compiled, method.cap_per_step)).scores(cases)
    assert Reader(compiled).scores(cases) != Reader(capped).scores(cases) == Reader(with_cap(compiled, 1)).scores(cases)
    high = [measure("highOnOthers").of(Reader(with_high_from(compiled, one)).scores(cases)).hits for one in (3, 9)]
    assert high[0] > high[1]


def test_a_rule_that_helps_one_case_by_naming_it_shows(
    compiled: CompiledRuleBase, rule_base: RuleBase, sets: list[CaseSet]
) -> None:
    """A rule that recognises one case by its facts is named, and gives nothing to the figures without it."""
    cases = [case for one in sets for case in one.cases if case.acceptable]
    scores = Reader(compiled).scores(cases)
    wrong = next(place for place, one in enumerate(scores) if one.first is False)
    case = cases[wrong]
    single = next(
        (name, value)
        for name, value in case.profile.items()
        if isinstance(value, str | int) and sum(one.profile.get(name) == value for one in cases) == 1
    )
    naming = replace(
        rule_base.rules[0],
        id="names-a-case",
        when=Comparison(single[0], Operator.IS, single[1]),
        effects=(
            Effect(Kind.FORMS, case.acceptable[0], 5),
            *(Effect(Kind.FORMS, form, None) for form in compiled.forms if form not in case.acceptable),
        ),
    )
    fitted = compile_rule_base(replace(rule_base, rules=(*rule_base.rules, naming)))
    found = assess(fitted, [replace(sets[0], cases=tuple(cases))])
    (effect,) = [one for one in found.rules if one.rule == "names-a-case"]
    first = measure("first")

    assert first.of(scores).hits + 1 == first.of(found.scores).hits
    assert ((case.id,), (case.id,)) == (effect.fires, effect.worse)
    assert found.only_met[wrong].first is False
    assert found.only_needed[wrong].first is False
    assert "names-a-case" in report_text(found)


def test_rules_that_several_cases_meet_stay_when_each_case_is_scored_without_its_own(
    compiled: CompiledRuleBase, sets: list[CaseSet]
) -> None:
    cases = list(sets[0].cases)
    nothing = [RuleEffect(rule.id, (), (), (), ()) for rule in compiled.rule_base.rules]
    every = [RuleEffect(rule.id, tuple(case.id for case in cases), (), (), ()) for rule in compiled.rule_base.rules]
    whole = tuple(Reader(compiled).scores(cases))

    assert whole == without_rules_only_met(compiled, cases, nothing)
    assert whole == without_rules_only_met(compiled, cases, every)
    assert whole == without_rules_only_needed(compiled, cases, every)


def test_the_constant_guess_is_the_same_for_every_case_and_says_nothing_of_high_risks(assessed: Assessment) -> None:
    constant = next(one for one in assessed.baselines if one.name == "constant guess")

    assert 1 == len({one.present for one in constant.scores})
    assert 0 == sum(one.high for one in constant.scores)
    assert figures(constant.scores)["first"][0] < figures(assessed.scores)["first"][0]


def test_each_step_and_grade_is_left_out_once(compiled: CompiledRuleBase, assessed: Assessment) -> None:
    names = [one.name for one in assessed.baselines]
    method = compiled.rule_base.method

    assert len(set(names)) == len(names) == 3 + len(method.steps) + len(method.evidence)
    assert "only the rules of the step goals" in names


def test_without_a_question_step_rule_no_form_follows_from_the_question(
    compiled: CompiledRuleBase, sets: list[CaseSet]
) -> None:
    cases = sets[0].cases
    own = Reader(compiled).scores(cases)
    found = {one.name: figures(one.scores) for one in baselines(compiled, cases, own)}

    assert found["without the step question"]["first"] < figures(tuple(own))["first"]
    assert found["without the step measurement"] == figures(tuple(own))


def test_every_case_stands_in_one_group_of_each_kind(assessed: Assessment) -> None:
    kinds = [name for name, _ in assessed.groups()]

    assert ["set", "coder", "confidence", "sector"] == kinds
    for _, groups in assessed.groups():
        assert len(assessed.cases) == sum(len(scores) for scores in groups.values())


def test_a_setting_is_chosen_once_for_each_case(assessed: Assessment) -> None:
    for one in assessed.settings:
        assert len(assessed.cases) == sum(times for _, times in one.chosen)
        assert len(assessed.cases) == len(one.scores)


def test_the_page_on_disk_is_fresh_and_honest(assessed: Assessment) -> None:
    page = report_page(assessed)

    assert (reference_directory() / PAGE).read_text(encoding="utf-8") == page
    assert "The sets are small" in page
    assert all((one.coded.by if one.coded else "–") in page for one in assessed.sets)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Result]:
    def ran(*texts: str, format_: str = "json") -> Result:
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"set-{number}.yaml"
            path.write_text(text, encoding="utf-8")
            paths.append(str(path))
        return CliRunner().invoke(main, ["evaluate", *paths, "--format", format_])

    return ran


def test_files_from_anywhere_are_measured(run: Callable[..., Result]) -> None:
    result = run(FILE, FILE.replace("id: N", "id: M").replace("rulesSeen: false", "rulesSeen: true"))
    said: Any = json.loads(result.stdout)
    by_id = {one["id"]: one for one in said["measures"]}

    assert 0 == result.exit_code
    assert [("set-0.yaml", 2, "2026-11"), ("set-1.yaml", 2, "2026-11")] == [
        (one["file"], one["cases"], one["coded"]["on"]) for one in said["sets"]
    ]
    assert (4, 4) == (by_id["first"]["hits"], by_id["first"]["total"])
    assert (2, 2) == (by_id["warned"]["hits"], by_id["warned"]["total"])
    assert {"rules not seen, with hindsight", "rules seen, with hindsight"} == set(said["groups"]["coder"])
    assert ["N1", "N2", "M1", "M2"] == [one["id"] for one in said["cases"]]


def test_the_text_names_every_measure(run: Callable[..., Result]) -> None:
    result = run(FILE, format_="text")

    assert 0 == result.exit_code
    assert [] == [one.label for one in MEASURES if one.label not in result.stdout]


def test_mistakes_in_a_file_are_named_and_nothing_is_measured(run: Callable[..., Result]) -> None:
    result = run(FILE.replace("[overload]", "[overlod]").replace("scope: broad", "scope: braod"), FILE)

    assert 1 == result.exit_code
    assert "overlod" in result.stderr
    assert "braod" in result.stderr
    assert "is there twice" in result.stderr
    assert "" == result.stdout
