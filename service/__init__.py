"""The Co-creation Advisor: a profile goes in, explained advice comes out."""

__version__ = "0.1.0"
