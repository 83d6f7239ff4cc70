"""Without the solver ``check --proofs`` says what to install, and findings come before proofs."""

import shutil
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from service.cli import main
from service.knowledge.loading import default_rules_directory

WITHOUT_SOLVER = "import sys; sys.modules['z3'] = None; from service.cli import main; main()"


def test_a_missing_solver_is_said_kindly() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SOLVER, "check", "--proofs"], capture_output=True, text=True, check=False
    )

    assert 2 == done.returncode
    assert "make .venv/proofs" in done.stderr
    assert "Traceback" not in done.stderr


def test_everything_else_works_without_the_solver() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_SOLVER, "check"], capture_output=True, check=False)

    assert 0 == done.returncode


def test_rules_that_cannot_be_read_are_not_proved(tmp_path: Path) -> None:
    rules = Path(shutil.copytree(default_rules_directory(), tmp_path / "rules"))
    path = rules / "co-creation" / "question.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("decisionRoom is: none", "decisionRoom is: no", 1), "utf-8"
    )
    done = CliRunner().invoke(main, ["check", "--proofs", str(rules)])

    assert 1 == done.exit_code
    assert "[value-outside-type]" in done.output
    assert "Proved" not in done.output
