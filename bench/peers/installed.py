"""Which engines there are here, and how each is made; what they need is installed apart from the service."""

from __future__ import annotations

import importlib
import sys
from typing import Final

from bench.peers.engine import Engine
from bench.peers.normal import Rules
from bench.servers import ROOT

PACKAGES: Final = ROOT / ".venv/peers/engines"
OPENFISCA: Final = ROOT / ".venv/peers/openfisca/bin/python"
NODE_SCRIPT: Final = ROOT / "bench/peers/json_rules_engine.js"
ENGINES: Final = {
    "GoRules zen-engine": ("bench.peers.zen", "Zen"),
    "JSON Logic (datalogic)": ("bench.peers.json_logic", "JsonLogic"),
    "CLIPS (clipspy)": ("bench.peers.clips", "Clips"),
    "rule-engine": ("bench.peers.rule_engine", "RuleEngine"),
    "generated Python": ("bench.peers.generated_python", "GeneratedPython"),
}
"""The engines that run in Python, by name: module and class."""


def installed() -> bool:
    """Tell whether the engines are there; ``make bench`` installs them."""
    return PACKAGES.is_dir() and OPENFISCA.exists() and (NODE_SCRIPT.parent / "node_modules").is_dir()


def make(name: str, rules: Rules) -> Engine:
    """Make the engine with the rules in it."""
    if str(PACKAGES) not in sys.path:
        sys.path.append(str(PACKAGES))
    module, kind = ENGINES[name]
    made: Engine = getattr(importlib.import_module(module), kind)(rules)
    return made
