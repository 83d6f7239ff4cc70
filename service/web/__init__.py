"""The edge: HTTP in, HTTP out. The only place that knows Flask and marshmallow.

Decodes and validates, calls the adviser, encodes. Names no form, goal or fact.
"""
