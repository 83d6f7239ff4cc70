"""An attack on the running service through its contract, as schemathesis.toml says: all checks, all phases; bounded."""

import subprocess
import sys
from pathlib import Path

import pytest

from service import CONTRACT
from tests.serving import errors_in


@pytest.mark.slow
def test_schemathesis_finds_nothing(server: tuple[str, Path], tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        str(CONTRACT),
        "--url",
        f"{server[0]}/v1",
        "--report-dir",
        str(tmp_path),
        "--max-examples",
        "60",
        "--no-color",
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)

    assert 0 == result.returncode, result.stdout[-6000:]
    assert [] == errors_in(server[1])
