"""How much time the analysis itself takes, by its own clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Account:
    """Seconds of the training's thread that went into the analysis.

    Parameters
    ----------
    hooks : callable
        Gives the seconds that forward hooks took so far, which only grow.
    """

    def __init__(self, hooks: Callable[[], float]) -> None:
        self._hooks = hooks
        self._entered: float | None = None
        self._spent = 0.0
        self._told = 0.0
        self._at_last_end = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what a block takes; a block within a block counts once."""
        if self._entered is not None:
            yield
            return
        self._entered = time.perf_counter()
        try:
            yield
        finally:
            self._spent += time.perf_counter() - self._entered
            self._entered = None

    def total(self) -> float:
        """Give all seconds so far."""
        present = 0.0 if self._entered is None else time.perf_counter() - self._entered
        return self._spent + present + self._hooks()

    def tell(self) -> float:
        """Give the seconds since this was last called: the account of one record."""
        total = self.total()
        told, self._told = total - self._told, total
        return told

    def batch_ends(self) -> None:
        """Note that the training goes on."""
        self._at_last_end = self.total()

    def since_batch(self) -> float:
        """Give the seconds since `batch_ends`: to be taken out of the step's time."""
        return self.total() - self._at_last_end
