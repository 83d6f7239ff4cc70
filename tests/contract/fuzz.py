"""Starts the service, attacks it by schemathesis as schemathesis.toml says, and looks into its log. Run by `make fuzz`.

What follows the arguments named here goes to schemathesis as it is: --seed 7, --max-examples 500.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.serving import ROOT, errors_in, serving

REPORTS = ROOT / "reports" / "fuzz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--max-time", type=int, default=300, help="seconds that fuzzing may take; 0 for no end")
    asked, others = parser.parse_known_args()
    REPORTS.mkdir(parents=True, exist_ok=True)
    log = REPORTS / "service.log"
    with serving(log, asked.port) as (address, _):
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.yaml", "--url", f"{address}/v1"]
        timed = ["--max-time", str(asked.max_time)] if asked.max_time else []
        status = subprocess.run([*command, *timed, *others], cwd=ROOT, check=False).returncode
    if errors_in(log):
        sys.exit(f"The service logged errors: {log}")
    sys.exit(status)


if __name__ == "__main__":
    main()
