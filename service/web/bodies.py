"""Reading the body of a request, within its limit and its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request
from gunicorn.http.errors import ParseException
from mypy_extensions import i64
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge, RequestTimeout

from service.web.patience import TooSlowError
from service.web.problems import too_large

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MEBIBYTE: Final = 1024 * 1024
MOST_BYTES: Final = MEBIBYTE
MOST_DIGITS: Final = 7
"""Of the length of a body that has at most so many."""
ZERO: Final = 48
UNKNOWN: Final = -1


def read_body(environ: WSGIEnvironment) -> bytes:
    """Return the whole body of the request that is being answered, of which the server says this.

    Raises:
        BodyTooLargeError: when it has more than MOST_BYTES. Werkzeug cuts a chunked body off at its
            own limit without a word, so that limit is one byte higher (see ``app``).
        BadRequest: when the body breaks off or its chunks are malformed.
        RequestTimeout: when it comes too slowly.
    """
    with _reading:
        length = _plain_length(environ)
        body = request.get_data(cache=False) if length == UNKNOWN else _read(environ, length)
    if len(body) > MOST_BYTES:
        raise too_large(MOST_BYTES // MEBIBYTE)
    return body


class reading:  # noqa: N801 -- it stands after ``with``
    """Turn what can go wrong while a body is read into problems; it may have ``most`` bytes.

    Raises:
        BodyTooLargeError: when its length says that it has more.
        BadRequest: when the body breaks off or its chunks are malformed.
        RequestTimeout: when it comes too slowly.
    """

    def __init__(self, most: int) -> None:
        """Take how many bytes it may have."""
        self._most = most

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise what went wrong as a problem."""
        if error is None:
            return
        if isinstance(error, RequestEntityTooLarge):
            raise too_large(self._most // MEBIBYTE) from None
        if isinstance(error, TooSlowError):
            raise RequestTimeout from None
        if isinstance(error, OSError | ValueError | ParseException):
            raise BadRequest from None


_reading: Final = reading(MOST_BYTES)


def _plain_length(environ: WSGIEnvironment) -> i64:
    """Return how many bytes a body has that is neither chunked nor too large; UNKNOWN when that has to be found out."""
    said: str = environ.get("CONTENT_LENGTH", "")
    digits: i64 = len(said)
    if digits == 0 or digits > MOST_DIGITS or "HTTP_TRANSFER_ENCODING" in environ:
        return UNKNOWN
    size: i64 = 0
    place: i64 = 0
    while place < digits:
        digit: i64 = ord(said[place]) - ZERO
        if digit < 0 or digit > 9:  # noqa: PLR2004 -- it is the last
            return UNKNOWN
        size = 10 * size + digit
        place += 1
    return size if size <= MOST_BYTES else UNKNOWN


def _read(environ: WSGIEnvironment, length: i64) -> bytes:
    """Read as many bytes as there are, as Werkzeug does."""
    stream = environ["wsgi.input"]
    body: bytes = stream.read(length)
    while len(body) < length:
        more = stream.read(length - len(body))
        if not more:
            if "wsgi.input_terminated" in environ:  # the server says so, and judges it
                break
            raise ClientDisconnected
        body += more
    return body
