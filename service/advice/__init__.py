"""What is said: ranked forms with their reasons, findings, unknowns and a summary, in two languages.

Imports engine and knowledge; knows no HTTP.
"""
