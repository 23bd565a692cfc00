"""A picture of fixed size on which text, lines and images are placed by pixel.

Pixels count from the top left corner. Lines and areas are drawn by matplotlib's Agg; images are copied
in; text, of which a dashboard has the most, is set by Pillow in matplotlib's own font, in a tenth of the
time. Nothing here reads a setting of matplotlib that a user may have changed, and nothing touches
pyplot: a picture is the same bytes wherever it is drawn, and drawing it beside a training leaves the
training's own figures alone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from statkit.views.terminal import visible

#: Pixels an inch; sizes of text are in points of 1/72 inch.
DPI: Final = 100

Align = Literal["left", "center", "right"]

_WEIGHTS: Final = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
_ANCHORS: Final = {"left": "ls", "center": "ms", "right": "rs"}  # on the baseline
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class Sheet:
    """One picture; `clear` makes it blank again, and its memory is used for the next.

    Parameters
    ----------
    width, height : int
        In pixels.
    background : str
        A colour.
    """

    def __init__(self, width: int, height: int, background: str = "#ffffff") -> None:
        self.width, self.height = width, height
        self.figure = Figure(
            figsize=(width / DPI, height / DPI),
            dpi=DPI,
            facecolor=background,
            edgecolor=background,
            linewidth=0.0,
            frameon=True,
            layout="none",  # type: ignore[arg-type]
        )
        self.canvas = FigureCanvasAgg(self.figure)
        self._images: list[tuple[int, int, NDArray[np.uint8]]] = []
        self._texts: list[tuple[tuple[float, float], str, ImageFont.FreeTypeFont, str, str]] = []

    def clear(self) -> None:
        """Remove everything that was placed."""
        self.figure.clear()
        self._images.clear()
        self._texts.clear()

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        colour: str,
        bold: bool = False,
        align: Align = "left",
        most: float | None = None,
    ) -> None:
        """Write one line, its baseline at y.

        Parameters
        ----------
        x, y : float
            Where it starts, is centred, or ends.
        text : str
            What no font can show, and control characters, are replaced; ``$`` means nothing.
        size : float
            In points.
        most : float or None
            The widest it may be; a longer one is cut in its middle.
        """
        line = speakable(text, bold)
        if most is not None:
            line = fitted(line, size, bold, most)
        if line:
            self._texts.append(((round(x), round(y)), line, _font(size, bold), colour, _ANCHORS[align]))

    def line(
        self,
        points: NDArray[np.float64] | Sequence[tuple[float, float]],
        *,
        colour: str,
        width: float = 1.0,
        opacity: float = 1.0,
    ) -> None:
        """Join points, shape (n, 2), by a line of so many points' width; NaN breaks it."""
        self._path(points, facecolor="none", edgecolor=colour, linewidth=width, alpha=opacity)

    def area(
        self,
        points: NDArray[np.float64] | Sequence[tuple[float, float]],
        *,
        colour: str,
        opacity: float = 1.0,
    ) -> None:
        """Fill what lies within points, shape (n, 2)."""
        self._path(points, facecolor=colour, edgecolor="none", linewidth=0.0, alpha=opacity)

    def rectangle(
        self, x: float, y: float, width: float, height: float, *, colour: str, opacity: float = 1.0
    ) -> None:
        """Fill a rectangle, its top left corner at (x, y)."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.area(corners, colour=colour, opacity=opacity)

    def dot(self, x: float, y: float, radius: float, *, colour: str, edge: str = "none") -> None:
        """Draw a filled circle."""
        circle = Path.unit_circle()
        path = Path(np.asarray(circle.vertices) * radius + (x, y), circle.codes)
        self._patch(path, facecolor=colour, edgecolor=edge, linewidth=1.0, alpha=1.0)

    def image(self, x: float, y: float, pixels: NDArray[np.uint8]) -> None:
        """Place pixels, shape (h, w, 3), one to one, their top left corner at (x, y)."""
        self._images.append((round(x), round(y), pixels))

    def pixels(self) -> NDArray[np.uint8]:
        """Draw, and give the picture: shape (height, width, 3)."""
        self.canvas.draw()  # type: ignore[no-untyped-call]
        drawn = np.asarray(self.canvas.get_renderer().buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
        for x, y, pixels in self._images:
            drawn[y : y + pixels.shape[0], x : x + pixels.shape[1]] = pixels
        picture = Image.fromarray(drawn)
        pen = ImageDraw.Draw(picture)
        for place, line, font, colour, anchor in self._texts:
            pen.text(place, line, fill=colour, font=font, anchor=anchor)
        return np.asarray(picture)

    def _path(self, points: Any, **style: Any) -> None:
        vertices = np.asarray(points, dtype=np.float64)
        if len(vertices):
            self._patch(Path(vertices), **style)

    def _patch(self, path: Path, **style: Any) -> None:
        path.should_simplify = False
        flip = Affine2D().scale(1, -1).translate(0, self.height)
        patch = PathPatch(
            path,
            transform=flip,
            antialiased=True,
            linestyle="solid",
            capstyle="round",
            joinstyle="round",
            snap=False,
            **style,
        )
        _neutral(self.figure.add_artist(patch))


def speakable(text: str, bold: bool = False) -> str:
    """Replace what the font cannot show by U+FFFD, and control characters by their names."""
    known = _known(bold)
    return "".join(c if ord(c) in known else _REPLACEMENT for c in visible(text))


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Measure a line of text that `speakable` has seen, in pixels."""
    return _font(size, bold).getlength(text)


def fitted(text: str, size: float, bold: bool, most: float) -> str:
    """Cut a line in its middle until it is no wider than ``most`` pixels."""
    if width_of(text, size, bold) <= most:
        return text
    shortest, longest = 0, len(text) - 1
    while shortest < longest:
        kept = (shortest + longest + 1) // 2
        if width_of(_cut(text, kept), size, bold) <= most:
            shortest = kept
        else:
            longest = kept - 1
    return _cut(text, shortest)


def _cut(text: str, kept: int) -> str:
    head = (kept + 1) // 2
    tail = kept - head
    return text[:head] + "…" + (text[-tail:] if tail else "")


def _neutral(artist: Artist) -> None:
    """Undo what a user's settings give every artist."""
    artist.set_sketch_params(None)
    artist.set_path_effects([])


def _file(bold: bool) -> str:
    return os.path.join(matplotlib.get_data_path(), "fonts", "ttf", _WEIGHTS[bold])


@cache
def _font(size: float, bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_file(bold), size * DPI / 72, layout_engine=ImageFont.Layout.BASIC)


@cache
def _known(bold: bool) -> frozenset[int]:
    return frozenset(get_font(_file(bold)).get_charmap())
