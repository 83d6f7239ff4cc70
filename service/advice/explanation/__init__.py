"""Why a form stands where it stands, what would change that, and what to grow first.

Everything follows exactly from the rules: worked out without words first, then said.
"""
