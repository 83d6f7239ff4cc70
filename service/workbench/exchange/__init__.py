"""The rule base as data for others: one JSON text, or tables that a spreadsheet opens and hands back."""
