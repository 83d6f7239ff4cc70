"""What is known: facts, conditions, rules, catalogue and sources, read from YAML and checked.

Knows nothing of HTTP, of matching or of advice.
"""
