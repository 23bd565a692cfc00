"""An annotation session that is ready to be opened: the images of a run, and the page that draws on them.

The page is another process, started by its command: nothing of a server is loaded here.
"""

from __future__ import annotations

import atexit
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from statkit.errors import StatkitError, UsageError
from statkit.pathology.clinical import directory_of
from statkit.pathology.sessions.session import AnnotationSession, open_session

#: The port of the original page.
PORT: Final = 5050

#: Seconds in which the page must have said its address.
PATIENCE: Final = 30.0


class AnnotationInterface:
    """A session, and the page on it.

    Parameters
    ----------
    session : AnnotationSession
        Images, classes, raters, and where annotations go.
    port : int
        Where the page listens, on this machine alone.
    program : sequence of str, optional
        What is run in place of ``python -m statkit``; for tests.

    Attributes
    ----------
    session : AnnotationSession
        As given.
    port : int
        As given.
    """

    def __init__(
        self, session: AnnotationSession, port: int = PORT, program: Sequence[str] | None = None
    ) -> None:
        self.session = session
        self.port = port
        self._program = [sys.executable, "-m", "statkit"] if program is None else list(program)
        self._process: subprocess.Popen[str] | None = None
        self._address = ""

    @property
    def arguments(self) -> list[str]:
        """What the page is started with, after ``statkit``."""
        raters = [part for name in self.session.raters for part in ("--rater", name)]
        places = ["--annotations", self.session.directory]
        return ["annotate", self.session.run, *places, "--port", str(self.port), *raters, "--open"]

    @property
    def command(self) -> str:
        """The same as a line for a shell."""
        return shlex.join(["statkit", *self.arguments])

    @property
    def url(self) -> str:
        """Where the page is: the address it gave itself, with its token, once it is open."""
        return self._address or f"http://127.0.0.1:{self.port}/annotate"

    @property
    def is_open(self) -> bool:
        """Whether the page's process runs."""
        return self._process is not None and self._process.poll() is None

    def open(self, seconds: float = PATIENCE) -> str:
        """Start the page, which opens itself in the browser; it ends with this process, or with `close`.

        Parameters
        ----------
        seconds : float
            How long to wait for it.

        Returns
        -------
        str
            Its address.

        Raises
        ------
        StatkitError
            It did not start: why, in its own words.
        """
        if self.is_open:
            return self.url
        process = subprocess.Popen(
            [*self._program, *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._process = process
        atexit.register(self.close)
        line = _first_line(process, seconds)
        if not line.startswith("http"):
            self.close()
            reason = line.removeprefix("statkit: ") or f"it said nothing for {seconds:g} s"
            raise StatkitError(
                f"The annotation page did not start: {reason}. Try it yourself: {self.command}"
            )
        self._address = line
        return line

    def close(self) -> None:
        """End the page; what was saved stays. Once is enough."""
        process, self._process, self._address = self._process, None, ""
        atexit.unregister(self.close)
        if process is None:
            return
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def __repr__(self) -> str:
        count = len(self.session.images)
        return (
            f"AnnotationInterface({count} image{'s' if count != 1 else ''} of {self.session.run}; "
            f"open it: .open(), or: {self.command})"
        )


def create_pathologist_annotation_interface(
    summary: Mapping[str, Any] | str | os.PathLike[str],
    *,
    rater: str | None = None,
    port: int = PORT,
    start: bool = False,
) -> AnnotationInterface:
    """Make the session in which raters draw on the images of a run, without seeing its attention.

    Parameters
    ----------
    summary : mapping or path
        What `AutomaticAnalyzer.get_batch_summary` gives, or the run's directory.
    rater : str, optional
        Who draws; the page asks otherwise.
    port : int
        Where the page listens.
    start : bool, default False
        Whether to open it now.

    Returns
    -------
    AnnotationInterface
        ``session`` has the images, ``command`` and ``url`` say how it is opened, ``open()`` does it.

    Raises
    ------
    RunNotFoundError
        The summary names no run, or its directory is gone.
    StatkitError
        The run keeps no image to draw on; the port or the name cannot be; the page did not start.
    MissingExtraError
        Without the extra ``pathology``.

    Examples
    --------
    >>> interface = create_pathologist_annotation_interface("examples/runs/dae_kan", rater="A. B.")
    >>> interface.url
    'http://127.0.0.1:5050/annotate'
    """
    if type(port) is not int or not 0 <= port <= 65_535:
        raise UsageError(f"port is {port!r}; possible: 1 to 65535, or 0 for a free one")
    session = open_session(directory_of(summary), raters=() if rater is None else (rater,))
    interface = AnnotationInterface(session, port)
    if start:
        interface.open()
    return interface


def _first_line(process: subprocess.Popen[str], seconds: float) -> str:
    """Wait for the first line, then go on reading so that the page is never held up."""
    lines: list[str] = []
    said = threading.Event()

    def read() -> None:
        with suppress(OSError, ValueError):
            assert process.stdout is not None
            for line in process.stdout:
                if not lines and line.strip():
                    lines.append(line.strip())
                    said.set()
        said.set()

    threading.Thread(target=read, name="statkit-page", daemon=True).start()
    said.wait(seconds)
    return lines[0] if lines else ""
