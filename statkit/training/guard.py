"""Failures of the analysis: said once, never raised into the training."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from statkit.writers.console import Echo, say


class Guard:
    """Says what failed, once for each part and kind of failure, and lets the training go on.

    Parameters
    ----------
    echo : callable, optional
        Takes each line instead of standard output.
    """

    def __init__(self, echo: Echo | None = None) -> None:
        self.echo = echo
        self._said: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Run a block whose exceptions are said and end with it; exits and Ctrl-C pass through."""
        try:
            yield
        except Exception as error:
            self.failed(what, error)

    def failed(self, what: str, error: BaseException) -> None:
        """Say that a part of the analysis failed, unless the same was said before."""
        kind = type(error).__name__
        lines = str(error).strip().splitlines()
        where = _place(error)
        self.once(
            f"{what}/{kind}",
            f"⚠️  Analysis failed ({what}): {kind}: {lines[0] if lines else 'no message'}{where} — "
            "training goes on, this is said once",
        )

    def once(self, key: str, line: str) -> None:
        """Say a line, unless one was said under that key."""
        with self._lock:
            if key in self._said:
                return
            self._said.add(key)
        say(line, self.echo)

    def say(self, line: str) -> None:
        """Say a line."""
        say(line, self.echo)


def _place(error: BaseException) -> str:
    """Name the innermost line of the failure: file and number."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    name = trace.tb_frame.f_code.co_filename.replace("\\", "/").rsplit("/", 1)[-1]
    return f" (at {name}:{trace.tb_lineno})"
