"""Making a profile smaller while it still shows something: fewer facts, fewer members."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.knowledge.model import Profile, Value


def shrunk(profile: Profile, required: frozenset[str], shows: Callable[[Profile], bool]) -> Profile:
    """Take away facts and members while the profile still shows it; nothing more can go from the result."""
    while True:
        less = next((one for one in smaller(profile, required) if shows(one)), None)
        if less is None:
            return profile
        profile = less


def smaller(profile: Profile, required: frozenset[str]) -> Iterable[dict[str, Value]]:
    """Yield the profile without each fact, and without each member of a set."""
    for name in profile:
        if name not in required:
            yield {other: value for other, value in profile.items() if other != name}
    for name, value in profile.items():
        if isinstance(value, frozenset):
            for member in sorted(value):
                yield {**profile, name: value - {member}}
