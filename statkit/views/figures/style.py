"""How figures look, whatever a user's settings of matplotlib say, and without changing those."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import matplotlib
from matplotlib import rc_context, rcParamsDefault

from statkit.errors import UsageError

INK: Final = "#262626"
QUIET: Final = "#666666"
GRID: Final = "#e3e3e3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Sizes for one use.

    Attributes
    ----------
    name : str
        What it is asked for by.
    width, height : float
        Of a figure one panel wide, and of one panel, in inches.
    font, small : float
        Sizes of text in points.
    line, faint : float
        Widths of lines in points.
    dot, ring : float
        Sizes of points and of the mark of the best, in points.
    dpi : int
        Pixels an inch of a PNG.
    notes : bool
        Whether notes stand below the figure; in print they belong into the caption.
    """

    name: str
    width: float
    height: float
    font: float
    small: float
    line: float
    faint: float
    dot: float
    ring: float
    dpi: int
    notes: bool


#: ``screen`` for notebooks and pages; ``paper`` for a column of two, 8 pt.
STYLES: Final = {
    "screen": Style(
        name="screen",
        width=8.0,
        height=2.5,
        font=10,
        small=9,
        line=1.7,
        faint=0.8,
        dot=3.6,
        ring=8.5,
        dpi=120,
        notes=True,
    ),
    "paper": Style(
        name="paper",
        width=3.5,
        height=1.75,
        font=8,
        small=8,
        line=1.1,
        faint=0.5,
        dot=2.2,
        ring=5.5,
        dpi=300,
        notes=False,
    ),
}


def style_named(name: str) -> Style:
    """Find a style.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in STYLES:
        raise UsageError(f"Style {name!r} is unknown. Possible: {', '.join(STYLES)}.")
    return STYLES[name]


_lock = threading.RLock()

#: Settings that say where matplotlib runs, not how figures look.
_PLACE: Final = frozenset(
    {"backend", "backend_fallback", "docstring.hardcopy", "interactive", "savefig.directory", "timezone"}
    | {"date.epoch", "figure.max_open_warning", "figure.raise_window", "tk.window_focus", "toolbar"}
)


@contextmanager
def settled(style: Style) -> Iterator[None]:
    """Draw in this style: matplotlib's own defaults and ours, for as long as it lasts.

    A user's settings come back afterwards. Threads wait for each other, for the settings are one.
    """
    with _lock, rc_context():
        defaults = {name: value for name, value in dict.items(rcParamsDefault) if name not in _PLACE}
        dict.update(matplotlib.rcParams, defaults)
        for name, value in _settings(style).items():
            matplotlib.rcParams[name] = value
        yield


def _settings(style: Style) -> dict[Any, Any]:
    return {
        "font.family": ["DejaVu Sans"],
        "font.size": style.font,
        "axes.titlesize": style.font,
        "axes.labelsize": style.small,
        "xtick.labelsize": style.small,
        "ytick.labelsize": style.small,
        "legend.fontsize": style.small,
        "text.parse_math": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": QUIET,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": GRID,
        "grid.linewidth": 0.6,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "xtick.minor.size": 1.5,
        "ytick.minor.size": 1.5,
        "lines.linewidth": style.line,
        "lines.solid_capstyle": "round",
        "legend.frameon": False,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "statkit",
        "svg.id": None,
        "path.simplify": True,
        "agg.path.chunksize": 0,  # chunks of a transparent line would show where they meet
    }
