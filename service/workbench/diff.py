"""The difference of two rule bases: what is written differently, and what that does to advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from service.knowledge.loading import SET, load_rule_base
from service.knowledge.model import Profile, RuleBase
from service.knowledge.yaml_files import read_yaml
from service.workbench.changes import PartChange, changes_between, weighty_rules
from service.workbench.impact import Comparer, Counts
from service.workbench.sampling import fitting, profiles_by_chance
from service.workbench.witnesses import Witness, find_witnesses

SEED: Final = 20260101
"""The same profiles every time, so that two reports can be compared."""
PROFILES: Final = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that is different.

    ``silent_rules`` differ in more than words, but no profile was found that shows it. ``left_out`` are
    the facts that only one of both knows, so that no profile has them.
    """

    old: RuleBase
    new: RuleBase
    parts: tuple[PartChange, ...]
    cases: Counts
    sample: Counts
    witnesses: tuple[Witness, ...]
    silent_rules: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether both say the same in the same way."""
        return self.old.digest == self.new.digest


def difference(old: Path, new: Path, profiles: int = PROFILES) -> Difference:
    """Compare the rule bases in two directories, on the cases of both and on a sample of profiles.

    Raises:
        RuleBaseError: when one of them is not well.
    """
    before, after = load_rule_base(old), load_rule_base(new)
    parts = changes_between(before, after)
    rules = weighty_rules(before, after)
    comparer = Comparer(before, after, rules)
    known = [*_case_profiles(new), *(one for one in _case_profiles(old))]
    cases = _unique([fitting(profile, comparer.facts) for profile in known])
    sample = list(profiles_by_chance(comparer.facts, profiles, SEED))
    witnesses = find_witnesses(comparer, [*cases, *sample], SEED) if parts else []
    heard = {rule for witness in witnesses for rule in witness.rules}
    only_one = before.facts.keys() ^ after.facts.keys()
    return Difference(
        before,
        after,
        parts,
        comparer.count(cases),
        comparer.count(sample),
        tuple(witnesses),
        tuple(rule for rule in rules if rule not in heard),
        tuple(sorted(only_one)),
    )


def _case_profiles(directory: Path) -> Iterator[dict[str, Any]]:
    """Yield the profiles of the cases: of real initiatives, and with which rules fire."""
    for path in sorted((directory / SET / "cases").glob("*.yaml")):
        document, _ = read_yaml(path, path.name)
        data: Any = None if document is None else document.data
        for case in data.get("cases", ()) if isinstance(data, dict) else ():
            profile = case.get("profile", case.get("firesWith")) if isinstance(case, dict) else None
            if isinstance(profile, dict):
                yield profile


def _unique(profiles: list[Profile] | list[Any]) -> list[Profile]:
    """Return each profile once: most cases stand in both rule bases."""
    return list({repr(sorted((name, _key(value)) for name, value in one.items())): one for one in profiles}.values())


def _key(value: object) -> str:
    return repr(sorted(value)) if isinstance(value, frozenset) else repr(value)
