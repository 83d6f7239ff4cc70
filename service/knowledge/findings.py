"""What is wrong with a rule base: findings, each with place, cause and cure, and how they are shown.

The texts are public interface: clear, gentle, short, complete, and they say what to do. Knows neither
files nor notation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend, ordered by file and line.

    ``file`` is relative to the rules' directory and ``line`` counts from 1; ``check`` is the stable id
    of what was checked. ``what`` names the culprit, ``why`` says why it matters, ``how`` how to mend it;
    each is one or more whole sentences; ``why`` is empty where nothing is to be said.
    """

    file: str
    line: int
    check: str
    what: str
    why: str
    how: str

    def __str__(self) -> str:
        """Show the finding on one line: file, line, what, why, how and the check's id."""
        said = " ".join(filter(None, (self.what, self.why, self.how)))
        return f"{self.file}:{self.line}: {said} [{self.check}]"

    def as_json(self) -> dict[str, str | int]:
        """Return the finding as ``{"file", "line", "check", "what", "why", "how"}``."""
        return asdict(self)


class RuleBaseError(Exception):
    """A rule base that cannot be served, with everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings in the order of files and lines."""
        self.findings = tuple(sorted(findings))
        super().__init__(render(self.findings))


def render(findings: Iterable[Finding]) -> str:
    """Show findings as text, one a line, in the order of files and lines."""
    return "\n".join(str(finding) for finding in sorted(findings))


def closest(word: str, known: Iterable[str]) -> str:
    """Return the known word closest to the one given, whatever its case, or an empty text.

    >>> closest("Scpoe", ["scope", "stage"])
    'scope'
    >>> closest("budget", ["scope", "stage"])
    ''
    """
    by_folded: dict[str, str] = {}
    for name in known:
        by_folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence that proposes the closest known word, or an empty text.

    >>> did_you_mean("scpoe", ["scope", "stage"])
    "Did you mean 'scope'?"
    >>> did_you_mean("budget", ["scope", "stage"])
    ''
    """
    meant = closest(word, known)
    return f"Did you mean '{meant}'?" if meant else ""


def choose_from(word: str, known: Iterable[str], otherwise: str) -> str:
    """Return the closest known word as a question; without one, the list if short, else ``otherwise``.

    >>> choose_from("x", ["scope", "stage"], "Look in the vocabulary.")
    'Choose one of: scope, stage.'
    """
    names = list(known)
    meant = did_you_mean(word, names)
    if meant:
        return meant
    short = 0 < len(names) <= 12  # noqa: PLR2004 -- about as many as one line of a terminal holds
    return f"Choose one of: {', '.join(names)}." if short else otherwise
