"""Advice on many profiles in one request: a line in, a line out, in order and in constant memory."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from flask import Blueprint, Response, request

from service.knowledge.model import Profile
from service.web import current, queries, responses
from service.web.asking import KEYS, detail, require_accepted
from service.web.bodies import MEBIBYTE
from service.web.lines import Lines, read_lines
from service.web.negotiation import asked_language, packed_as, sends
from service.web.problems import (
    BodyTooLargeError,
    BusyError,
    InvalidRequestError,
    UnsupportedBodyError,
)
from service.web.schemas import ProfileSchema
from service.web.spool import GZIP, spooled
from service.web.telemetry import logs
from service.web.telemetry.course import Answer
from service.web.telemetry.observer import Observer
from service.web.versions import Versions

NDJSON: Final = "application/x-ndjson"
MOST_BYTES: Final = 64 * MEBIBYTE
MOST_LINES: Final = 100_000
"""At a few hundred profiles a second that is some minutes of work for one core."""
AT_ONCE: Final = 2
"""Batches that a process answers at once; half of its threads (serving/configuration.py) stay free for the rest."""
BUSY_SECONDS: Final = 30
PIECE_BYTES: Final = 64 * 1024
"""Of answers that are sent in one go: some four, or a millisecond."""
FLUSH_EVERY: Final = 64
"""Answers between two points at which a compressed answer is sent on as far as it has come."""
AS_NDJSON: Final = {
    "nl": f"Stuur de body als NDJSON in UTF-8, met Content-Type: {NDJSON}; gecomprimeerd mag, met gzip.",
    "en": f"Send the body as NDJSON in UTF-8, with Content-Type: {NDJSON}; it may be compressed, by gzip.",
}
TOO_MANY_LINES: Final = {
    "nl": f"Een batch mag hoogstens {MOST_LINES} regels hebben. Verdeel de profielen over meer vragen.",
    "en": f"A batch may have at most {MOST_LINES} lines. Spread the profiles over more requests.",
}


def batch(versions: Versions, spool: Path, observer: Observer) -> Blueprint:
    """Make the route of batches; ``spool`` is the directory in which a body lies while it is answered."""
    blueprint = Blueprint("batch", __name__)
    schema = ProfileSchema(versions.default.rule_base)
    places = threading.BoundedSemaphore(AT_ONCE)

    @blueprint.post("/recommendations/_batch")
    def answer_batch() -> Response:
        require_accepted(NDJSON)
        if not sends(NDJSON, "identity", "gzip"):
            raise UnsupportedBodyError(AS_NDJSON)
        with ExitStack() as held:
            if not places.acquire(blocking=False):
                raise BusyError(BUSY_SECONDS)
            held.callback(places.release)
            file = held.enter_context(_read(versions, spool))
            adviser, language, chosen = versions.asked(), asked_language(), detail("brief")

            exchange = current.exchange()

            def advise(line: int, profile: Profile) -> bytes:
                course = observer.course()
                body = adviser.advise(profile, language=language, detail=chosen, watcher=course)
                course.answer = Answer(profile, language, chosen, [body], line)
                observer.advised(course, exchange)
                return body

            lines = Lines(schema, language, advise)
            return _streamed(_answers(lines, file, exchange.request_id), language, held.pop_all())

    return blueprint


def _read(versions: Versions, spool: Path) -> IO[bytes]:
    """Return the body, when nothing stands in the way of answering its lines."""
    mistakes = queries.mistakes(KEYS)
    with ExitStack() as opened:
        file = opened.enter_context(spooled(spool, MOST_BYTES, compressed=packed_as() == "gzip"))
        if mistakes:
            raise InvalidRequestError(query=mistakes)
        versions.asked()
        if _count_lines(file) > MOST_LINES:
            raise BodyTooLargeError(TOO_MANY_LINES)
        opened.pop_all()
    return file


def _count_lines(file: IO[bytes]) -> int:
    """Count the lines, blank ones too, and go back to the start."""
    lines, last = 0, b"\n"
    while piece := file.read(MEBIBYTE):
        lines, last = lines + piece.count(b"\n"), piece[-1:]
    file.seek(0)
    return lines + (last != b"\n")


def _streamed(answers: Iterator[bytes], language: str, held: ExitStack) -> Response:
    """Return the answers as they come; what is held for them is let go at their end, or when the client goes away."""
    packed = request.accept_encodings["gzip"] > 0
    pieces = _packed(answers) if packed else _gathered(answers)
    response = responses.Answer(_until_the_end(pieces, held), content_type=NDJSON)
    response.call_on_close(held.close)
    response.headers["Cache-Control"] = responses.NO_STORE
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _until_the_end(answers: Iterator[bytes], held: ExitStack) -> Iterator[bytes]:
    with held:
        yield from answers


def _answers(lines: Lines, file: IO[bytes], request_id: str) -> Iterator[bytes]:
    for number, line in read_lines(file):
        try:
            answer = lines.answer(number, line)
        except Exception as error:  # noqa: BLE001 -- a fault on one line is that line's answer, and logged
            logs.fault(error, requestId=request_id, line=number)
            answer = lines.failed(number)
        yield answer


def _gathered(answers: Iterable[bytes]) -> Iterator[bytes]:
    """Put a few answers together: each piece is sent by itself, which costs more than a copy."""
    waiting, size = list[bytes](), 0
    for answer in answers:
        waiting.append(answer)
        size += len(answer)
        if size >= PIECE_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _packed(answers: Iterable[bytes]) -> Iterator[bytes]:
    """Compress as gzip; what was answered is sent on every now and then, not kept until the end."""
    packer = zlib.compressobj(wbits=GZIP)
    for count, answer in enumerate(answers, start=1):
        piece = packer.compress(answer)
        if count % FLUSH_EVERY == 0:
            piece += packer.flush(zlib.Z_SYNC_FLUSH)
        if piece:
            yield piece
    yield packer.flush()
