"""The matrix as a picture: SVG that is drawn here, readable in print and without colour.

Direction is said by shape, weight by size, a further condition by an open shape; colour only repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby, pairwise
from typing import Final

from service.knowledge.model import Item, Kind
from service.workbench.documents.matrix import Mark, Row, Section
from service.workbench.documents.matrix_words import row_in_words
from service.workbench.documents.speech import MARK, Speech, signed

CELL_WIDTH: Final = 29
CELL_HEIGHT: Final = 22
HEAD_HEIGHT: Final = 26
RUNG_HEIGHT: Final = 24
LEGEND_HEIGHT: Final = 62
MARGIN: Final = 16
FONT: Final = 12.5
LETTER: Final = 0.57
"""The mean width of a letter as part of the size of the font."""
SLOPE: Final = (0.5, 0.866)
"""How far a label above a column goes to the right and up, by unit of its length: 60 degrees."""
SHOWN_WEIGHTS: Final = (1, 2, 3, 5)
FOR: Final = "#0b5394"
AGAINST: Final = "#b3400f"
INK: Final = "#1a1a1a"
LINE: Final = "#c9ced6"
BAND: Final = "#f1f3f6"
RUNG: Final = "#d5dbe4"


def matrix_picture(sections: Sequence[Section], speech: Speech) -> str:
    """Return the picture as SVG text."""
    return _Picture(sections, speech).drawn()


class _Picture:
    """Works out where things stand, then draws them."""

    def __init__(self, sections: Sequence[Section], speech: Speech) -> None:
        self.sections, self.speech = sections, speech
        catalogue = speech.rule_base.catalogue
        rungs = [rung.id for rung in catalogue["participationLadder"].values()]
        self.forms = sorted(catalogue[Kind.FORMS].values(), key=lambda form: rungs.index(form.rung or rungs[0]))
        labels = [speech.words.text(row.option.label) for section in sections for row in section.rows]
        heads = [speech.words.text(form.label) for form in self.forms]
        self.left = MARGIN + max(map(_width, [*labels, speech.phrases.rung])) + 10
        self.right = self.left + CELL_WIDTH * len(self.forms)
        longest = max(map(_width, heads))
        self.top = MARGIN + 34 + SLOPE[1] * longest + RUNG_HEIGHT + 10
        overhang = max(
            SLOPE[0] * _width(head) - CELL_WIDTH * (len(heads) - place - 0.5) for place, head in enumerate(heads)
        )
        self.width = self.right + max(overhang, 0) + MARGIN
        rows = sum(HEAD_HEIGHT + CELL_HEIGHT * len(section.rows) for section in sections)
        self.bottom = self.top + rows
        self.height = self.bottom + LEGEND_HEIGHT + MARGIN

    def drawn(self) -> str:
        phrases = self.speech.phrases
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<!-- {MARK} -->",
            self._start(),
            f'<title id="title">{escape(phrases.matrix_title)}</title>',
            f'<desc id="desc">{escape(self._description())}</desc>',
            f'<rect width="{_n(self.width)}" height="{_n(self.height)}" fill="#ffffff"/>',
            _text(MARGIN, MARGIN + 16, phrases.matrix_title, size=20, weight="bold"),
            *self._columns(),
            *self._body(),
            *self._legend(),
            "</svg>",
        ]
        return "\n".join(lines) + "\n"

    def _start(self) -> str:
        wide, high = _n(self.width), _n(self.height)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" lang="{self.speech.language}" role="img" '
            f'aria-labelledby="title desc" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
            f'font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif" font-size="{FONT}" fill="{INK}">'
        )

    def _description(self) -> str:
        phrases = self.speech.phrases
        said = [row_in_words(row, self.speech) for section in self.sections for row in section.rows]
        return " ".join([phrases.matrix_read, phrases.matrix_description, *said])

    def _columns(self) -> Iterable[str]:
        words = self.speech.words
        foot = self.top - RUNG_HEIGHT - 6
        for place, form in enumerate(self.forms):
            x = self.left + CELL_WIDTH * (place + 0.5) + 4
            yield f'<text transform="translate({_n(x)} {_n(foot)}) rotate(-60)">{escape(words.text(form.label))}</text>'
            yield _line(x - 4, foot + 2, x - 4, foot + 6, LINE)
        middle = self.top - RUNG_HEIGHT + 14
        yield _text(self.left - 8, middle, self.speech.phrases.rung, anchor="end", weight="bold")
        place = 0
        rungs = self.speech.rule_base.catalogue["participationLadder"]
        for rung, found in groupby(self.forms, key=lambda form: form.rung):
            count = len(list(found))
            start, wide = self.left + CELL_WIDTH * place, CELL_WIDTH * count
            yield (
                f'<rect x="{_n(start + 1)}" y="{_n(self.top - RUNG_HEIGHT)}" width="{wide - 2}" '
                f'height="{RUNG_HEIGHT - 4}" fill="{RUNG}"/>'
            )
            label = _fitted(rungs[rung], wide, self.speech) if rung else ""
            yield _text(start + wide / 2, middle, label, anchor="middle", weight="bold")
            place += count

    def _body(self) -> Iterable[str]:
        y, shades, front = self.top, [], []
        for section in self.sections:
            label = self.speech.words.text(section.fact.label)
            front.append(_text(MARGIN, y + HEAD_HEIGHT - 8, label, size=14, weight="bold"))
            y += HEAD_HEIGHT
            for place, row in enumerate(section.rows):
                if place % 2 == 0:
                    wide = _n(self.right - MARGIN)
                    shades.append(
                        f'<rect x="{MARGIN}" y="{_n(y)}" width="{wide}" height="{CELL_HEIGHT}" fill="{BAND}"/>'
                    )
                front += self._row(row, y)
                y += CELL_HEIGHT
            front.append(_line(MARGIN, y, self.right, y, LINE))
        yield from shades
        ends = self._ends_of_rungs()
        for place in range(len(self.forms) + 1):
            x = self.left + CELL_WIDTH * place
            yield _line(x, self.top, x, self.bottom, "#6b7280" if place in ends else LINE)
        yield from front

    def _ends_of_rungs(self) -> set[int]:
        places = range(1, len(self.forms))
        inner = {place for place in places if self.forms[place].rung != self.forms[place - 1].rung}
        return inner | {0, len(self.forms)}

    def _row(self, row: Row, y: float) -> Iterable[str]:
        label = self.speech.words.text(row.option.label)
        yield _text(self.left - 8, y + CELL_HEIGHT / 2 + 4.5, label, anchor="end")
        for place, form in enumerate(self.forms):
            marks = row.marks.get(form.id, ())
            if marks:
                middle = self.left + CELL_WIDTH * (place + 0.5)
                name = f"{label} – {self.speech.words.text(form.label)}"
                said = "; ".join(self._said(mark) for mark in marks)
                shapes = "".join(_side_by_side(marks, middle, y + CELL_HEIGHT / 2))
                yield f"<g><title>{escape(f'{name}: {said}')}</title>{shapes}</g>"

    def _said(self, mark: Mark) -> str:
        said = self.speech.amount(Kind.FORMS, mark.amount)
        return said if mark.alone else f"{said}, {self.speech.phrases.on_condition}"

    def _legend(self) -> Iterable[str]:
        phrases = self.speech.phrases
        y = self.bottom + 24
        x: float = MARGIN
        for amount, said in ((3, phrases.legend_for), (-3, phrases.legend_against)):
            yield _shape(Mark(amount, alone=True), x + 10, y)
            yield _text(x + 26, y + 4.5, said)
            x += 26 + _width(said) + 28
        for alone, said in ((True, phrases.legend_alone), (False, phrases.legend_more)):
            yield _shape(Mark(3, alone), x + 10, y)
            yield _shape(Mark(-3, alone), x + 26, y)
            yield _text(x + 42, y + 4.5, said)
            x += 42 + _width(said) + 28
        x, y = MARGIN, y + 30
        for side in (1, -1):
            for weight in SHOWN_WEIGHTS:
                yield _shape(Mark(side * weight, alone=True), x + 10, y)
                yield _text(x + 26, y + 4.5, f"{phrases.legend_weight} {signed(side * weight)}")
                x += 26 + _width(f"{phrases.legend_weight} +0") + 20
        if any(mark.amount is None for marks in self._all_marks() for mark in marks):
            yield _shape(Mark(None, alone=True), x + 10, y)
            yield _text(x + 26, y + 4.5, phrases.legend_excluded)

    def _all_marks(self) -> Iterable[Sequence[Mark]]:
        return (marks for section in self.sections for row in section.rows for marks in row.marks.values())


def _radius(mark: Mark) -> float:
    return 7 if mark.amount is None else 2.7 + 1.65 * abs(mark.amount)


def _side_by_side(marks: Sequence[Mark], x: float, y: float) -> Iterable[str]:
    """Draw marks beside each other; of opposite direction they interlock, so that they need less room."""
    places = [0.0]
    for before, after in pairwise(marks):
        opposite = (before.amount or -1) * (after.amount or -1) < 0
        room = (_radius(before) + _radius(after)) * (0.62 if opposite else 1)
        places.append(places[-1] + room + 2)
    if len(marks) > 1:
        wide = places[-1] + _radius(marks[0]) + _radius(marks[-1])
        shrunk = min(1, (CELL_WIDTH - 2 - wide + places[-1]) / places[-1])
        places = [place * shrunk for place in places]
    start = x - (places[-1] - _radius(marks[0]) + _radius(marks[-1])) / 2
    for mark, place in zip(marks, places, strict=True):
        yield _shape(mark, start + place, y)


def _shape(mark: Mark, x: float, y: float) -> str:
    radius, colour = _radius(mark), AGAINST if mark.amount is None or mark.amount < 0 else FOR
    filled = colour if mark.alone else "#ffffff"
    style = f'fill="{filled}" stroke="{colour}" stroke-width="1.4" stroke-linejoin="round"'
    left, right = _n(x - radius), _n(x + radius)
    if mark.amount is None:
        down, up = _n(y - radius), _n(y + radius)
        return f'<path d="M{left} {down}L{right} {up}M{left} {up}L{right} {down}" {style}/>'
    point, base = (y - radius * 0.87, y + radius * 0.87) if mark.amount > 0 else (y + radius * 0.87, y - radius * 0.87)
    return f'<path d="M{_n(x)} {_n(point)}L{right} {_n(base)}L{left} {_n(base)}Z" {style}/>'


def _fitted(rung: Item, wide: float, speech: Speech) -> str:
    label = speech.words.text(rung.label)
    return label if _width(label) * 1.1 <= wide else ""


def _width(text: str) -> float:
    return len(text) * FONT * LETTER


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<path d="M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}" stroke="{colour}" fill="none"/>'


def _text(x: float, y: float, text: str, *, size: float = FONT, weight: str = "", anchor: str = "") -> str:
    given = {"font-size": "" if size == FONT else str(size), "font-weight": weight, "text-anchor": anchor}
    style = "".join(f' {name}="{value}"' for name, value in given.items() if value)
    return f'<text x="{_n(x)}" y="{_n(y)}"{style}>{escape(text)}</text>'
