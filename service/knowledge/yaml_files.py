"""Reading one YAML file as plain data with the line of every key and item.

Owns what counts as YAML here: the YAML 1.2 core schema (``no``, ``on`` and dates stay text), one
document a file, without anchors, aliases and tags, every key once.
Whatever is wrong becomes a finding, never an exception.

PyYAML's parser is used up to its events only: its own composer drops anchors and resolves scalars as
YAML 1.1 does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from service.knowledge.findings import Finding

KeyPath: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of a file: keys of mappings and indexes of lists."""

MAX_DEPTH: Final = 40
"""Nesting beyond any rule; keeps every later walk over the data far from the recursion limit."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLAGS: Final = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_BASED_INTEGER: Final = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_NUMBER_START: Final = frozenset("+-.0123456789")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as plain data: dicts, lists, texts, integers, floats, flags and None.

    ``lines`` gives for every path the line of its key or item, from 1.
    """

    file: str
    data: object
    lines: Mapping[KeyPath, int] = field(repr=False)

    def line(self, path: KeyPath) -> int:
        """Return the line of the path, or of the nearest thing around it that exists."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(path: Path, file: str) -> tuple[Document | None, list[Finding]]:
    """Read a file, to be called ``file`` in findings.

    The document is None when the text cannot be understood; with other findings it holds what could be
    read: of a key written twice the first.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [
            Finding(
                file,
                line,
                "not-yaml",
                "The file is not UTF-8 text.",
                "Other encodings spoil accents and quotes, so they are not read.",
                "Save the file with the encoding UTF-8.",
            )
        ]
    except OSError as error:
        return None, [
            Finding(
                file,
                1,
                "missing-file",
                f"The file cannot be read ({error.strerror}).",
                "Its content is needed.",
                "Give it back, or make it readable.",
            )
        ]
    return parse_yaml(text, file)


def parse_yaml(text: str, file: str) -> tuple[Document | None, list[Finding]]:
    """Read a text as ``read_yaml`` reads a file."""
    builder = _Builder(file)
    try:
        _feed(text, builder)
    except yaml.YAMLError as error:
        builder.findings.append(_syntax_finding(error, text, file))
        return None, builder.findings
    except _StopReadingError:
        return None, builder.findings
    if not builder.documents:
        builder.report(1, "not-yaml", "The file is empty.", "Its content is needed.", "Fill it.")
        return None, builder.findings
    document = Document(file, builder.top[0], builder.lines)
    return document if builder.understood else None, builder.findings


