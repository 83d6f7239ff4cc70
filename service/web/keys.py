"""API keys: how they are made and kept, and which of them a client sent. Knows neither Flask nor settings.

A file holds the keys' hashes, a line each, and never a key. What a key is made of cannot be guessed, so that a
plain hash is enough, and a slow one would only cost time. What is wrong with the file is said by the number of
the line and never by its text, as somebody may have put a key there.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from service.web.telemetry import logs

BEGINNING: Final = "adviser_"
"""With which every key begins, so that it is recognised where it should not be, as by scanners of repositories."""
RANDOM_BYTES: Final = 32
NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_LETTERS: Final = 64
HASH: Final = re.compile(r"sha256:([0-9a-f]{64})")


class KeyFileError(ValueError):
    """A file of keys that cannot be used; a sentence a mistake."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: whose it is, its SHA-256, and the last day on which it counts (None: no end)."""

    name: str
    digest: bytes
    last_day: date | None = None

    def line(self) -> str:
        """Return the line of the key in the file."""
        return " ".join([self.name, f"sha256:{self.digest.hex()}", *([str(self.last_day)] if self.last_day else [])])


def new_key(name: str, last_day: date | None = None) -> tuple[str, Key]:
    """Make a key by chance; return the key itself, which is kept nowhere, and how it is kept.

    Raises:
        KeyFileError: when the name cannot stand in the file.
    """
    if not _is_name(name):
        message = f"A name has at most {MOST_LETTERS} small letters, digits and hyphens."
        raise KeyFileError(message)
    secret = BEGINNING + secrets.token_urlsafe(RANDOM_BYTES)
    return secret, Key(name, _digest(secret), last_day)


def read_keys(path: Path) -> tuple[Key, ...]:
    """Read the keys of a file: a name, a hash and perhaps a last day on a line; ``#`` begins a remark.

    Raises:
        KeyFileError: with every mistake at once; also when there is no key, as in a file that is half written.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        message = "names a file that cannot be read. Name a text file in UTF-8 with a key on each line."
        raise KeyFileError(message) from error
    keys, mistakes = [], []
    for number, line in enumerate(lines, 1):
        parts = line.partition("#")[0].split()
        read = _key_of(parts)
        if read is not None:
            keys.append(read)
        elif parts:
            mistakes.append(
                f"has a mistake on line {number} of the file. Write a name, the hash and if you like the last day: "
                "portal sha256:… 2027-06-30. `python -m service key` makes such lines."
            )
    if not keys and not mistakes:
        mistakes.append("names a file without keys. Make one with `python -m service key`.")
    if mistakes:
        raise KeyFileError(*mistakes)
    return tuple(keys)


class KeyRing:
    """The keys of a file, read again when the file has changed. Safe to share between threads.

    A change that cannot be used is logged, and the keys that were read before go on to count: a slip of whoever
    edits the file locks nobody out.
    """

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            KeyFileError: when it cannot be used.
        """
        self._path = path
        self._state = _state(path)
        self._keys = read_keys(path)

    def find(self, given: str) -> Key | None:
        """Return the key that was given, if it is one of these; expired or not.

        All keys are compared, each in constant time, so that how long it takes tells nothing about them.
        """
        self.refresh()
        digest, found = _digest(given), None
        for key in self._keys:
            if hmac.compare_digest(key.digest, digest):
                found = key
        return found

    def refresh(self) -> bool | None:
        """Read the file again if it has changed; tell whether what it says is taken, None when it has not changed."""
        state = _state(self._path)
        if state == self._state:
            return None
        self._state = state
        try:
            self._keys = read_keys(self._path)
        except KeyFileError as error:
            logs.tell("error", "keys", mistakes=list(error.args))
            return False
        logs.tell("info", "keys", count=len(self._keys))
        return True


def _key_of(parts: list[str]) -> Key | None:
    if len(parts) not in (2, 3) or not _is_name(parts[0]):
        return None
    digest = HASH.fullmatch(parts[1])
    try:
        last_day = date.fromisoformat(parts[2]) if parts[2:] else None
    except ValueError:
        return None
    return Key(parts[0], bytes.fromhex(digest[1]), last_day) if digest else None


def _is_name(text: str) -> bool:
    return len(text) <= MOST_LETTERS and NAME.fullmatch(text) is not None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with a file; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
