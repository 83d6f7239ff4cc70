"""All proofs of a rule base, shared out over processes: the same findings in the same order each time."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from service.engine.compiled import CompiledRuleBase, compile_rule_base
from service.knowledge.findings import Finding
from service.knowledge.loading import load_rule_base
from service.knowledge.model import Place
from service.workbench.proofs.claims import Found, Proof, Subject
from service.workbench.proofs.dead import dead_rules
from service.workbench.proofs.form_promises import promises_of_forms
from service.workbench.proofs.monotony import promises_of_more
from service.workbench.proofs.no_effect import rules_without_effect
from service.workbench.proofs.overlaps import overlaps
from service.workbench.proofs.promise_files import Promise, confirmed_tensions, places, promises, waivers
from service.workbench.proofs.reach import reach
from service.workbench.proofs.waived import waived


@dataclass(frozen=True, slots=True)
class Given:
    """What the checks work on: the rule base, compiled, the promises, and where the catalogue stands."""

    compiled: CompiledRuleBase
    promises: Sequence[Promise]
    places: Mapping[tuple[str, str], Place]


Check: TypeAlias = Callable[[Given], Found]

CHECKS: Final[Mapping[str, Check]] = {
    "overlaps": lambda given: overlaps(given.compiled),
    "effects": lambda given: rules_without_effect(given.compiled),
    "reach": lambda given: reach(given.compiled, given.places),
    "dead": lambda given: dead_rules(given.compiled),
    "more": lambda given: promises_of_more(given.compiled, given.promises),
    "forms": lambda given: promises_of_forms(given.compiled, given.promises),
}
"""The checks by name, those that take longest first."""


def prove(directory: Path, today: date, findings: Iterable[Finding] = ()) -> Found:
    """Prove what there is to prove of a rule base that ``check`` has passed; its ``findings`` come along.

    Each check has a process of its own, as many at once as there are cores: which example the solver finds first
    depends on what it was asked before.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, max_tasks_per_child=1) as pool:
        found = list(pool.map(_run, [(directory, name) for name in CHECKS]))
    checked = [Proof(Subject("files", finding.file), finding, ()) for finding in findings]
    proofs = [one for part in found for one in part.proofs]
    whole = Found(
        proofs=tuple(sorted([*checked, *proofs], key=lambda proof: proof.finding)),
        tensions=tuple(one for part in found for one in part.tensions),
        reached=tuple(one for part in found for one in part.reached),
        kept=tuple(one for part in found for one in part.kept),
        notes=tuple(one for part in found for one in part.notes),
    )
    return waived(whole, waivers(directory), confirmed_tensions(directory), today)


def _run(task: tuple[Path, str]) -> Found:
    directory, name = task
    given = Given(compile_rule_base(load_rule_base(directory)), promises(directory), places(directory))
    return CHECKS[name](given)