class _StopReadingError(Exception):
    """What follows in the file has no meaning any more; the finding has been made."""


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being filled; ``path`` is None where the content is dropped."""

    container: dict[str, object] | list[object]
    path: KeyPath | None
    key: str | None = None
    drops: bool = False


class _Builder:
    """Puts data together from the parser's events, without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.lines: dict[KeyPath, int] = {}
        self.top: list[object] = []
        self.documents = 0
        self.understood = True
        self._frames: list[_Frame] = []

    def report(self, line: int, check: str, what: str, why: str, how: str) -> None:
        self.findings.append(Finding(self.file, line, check, what, why, how))

    def document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if self.documents > 1:
            self.report(
                _line(event),
                "not-yaml",
                "A second document starts here ('---').",
                "A file holds one document; what follows would be lost.",
                "Take this line away, or move what follows to a file of its own.",
            )
            raise _StopReadingError

    def alias(self, event: yaml.AliasEvent) -> None:
        self._refuse(event, f"'*{event.anchor}' is an alias.", "Write the value out.")
        self.understood = False
        if self._awaits_key():
            raise _StopReadingError
        self._place(None, _line(event))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        if self._awaits_key():
            self._key(event.value, line)
        else:
            self._place(resolved(event.value) if event.implicit[0] else event.value, line)

    def start(self, event: yaml.CollectionStartEvent, container: dict[str, object] | list[object]) -> None:
        line = _line(event)
        if event.anchor is not None or event.tag is not None:
            self._refuse_marks(event)
        if self._awaits_key():
            self.report(
                line,
                "not-yaml",
                "A list or a mapping stands where a name is expected.",
                "Before a colon stands one word; what follows cannot be read.",
                "Write a name before the colon, or put the text between quotes.",
            )
            raise _StopReadingError
        if len(self._frames) == MAX_DEPTH:
            self.report(
                line,
                "not-yaml",
                f"This is nested more than {MAX_DEPTH} levels deep.",
                "No one can read that, so the service does not try.",
                "Write it flatter.",
            )
            raise _StopReadingError
        self._frames.append(_Frame(container, self._place(container, line)))

    def end(self) -> None:
        self._frames.pop()

    def _awaits_key(self) -> bool:
        frame = self._frames[-1] if self._frames else None
        return frame is not None and type(frame.container) is dict and frame.key is None

    def _key(self, key: str, line: int) -> None:
        frame = self._frames[-1]
        frame.key = key
        frame.drops = key in frame.container
        if frame.drops:
            self.report(
                line,
                "duplicate-key",
                f"'{key}' is written twice here.",
                "Only one of them can hold, and a reader cannot tell which.",
                "Keep one of the two.",
            )
        elif frame.path is not None:
            self.lines[(*frame.path, key)] = line

    def _place(self, value: object, line: int) -> KeyPath | None:
        """Put a value where the frame is, and return its path (None where it is dropped)."""
        if not self._frames:
            self.top.append(value)
            self.lines[()] = line
            return ()
        frame = self._frames[-1]
        if type(frame.container) is list:
            path = None if frame.path is None else (*frame.path, len(frame.container))
            frame.container.append(value)
            if path is not None:
                self.lines[path] = line
            return path
        key, frame.key = frame.key, None
        if frame.drops or key is None or type(frame.container) is not dict:
            return None
        frame.container[key] = value
        return None if frame.path is None else (*frame.path, key)

    def _refuse_marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse(event, f"'&{event.anchor}' is an anchor.", "Take it away.")
        if event.tag is not None:
            self._refuse(event, f"'{event.tag}' is a tag.", "Take it away.")

    def _refuse(self, event: yaml.Event, what: str, how: str) -> None:
        why = "Rule files are read as they stand: no anchors, aliases or tags."
        self.report(_line(event), "not-yaml", what, why, how)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _feed(text: str, builder: _Builder) -> None:
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        kind = type(event)
        if kind is yaml.ScalarEvent:
            builder.scalar(event)
        elif kind is yaml.MappingStartEvent:
            builder.start(event, {})
        elif kind is yaml.SequenceStartEvent:
            builder.start(event, [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            builder.end()
        elif kind is yaml.AliasEvent:
            builder.alias(event)
        elif kind is yaml.DocumentStartEvent:
            builder.document(event)


def resolved(text: str) -> object:
    """Give a plain scalar its value in the YAML 1.2 core schema.

    Source: YAML 1.2.2, section 10.3.2. Not-a-number and infinities stay text: no rule file has them.
    """
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED_INTEGER.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


def _syntax_finding(error: yaml.YAMLError, text: str, file: str) -> Finding:
    how = "Look at this line and the one before it: often a colon, quote, bracket or the indentation is not right."
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        line, problem = mark.line + 1, error.problem or "it breaks off"
        if "\t" in (*text.split("\n"), "")[mark.line][mark.column : mark.column + 1]:
            problem, how = "a tab stands where spaces are expected", "Indent with spaces."
        elif problem == "mapping values are not allowed in this context":
            problem = "a colon followed by a space stands where it cannot, in a text or after a wrong indentation"
            how = "Put a text with a colon between double quotes, or mend the indentation here or one line up."
    else:
        position = getattr(error, "position", 0)
        line = text.encode()[:position].count(b"\n") + 1  # libyaml counts in bytes
        problem, how = "a character that text cannot contain", "Take the character away."
    return Finding(
        file,
        line,
        "not-yaml",
        f"This is not YAML: {problem}.",
        "The file cannot be read from here on.",
        how,
    )
