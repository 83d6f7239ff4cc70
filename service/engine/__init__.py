"""What follows: which rules fire for a profile, and what they add up to.

Imports knowledge only; knows no HTTP, no language and no files.
"""
