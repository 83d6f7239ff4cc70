"""Reads a page with examples, runs them as a reader would, and holds what they print to what the page shows.

A block of code is run, unless its first line is a comment with a file's name: then it is saved under that name,
for a later block to use. A block of text or JSON after it is what it prints, where ``…`` is any part of a line.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.serving import ROOT

SERVED_IN_EXAMPLES = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAVED_AS = re.compile(r"(?:#|//) ([\w.-]+)\n")
RUN_BY = {
    "sh": ["bash", "-euo", "pipefail"],
    "python": [sys.executable, "-"],
    "js": ["node", "--input-type=module", "-"],
}
PRINTED = {"text", "json"}
SECONDS = 120


@dataclass(frozen=True)
class Example:
    """A block that is run; ``shown`` is what the page says it prints, None when the page does not say."""

    name: str
    language: str
    code: str
    shown: str | None


def examples(page: str) -> list[Example]:
    """Give the page's examples in order, each named by its language and where it stands."""
    blocks = [(found[1], found[2], page[: found.start()].count("\n") + 1) for found in BLOCK.finditer(page)]
    followed = [*blocks[1:], ("", "", 0)]
    return [
        Example(f"{language}-line-{line}", language, code, after[1] if after[0] in PRINTED else None)
        for (language, code, line), after in zip(blocks, followed, strict=True)
        if language not in PRINTED
    ]


def run(example: Example, served: str, directory: Path) -> str:
    """Run an example against the service at ``served``, and give what it prints; its errors are part of that."""
    code = example.code.replace(SERVED_IN_EXAMPLES, served)
    saved = SAVED_AS.match(code)
    if saved:
        (directory / saved[1]).write_text(code, encoding="utf-8")
        return ""
    tools = [str(Path(sys.executable).parent), str(ROOT / "node_modules" / ".bin"), os.environ["PATH"]]
    done = subprocess.run(
        RUN_BY[example.language],
        input=code,
        cwd=directory,
        env={**os.environ, "PATH": os.pathsep.join(tools)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    failed = f"\nexit status {done.returncode}" if done.returncode else ""
    return done.stdout.replace(served, SERVED_IN_EXAMPLES) + failed


def shows(shown: str, printed: str) -> bool:
    """Tell whether the page shows what is printed.

    >>> shows('{"score":5,…}', '{"score":5,"rank":1}')
    True
    >>> shows('{"score":5,…}', '{"score":4,"rank":1}')
    False
    """
    parts = (re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch("[^\n]*".join(parts), printed.strip()) is not None
