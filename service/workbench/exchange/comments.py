"""The comments of a rule file: what they stand before, so that they come back to the same place."""

from __future__ import annotations

from collections.abc import Mapping

from service.knowledge.yaml_files import Document, KeyPath, parse_yaml

TOP = "(top)"


def comments_of(text: str, document: Document) -> dict[str, str]:
    """Return the whole-line comments, by what follows them; not the first line, which names the schema."""
    anchors = {line: anchor for anchor, line in reversed(_anchors(document).items())}
    found: dict[str, str] = {}
    waiting: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#"):
            waiting += [line.strip()] if number > 1 else []
        elif waiting:
            top = not found and number == document.line(())
            found[TOP if top else anchors.get(number, TOP)] = "\n".join(waiting)
            waiting = []
    return found


def with_comments(text: str, comments: Mapping[str, str]) -> str:
    """Put comments before what they belong to; those that have lost it go to the top."""
    document, _ = parse_yaml(text, "")
    anchors = {} if document is None else _anchors(document)
    lines = text.splitlines(keepends=True)
    for anchor, comment in sorted(comments.items(), key=lambda one: -anchors.get(one[0], 0)):
        at = anchors.get(anchor, 1) - 1
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip(" "))]
        lines[at:at] = [f"{indent}{line if line.startswith('#') else f'# {line}'}\n" for line in comment.splitlines()]
    return "".join(lines)


def _anchors(document: Document) -> dict[str, int]:
    """Name the places of a file by keys and ids, with their lines; of one line the outermost first."""
    found: dict[str, int] = {}
    for path, line in sorted(document.lines.items(), key=lambda one: (one[1], len(one[0]))):
        if path:
            found.setdefault("/".join(_words(path, document.data)), line)
    return found


def _words(path: KeyPath, data: object) -> list[str]:
    words = []
    for step in path:
        if isinstance(data, dict):
            data = data.get(str(step))
            words.append(str(step))
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
            words.append(str(data.get("id", step)) if isinstance(data, dict) else str(step))
    return words
