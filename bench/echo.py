"""The limit: an application that decodes the body and returns a ready answer, with nothing but Flask around it.

ECHO_SIZES says which answers there are: a JSON object from names to bytes. An answer of no bytes is a 304.
"""

from __future__ import annotations

import json
import os

from flask import Flask, Response, request

SIZES: dict[str, int] = json.loads(os.environ.get("ECHO_SIZES", "{}"))
READY = {name: b"." * size for name, size in SIZES.items()}

app = Flask(__name__, static_folder=None)


@app.post("/<name>")
def post(name: str) -> Response:
    """Decode the body and return the answer."""
    request.get_json()
    return Response(READY[name], content_type="application/json")


@app.post("/lines/<name>")
def post_lines(name: str) -> Response:
    """Decode a body of JSON lines and return the answer."""
    for line in request.get_data().splitlines():
        json.loads(line)
    return Response(READY[name], content_type="application/x-ndjson")


@app.get("/<name>")
def get(name: str) -> Response:
    """Return the answer, or say that nothing changed."""
    if not READY[name]:
        return Response(status=304)
    return Response(READY[name], content_type="application/json")
