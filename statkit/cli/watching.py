"""Watching: look, ring, show, wait, until it is interrupted."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from statkit.analysis.alerts.alert import Alert
from statkit.analysis.alerts.sight import Look
from statkit.api.watching import Lookout
from statkit.cli.alert_command import AlertCommand
from statkit.data.load import expand
from statkit.errors import RunNotFoundError, UsageError
from statkit.views.watch_lines import change_lines

if TYPE_CHECKING:
    from statkit.server.watch import Watch

#: Looking may take this share of the time: the training needs the machine more.
_SHARE: Final = 0.2


class Surface(Protocol):
    """Where looks are shown."""

    def show(self, look: Look) -> None: ...  # noqa: D102
    def say(self, line: str) -> None: ...  # noqa: D102
    def wait(self, seconds: float) -> bool: ...  # noqa: D102


class Lines:
    """Looks as lines, one a change: for pipes and logs."""

    def __init__(self) -> None:
        self._before: Look | None = None

    def show(self, look: Look) -> None:
        """Print what changed."""
        for line in change_lines(self._before, look):
            self.say(line)
        self._before = look

    def say(self, line: str) -> None:
        """Print a line behind the time of day."""
        encoding = sys.stdout.encoding or "utf-8"
        print(f"{clock()} {line.encode(encoding, 'replace').decode(encoding)}", flush=True)

    def wait(self, seconds: float) -> bool:
        """Wait; nobody ends it from here."""
        time.sleep(seconds)
        return False


class Alarm:
    """What an alert does beyond being shown: it rings, and starts a command.

    Parameters
    ----------
    bell : bool
        Whether the terminal's bell rings, where there is a terminal.
    command : AlertCommand or None
        The command.
    """

    def __init__(self, bell: bool, command: AlertCommand | None) -> None:
        self._bell = bell
        self.command = command

    def ring(self, alerts: Iterable[Alert]) -> None:
        """Ring once for alerts that came together; the command is started for each."""
        rung = list(alerts)
        if rung and self._bell:
            _bell()
        if self.command is not None:
            self.command.tend()
            for alert in rung:
                self.command.start(alert)


def follow(
    patterns: Sequence[str], watch: Watch, lookout: Lookout, surface: Surface, alarm: Alarm, interval_s: float
) -> None:
    """Look again and again, until the surface says that it is enough.

    Parameters
    ----------
    patterns : sequence of str
        Paths and globs as they were given.
    watch : Watch
        The runs below them.
    lookout : Lookout
        Looks at them.
    surface, alarm
        Where looks are shown, and what rings.
    interval_s : float
        Seconds between two looks, more where a look takes long.

    Raises
    ------
    UsageError
        If the first look finds runs, but a rule that none of them can be asked.
    """
    first = True
    while True:
        began = time.monotonic()
        if not first:
            watch.paths = expanded(patterns)
            watch.look()
        look = lookout.look(watch.runs)
        if first:
            check(look)
        surface.show(look)
        alarm.ring(look.fresh)
        first = False
        spent = time.monotonic() - began
        if surface.wait(max(interval_s, spent / _SHARE - spent)):
            return


def alarm_command(
    text: str | None, say: Callable[[str], None], patience_s: float = 0.0
) -> AlertCommand | None:
    """Make the command of ``--run-command``; None where there is none."""
    return AlertCommand(text, say, patience_s) if text is not None else None


def check(look: Look) -> None:
    """Refuse rules that no run can be asked.

    Raises
    ------
    UsageError
        With the first of them.
    """
    for rule, why in look.unjudged.items():
        raise UsageError(f"--alert {rule!r} cannot be asked: {why}")


def expanded(patterns: Sequence[str]) -> list[str]:
    """Expand globs; one that matches nothing now stays as it is."""
    found: list[str] = []
    for pattern in patterns:
        try:
            found += expand(pattern)
        except RunNotFoundError:
            found.append(pattern)
    return found


def clock() -> str:
    """Write the time of day."""
    return time.strftime("%H:%M:%S")


def _bell() -> None:
    """Ring the terminal that standard error or standard output goes to; elsewhere nothing rings."""
    for stream in (sys.stderr, sys.stdout):
        try:
            if stream is not None and stream.isatty():
                os.write(stream.fileno(), b"\a")
                return
        except (OSError, ValueError):
            continue
