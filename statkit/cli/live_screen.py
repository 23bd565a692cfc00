"""The screen on which runs are watched: the terminal's second one, left as it was found."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from types import FrameType
from typing import Final

from rich.console import Console, ConsoleDimensions
from rich.live import Live

from statkit.analysis.alerts.sight import Look
from statkit.cli.keyboard import WaitForKey, keyboard
from statkit.cli.output import unicode_ok
from statkit.cli.watching import clock
from statkit.sources.progress import watched
from statkit.views.watch_screen import Rung, watch_screen
from statkit.views.watch_words import alert_line

#: Alerts that are kept; the screen shows the latest, and leaving it prints them.
_KEPT: Final = 20

#: Seconds after which a resized terminal, or another second of age, is seen.
_TICK_S: Final = 0.2

_FOOT: Final = "q quits   ↑ ↓ choose a run"
_ASCII_FOOT: Final = "q quits   up, down choose a run"


class LiveScreen:
    """Shows looks on a screen of their own; ``with screen.shown():`` enters and leaves it."""

    def __init__(self) -> None:
        _forgiving()
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._unicode = unicode_ok()
        self._rung: deque[Rung] = deque(maxlen=_KEPT)
        self._look: Look | None = None
        self._looked = 0.0
        self._chosen: str | None = None
        self._drawn: object = None
        self._stop_asked = False
        self._open = ExitStack()
        self._key: WaitForKey
        self._live: Live

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Enter the screen; however the block ends, leave it, and print the alerts that rang."""
        try:
            with _signals(self._asked_to_stop), warnings.catch_warnings(), watched(lambda *_: None):
                warnings.simplefilter("ignore")
                self._enter()
                yield
        finally:
            self._open.close()
            for each in self._rung:
                print(f"{each.time} {each.line}")

    def show(self, look: Look) -> None:
        """Draw a look."""
        self._look, self._looked = look, time.monotonic()
        for alert in look.fresh:
            self._rung.append(Rung(time=clock(), line=alert_line(alert.run, alert.rule, alert.message)))
        self._draw()

    def say(self, line: str) -> None:
        """Keep a line among the alerts."""
        self._rung.append(Rung(time=clock(), line=line))

    def wait(self, seconds: float) -> bool:
        """Wait, answering keys and a new size; True where ``q`` was pressed."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            key = self._key(min(left, _TICK_S))
            if key == "q":
                return True
            if self._stop_asked:
                self._stop()
            self._choose(key)
            if self._drawn != self._now():
                self._draw()
        return False

    def _enter(self) -> None:
        self._key = self._open.enter_context(keyboard())
        live = Live(
            console=self._console,
            screen=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live = self._open.enter_context(live)
        self._draw()

    def _now(self) -> object:
        """What a drawing depends on, beyond the look; the terminal's size, not what COLUMNS once was."""
        with suppress(OSError, ValueError):
            self._console.size = ConsoleDimensions(*os.get_terminal_size(sys.stdout.fileno()))
        return self._console.size, self._chosen, int(time.monotonic() - self._looked)

    def _draw(self) -> None:
        self._drawn = self._now()
        size = self._console.size
        self._live.update(
            watch_screen(
                self._look and _older(self._look, time.monotonic() - self._looked),
                width=size.width,
                height=size.height,
                time=clock(),
                rung=tuple(self._rung),
                chosen=self._place(),
                foot=_FOOT if self._unicode else _ASCII_FOOT,
                unicode=self._unicode,
            ),
            refresh=True,
        )

    def _choose(self, key: str) -> None:
        paths = self._paths()
        if not paths or key not in ("up", "down"):
            return
        place = self._place()
        if place is None:
            place = 0 if key == "down" else len(paths) - 1
        else:
            place = (place + (1 if key == "down" else -1)) % len(paths)
        self._chosen = paths[place]

    def _place(self) -> int | None:
        """Find the chosen run; None where none is, or it has gone."""
        paths = self._paths()
        return paths.index(self._chosen) if self._chosen in paths else None

    def _paths(self) -> list[str]:
        return [run.path for run in self._look.runs] if self._look is not None else []

    def _asked_to_stop(self) -> None:
        self._stop_asked = True

    def _stop(self) -> None:
        """Leave the screen, stop as Ctrl-Z asks, and come back when it is continued."""
        self._stop_asked = False
        self._open.close()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter()


def _older(look: Look, seconds: float) -> Look:
    """Let the ages of the runs grow by the time since the look."""
    runs = [
        run
        if run.status.age_s is None
        else replace(run, status=replace(run.status, age_s=run.status.age_s + seconds))
        for run in look.runs
    ]
    return replace(look, runs=tuple(runs))


def _forgiving() -> None:
    """Have what the terminal cannot show replaced, not refused."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


@contextmanager
def _signals(stop_asked: Callable[[], None]) -> Iterator[None]:
    """Turn SIGTERM into an ending that leaves the terminal clean, and have Ctrl-Z wait for its moment."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    def stop(number: int, frame: FrameType | None) -> None:
        stop_asked()

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, end)}
    if hasattr(signal, "SIGTSTP"):
        before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
