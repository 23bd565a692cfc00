"""The ``d`` of an SVG path as points: lines as they are, curves flattened.

Source: Scalable Vector Graphics 2, chapter 9 (grammar) and appendix B.2.4 (arcs, endpoint to centre).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from statkit.pathology.annotations.geojson_geometry import FARTHEST
from statkit.pathology.annotations.loss import cited

Position = tuple[float, float]

#: Straight pieces that a curve becomes.
PIECES: Final = 24

#: The most points of one path.
MAX_POINTS: Final = 1_000_000

_TOKEN: Final = re.compile(
    r"[ \t\r\n,]*([MmLlHhVvCcSsQqTtAaZz]|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?)", re.ASCII
)
_FLAG: Final = re.compile(r"[ \t\r\n,]*([01])", re.ASCII)
_COUNTS: Final = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}
_ARC_FLAGS: Final = (3, 4)


class Subpath(NamedTuple):
    """One stroke of the pen: its points, and whether it was closed."""

    points: list[Position]
    is_closed: bool


def subpaths(text: str) -> tuple[list[Subpath], bool]:
    """Read a path.

    Returns
    -------
    subpaths : list of Subpath
        Closed ones do not repeat their first point.
    is_flattened : bool
        Whether a curve was replaced by straight pieces.

    Raises
    ------
    ValueError
        It breaks the grammar, or goes beyond what is believed.
    """
    pen = _Pen()
    for command, numbers in _commands(text):
        pen.draw(command, numbers)
    return pen.finished(), pen.is_flattened


def _commands(text: str) -> Iterator[tuple[str, list[float]]]:
    """Give each command with its numbers; repeated numbers repeat the command (after M: L)."""
    place, command, end = 0, "", len(text.rstrip(" \t\r\n,"))
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValueError(f"a path that breaks off at {cited(text[place : place + 20])}")
        if found[1].isalpha():
            command, place = found[1], found.end()
        elif not command or command in "Zz":
            raise ValueError(f"a path with a number {cited(found[1])} where a command belongs")
        numbers, place = _numbers(text, place, command)
        yield command, numbers
        command = {"M": "L", "m": "l"}.get(command, command)


def _numbers(text: str, place: int, command: str) -> tuple[list[float], int]:
    values: list[float] = []
    for position in range(_COUNTS[command.upper()]):
        is_flag = command in "Aa" and position in _ARC_FLAGS
        found = (_FLAG if is_flag else _TOKEN).match(text, place)
        if found is None or found[1].isalpha():
            raise ValueError(f"a path whose {command} has too few numbers")
        value = float(found[1])
        if not abs(value) <= FARTHEST:
            raise ValueError(f"a path that goes to {cited(found[1])}")
        values.append(value)
        place = found.end()
    return values, place


class _Pen:
    """Where the pen is, and what it drew."""

    def __init__(self) -> None:
        self.is_flattened = False
        self._done: list[Subpath] = []
        self._points: list[Position] = []
        self._at: Position = (0.0, 0.0)
        self._handle: Position | None = None
        self._handle_of = ""
        self._count = 0

    def draw(self, command: str, numbers: list[float]) -> None:
        """Follow one command."""
        if not self._done and not self._points and command not in "Mm":
            raise ValueError(f"a path that begins with {command}; it must begin with M")
        kind, base = command.upper(), self._at if command.islower() else (0.0, 0.0)
        if kind == "Z":
            self._finish(is_closed=True)
        elif kind == "M":
            self._finish(is_closed=False)
            self._at = (numbers[0] + base[0], numbers[1] + base[1])
            self._points = [self._at]
        elif kind == "A":
            end = (numbers[5] + base[0], numbers[6] + base[1])
            self._curve(_arc(self._at, end, numbers))
        elif kind in "HV":
            x, y = self._at
            self._to([(numbers[0] + base[0], y) if kind == "H" else (x, numbers[0] + base[1])])
        else:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            self._points_of(kind, [(x + base[0], y + base[1]) for x, y in pairs])
        if kind not in "CSQT":
            self._handle_of = ""

    def finished(self) -> list[Subpath]:
        """Give what was drawn."""
        self._finish(is_closed=False)
        return self._done

    def _points_of(self, kind: str, given: list[Position]) -> None:
        if kind == "L":
            self._to(given)
            return
        degree = "CS" if kind in "CS" else "QT"
        if kind in "ST":
            given = [self._mirrored(degree), *given]
        self._handle, self._handle_of = given[-2], degree
        self._curve(_bezier([self._at, *given]))

    def _mirrored(self, degree: str) -> Position:
        """Mirror the last handle of a curve of the same degree; without one, the point itself."""
        if self._handle is None or self._handle_of != degree:
            return self._at
        return 2 * self._at[0] - self._handle[0], 2 * self._at[1] - self._handle[1]

    def _curve(self, points: list[Position]) -> None:
        self.is_flattened = True
        self._to(points)

    def _to(self, points: list[Position]) -> None:
        if not self._points and self._done and self._done[-1].is_closed:
            self._points = [self._at]  # after Z the pen stands where the subpath began
        self._count += len(points)
        if self._count > MAX_POINTS:
            raise ValueError(f"a path of more than {MAX_POINTS:,} points")
        self._points += points
        self._at = points[-1]

    def _finish(self, *, is_closed: bool) -> None:
        if self._points:
            self._at = self._points[0] if is_closed else self._at
            self._done.append(Subpath(self._points, is_closed))
        self._points = []


def _bezier(handles: list[Position]) -> list[Position]:
    """Give points of a Bézier curve (de Casteljau), without its first."""
    t = np.linspace(0, 1, PIECES + 1)[1:, np.newaxis]
    rows = [np.array(handle) for handle in handles]
    while len(rows) > 1:
        rows = [a * (1 - t) + b * t for a, b in pairwise(rows)]
    return [(float(x), float(y)) for x, y in rows[0]]


def _arc(start: Position, end: Position, numbers: list[float]) -> list[Position]:
    """Give points of an elliptical arc, without its first."""
    rx, ry, turn = abs(numbers[0]), abs(numbers[1]), math.radians(numbers[2])
    if not rx or not ry or start == end:
        return [end]
    rotation = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    x, y = rotation @ ((np.array(start) - end) / 2)
    stretch = max(1.0, math.hypot(x / rx, y / ry))
    rx, ry = rx * stretch, ry * stretch
    off = (x / rx) ** 2 + (y / ry) ** 2
    scale = math.sqrt(max(0.0, 1 / off - 1)) * (1 if numbers[3] != numbers[4] else -1)
    centre = np.array([scale * rx * y / ry, -scale * ry * x / rx])
    first = math.atan2((y - centre[1]) / ry, (x - centre[0]) / rx)
    last = math.atan2((-y - centre[1]) / ry, (-x - centre[0]) / rx)
    sweep = (last - first) % math.tau if numbers[4] else -((first - last) % math.tau)
    angles = first + sweep * np.linspace(0, 1, PIECES + 1)[1:]
    around = np.stack([rx * np.cos(angles) + centre[0], ry * np.sin(angles) + centre[1]], axis=1)
    placed = around @ rotation + (np.array(start) + end) / 2
    return [*((float(px), float(py)) for px, py in placed[:-1]), end]
