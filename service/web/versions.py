"""Which version of the rule base answers a request: the one it asks for, or the one that answers by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from service.advice.adviser import Adviser
from service.web import current, queries
from service.web.mistakes import shown
from service.web.negotiation import asked_language
from service.web.problems import NotFoundError

NOT_KEPT: Final = {
    "nl": "Versie {asked} van de regelbank wordt niet bewaard. Wel bewaard: {kept}.",
    "en": "Version {asked} of the rule base is not kept. Those that are: {kept}.",
}


class Versions:
    """The advisers on all versions that can be asked for. Safe to share between threads."""

    def __init__(self, advisers: Sequence[Adviser]) -> None:
        """Take at least one; the first answers by default."""
        self.default = advisers[0]
        self._by_version = {one.rule_base.version: one for one in advisers}

    def __iter__(self) -> Iterator[Adviser]:
        """Give all of them, the default first."""
        return iter(self._by_version.values())

    def asked(self) -> Adviser:
        """Return the one that this request asks for; the answer will name it.

        Raises:
            NotFoundError: when the version is not kept.
        """
        return self.named(queries.chosen(queries.RULE_BASE, ""))

    def named(self, version: str) -> Adviser:
        """Return the one that a request asks for by its version, empty when it names none; the answer will name it.

        Raises:
            NotFoundError: when the version is not kept.
        """
        if not version:
            return self.default
        if version not in self._by_version:
            kept = ", ".join(self._by_version)
            raise NotFoundError(NOT_KEPT[asked_language()].format(asked=shown(version), kept=kept))
        current.exchange().rule_base = version
        return self._by_version[version]
