"""Charts as SVG inside a page: no style of their own, coloured by the page's classes, inert names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from statkit.views.line_chart import Chart, GroupChart, Line, LineChart, label, limits, powers, ticks
from statkit.views.terminal import clip, visible, width_of

#: Colours of the page: sides beyond these share them.
COLOURS: Final = 7

_WIDTH, _HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BELOW = 78, 14, 10, 40
_ROW = 34
_LETTER = 6.6  # pixels a letter takes, about


def svg(chart: Chart) -> str:
    """Draw a chart.

    Returns
    -------
    str
        One ``svg`` element, a line an element.
    """
    return "\n".join(_groups(chart) if isinstance(chart, GroupChart) else _lines(chart)) + "\n"


def text(name: str) -> str:
    """Escape a name for HTML and SVG, control characters made visible."""
    return escape(visible(name))


def colour(side: int) -> int:
    """Give the page's colour of a side."""
    return side % COLOURS


def _lines(chart: LineChart) -> Iterator[str]:
    plot = _Plot(chart)
    yield _opening(_WIDTH, _HEIGHT, chart.title)
    yield from plot.frame()
    for line in chart.lines:
        yield from plot.line(line)
    if chart.mark is not None:
        x, y = plot.place(*chart.mark)
        yield f'<circle class="best" cx="{x}" cy="{y}" r="4.5"/>'
    yield "</svg>"


class _Plot:
    """A rectangle with a scale along either side."""

    def __init__(self, chart: LineChart) -> None:
        self.log = chart.log
        values = [value for line in chart.lines for value in line.values if value is not None]
        steps = [step for line in chart.lines for step in line.steps]
        self.up = limits(values, self.log)
        self.across = (min(steps), max(steps)) if steps else (0.0, 1.0)
        if self.across[0] == self.across[1]:
            self.across = (self.across[0] - 0.5, self.across[1] + 0.5)

    def place(self, step: float, value: float) -> tuple[str, str]:
        """Give the pixels of a point."""
        up = math.log10(value) if self.log else value
        right = (step - self.across[0]) / (self.across[1] - self.across[0])
        above = (up - self.up[0]) / (self.up[1] - self.up[0])
        x = _LEFT + right * (_WIDTH - _LEFT - _RIGHT)
        y = _TOP + (1 - above) * (_HEIGHT - _TOP - _BELOW)
        return f"{x:.1f}", f"{y:.1f}"

    def frame(self) -> Iterator[str]:
        """Draw grid, ticks and numbers."""
        end, base = _WIDTH - _RIGHT, _HEIGHT - _BELOW
        for value in powers(*self.up) if self.log else ticks(*self.up):
            _, y = self.place(self.across[0], value)
            yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{end}" y2="{y}"/>'
            yield f'<text class="up" x="{_LEFT - 8}" y="{y}" dy="4">{label(value)}</text>'
        for step in ticks(*self.across, 6):
            x, _ = self.place(step, 10 ** self.up[0] if self.log else self.up[0])
            yield f'<line class="tick" x1="{x}" y1="{base}" x2="{x}" y2="{base + 4}"/>'
            yield f'<text class="across" x="{x}" y="{base + 17}">{label(step)}</text>'
        yield f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{end}" y2="{base}"/>'
        yield f'<text class="across" x="{(_LEFT + end) / 2:.0f}" y="{_HEIGHT - 3}">step</text>'

    def line(self, line: Line) -> Iterator[str]:
        """Draw a curve; a point alone between gaps is a dot."""
        parts: list[str] = []
        for stretch in _stretches(line):
            places = [self.place(*point) for point in stretch]
            if len(places) == 1:
                x, y = places[0]
                yield f'<circle class="fill{colour(line.side)}" cx="{x}" cy="{y}" r="2"/>'
            else:
                parts.append("M" + "L".join(f"{x} {y}" for x, y in places))
        if parts:
            yield f'<path class="stroke{colour(line.side)}" d="{"".join(parts)}"/>'


def _stretches(line: Line) -> Iterator[Sequence[tuple[float, float]]]:
    stretch: list[tuple[float, float]] = []
    for step, value in zip(line.steps, line.values, strict=True):
        if value is None:
            if stretch:
                yield stretch
            stretch = []
        else:
            stretch.append((step, value))
    if stretch:
        yield stretch


def _groups(chart: GroupChart) -> Iterator[str]:
    height = _TOP + _ROW * len(chart.groups) + _BELOW
    names = [clip(visible(group.name), 28) for group in chart.groups]
    left = 16 + _LETTER * max(map(width_of, names), default=0)
    ends = [value for group in chart.groups for value in (*group.values, *(group.ci or ()))]
    low, high = limits(ends)

    def place(value: float) -> str:
        return f"{left + (value - low) / (high - low) * (_WIDTH - left - _RIGHT):.1f}"

    base = height - _BELOW
    yield _opening(_WIDTH, height, chart.title)
    for value in ticks(low, high, 6):
        yield f'<line class="grid" x1="{place(value)}" y1="{_TOP}" x2="{place(value)}" y2="{base}"/>'
        yield f'<text class="across" x="{place(value)}" y="{base + 17}">{label(value)}</text>'
    for row, (group, name) in enumerate(zip(chart.groups, names, strict=True)):
        y = _TOP + _ROW * row + _ROW // 2
        yield f'<text class="up" x="{left - 10:.0f}" y="{y}" dy="4">{text(name)}</text>'
        for value in group.values:
            yield f'<circle class="faint fill{colour(row)}" cx="{place(value)}" cy="{y}" r="3.5"/>'
        if group.ci is not None:
            a, b = map(place, group.ci)
            yield f'<line class="interval stroke{colour(row)}" x1="{a}" y1="{y}" x2="{b}" y2="{y}"/>'
        x = place(group.mean)
        yield f'<line class="mean stroke{colour(row)}" x1="{x}" y1="{y - 9}" x2="{x}" y2="{y + 9}"/>'
    yield "</svg>"


def _opening(width: int, height: int, title: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{text(title)}">'
