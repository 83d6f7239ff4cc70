"""The identity of a rule base: a digest of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import cast


def digest(content: Mapping[str, object]) -> str:
    """Return ``sha256:`` and the hexadecimal digest of the content, by file name.

    Independent of the order of rules, findings and keys and of comments and layout; dependent on the
    order of facts, options and catalogue items, which breaks ties.
    """
    canonical = {name: _canonical(data) for name, data in content.items()}
    text = json.dumps(canonical, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _canonical(data: object) -> object:
    if not isinstance(data, dict):
        return data
    listed = dict(data)
    for name in ("rules", "findings"):
        if name in listed:
            listed[name] = sorted(cast("list[dict[str, str]]", listed[name]), key=lambda one: one["id"])
    if "facts" in listed and isinstance(listed["facts"], dict):
        listed["facts"] = list(listed["facts"].items())
    return listed
