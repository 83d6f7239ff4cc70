"""What docs/how-to/call.md shows is what a reader gets who tries it, generated clients in strict types included."""

from pathlib import Path

import pytest

from tests.clients.pages import Example, examples, run, shows
from tests.serving import ROOT

pytestmark = pytest.mark.slow

EXAMPLES = examples((ROOT / "docs" / "how-to" / "call.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def printed(server: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run the whole page from top to bottom, as later examples use what earlier ones made."""
    directory = tmp_path_factory.mktemp("reader")
    (directory / "node_modules").symlink_to(ROOT / "node_modules")
    return {example.name: run(example, server[0], directory) for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_page_shows_what_the_example_prints(printed: dict[str, str], example: Example) -> None:
    assert shows(example.shown or "", printed[example.name]), printed[example.name]
