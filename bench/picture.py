"""A picture of growth as SVG: both axes logarithmic, beside each line a dashed one that grows as fast as the axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

WIDTH: Final = 720
HEIGHT: Final = 420
LEFT: Final = 80
RIGHT: Final = 150
TOP: Final = 56
BOTTOM: Final = 56
COLOURS: Final = ("#1b6e3c", "#1f5fa8", "#a3341f")
"""Dark enough for text on white. Source: WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1."""
MARKS: Final = (1, 2, 5)
NAME_HEIGHT: Final = 16
LOOK: Final = 'aria-labelledby="title desc" font-family="sans-serif" font-size="13" fill="#222222"'


@dataclass(frozen=True, slots=True)
class Line:
    """A named series of points, by ascending first coordinate; all coordinates above 0."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(title: str, description: str, axes: tuple[str, str], lines: Sequence[Line]) -> str:
    """Draw the lines; ``axes`` name what goes across and what goes up."""
    across, up = _Axis.over(x for line in lines for x, _ in line.points), _Axis.over(_heights(lines))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" {LOOK}>',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(_said(description, axes, lines))}</desc>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="22" font-size="16" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT}" y="42">{escape(description)}</text>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 14}" text-anchor="middle">{escape(axes[0])}</text>',
        f'<text transform="translate(18 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(axes[1])}</text>',
        *_grid(across, up),
        *(part for line, colour in zip(lines, COLOURS, strict=True) for part in _line(line, colour, across, up)),
        *_names(lines, across, up),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis from ``low`` to ``high``."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Iterator[float]) -> _Axis:
        """Return an axis with a little room on both sides of the values."""
        found = list(values)
        return cls(min(found) / 1.15, max(found) * 1.15)

    def share(self, value: float) -> float:
        """Return how far along the axis a value lies, from 0 to 1."""
        return math.log(value / self.low) / math.log(self.high / self.low)

    def marks(self) -> Iterator[int]:
        """Yield the round numbers on the axis."""
        for power in range(int(math.log10(self.low)), int(math.log10(self.high)) + 1):
            yield from (mark * 10**power for mark in MARKS if self.low <= mark * 10**power <= self.high)


def _heights(lines: Sequence[Line]) -> Iterator[float]:
    for line in lines:
        yield from (y for _, y in line.points)
        yield _as_fast(line)


def _as_fast(line: Line) -> float:
    """Return where the line would end if it grew as fast as its first coordinate."""
    (x0, y0), (x1, _) = line.points[0], line.points[-1]
    return y0 * x1 / x0


def _x(axis: _Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: _Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)


def _grid(across: _Axis, up: _Axis) -> Iterator[str]:
    for mark in across.marks():
        x = _x(across, mark)
        yield f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#dddddd"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{mark:,}</text>'
    for mark in up.marks():
        y = _y(up, mark)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:,}</text>'


def _line(line: Line, colour: str, across: _Axis, up: _Axis) -> Iterator[str]:
    points = [(_x(across, x), _y(up, y)) for x, y in line.points]
    (x0, y0), (x1, _) = points[0], points[-1]
    yield (
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {_y(up, _as_fast(line)):.1f}" stroke="{colour}" '
        'stroke-dasharray="4 4" opacity="0.6"/>'
    )
    yield (
        f'<path d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}" stroke="{colour}" stroke-width="2" fill="none"/>'
    )
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points)


def _names(lines: Sequence[Line], across: _Axis, up: _Axis) -> Iterator[str]:
    """Yield the names beside the ends of the lines, from the top, each clear of the one above."""
    coloured = sorted(zip(lines, COLOURS, strict=True), key=lambda pair: -pair[0].points[-1][1])
    free = 0.0
    for line, colour in coloured:
        free = max(_y(up, line.points[-1][1]) + 4, free)
        x = _x(across, line.points[-1][0]) + 10
        yield f'<text x="{x:.1f}" y="{free:.1f}" fill="{colour}">{escape(line.name)}</text>'
        free += NAME_HEIGHT


def _said(description: str, axes: tuple[str, str], lines: Sequence[Line]) -> str:
    """Say in words what the picture shows."""
    said = [
        f"{line.name}: " + ", ".join(f"{y:,.0f} {axes[1]} at {x:,.0f} {axes[0]}" for x, y in line.points)
        for line in lines
    ]
    return f"{description} {'; '.join(said)}."
