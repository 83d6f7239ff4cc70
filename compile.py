"""Compile the modules in which advice is made, and some that each request passes, in place: ``python compile.py``.

They stay plain Python with types, and do the same when they are not compiled, only slower. mypyc translates
them, the C compiler does the rest. What is made stands beside the sources and is found before them; the
Makefile makes it anew when one of them has changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from mypyc.build import mypycify
from setuptools import setup

MODULES: Final = (
    "service/engine/compiled.py",
    "service/engine/conditions.py",
    "service/engine/derivation.py",
    "service/engine/evaluation.py",
    "service/engine/matcher.py",
    "service/engine/shards.py",
    "service/engine/states.py",
    "service/engine/term_bits.py",
    "service/engine/terms.py",
    "service/engine/true_terms.py",
    "service/advice/adviser.py",
    "service/advice/advised.py",
    "service/advice/compose.py",
    "service/advice/confidence.py",
    "service/advice/effects_of_facts.py",
    "service/advice/fired.py",
    "service/advice/grounds.py",
    "service/advice/forms_in_motion.py",
    "service/advice/maturity.py",
    "service/advice/outcome.py",
    "service/advice/pieces.py",
    "service/advice/reasons.py",
    "service/advice/render.py",
    "service/advice/risk_rules.py",
    "service/advice/risk_states.py",
    "service/advice/risk_writing.py",
    "service/advice/summary.py",
    "service/advice/undecided.py",
    "service/advice/unknowns.py",
    "service/advice/words.py",
    "service/web/answers.py",
    "service/web/asking.py",
    "service/web/bodies.py",
    "service/web/current.py",
    "service/web/dispatching.py",
    "service/web/facts.py",
    "service/web/known_texts.py",
    "service/web/recommendations.py",
    "service/web/responses.py",
    "service/web/telemetry/course.py",
    "service/web/telemetry/exchange.py",
    "service/web/telemetry/numbers.py",
    "service/web/telemetry/observer.py",
    "service/web/telemetry/tallies.py",
    "service/web/telemetry/telling.py",
    "service/web/telemetry/waiting.py",
    "service/web/telemetry/writing.py",
    "service/web/versions.py",
    "service/web/watching.py",
)
WITHOUT_STUBS: Final = ("--disable-error-code=import-untyped", "--allow-subclassing-any")
"""Where the service only runs there are no types of gunicorn; ``make lint`` judges what is done with it."""
FLAGS: Final = "-g0 -DNDEBUG -fwrapv -fvisibility=hidden"
"""In place of those of Python: nothing to debug with, numbers that overflow as in Python's own C, and modules that call
one another straight, not by name."""

if __name__ == "__main__":
    os.environ.setdefault("CFLAGS", FLAGS)
    for made in Path("service").glob("**/*.so"):
        made.unlink()  # that of a module that is no more would still be found
    sys.argv[1:] = ["build_ext", "--inplace", "--build-temp", "build/temp", "--build-lib", "build/lib"]
    setup(
        name="co-creation-advisor-core",
        py_modules=[],
        packages=[],
        ext_modules=mypycify([*WITHOUT_STUBS, *MODULES], opt_level="2", group_name="service.core", target_dir="build"),
    )
    for made in Path("service").glob("**/*.so"):
        made.touch()  # what came out as before is as new as its source
