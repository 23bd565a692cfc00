"""How long a forward pass and a whole step take, from hooks on the model's root.

The time of a forward is taken on the device's own clock. The time of a step runs from the end of
the last analysis to the beginning of this one: loader, forward, backward and optimiser, without what
the analysis took in between. After a break (another phase or mode, a new epoch) it runs from the
beginning of the first forward instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from statkit.training.ports import Port


class StepTimer:
    """Marks of the present step.

    Parameters
    ----------
    port : callable
        Gives the port of the model's device.
    """

    def __init__(self, port: Callable[[], Port]) -> None:
        self._port = port
        self._last_end: float | None = None
        self._first_start: float | None = None
        self._phase: str | None = None
        self._mode: bool | None = None
        self._marks: tuple[Any, Any] | None = None
        self._start: tuple[Port, Any] | None = None

    def forward_starts(self, training: bool) -> None:
        """Note that the root's forward begins, in training mode or not."""
        if self._mode is not training:
            self.interrupt()
            self._mode = training
        if self._first_start is None:
            self._first_start = time.perf_counter()
        port = self._port()
        self._start = port, port.mark()

    def forward_ends(self) -> None:
        """Note that the root's forward has returned; the last of several counts."""
        if self._start is not None:
            port, start = self._start
            self._marks, self._start = (start, port.mark()), None

    def marks(self) -> tuple[Any, Any] | None:
        """Hand over the marks of the last forward."""
        marks, self._marks = self._marks, None
        return marks

    def step(self, phase: str, own: float) -> float | None:
        """Give the milliseconds of the step that ends here, or None where its start was not seen.

        Parameters
        ----------
        phase : str
            A change of phase breaks the row.
        own : float
            Seconds that the analysis took within it.
        """
        start = self._last_end if self._last_end is not None and phase == self._phase else self._first_start
        self._phase = phase
        return None if start is None else max(0.0, time.perf_counter() - start - own) * 1000.0

    def analysis_ends(self) -> None:
        """Note that the next step begins."""
        self._last_end = time.perf_counter()
        self._first_start = None

    def interrupt(self) -> None:
        """Note that something else than the next step of this phase comes."""
        self._last_end = None
        self._first_start = None
