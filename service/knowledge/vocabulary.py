"""The vocabulary: what of a rule base stands in the contract, so that clients may rely on it.

Rules, weights, words and sources are no part of it; a rule base that differs only in those can take the
place of another without a client noticing anything but other advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.knowledge.model import Fact, Kind, RuleBase


def ids(rule_base: RuleBase) -> Mapping[str, tuple[str, ...]]:
    """Return the ids that stand in requests and answers, by what they are of."""
    catalogued = ("goals", Kind.FORMS, Kind.TOOLS, Kind.METRICS, Kind.ANCHORING_MEASURES, Kind.RISKS)
    return {
        "facts": tuple(fact.id for fact in rule_base.facts.values() if fact.is_sent),
        **{str(section): tuple(rule_base.catalogue[section]) for section in catalogued},
        "findings": tuple(sorted(finding.id for finding in rule_base.findings)),
    }


def differences(before: RuleBase, after: RuleBase) -> list[str]:
    """Say how the vocabulary of one rule base differs from that of another: a line each, none when it does not."""
    was, now = ids(before), ids(after)
    found = [line for section in was for line in _moved(section, was[section], now[section])]
    kept = [name for name in was["facts"] if name in now["facts"]]
    return found + [line for name in kept for line in _changed(before.facts[name], after.facts[name])]


def _moved(place: str, was: Iterable[str], now: Iterable[str]) -> list[str]:
    gone, new = sorted(set(was) - set(now)), sorted(set(now) - set(was))
    return [f"{place}: '{one}' is gone" for one in gone] + [f"{place}: '{one}' is new" for one in new]


def _changed(was: Fact, now: Fact) -> list[str]:
    place = f"fact '{was.id}'"
    aspects = {
        "type": (was.type, now.type),
        "required": (was.required, now.required),
        "minimum": (was.minimum, now.minimum),
        "maximum": (was.maximum, now.maximum),
    }
    found = [f"{place}: {name} was {old} and is {new}" for name, (old, new) in aspects.items() if old != new]
    return found + _moved(place, (one.id for one in was.options), (one.id for one in now.options))
