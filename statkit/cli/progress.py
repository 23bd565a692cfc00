"""Progress bars for what takes more than a second: on a terminal's stderr, and gone when it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from statkit.sources.progress import watched

#: Seconds before the bar appears, and between two drawings of it.
_PATIENCE: Final = 1.0
_PACE: Final = 0.1

_WIDTH: Final = 24
_ERASE: Final = "\r\x1b[2K"


@contextmanager
def progress_bar(
    quiet: bool, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Show how far the reading of huge files is while the block runs.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    stream : TextIO or None
        Where to; None takes standard error. What is no terminal gets nothing.
    clock : callable
        Seconds, rising.
    """
    out = sys.stderr if stream is None else stream
    if quiet or not out.isatty():
        yield
        return
    bar = _Bar(out, clock)
    try:
        with watched(bar.show):
            yield
    finally:
        bar.erase()


@contextmanager
def count_bar(quiet: bool, total: int | None = None) -> Iterator[Callable[[int, int], None]]:
    """Show how many of several pieces of work are done while the block runs.

    Parameters
    ----------
    quiet : bool
        Show nothing; what is no terminal gets nothing either.
    total : int or None
        How many there are; None where that is told later.

    Yields
    ------
    callable
        Takes how many are done, and how many there are.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class _Bar:
    """One line that is drawn again and again."""

    def __init__(self, out: TextIO, clock: Callable[[], float]) -> None:
        self._out = out
        self._clock = clock
        self._due = clock() + _PATIENCE
        self._drawn = False

    def show(self, done: int, total: int, path: str) -> None:
        """Draw, if it is time to."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + _PACE
        self._drawn = True
        share = done / total if total else 1.0
        full = int(share * _WIDTH)
        name = "".join(char if char.isprintable() else "?" for char in os.path.basename(path))
        bar = "━" * full + "─" * (_WIDTH - full)
        self._out.write(f"{_ERASE}{bar} {share:4.0%} of {total / 1e6:,.0f} MB  {name[:40]}")
        self._out.flush()

    def erase(self) -> None:
        """Leave an empty line."""
        if self._drawn:
            self._out.write(_ERASE)
            self._out.flush()
