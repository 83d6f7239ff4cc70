"""The snippets that put the advice into pages of others: a page and docs/how-to/embed.md show them, tests try them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DIRECTORY: Final = Path(__file__).with_name("snippets")
ADDRESS: Final = "https://advice.example.org"
"""Stands for the address of the service in every snippet."""
SNIPPETS: Final = {path.stem: path.read_text(encoding="utf-8").strip() for path in sorted(DIRECTORY.iterdir())}
