"""The live page, started from a training as a process of its own: the training never depends on it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from subprocess import Popen

#: The port of the original page.
PORT: Final = 5050

_STARTED: Final = "http"
_LONGEST: Final = 500


class PageProcess:
    """Starts ``statkit serve`` for a run directory, once.

    The page ends ten minutes after the training's process, however that ends; Ctrl-C and kills of the
    training do not reach it. It steps back behind the training (its niceness is 10). Where the port is
    taken it takes the next free one. Whatever goes wrong is one line.

    Parameters
    ----------
    directory : str
        The run directory.
    port : int, bool or None
        The port; True is the original page's, 5050; None and False start nothing.
    say : callable
        Takes each line: the page's address, or why there is none.
    command : sequence of str, optional
        What is run in place of ``python -m statkit``; for tests.
    """

    def __init__(
        self,
        directory: str,
        port: int | bool | None,
        say: Callable[[str], None],
        command: tuple[str, ...] = (),
    ) -> None:
        self._directory = directory
        self._port: Any = PORT if port is True else port
        self._say = say
        self._command = command or (sys.executable, "-P", "-m", "statkit")
        self._wanted = port is not None and port is not False

    def start(self) -> None:
        """Start it, unless that was done or is not wanted; returns at once, and never raises."""
        if not self._wanted:
            return
        self._wanted = False
        try:
            threading.Thread(target=self._run, name="statkit-page", daemon=True).start()
        except Exception as error:
            self._fail(f"{type(error).__name__}: {error}")

    def _run(self) -> None:
        try:
            process = self._started()
            output = process.stdout
            assert output is not None
            with output:
                self._tell(output.readline(_LONGEST).strip())
                while output.read(1 << 12):  # what the page says later, so that it is never held up
                    pass
            process.wait()
        except Exception as error:
            self._fail(f"{type(error).__name__}: {error}")

    def _started(self) -> Popen[str]:
        from subprocess import DEVNULL, PIPE, STDOUT, Popen

        class Detached(Popen):  # type: ignore[type-arg]
            """A process whose end is not waited for when this one ends."""

            def __del__(self) -> None:
                pass

        arguments = ["serve", self._directory, "--port", str(int(self._port)), "--next-port", "--quiet"]
        return Detached(
            [*self._command, *arguments, "--while-pid", str(os.getpid())],
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**os.environ, "PYTHONPATH": _path()},
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        )

    def _tell(self, line: str) -> None:
        if line.startswith(_STARTED):
            self._say(f"Live page: {line}")
        else:
            self._fail(line.removeprefix("statkit: ") or "its process ended without a word")

    def _fail(self, reason: str) -> None:
        self._say(f"⚠️  Failed to start the live page: {reason}")


def _path() -> str:
    """Give a PYTHONPATH by which the page finds this very package, whatever the working directory."""
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return os.pathsep.join(part for part in (own, os.environ.get("PYTHONPATH", "")) if part)
