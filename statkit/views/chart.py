"""A line chart of Braille dots: two by four to a cell, axes labelled with real values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

_DOTS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK: Final = 0x2800


def chart(
    steps: Sequence[float],
    values: Sequence[float],
    *,
    width: int,
    height: int = 12,
    write: Callable[[float], str],
    mark: tuple[float, float] | None = None,
) -> list[str]:
    """Draw values over steps.

    Parameters
    ----------
    steps, values : sequence of float
        Same length; a value that is not finite breaks the line.
    width, height : int
        Cells for everything, and for the plot area.
    write : callable
        Writes a value for the axis.
    mark : (float, float) or None
        A point drawn as ``●``: the best step.

    Returns
    -------
    list of str
        Lines without colour; empty where fewer than two values are finite.
    """
    finite = [value for value in values if value - value == 0]
    if len(finite) < 2:
        return []
    low, high = min(finite), max(finite)
    labels = [write(high), write((low + high) / 2), write(low)]
    margin = max(map(len, labels))
    plot = _Plot(max(10, width - margin - 2), height, (min(steps), max(steps)), (low, high))
    plot.line(steps, values)
    rows = plot.rows(mark)
    named = {0: labels[0], height // 2: labels[1], height - 1: labels[2]}
    lines = [f"{named.get(row, ''):>{margin}} ┤{text}" for row, text in enumerate(rows)]
    left, right = f"{min(steps):g}", f"{max(steps):g}"
    gap = " " * max(1, plot.width - len(left) - len(right))
    return [*lines, f"{'':>{margin}} └{'─' * plot.width}", f"{'':>{margin}}  {left}{gap}{right}"]


class _Plot:
    """A grid of dots."""

    def __init__(self, width: int, height: int, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.width, self.height = width, height
        self.across, self.up = across, up
        self.cells = [[0] * width for _ in range(height)]

    def place(self, step: float, value: float) -> tuple[int, int]:
        """Give the dot of a point: column and row from the top left."""
        span, rise = self.across[1] - self.across[0], self.up[1] - self.up[0]
        x = (step - self.across[0]) / span if span else 0.5
        y = (value - self.up[0]) / rise if rise else 0.5
        return round(x * (2 * self.width - 1)), round((1 - y) * (4 * self.height - 1))

    def line(self, steps: Sequence[float], values: Sequence[float]) -> None:
        """Join neighbouring points."""
        last: tuple[int, int] | None = None
        for step, value in zip(steps, values, strict=True):
            if value - value != 0:
                last = None
                continue
            here = self.place(step, value)
            self._join(last or here, here)
            last = here

    def _join(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        count = max(abs(other[0] - one[0]), abs(other[1] - one[1]), 1)
        for part in range(count + 1):
            x = round(one[0] + (other[0] - one[0]) * part / count)
            y = round(one[1] + (other[1] - one[1]) * part / count)
            self.cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]

    def rows(self, mark: tuple[float, float] | None) -> list[str]:
        """Write the grid as text."""
        rows = [[chr(_BLANK + cell) if cell else " " for cell in row] for row in self.cells]
        if mark is not None and mark[1] - mark[1] == 0:
            x, y = self.place(*mark)
            rows[y // 4][x // 2] = "●"
        return ["".join(row).rstrip() for row in rows]
