"""The command that an alert runs: never through a shell, never waited for."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final

from statkit.analysis.alerts.alert import Alert
from statkit.errors import UsageError
from statkit.views.terminal import visible

#: Commands that may run at the same time; an alert beyond that is a line.
MOST: Final = 8

#: Seconds after which a command is ended.
LIMIT_S: Final = 60.0

_POLL_S: Final = 0.05
_TOLD: Final = 4096


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    since: float


class AlertCommand:
    """A command and what of it still runs.

    Its words are split as a shell would split them, and that is all a shell does: no variable is replaced,
    no pipe made. The facts are in its environment: ``STATKIT_RULE``, ``STATKIT_RUN``, ``STATKIT_PATH``,
    ``STATKIT_STEP`` (empty where no step is concerned), ``STATKIT_MESSAGE``. It gets no standard input, and
    what it prints is dropped, but for the last line of its standard error where it fails.

    Parameters
    ----------
    text : str
        The command line.
    say : callable
        Takes a line where it cannot be started, fails, or is ended after `LIMIT_S`.
    patience_s : float
        Seconds to wait in all: for a place where `MOST` are running, and at the end for the last.

    Raises
    ------
    UsageError
        If it is empty, a quote in it is open, or there is no such program.
    """

    def __init__(self, text: str, say: Callable[[str], None], patience_s: float = 0.0) -> None:
        try:
            self._words = shlex.split(text)
        except ValueError as error:
            raise UsageError(f"--run-command {text!r} cannot be split into words: {error}.") from None
        if not self._words:
            raise UsageError("--run-command is empty. Name a program and its arguments.")
        if shutil.which(self._words[0]) is None:
            raise UsageError(
                f"--run-command: no program {self._words[0]!r} to run. For what a shell does, say sh -c '…'."
            )
        self._say = say
        self._patience_s = patience_s
        self._running: list[_Running] = []

    def start(self, alert: Alert) -> None:
        """Run it for an alert; it goes on by itself."""
        self._wait_for(MOST - 1)
        if len(self._running) >= MOST:
            self._say(f"alert command: {MOST} are still running, none is started for {alert.run}.")
            return
        said = tempfile.TemporaryFile()  # noqa: SIM115 (closed when the command has ended)
        try:
            process = subprocess.Popen(
                self._words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={**os.environ, **facts(alert)},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            said.close()
            self._say(f"alert command: {getattr(error, 'strerror', None) or error}: {self._words[0]}")
            return
        self._running.append(_Running(process, said, time.monotonic()))

    def tend(self) -> None:
        """Look after those that run: say which failed, end those that hang."""
        for each in list(self._running):
            code = each.process.poll()
            if code is None and time.monotonic() - each.since > LIMIT_S:
                code = _end(each.process)
                self._say(f"alert command: ended after {LIMIT_S:g} s.")
            elif code:
                self._say(f"alert command: failed with exit code {code}{_last_line(each.said)}")
            if code is not None:
                each.said.close()
                self._running.remove(each)

    def finish(self) -> None:
        """Wait for those that run, and leave alone those that take longer."""
        self._wait_for(0)
        for each in self._running:
            self._say(f"alert command: process {each.process.pid} still runs, and is left alone.")
            each.said.close()
            each.process.returncode = 0  # not ours any more
        self._running.clear()

    def _wait_for(self, most: int) -> None:
        """Wait until no more than so many run, or patience ends."""
        self.tend()
        while len(self._running) > most and self._patience_s > 0:
            time.sleep(_POLL_S)
            self._patience_s -= _POLL_S
            self.tend()


def facts(alert: Alert) -> Mapping[str, str]:
    """Give the environment variables that tell of an alert; control characters in names are escaped."""
    return {
        "STATKIT_RULE": visible(alert.rule),
        "STATKIT_RUN": visible(alert.run),
        "STATKIT_PATH": os.path.abspath(alert.path),
        "STATKIT_STEP": "" if alert.step is None else str(alert.step),
        "STATKIT_MESSAGE": visible(alert.message),
    }


def _end(process: subprocess.Popen[bytes]) -> int:
    """End a command and what it started."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    return process.wait()


def _last_line(said: IO[bytes]) -> str:
    """Read the last line of what a command complained of."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _TOLD))
    lines = said.read().decode(errors="replace").strip().splitlines()
    return f": {visible(lines[-1])}" if lines else "."
