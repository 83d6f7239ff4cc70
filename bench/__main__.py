"""The command: ``python -m bench [--quick] [--out DIRECTORY] [PART …]``."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click

from bench import aims, answers, batch, engine, growth, http, phases
from bench.peers import measure as peers
from bench.results import Cell, Part, as_json, as_markdown, machine
from bench.scale import QUICK, WHOLE

PARTS = {
    "http": http.measure,
    "answers": answers.measure,
    "engine": engine.measure,
    "phases": phases.measure,
    "growth": growth.measure,
    "batch": batch.measure,
    "peers": peers.measure,
}


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option("--quick", is_flag=True, help="Measure too little for figures, enough to see a large difference.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("reports/bench"), show_default=True)
def main(parts: tuple[str, ...], quick: bool, out: Path) -> None:
    """Measure PARTS, by default all of them."""
    about, done = machine(), list[Part]()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        for name in parts or PARTS:
            started = time.monotonic()
            done.append(PARTS[name](QUICK if quick else WHOLE, Path(work)))
            click.echo(f"{name}: {time.monotonic() - started:.0f} s")
            _write(out, about, done)  # what was measured is not lost when a later part fails
    click.echo((out / "benchmarks.md").read_text(encoding="utf-8"))


def _write(out: Path, about: Mapping[str, Cell], done: list[Part]) -> None:
    reached = Part("aims", "What was to be reached", [aims.aims(done)], {})
    (out / "benchmarks.json").write_text(as_json(about, [reached, *done]), encoding="utf-8")
    (out / "benchmarks.md").write_text(as_markdown(about, [reached, *done]), encoding="utf-8")
    for part in done:
        for name, content in part.pictures.items():
            (out / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
