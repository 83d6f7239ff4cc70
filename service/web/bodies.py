"""Reading the body of a request, within its limit and its time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flask import request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, RequestTimeout

from service.web.patience import TooSlowError
from service.web.problems import too_large

MEBIBYTE: Final = 1024 * 1024
MOST_BYTES: Final = MEBIBYTE


def read_body() -> bytes:
    """Return the whole body.

    Raises:
        BodyTooLargeError: when it has more than MOST_BYTES. Werkzeug cuts a chunked body off at its
            own limit without a word, so that limit is one byte higher (see ``app``).
        BadRequest: when the body breaks off or its chunks are malformed.
        RequestTimeout: when it comes too slowly.
    """
    with reading(MOST_BYTES):
        body = request.get_data(cache=False)
    if len(body) > MOST_BYTES:
        raise too_large(MOST_BYTES // MEBIBYTE)
    return body


@contextmanager
def reading(most: int) -> Iterator[None]:
    """Turn what can go wrong while a body is read into problems; it may have ``most`` bytes.

    Raises:
        BodyTooLargeError: when its length says that it has more.
        BadRequest: when the body breaks off or its chunks are malformed.
        RequestTimeout: when it comes too slowly.
    """
    try:
        yield
    except RequestEntityTooLarge:
        raise too_large(most // MEBIBYTE) from None
    except TooSlowError:
        raise RequestTimeout from None
    except (OSError, ParseException):
        raise BadRequest from None
