"""Rule bases to swap: the product's own with another version and notice, which stands in every advice."""

import re
import shutil
from pathlib import Path

from service.knowledge.loading import default_rules_directory


def rules_in(directory: Path, version: str = "") -> Path:
    """Lay the product's own rules into the directory, in place of what is there; with a version, as that one."""
    made = directory.with_name(f"{directory.name}-new")
    shutil.copytree(default_rules_directory(), made)
    if version:
        change(made / "co-creation" / "rule-set.yaml", r"(?m)^version: .*$", f"version: {version}")
        change(made / "co-creation" / "rule-set.yaml", r"(?m)^(  en: This advice)", rf"\1, as of {version},")
    shutil.rmtree(directory, ignore_errors=True)
    made.rename(directory)
    return directory


def change(path: Path, pattern: str, replacement: str) -> None:
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert count, (path, pattern)
    path.write_text(text, encoding="utf-8")
