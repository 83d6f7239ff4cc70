"""The table of the settings as a page, for docs/reference."""

from __future__ import annotations

from typing import Final

from service.web.settings import TABLE, Setting

PAGE: Final = "settings.md"
_BEFORE: Final = """\
<!-- Generated from service/web/settings.py by `python -m service docs`; edit that. -->

# Settings

Whoever runs the service sets it through the environment. An empty value counts as none. At the start all of them are
checked, and every mistake is named at once: a value that cannot be used, and a name that begins with `ADVISER_` and is
none of these.

| setting | default | meaning |
|---|---|---|
"""
_AFTER: Final = """
In Kubernetes, a Service that is called `adviser` would add variables such as `ADVISER_PORT` to every pod beside it.
Give it another name, or set `enableServiceLinks: false`.
"""


def settings_page() -> str:
    """Return the page, in Markdown."""
    return _BEFORE + "".join(map(_row, TABLE)) + _AFTER


def _row(setting: Setting) -> str:
    default = setting.default if setting.found or not setting.default else f"`{setting.default}`"
    return f"| `{setting.name}` | {default or 'none'} | {setting.meaning} |\n"
