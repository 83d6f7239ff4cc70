"""A large body, read whole before it is answered: ordinary clients send everything before they read.

The body lies in memory while it is small, else in a file without a name that goes with the request.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

from flask import request

from service.web.bodies import MEBIBYTE, reading
from service.web.mistakes import Mistake
from service.web.problems import InvalidRequestError, too_large

PIECE: Final = 64 * 1024
IN_MEMORY: Final = MEBIBYTE
GZIP: Final = 31
"""Window bits that stand for gzip with its own header. Source: zlib, inflateInit2."""


def spooled(directory: Path, most: int, *, compressed: bool) -> IO[bytes]:
    """Return the body of this request as an open file, at its start; the caller closes it.

    Raises:
        BodyTooLargeError: when it has more than ``most`` bytes, before or after it was unpacked.
        InvalidRequestError: when it is not gzip although it says so.
        BadRequest: when it breaks off, or its chunks are malformed.
        RequestTimeout: when it comes too slowly.
    """
    request.max_content_length = most + 1
    with ExitStack() as opened:
        file = opened.enter_context(SpooledTemporaryFile(IN_MEMORY, dir=str(directory)))
        size = 0
        for piece in _unpacked(_pieces(most)) if compressed else _pieces(most):
            size += len(piece)
            if size > most:
                raise too_large(most // MEBIBYTE)
            file.write(piece)
        file.seek(0)
        opened.pop_all()
    return cast("IO[bytes]", file)


def _pieces(most: int) -> Iterator[bytes]:
    while True:
        with reading(most):
            piece = request.stream.read(PIECE)
        if not piece:
            return
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip, which may have several members; no piece is larger than PIECE.

    Source: RFC 1952, section 2.2.
    """
    unpacker = zlib.decompressobj(GZIP)
    begun = False
    try:
        for packed in pieces:
            waiting = packed
            while waiting:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(GZIP)
                begun = True
                yield unpacker.decompress(waiting, PIECE)
                waiting = unpacker.unused_data or unpacker.unconsumed_tail
        yield unpacker.flush()
    except zlib.error:
        raise InvalidRequestError(body=[Mistake("gzip")]) from None
    if begun and not unpacker.eof:
        raise InvalidRequestError(body=[Mistake("gzip")])
