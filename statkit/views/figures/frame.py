"""Where panels stand: a figure with its legend above and its notes below, or axes of the user's own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend

from statkit.errors import UsageError
from statkit.views.figures.names import inert, shown, wide, wrapped
from statkit.views.figures.style import QUIET, STYLES, Style

#: Panels beyond these stand in two columns, where the style has the width for it.
ONE_COLUMN: Final = 3

#: More panels than these are no figure any more.
MOST_PANELS: Final = 40

#: Entries of a legend beyond which the rest is only counted.
MOST_ENTRIES: Final = 24

_EDGE: Final = 0.08
_HANDLE: Final = 0.35
_BETWEEN: Final = 0.2
_LINE: Final = 1.45
_LABELS: Final = 0.75  # what tick labels take of a panel's width, in inches

Entry = tuple[Artist, str]


class Frame:
    """Axes to draw on, and the room around them.

    Parameters
    ----------
    style : Style
        Sizes.
    count : int
        Panels.
    size : (float, float) or None
        Of the whole figure in inches; None follows from the style and the panels.
    width : float or None
        Of one panel, in inches; None for the style's.
    height : float
        Of one panel, as a share of the style's.
    axes : Axes, sequence of Axes, or None
        The user's own, one a panel.
    shared : bool
        Whether all panels have the same horizontal axis.

    Raises
    ------
    UsageError
        Too many panels, another number of axes, or a size no figure can have.
    """

    def __init__(
        self,
        style: Style,
        count: int,
        *,
        size: tuple[float, float] | None = None,
        width: float | None = None,
        height: float = 1.0,
        axes: Any = None,
        shared: bool = True,
    ) -> None:
        self.own = axes is None
        self.style = style if self.own else STYLES["screen"]
        if count > MOST_PANELS:
            raise UsageError(f"{count} panels are no figure: name {MOST_PANELS} metrics at most with -m.")
        if not self.own:
            self.axes = _given(axes, count)
            self.figure = self.axes[0].figure.get_figure(root=True)
            self.columns = 1
            return
        if size is not None and not all(1 <= side <= 100 for side in size):
            raise UsageError(f"A figure of {size[0]:g} by {size[1]:g} inches; each side has 1 to 100.")
        self.columns = 2 if count > ONE_COLUMN and style.name != "paper" else 1
        self.rows = math.ceil(count / self.columns)
        self._panels = style.height * height * self.rows
        broad = (width or style.width) * (1.4 if self.columns == 2 else 1.0)
        self._size = size
        self._layout = ConstrainedLayoutEngine(h_pad=_EDGE, w_pad=_EDGE)
        self.figure = Figure(
            figsize=size or (broad, self._panels), dpi=style.dpi, facecolor="white", layout=self._layout
        )
        FigureCanvasAgg(self.figure)
        grid = self.figure.subplots(self.rows, self.columns, squeeze=False, sharex=shared)
        flat = list(grid.T.flatten()) if not shared else list(grid.flatten())
        for spare in flat[count:]:
            spare.remove()
        self.axes = flat[:count]
        if shared:
            for axes_ in self.axes[max(0, count - self.columns) :]:
                axes_.xaxis.set_tick_params(labelbottom=True)

    @property
    def width(self) -> float:
        """Of the figure, in inches."""
        return float(self.figure.get_figwidth())

    @property
    def room(self) -> float:
        """Inches that the heading of one panel may take."""
        if not self.own:
            place = self.axes[0].get_position()
            return float(place.width) * self.width
        return self.width / self.columns - _LABELS - 2 * _EDGE

    def bottom(self) -> list[Axes]:
        """The panels below which the horizontal axis is named."""
        return self.axes if not self.own else self.axes[max(0, len(self.axes) - self.columns) :]

    def finish(self, title: str, entries: Sequence[Entry], notes: Iterable[str]) -> None:
        """Set title, legend and notes, and give the panels the rest."""
        if not self.own:
            _legend_above(self.axes[0], entries, self.style, self.room)
            return
        style, free = self.style, self.width - 2 * _EDGE
        lines = [line for note in notes for line in wrapped(note, style.small, free)] if style.notes else []
        columns, rows = _grid(entries, style, free)
        title_high = style.font * 1.6 / 72 if title else 0.0
        legend_high = rows * style.small * _LINE / 72 + (0.06 if rows else 0.0)
        above = title_high + legend_high + (_EDGE if title or rows else 0.0)
        below = len(lines) * style.small * 1.3 / 72 + (0.1 if lines else 0.0)
        if self._size is None:
            self.figure.set_figheight(self._panels + above + below)
        high = float(self.figure.get_figheight())
        if title:
            self._text(title, high - _EDGE, high, bold=True)
        if rows:
            top = (high - _EDGE - title_high) / high
            legend = self.figure.legend(
                *_blank(entries),
                loc="upper left",
                bbox_to_anchor=(_EDGE / self.width, top),
                **_ROW,
                ncol=columns,
            )
            _label(legend, entries, style, free)
        for place, line in enumerate(reversed(lines)):
            y = _EDGE + place * style.small * 1.3 / 72
            inert(
                self.figure.text(
                    _EDGE / self.width, y / high, line, size=style.small, color=QUIET, va="bottom", ha="left"
                )
            )
        self._layout.set(rect=(0.0, below / high, 1.0, max(0.1, 1 - (above + below) / high)))

    def _text(self, title: str, top: float, high: float, *, bold: bool) -> None:
        style = self.style
        text = shown(title, style.font + 1, (self.width - 2 * _EDGE) * 0.9)
        inert(
            self.figure.text(
                _EDGE / self.width,
                top / high,
                text,
                size=style.font + 1,
                weight="bold" if bold else "normal",
                va="top",
                ha="left",
            )
        )


_ROW: Final[dict[str, Any]] = {
    "borderpad": 0.0,
    "borderaxespad": 0.0,
    "handlelength": 1.9,
    "handletextpad": 0.5,
    "columnspacing": 1.4,
    "labelspacing": 0.3,
    "frameon": False,
}


def _given(axes: Any, count: int) -> list[Axes]:
    """Take the user's axes, in order.

    Raises
    ------
    UsageError
        If they are no axes, or not one a panel.
    """
    found = [axes] if isinstance(axes, Axes) else list(getattr(axes, "flat", axes))
    if not all(isinstance(each, Axes) for each in found):
        raise UsageError("ax= takes axes of matplotlib: one, or one for each panel.")
    if len(found) != count:
        raise UsageError(f"{count} panels, and {len(found)} axes were given: give one for each panel.")
    return found


def _grid(entries: Sequence[Entry], style: Style, free: float) -> tuple[int, int]:
    """Give columns and rows of a legend."""
    if not entries:
        return 0, 0
    widths = [min(wide(shown(text, style.small, free), style.small), free - _HANDLE) for _, text in entries]
    for columns in range(len(entries), 1, -1):
        rows = math.ceil(len(entries) / columns)
        needed = sum(max(column) + _HANDLE + _BETWEEN for column in _columns(widths, columns))
        if needed - _BETWEEN <= free:
            return columns, rows
    return 1, len(entries)


def _columns(widths: Sequence[float], columns: int) -> list[Sequence[float]]:
    """Split entries as matplotlib does: down each column, the first ones one longer."""
    short, longer = divmod(len(widths), columns)
    ends = [short * place + min(place, longer) for place in range(columns + 1)]
    return [widths[start:end] for start, end in pairwise(ends)]


def _blank(entries: Sequence[Entry]) -> tuple[list[Artist], list[str]]:
    """Give handles, and labels that stand for the names: matplotlib before 3.10 leaves out ``_x``."""
    return [handle for handle, _ in entries], ["x"] * len(entries)


def _label(legend: Legend, entries: Sequence[Entry], style: Style, free: float) -> None:
    for text, (_, name) in zip(legend.get_texts(), entries, strict=True):
        inert(text).set_text(shown(name, style.small, free - _HANDLE))


def _legend_above(axes: Axes, entries: Sequence[Entry], style: Style, room: float) -> None:
    """Stand the legend on the user's axes, where it covers no data."""
    if not entries:
        return
    columns, _ = _grid(entries, style, room)
    legend = axes.legend(
        *_blank(entries),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.02),
        **_ROW,
        ncols=columns,
        fontsize=style.small,
    )
    _label(legend, entries, style, room)
