"""The screen of watched runs: a table that fits the terminal, one run in full, findings, alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group
from rich.text import Text

from statkit.analysis.alerts.sight import Look, Sight
from statkit.views.terminal import clip, visible, width_of
from statkit.views.watch_columns import run_lines
from statkit.views.watch_detail import detail_lines
from statkit.views.watch_words import complaints, statuses_text, unjudged_lines

_SEVERITIES: Final = {"error": "bold red", "warning": "yellow"}

#: Alerts that are still shown.
_ALERTS: Final = 5

#: Statuses in the order in which runs are kept where there is no room for all.
_URGENT: Final = ("stalled", "unknown", "training", "validating", "paused", "finished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """An alert that rang: the time of day, and the line that was said."""

    time: str
    line: str


def watch_screen(
    look: Look | None,
    *,
    width: int,
    height: int,
    time: str,
    rung: Sequence[Rung] = (),
    chosen: int | None = None,
    foot: str = "",
    unicode: bool = True,
) -> Group:
    """Draw one look.

    Parameters
    ----------
    look : Look or None
        What was seen; None while the first look is still going on.
    width, height : int
        Cells and lines of the terminal; nothing is drawn beyond them.
    time : str
        The time of day, as the heading shows it.
    rung : sequence of Rung
        Alerts that rang, the latest last.
    chosen : int or None
        The run shown in full, by its place; None shows it where there is only one.
    foot : str
        The last line.
    unicode : bool
        Whether block characters can be shown.

    Returns
    -------
    rich.console.Group
        At most ``height`` lines of text, none wider than ``width``.
    """
    lines = [_heading(look, width, time)]
    if look is None:
        lines += [Text(""), Text("reading …" if unicode else "reading ...")]
    else:
        bottom = _alerts(look, rung, width)
        room = height - len(lines) - len(bottom) - (2 if foot else 0)
        lines += [*_body(look, width, room, chosen, unicode), *bottom]
    if foot and height > len(lines):
        lines += [Text("")] * (height - len(lines) - 1) + [Text(clip(foot, width), "dim")]
    for line in lines:
        line.truncate(width)
    return Group(*lines[:height])


def _heading(look: Look | None, width: int, time: str) -> Text:
    told = f"statkit watch  {statuses_text(look)}" if look is not None else "statkit watch"
    left = clip(told, max(1, width - len(time) - 2))
    return Text(left + " " * max(1, width - width_of(left) - len(time)) + time, "bold")


def _body(look: Look, width: int, room: int, chosen: int | None, unicode: bool) -> list[Text]:
    """The table, then one run in full and the findings as far as there is room."""
    picked = _picked(look, chosen)
    marked = picked if chosen is not None else None
    shown = _shown(look, marked, max(1, room - 2))
    lines = [Text("")]
    if shown:
        lines += run_lines(shown, width, marked, unicode)
    if len(shown) < len(look.runs):
        lines.append(Text(f"and {len(look.runs) - len(shown):,} more", "dim"))
    blocks = [detail_lines(picked, width, unicode)] if picked is not None else []
    for block in (*blocks, list(_findings(look, width))):
        left = room - len(lines) - 1
        if block and left > 0:
            lines += [Text(""), *block[:left]]
    return lines


def _picked(look: Look, chosen: int | None) -> Sight | None:
    if chosen is not None and look.runs:
        return look.runs[chosen % len(look.runs)]
    return look.runs[0] if len(look.runs) == 1 else None


def _shown(look: Look, marked: Sight | None, room: int) -> list[Sight]:
    """Choose the runs there is room for, those that may need somebody first; they keep their order."""
    if len(look.runs) <= room:
        return list(look.runs)
    alarmed = {alert.path for alert in look.alerts}
    ranked = sorted(
        look.runs,
        key=lambda run: (run is not marked, run.path not in alarmed, _URGENT.index(run.status.status)),
    )
    kept = {run.path for run in ranked[: max(1, room - 1)]}
    return [run for run in look.runs if run.path in kept]


def _findings(look: Look, width: int) -> Iterator[Text]:
    several = len(look.runs) > 1
    for run in look.runs:
        for finding in complaints(run):
            name = f"{run.run}  " if several else ""
            text = visible(f"{name}{finding.severity}  {finding.rule}  {finding.evidence}")
            yield Text(_ended(text, width), _SEVERITIES[finding.severity])


def _alerts(look: Look, rung: Sequence[Rung], width: int) -> list[Text]:
    lines = [Text(_ended(f"{each.time}  {each.line}", width), "bold red") for each in rung[-_ALERTS:]]
    lines += [Text(_ended(line, width), "yellow") for line in unjudged_lines(look)]
    return [Text(""), *lines] if lines else []


def _ended(text: str, width: int) -> str:
    """Cut a sentence at its end, where names are cut in the middle."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) >= width:
        text = text[:-1]
    return text + "…"
