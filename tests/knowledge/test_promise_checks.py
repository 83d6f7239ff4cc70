"""Promises, confirmed tensions and waived findings that cannot be right are reported where they stand."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from service.knowledge.loading import check_rule_base, default_rules_directory

TODAY = date(2026, 11, 24)
PROMISES, TENSIONS, QUESTION = (f"co-creation/{name}.yaml" for name in ("promises", "tensions", "question"))
CLAIM = "  claim: {nl: Verzonnen., en: Made up.}\n"
CONFIRMED = "- kind: forms\n  reason: Made up.\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))


def added(rules: Path, file: str, text: str) -> list[tuple[str, str, int, str]]:
    """Add text at the end of a file; give what is then found, with the lines counted from what was added."""
    path = rules / file
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    findings = check_rule_base(rules, TODAY)[1]
    return [(one.file, one.check, one.line - before.count("\n"), one.how) for one in findings]


@pytest.mark.parametrize(
    ("check", "line", "word", "file", "text"),
    [
        ("wrong-shape", 1, "Keep one", PROMISES, f"- id: a\n{CLAIM}"),
        ("wrong-shape", 1, "Keep one", PROMISES, f"- id: a\n{CLAIM}  someFormAbove: 0\n  formFirst: [coalition]\n"),
        ("wrong-shape", 1, "Keep one", PROMISES, f"- id: a\n{CLAIM}  raising: [trust]\n"),
        ("unknown-fact", 3, "trust", PROMISES, f"- id: a\n{CLAIM}  known: [trusst]\n  someFormAbove: 0\n"),
        ("unknown-fact", 3, "trust", PROMISES, f"- id: a\n{CLAIM}  when: {{trusst is: 1}}\n  someFormAbove: 0\n"),
        ("unknown-target", 3, "coalition", PROMISES, f"- id: a\n{CLAIM}  formFirst: [coalitoin]\n"),
        ("unknown-target", 4, "overload", PROMISES, f"- id: a\n{CLAIM}  raising: [trust]\n  neverAdds: [overlod]\n"),
        (
            "value-outside-type",
            3,
            "ordinal",
            PROMISES,
            f"- id: a\n{CLAIM}  raising: [scope]\n  neverAdds: [overload]\n",
        ),
        (
            "value-outside-type",
            3,
            "ordinal",
            PROMISES,
            f"- id: a\n{CLAIM}  raising: [goalCount]\n  neverAdds: [hijack]\n",
        ),
        (
            "duplicate-id",
            1,
            "another id",
            PROMISES,
            f"- id: more-room-no-token-participation\n{CLAIM}  someFormAbove: 0\n",
        ),
        ("unknown-target", 3, "coalition", TENSIONS, f"{CONFIRMED}  targets: [coalitoin]\n  until: 2999-12-31\n"),
        ("unknown-rule", 3, "low-trust", TENSIONS, f"{CONFIRMED}  against: [low-trusst]\n  until: 2999-12-31\n"),
        ("expired-waiver", 3, "new day", TENSIONS, f"{CONFIRMED}  until: 2026-11-23\n"),
        ("wrong-shape", 3, "year-month-day", TENSIONS, f"{CONFIRMED}  until: 2026-02-30\n"),
        ("wrong-shape", 2, "Choose one", QUESTION, "  waived:\n  - {check: ded, reason: r, until: 2999-12-31}\n"),
        ("expired-waiver", 2, "new day", QUESTION, "  waived:\n  - {check: dead-rule, reason: r, until: 2020-01-01}\n"),
    ],
)
def test_a_mistake_is_found_where_it_stands(
    rules: Path, check: str, line: int, word: str, file: str, text: str
) -> None:
    ((where, found, number, how),) = added(rules, file, text)

    assert (file, check, line) == (where, found, number)
    assert word in how


def test_what_lasts_until_today_has_not_expired(rules: Path) -> None:
    assert [] == added(rules, TENSIONS, f"{CONFIRMED}  until: {TODAY}\n")


def test_a_rule_base_need_not_promise_anything(rules: Path) -> None:
    (rules / PROMISES).unlink()
    (rules / TENSIONS).unlink()

    assert [] == check_rule_base(rules, TODAY)[1]
