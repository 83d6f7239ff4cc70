"""Raw requests that no honest client sends, with the statuses that may answer them; None is a closed connection."""

import gzip
from collections.abc import Iterator
from typing import NamedTuple

ADVICE = b"/v1/recommendations"
JSON = b"Content-Type: application/json\r\n"
NDJSON = b"Content-Type: application/x-ndjson\r\n"
GOOD = b'{"goals": ["talent"]}'
Statuses = frozenset[int | None]
REFUSED: Statuses = frozenset({400, None})


class Hostile(NamedTuple):
    """What is sent; what may come back; what is sent again every second while no answer came."""

    name: str
    sent: bytes
    statuses: Statuses
    drip: bytes = b""


def get(target: bytes, *headers: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n" + b"".join(one + b"\r\n" for one in headers) + b"\r\n"


def post(body: bytes, headers: bytes = JSON, target: bytes = ADVICE, length: bytes | None = None) -> bytes:
    size = b"%d" % len(body) if length is None else length
    return b"POST " + target + b" HTTP/1.1\r\nHost: a\r\n" + headers + b"Content-Length: " + size + b"\r\n\r\n" + body


def one_of(*statuses: int | None) -> Statuses:
    return frozenset(statuses)


def bodies() -> Iterator[Hostile]:
    deep = b'{"goals": ' + b"[" * 400_000
    yield Hostile("deep lists", post(deep), one_of(400))
    yield Hostile("deep objects", post(b'{"a":' * 150_000), one_of(400))
    yield Hostile("deep and closed", post(b'{"goals":' + b"[" * 5000 + b"]" * 5000 + b"}"), one_of(400))
    yield Hostile("cut off", post(GOOD[:-1]), one_of(400))
    yield Hostile("two values", post(GOOD + GOOD), one_of(400))
    yield Hostile("nothing", post(b""), one_of(400))
    yield Hostile("invalid UTF-8", post(b'{"goals": ["\xff\xfe\xc0\xaf"]}'), one_of(400))
    yield Hostile("UTF-16", post(GOOD.decode().encode("utf-16")), one_of(400))
    yield Hostile("overlong UTF-8", post(b'{"goals": ["\xc0\x80"]}'), one_of(400))
    yield Hostile("NUL in the text", post(b'{"goals": ["\x00"]}'), one_of(400))
    yield Hostile("NUL escaped", post(b'{"goals": ["\\u0000"]}'), one_of(400))
    yield Hostile("NUL after the text", post(GOOD + b"\x00"), one_of(400))
    yield Hostile("half surrogates", post(b'{"goals": ["\\ud800"], "\\udfff": 1}'), one_of(400))
    yield Hostile("long number", post(b'{"goals": [], "stakes": ' + b"9" * 900_000 + b"}"), one_of(400))
    yield Hostile("long exponent", post(b'{"goals": [], "stakes": 1e' + b"9" * 900_000 + b"}"), one_of(400))
    yield Hostile("prototype", post(b'{"goals": [], "__proto__": {}, "__class__": {}}'), one_of(400))
    yield Hostile(
        "equal hashes",
        post(b'{"goals":[],' + b",".join(b'"%d":0' % (n * (2**61 - 1)) for n in range(30_000)) + b"}"),
        one_of(400),
    )
    yield Hostile("20 MB", post(b" " * 20_000_000), one_of(413, None))
    yield Hostile(
        "20 MB of which the length says 4 GB", post(b" " * 20_000_000, length=b"4294967296"), one_of(413, None)
    )
    yield Hostile("gzip without saying so", post(gzip.compress(GOOD)), one_of(400))
    yield Hostile(
        "gzip where none is taken", post(gzip.compress(GOOD), JSON + b"Content-Encoding: gzip\r\n"), one_of(415)
    )
    bomb = gzip.compress(b" " * 100_000_000)
    batch = ADVICE + b"/_batch"
    yield Hostile("gzip bomb", post(bomb, NDJSON + b"Content-Encoding: gzip\r\n", batch), one_of(413))
    yield Hostile(
        "gzip in gzip",
        post(gzip.compress(gzip.compress(GOOD)), NDJSON + b"Content-Encoding: gzip\r\n", batch),
        one_of(200),
    )
    yield Hostile("two encodings", post(bomb, NDJSON + b"Content-Encoding: gzip, gzip\r\n", batch), one_of(415))
    yield Hostile("a batch of one endless line", post(b"[" * 8_000_000, NDJSON, batch), one_of(200))
    yield Hostile("a batch of line ends", post(b"\n" * 4_000_000, NDJSON, batch), one_of(413))
    yield Hostile("a batch of deep lines", post(b"[" * 60_000 + b"\n", NDJSON, batch), one_of(200))


def headers() -> Iterator[Hostile]:
    yield Hostile(
        "many headers", get(b"/v1/goals", *[b"X-%d: a" % number for number in range(5000)]), one_of(431, None)
    )
    yield Hostile("one long header", get(b"/v1/goals", b"X: " + b"a" * 1_000_000), one_of(431, None))
    yield Hostile("many languages", get(b"/v1/goals", b"Accept-Language: " + b"nl;q=0.1," * 800), one_of(200))
    yield Hostile("many media types", get(b"/v1/goals", b"Accept: " + b"a/b;q=0.1," * 750), one_of(406))
    yield Hostile("many entity tags", get(b"/v1/goals", b"If-None-Match: " + b'"a",' * 1900), one_of(200))
    yield Hostile(
        "qualities", get(b"/v1/goals", b"Accept: */*;q=nan", b"Accept-Language: nl;q=1e999, en;q=-1"), one_of(200, 406)
    )
    yield Hostile("bytes above ASCII", get(b"/v1/goals", b"X: \xff\xfe", b"Accept-Language: \xff"), one_of(200, 400))
    yield Hostile("NUL in a header", get(b"/v1/goals", b"X: a\x00b"), REFUSED)
    yield Hostile("folded header", get(b"/v1/goals", b"X: a\r\n b"), REFUSED)
    yield Hostile("space before the colon", get(b"/v1/goals", b"X : a"), REFUSED)
    yield Hostile("no name", get(b"/v1/goals", b": a"), REFUSED)
    yield Hostile("two hosts", b"GET /v1/goals HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", one_of(200, 400))
    yield Hostile("no host", b"GET /v1/goals HTTP/1.1\r\n\r\n", one_of(200, 400))
    yield Hostile("odd host", b"GET /v1/goals HTTP/1.1\r\nHost: a:b:c/@[\r\n\r\n", one_of(200, 400))
    yield Hostile("script name", get(b"/v1/goals", b"SCRIPT_NAME: /x", b"Script-Name: /x"), one_of(200, 400))
    yield Hostile(
        "other schemes",
        get(b"/v1/goals", b"X-Forwarded-Proto: ssl", b"X-Forwarded-For: x", b"Forwarded: for=x"),
        one_of(200),
    )
    yield Hostile("other method", get(b"/v1/goals", b"X-HTTP-Method-Override: DELETE"), one_of(200))
    yield Hostile(
        "upgrade",
        get(b"/v1/goals", b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk"),
        one_of(200),
    )
    yield Hostile("expectation", post(GOOD, JSON + b"Expect: all-of-it\r\n"), one_of(417))
    yield Hostile("range", get(b"/v1/goals", b"Range: bytes=" + b"0-," * 2000), one_of(200))


def targets() -> Iterator[Hostile]:
    yield Hostile("long address", get(b"/v1/goals?" + b"a" * 100_000), one_of(414, None))
    yield Hostile(
        "10,000 query keys",
        get(ADVICE + b"?" + b"&".join(b"k%d=1" % number for number in range(10_000))),
        one_of(414, None),
    )
    yield Hostile(
        "as many query keys as fit",
        get(ADVICE + b"?" + b"&".join(b"%x" % number for number in range(1900))),
        one_of(400),
    )
    yield Hostile("only ampersands", get(ADVICE + b"?" + b"&" * 8000), one_of(200, 400))
    for name, target, status in (
        ("up", b"/v1/../../etc/passwd", 404),
        ("up, encoded", b"/v1/%2e%2e/%2e%2e/etc/passwd", 404),
        ("up, twice encoded", b"/v1/forms/%252e%252e%252f", 404),
        ("slash, encoded", b"/v1%2fgoals", 200),
        ("NUL", b"/v1/goals%00", 404),
        ("line ends", b"/v1/goals%0d%0aX:%20y", 404),
        ("invalid UTF-8", b"/v1/forms/%ff%fe", 404),
        ("broken escape", b"/v1/forms/%zz%", 404),
        ("double slash", b"//v1//goals", 404),
        ("parameters", b"/v1/goals;x=1", 404),
        ("capitals", b"/V1/GOALS", 404),
        ("template", b"/v1/forms/{{7*7}}", 404),
        ("long id", b"/v1/forms/" + b"a" * 8000, 404),
    ):
        yield Hostile(f"path: {name}", get(target), one_of(status, 400))
    yield Hostile("whole address", get(b"http://other.example.org/v1/goals"), one_of(200, 400, 404))
    yield Hostile("asterisk", b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", one_of(200, 400, 404))
    yield Hostile("connect", b"CONNECT other.example.org:443 HTTP/1.1\r\nHost: a\r\n\r\n", one_of(400, 404, 405))
    yield Hostile("trace", b"TRACE /v1/goals HTTP/1.1\r\nHost: a\r\n\r\n", one_of(405))
    yield Hostile("unknown method", b"BREW /v1/goals HTTP/1.1\r\nHost: a\r\n\r\n", one_of(405))
    yield Hostile("small letters", b"get /v1/goals HTTP/1.1\r\nHost: a\r\n\r\n", one_of(400, 405))
    yield Hostile("long method", b"A" * 8000 + b" /v1/goals HTTP/1.1\r\nHost: a\r\n\r\n", one_of(400, 405, 414))
    yield Hostile(
        "get with a body", b"GET /v1/goals HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", one_of(200)
    )
    yield Hostile("old version", b"GET /v1/goals HTTP/1.0\r\n\r\n", one_of(200))
    yield Hostile("oldest version", b"GET /v1/goals\r\n\r\n", REFUSED)
    yield Hostile("next version", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", REFUSED)
    yield Hostile(
        "TLS",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300 + b"\r\n\r\n",
        one_of(400, 414, 431, None),
    )
    yield Hostile("only line ends", b"\r\n" * 1000 + get(b"/v1/goals"), one_of(200, 400, None))


def framing() -> Iterator[Hostile]:
    smuggled = get(b"/v1/smuggled")
    head = b"POST " + ADVICE + b" HTTP/1.1\r\nHost: a\r\n" + JSON
    chunked = b"Transfer-Encoding: chunked\r\n"
    whole = b"15\r\n" + GOOD + b"\r\n0\r\n\r\n"
    yield Hostile("two lengths", head + b"Content-Length: 21\r\nContent-Length: 5\r\n\r\n" + GOOD, REFUSED)
    yield Hostile("two lengths in one", head + b"Content-Length: 21, 5\r\n\r\n" + GOOD, REFUSED)
    yield Hostile("length and chunks", head + b"Content-Length: 4\r\n" + chunked + b"\r\n" + whole + smuggled, REFUSED)
    yield Hostile("chunks twice", head + chunked + chunked + b"\r\n" + whole, REFUSED)
    yield Hostile("chunks, not last", head + b"Transfer-Encoding: chunked, identity\r\n\r\n" + whole, REFUSED)
    yield Hostile("unknown coding", head + b"Transfer-Encoding: xchunked\r\n\r\n" + whole, REFUSED)
    yield Hostile("coding with a tab", head + b"Transfer-Encoding:\tchunked\x0b\r\n\r\n" + whole, REFUSED)
    yield Hostile("coding in an old version", head.replace(b"1.1", b"1.0") + chunked + b"\r\n" + whole, REFUSED)
    yield Hostile("negative length", post(GOOD, length=b"-21"), REFUSED)
    yield Hostile("signed length", post(GOOD, length=b"+21"), REFUSED)
    yield Hostile("length in words", post(GOOD, length=b"0x15"), REFUSED)
    yield Hostile("endless length", post(GOOD, length=b"9" * 5000), one_of(400, 413, None))
    yield Hostile("chunk of no size", head + chunked + b"\r\n\r\n" + GOOD, REFUSED)
    yield Hostile("chunk of a negative size", head + chunked + b"\r\n-1\r\n" + GOOD, REFUSED)
    yield Hostile(
        "chunk of an endless size", head + chunked + b"\r\n" + b"f" * 9000 + b"\r\n" + GOOD, one_of(400, 408, 413, None)
    )
    yield Hostile("chunk without its end", head + chunked + b"\r\n15\r\n" + GOOD + b"0\r\n\r\n", REFUSED)
    yield Hostile(
        "chunk with an extension",
        head + chunked + b"\r\n15;a=" + b"b" * 9000 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n",
        one_of(200, 400, 431, None),
    )
    yield Hostile("chunks of one byte", head + chunked + b"\r\n" + b"1\r\n \r\n" * 30_000 + b"0\r\n\r\n", one_of(400))
    yield Hostile("line feeds alone", b"GET /v1/goals HTTP/1.1\nHost: a\n\n", one_of(200, 400, None))
    yield Hostile("a request in the body", post(smuggled), one_of(400))
    yield Hostile("more than the length", post(GOOD, length=b"5"), one_of(400))


def slow() -> Iterator[Hostile]:
    head = b"POST " + ADVICE + b" HTTP/1.1\r\nHost: a\r\n" + JSON
    yield Hostile("headers that stop", head, one_of(408))
    yield Hostile("headers in drops", head + b"X: ", one_of(408), b"x")
    yield Hostile("a body that stops", head + b"Content-Length: 100\r\n\r\n{", one_of(408))
    yield Hostile("a body in drops", head + b"Content-Length: 100\r\n\r\n{", one_of(408), b" ")
    yield Hostile("chunks in drops", head + b"Transfer-Encoding: chunked\r\n\r\n", one_of(408), b"1\r\n \r\n")


def quick() -> list[Hostile]:
    return [*bodies(), *headers(), *targets(), *framing()]
