"""Markdown made from plain text: escaping, links, anchors, lists and tables. Knows no rule base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>|])")


def escaped(text: str) -> str:
    """Return plain text on one line such that Markdown shows it as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def link(text: str, target: str) -> str:
    """Return a link; ``text`` is plain text."""
    return f"[{escaped(text)}]({target})"


def heading(level: int, text: str, anchor: str = "") -> str:
    """Return a heading of Markdown ``text``, reachable as ``#anchor`` when one is given."""
    marked = f"{'#' * level} {text}"
    return f'<a id="{anchor}"></a>\n\n{marked}' if anchor else marked


def bullets(items: Iterable[str]) -> str:
    """Return a list with one Markdown item a line."""
    return "\n".join(f"- {item}" for item in items)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown cells."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(parts: Iterable[str]) -> str:
    """Join the parts of a page with blank lines; empty parts are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
