"""The Co-creation Advisor: a profile goes in, explained advice comes out."""

from pathlib import Path

__version__ = "0.1.0"

CONTRACT = Path(__file__).resolve().parents[1] / "openapi.yaml"
"""The contract, beside the package: served by ``web``, its generated parts written by ``workbench``."""
