"""The table of watched runs, a line a run, with as many columns as the terminal is wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.text import Text

from statkit.analysis.alerts.sight import Sight
from statkit.views.sparkline import sparkline
from statkit.views.terminal import clip, visible, width_of
from statkit.views.watch_words import (
    MISSING,
    age_text,
    best_text,
    complaint_text,
    left_text,
    loss_text,
    quality_text,
    step_text,
)

#: Colours by status; the word itself always stands there.
STYLES: Final = {
    "training": "green",
    "validating": "cyan",
    "paused": "yellow",
    "finished": "bold",
    "stalled": "bold red",
    "unknown": "dim",
}

_GAP: Final = "  "
_BAR: Final = 10
_SPARK: Final = 14
_NAME: Final = 28
_SHORT_NAME: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column: the greatest ``give`` goes first where the terminal is narrow; 0 never goes."""

    title: str
    give: int
    cell: Callable[[Sight], str]
    right: bool = True
    style: Callable[[Sight], str] = lambda run: ""


def run_lines(runs: Sequence[Sight], width: int, marked: Sight | None, unicode: bool) -> list[Text]:
    """Write the headings, and a line a run.

    Parameters
    ----------
    runs : sequence of Sight
        The runs shown.
    width : int
        Cells of the terminal; names are shortened before columns go.
    marked : Sight or None
        The run that is chosen.
    unicode : bool
        Whether block characters can be shown.
    """
    columns = _columns(unicode)
    texts = [[column.cell(run) for run in runs] for column in columns]
    widths = [
        max(map(width_of, [column.title, *cells])) for column, cells in zip(columns, texts, strict=True)
    ]
    kept = _fitting(columns, texts, widths, width)
    over = sum(widths[place] for place in kept) + len(_GAP) * (len(kept) - 1) - width
    widths[0] = max(min(widths[0], _SHORT_NAME), widths[0] - max(0, over))
    heading = Text(_GAP.join(_set(columns[at].title, widths[at], columns[at].right) for at in kept), "dim")
    lines = [heading]
    for row, run in enumerate(runs):
        line = Text()
        for at in kept:
            style = "reverse" if run is marked and not at else columns[at].style(run)
            line.append(_GAP if at else "")
            line.append(_set(texts[at][row], widths[at], columns[at].right), style)
        lines.append(line)
    return lines


def bar(fraction: float | None, unicode: bool, width: int = _BAR) -> str:
    """Draw a share of 1 as a bar with its percentage; unknown is a dash."""
    if fraction is None:
        return MISSING
    done = int(fraction * width)
    full, empty = ("━", "─") if unicode else ("#", "-")
    return f"{full * done}{empty * (width - done)} {fraction:4.0%}"


def _set(text: str, width: int, right: bool) -> str:
    text = clip(text, width)
    pad = " " * (width - width_of(text))
    return pad + text if right else text + pad


def _fitting(
    columns: Sequence[_Column], cells: Sequence[Sequence[str]], widths: Sequence[int], width: int
) -> list[int]:
    """Choose the columns that say something and fit, with the name shortened if need be."""
    least = max(min(widths[0], _SHORT_NAME), width_of(columns[0].title))
    useful = [at for at, texts in enumerate(cells) if at and set(texts) != {MISSING}]
    kept, used = [0], least
    for place in sorted(useful, key=lambda at: columns[at].give):
        more = len(_GAP) + widths[place]
        if not columns[place].give or used + more <= width:
            kept.append(place)
            used += more
    return sorted(kept)


def _columns(unicode: bool) -> list[_Column]:
    def quality(title: str, give: int, kind: str) -> _Column:
        return _Column(title=title, give=give, cell=lambda run: quality_text(run, kind))

    return [
        _Column(title="run", give=0, cell=lambda run: clip(visible(run.run), _NAME), right=False),
        _Column(
            title="status",
            give=0,
            cell=lambda run: run.status.status,
            right=False,
            style=lambda run: STYLES[run.status.status],
        ),
        _Column(title="progress", give=5, cell=lambda run: bar(run.progress.fraction, unicode), right=False),
        _Column(title="step", give=1, cell=step_text),
        _Column(title="left", give=4, cell=left_text),
        _Column(title="loss", give=7, cell=loss_text),
        quality("LR", 9, "lr"),
        quality("KI", 3, "ki"),
        quality("improvement", 8, "improvement"),
        _Column(
            title="history",
            give=6,
            cell=lambda run: sparkline(run.history, _SPARK, unicode),
            right=False,
            style=lambda run: "cyan",
        ),
        _Column(title="best", give=4, cell=best_text),
        _Column(title="age", give=2, cell=age_text),
        _Column(title="findings", give=10, cell=complaint_text, right=False),
    ]
