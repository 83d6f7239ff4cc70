"""The sources as they are, without what was compiled of them: in a copy, run by a Python of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT


def plain_copy(directory: Path) -> Path:
    """Make the copy; give its directory."""
    shutil.copytree(ROOT / "service", directory / "service", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    for name in ("rules", "openapi.yaml", "tests"):
        (directory / name).symlink_to(ROOT / name)
    return directory


def said_by(module: str, directory: Path, *arguments: str) -> str:
    """Run a module of the tests on the service in a directory; give what it prints."""
    told = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    run = [sys.executable, "-m", module, *arguments]
    return subprocess.run(run, cwd=directory, env=told, check=True, capture_output=True, text=True).stdout
