"""Teaches schemathesis newline-delimited JSON: a list in the contract is a line each on the wire."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines_of(_context: Any, value: Any) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


@schemathesis.deserializer("application/x-ndjson")
def items_of(_context: Any, response: Any) -> list[Any]:
    return [json.loads(line) for line in response.content.splitlines()]


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out what cannot be written as lines: every text is a list of lines, so no body breaks that."""
    return case.media_type != "application/x-ndjson" or isinstance(case.body, list)
