"""Which batches are looked at how closely."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from statkit.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one batch gets.

    Attributes
    ----------
    number : int
        Which batch of its phase this is, from 1, counted over all epochs.
    detailed : bool
        Whether SSIM and attention are measured.
    dashboard : bool
        Whether a picture is made; such a batch is detailed too.
    """

    number: int
    detailed: bool
    dashboard: bool


class Cadence:
    """Counts the batches of each phase, over all epochs.

    Parameters
    ----------
    analysis_freq, detailed_freq : int
        Every so many training batches a dashboard, and a detailed record; 0 is never.
    validation_batches : int
        So many batches at the start of each epoch's validation get both.

    Raises
    ------
    UsageError
        A number that is no integer, or negative.
    """

    def __init__(
        self, analysis_freq: int = 100, detailed_freq: int = 20, validation_batches: int = 5
    ) -> None:
        self._dashboards = _count(analysis_freq, "analysis_freq")
        self._details = _count(detailed_freq, "detailed_freq")
        self._first = _count(validation_batches, "validation_batches")
        self.counts: dict[str, int] = {}
        self._in_epoch: dict[str, int] = {}

    def start_epoch(self) -> None:
        """Begin to count validation batches anew."""
        self._in_epoch.clear()

    def peek(self, phase: str) -> Turn:
        """Tell what the next batch of a phase will get."""
        number = self.counts.get(phase, 0) + 1
        if phase != "train":
            chosen = self._in_epoch.get(phase, 0) < self._first
            return Turn(number=number, detailed=chosen, dashboard=chosen)
        dashboard = self._dashboards > 0 and number % self._dashboards == 0
        detailed = dashboard or (self._details > 0 and number % self._details == 0)
        return Turn(number=number, detailed=detailed, dashboard=dashboard)

    def turn(self, phase: str) -> Turn:
        """Count a batch, and tell what it gets."""
        turn = self.peek(phase)
        self.counts[phase] = turn.number
        self._in_epoch[phase] = self._in_epoch.get(phase, 0) + 1
        return turn


def _count(value: Any, name: str) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}; give a whole number, 0 for never") from None
    if number < 0:
        raise UsageError(f"{name} is {number}; give 0 (never) or more")
    return number
