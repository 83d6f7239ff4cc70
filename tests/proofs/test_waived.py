"""What is to stay is matched exactly; what says so of nothing, or too long ago, does not hide anything."""

from dataclasses import replace
from datetime import date

import pytest

from service.knowledge.findings import Finding
from service.knowledge.model import Kind, Place, RuleBase
from service.workbench.proofs.claims import Found, Proof, Subject, Tension
from service.workbench.proofs.promise_files import Confirmed, Waiver
from service.workbench.proofs.waived import waived
from service.workbench.proofs.witnesses import Sight, Witness

TODAY = date(2026, 11, 24)
PLACE = Place("co-creation/question.yaml", 7)
PROOF = Proof(Subject("rules", "a", "b"), Finding(PLACE.file, PLACE.line, "subsumed", "", "", ""), ())
WAIVER = Waiver("rules", "a", "subsumed", "b", "It is right.", TODAY, PLACE)
ENTRY = Confirmed("forms", (), (), (), None, "They are weighed.", TODAY, PLACE)


@pytest.fixture
def tension(rule_base: RuleBase) -> Tension:
    one, other = (replace(rule_base.rules[0], id=name, step=step) for name, step in (("x", "goals"), ("y", "question")))
    return Tension(Kind.FORMS, "coalition", one, other, Witness({"goals": frozenset()}, Sight(fires=("x", "y"))))


def checks(found: Found) -> list[tuple[str, str | None]]:
    return [(proof.finding.check, proof.waived) for proof in found.proofs]


@pytest.mark.parametrize("waiver", [WAIVER, replace(WAIVER, other=None)])
def test_a_waiver_gives_its_reason_to_what_it_names(waiver: Waiver) -> None:
    assert [("subsumed", "It is right.")] == checks(waived(Found((PROOF,)), [waiver], [], TODAY))


@pytest.mark.parametrize(
    "waiver",
    [
        replace(WAIVER, other="c"),
        replace(WAIVER, id="c"),
        replace(WAIVER, kind="promises"),
        replace(WAIVER, check="no-effect"),
    ],
)
def test_a_waiver_of_something_else_waives_nothing_and_is_found_itself(waiver: Waiver) -> None:
    assert [("subsumed", None), ("unused-waiver", None)] == checks(waived(Found((PROOF,)), [waiver], [], TODAY))


def test_an_expired_waiver_waives_nothing() -> None:
    expired = replace(WAIVER, until=date(2026, 11, 23))

    assert [("subsumed", None)] == checks(waived(Found((PROOF,)), [expired], [], TODAY))


@pytest.mark.parametrize(
    ("expected", "entry"),
    [
        (True, ENTRY),
        (True, replace(ENTRY, targets=("coalition",), speaks_for=("x",), speaks_against=("y",), same_step=False)),
        (False, replace(ENTRY, kind="risks")),
        (False, replace(ENTRY, targets=("listening",))),
        (False, replace(ENTRY, speaks_for=("y",))),
        (False, replace(ENTRY, speaks_against=("x",))),
        (False, replace(ENTRY, same_step=True)),
        (False, replace(ENTRY, until=date(2026, 11, 23))),
    ],
)
def test_a_tension_is_confirmed_by_an_entry_that_fits_in_everything(
    tension: Tension, expected: bool, entry: Confirmed
) -> None:
    (found,) = waived(Found(tensions=(tension,)), [], [entry], TODAY).tensions

    assert ("They are weighed." if expected else None) == found.confirmed


def test_a_rule_that_is_named_in_vain_is_found(tension: Tension) -> None:
    entry = replace(ENTRY, speaks_for=("x", "z"))
    (proof,) = waived(Found(tensions=(tension,)), [], [entry], TODAY).proofs

    assert "unused-waiver" == proof.finding.check
    assert "'z'" in proof.finding.what
    assert "'x'" not in proof.finding.what
