"""What would have had to change in the real cases that failed: a list to hold beside what their facts tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.advice.adviser import Adviser
from service.advice.explanation.question import Question
from service.workbench.case_files import RealCase

SUCCESS: Final = "success"


def hindsight(adviser: Adviser, cases: Iterable[RealCase]) -> Iterator[str]:
    """Yield a line a failed case and question: without each risk that came true, and the form first."""
    for case in cases:
        if case.outcome != SUCCESS:
            yield from (_line(adviser, case, Question(case.form_used, without_risk=risk)) for risk in _risks(case))
            yield _line(adviser, case, Question(case.form_used))


def _risks(case: RealCase) -> list[str]:
    expected = [one["risk"] for one in case.expected if not isinstance(one, str) and "risk" in one]
    return list(dict.fromkeys((*expected, *case.went_wrong)))


def _line(adviser: Adviser, case: RealCase, question: Question) -> str:
    said: Any = json.loads(adviser.explain(case.profile, question, language="en"))
    aim = f"without {question.without_risk}" if question.without_risk else "first"
    head = f"{case.id} {case.form_used} {aim}: "
    if said["aimReached"]:
        return f"{head}reached already"
    changes = said["changes"] or said["easing"]
    nearer = "smaller, not gone: " if question.without_risk else "nearer, not there: "
    kind = "" if said["changes"] else nearer
    if changes:
        return head + kind + " | ".join(" + ".join(_step(fact) for fact in change["facts"]) for change in changes)
    return f"{head}nothing; blocked by " + ", ".join(one.get("rule") or one["fact"] for one in said["blockedBy"])


def _step(fact: Any) -> str:
    before, after = (
        "/".join(value) if isinstance(value, list) else json.dumps(value) for value in (fact["from"], fact["to"])
    )
    return f"{fact['fact']} {before}->{after}"
