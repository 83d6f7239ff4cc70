"""The encoding means what the engine does: the same rules fire, the same sums, the same form first."""

import random
from collections.abc import Callable, Iterator

from service.engine.compiled import CompiledRuleBase
from service.engine.evaluation import evaluate
from service.knowledge.model import AllOf, AnyOf, Comparison, FactType, Not, Operator, Profile
from service.workbench.proofs.dead import without_each_part
from service.workbench.proofs.solver import FALSE, TRUE, Formula, Solver, at_least, at_most, both, negated, variable
from service.workbench.proofs.witnesses import Finder
from service.workbench.proofs.world import World

ByChance = Callable[[random.Random, float], Profile]


def exactly(world: World, profile: Profile) -> Iterator[Formula]:
    """Yield what makes the unknown profile this one."""
    for name, fact in world.compiled.rule_base.facts.items():
        if not fact.is_sent:
            continue
        value, answers = profile.get(name), world.facts.sent(name)
        given = value if isinstance(value, frozenset) else {value}
        if fact.type is FactType.SET:
            sent = world.facts.is_sent(name)
            yield sent if value is not None else negated(sent)
        elif fact.type is FactType.INTEGER and isinstance(value, int):
            given = {max(start for start in answers if isinstance(start, int) and start <= value)}
        for answer, formula in answers.items():
            yield formula if answer in given else negated(formula)


def test_the_solver_finds_of_every_profile_what_the_engine_finds(
    compiled: CompiledRuleBase, profile_by_chance: ByChance
) -> None:
    chance, solver = random.Random(5), Solver()
    world = World(compiled, solver, exact=True)
    rules, forms = range(len(compiled.rule_base.rules)), range(len(compiled.forms))
    fires = [world.fires(rule) for rule in rules]
    scores, first = [world.score(form) for form in forms], [world.first(form) for form in forms]
    for turn in range(12):
        profile = profile_by_chance(chance, (0.1, 0.4, 0.8)[turn % 3])
        evaluation = evaluate(compiled, profile)

        assert world.holds(*exactly(world, profile))
        assert evaluation.fired == tuple(rule for rule in rules if solver.true(fires[rule]))
        assert list(evaluation.scores) == [sum(one for one, counts in terms if solver.true(counts)) for terms in scores]
        assert list(evaluation.ranking[:1]) == [form for form in forms if solver.true(first[form])]


def test_sums_of_weights_of_both_signs_are_told_exactly() -> None:
    a, b, c = (variable(name) for name in "abc")
    terms = [(3, a), (-2, b), (1, c)]
    for least in range(-4, 6):
        solver = Solver()
        possible = [3 * x - 2 * y + z for x in (0, 1) for y in (0, 1) for z in (0, 1)]
        assert any(total >= least for total in possible) == solver.holds([at_least(terms, least)])
        assert any(total <= least for total in possible) == solver.holds([at_most(terms, least)])


def test_what_is_settled_needs_no_solver() -> None:
    assert at_least([(2, TRUE), (5, FALSE)], 2) is TRUE
    assert at_least([(2, TRUE)], 3) is FALSE
    assert both([]) is TRUE


def test_an_absent_fact_meets_neither_a_comparison_nor_its_negation(compiled: CompiledRuleBase) -> None:
    solver = Solver()
    world = World(compiled, solver)
    broad = Comparison("scope", Operator.IS, "broad")
    neither = [negated(world.is_true(broad)), negated(world.is_true(Not(broad)))]

    assert world.holds(*neither)
    assert "scope" not in world.profile()


def test_a_form_is_chosen_unintended_only_when_it_can_stand_first(compiled: CompiledRuleBase) -> None:
    """Without the ranking a lead-user study could be chosen in four weeks; the ranking takes it out."""
    condition = AllOf(
        (
            Comparison("leadTimeWeeks", Operator.IS_AT_MOST, 4),
            Comparison("chosenForms", Operator.INCLUDE, "lead-user"),
        )
    )
    finder = Finder(compiled, [condition])
    profile = finder.meeting(condition)

    assert profile is not None
    assert "lead-user" in profile["intendedForms"]  # type: ignore[operator]


def test_each_part_of_a_condition_is_left_out_once() -> None:
    one, other = (Comparison("scope", Operator.IS, value) for value in ("broad", "narrow"))
    several = Comparison("goals", Operator.INCLUDE_ANY_OF, ("talent", "commons"))

    assert [other, one] == [shorter for _, shorter in without_each_part(AnyOf((one, other)))]
    assert ["scope is: broad", "scope is: narrow"] == [what for what, _ in without_each_part(Not(AllOf((one, other))))]
    assert [
        Comparison("goals", Operator.INCLUDE, "commons"),
        Comparison("goals", Operator.INCLUDE, "talent"),
    ] == [shorter for _, shorter in without_each_part(several)]
