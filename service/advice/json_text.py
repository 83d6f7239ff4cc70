"""JSON as bytes: the one module that knows the encoder.

A fragment is JSON written beforehand; put into a larger value it is copied, not encoded again.
"""

from __future__ import annotations

import orjson

Fragment = orjson.Fragment


def encode(value: object) -> bytes:
    """Encode plain data and fragments as compact UTF-8 JSON."""
    return orjson.dumps(value)


def decode(text: bytes) -> object:
    """Return what JSON says. Of a name that stands twice the last counts, and large integers become floats.

    Raises:
        ValueError: when it is no JSON.
    """
    data: object = orjson.loads(text)
    return data


def fragment(value: object) -> orjson.Fragment:
    """Encode a value once, for use inside many others."""
    return orjson.Fragment(orjson.dumps(value))
