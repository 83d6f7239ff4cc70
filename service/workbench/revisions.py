"""Rules by name: a directory, or a git revision of this repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.knowledge.loading import default_rules_directory

_GIT_SECONDS: Final = 60
"""Time that git gets; reading one folder takes far less, and a hanging git must not hang a release."""


class RevisionError(Exception):
    """What was named is neither a directory nor a revision with rules."""


@contextmanager
def rules_of(name: str) -> Iterator[Path]:
    """Give the directory with the rules that ``name`` means, for as long as they are read.

    A directory goes before a revision of the same name; of a checkout its ``rules`` are taken.

    Raises:
        RevisionError: when it is neither.
    """
    directory = Path(name)
    if directory.is_dir():
        inner = directory / "rules"
        yield inner if inner.is_dir() and not (directory / "vocabulary.yaml").exists() else directory
        return
    with tempfile.TemporaryDirectory() as folder:
        _extract(name, Path(folder))
        yield Path(folder) / "rules"


def _extract(revision: str, folder: Path) -> None:
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        message = f"'{revision}' is neither a directory nor a revision of this repository."
        raise RevisionError(message)
    archive = _git("archive", "--format=tar", commit.decode().strip(), "rules")
    if archive is None:
        message = f"The revision '{revision}' has no folder 'rules'."
        raise RevisionError(message)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(*arguments: str) -> bytes | None:
    """Return what git says, None when it refuses."""
    root = default_rules_directory().parent
    command = ["git", "-C", str(root), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_GIT_SECONDS)  # noqa: S603 -- no shell, and the revision was resolved to a commit
    except FileNotFoundError as error:
        message = "Git is not installed, so revisions cannot be read. Name directories instead."
        raise RevisionError(message) from error
    return done.stdout if done.returncode == 0 else None
