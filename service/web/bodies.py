"""Reading the body of a request, within its limit."""

from __future__ import annotations

from typing import Final

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

MOST_BYTES: Final = 1024 * 1024


def read_body() -> bytes:
    """Return the whole body.

    Raises:
        RequestEntityTooLarge: when it has more than MOST_BYTES. Werkzeug cuts a chunked body off at its
            own limit without a word, so that limit is one byte higher (see ``app``).
        BadRequest: when the body breaks off or its chunks are malformed.
    """
    try:
        body = request.get_data(cache=False)
    except (OSError, ParseException):
        raise BadRequest from None
    if len(body) > MOST_BYTES:
        raise RequestEntityTooLarge
    return body
