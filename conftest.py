"""What holds for all tests: modules that are compiled are tested as they are compiled, and never stale."""

from pathlib import Path

import pytest

COMPILED = {
    source: made
    for made in Path(__file__).parent.glob("service/**/*.so")
    if (source := made.with_name(f"{made.name.partition('.')[0]}.py")).exists()
}
# Machine code has no examples that could be run.
collect_ignore = [str(source) for source in COMPILED]


def pytest_configure() -> None:
    """Refuse to test something else than what the sources say."""
    changed = sorted(source.name for source, made in COMPILED.items() if source.stat().st_mtime > made.stat().st_mtime)
    if changed:
        message = f"changed since they were compiled: {', '.join(changed)}; run `make .venv/dev`, or `make plain`"
        raise pytest.UsageError(message)
