"""Where records stand along a figure: at their step, in their epoch, at their time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np

from statkit.analysis.arrays import Floats, floats

Across = Literal["step", "epoch", "time"]
ACROSS: Final = ("step", "epoch", "time")

_UNITS: Final = ((86_400.0, 2 * 86_400.0, "days"), (3_600.0, 2 * 3_600.0, "h"), (60.0, 180.0, "min"))


def snapshot_epochs(epochs: Sequence[Any], within: Sequence[Any], total: Sequence[Any]) -> Floats:
    """Give epochs done at each snapshot: epoch - 1 + steps within it / steps of it.

    Parameters
    ----------
    epochs : sequence of int or None
        The epoch's number, from 1.
    within, total : sequence of int or None
        Steps done and steps to do in that epoch; where either is missing the epoch counts as done.

    Returns
    -------
    ndarray of float, shape (n,)
        NaN where there is no epoch.
    """
    done, whole = floats(within), floats(total)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(whole > 0, done / whole, 1.0)
    return floats(epochs) - 1 + np.where(np.isfinite(share), share, 1.0)


def batch_epochs(epochs: Sequence[Any], indices: Sequence[Any], phase: str | None) -> Floats:
    """Give epochs done after each batch of one phase.

    Parameters
    ----------
    epochs, indices : sequence of int or None
        The epoch's number, from 0, and the position within this phase of it.
    phase : str or None
        Validation stands at the end of its epoch; the batches of another phase share the epoch evenly,
        whose length is that of the longest one here.

    Returns
    -------
    ndarray of float, shape (n,)
        NaN where there is no epoch.
    """
    numbers, place = floats(epochs), floats(indices)
    known = place[np.isfinite(place)]
    if phase == "val" or not len(known):
        return numbers + 1
    first = min(known.min(), 1.0)
    done: Floats = numbers + (place - first + 1) / (known.max() - first + 1)
    return done


def elapsed(times: Sequence[Any], first: float) -> Floats:
    """Give seconds since ``first``; NaN where there is no time."""
    passed: Floats = floats(times) - first
    return passed


def time_unit(longest: float) -> tuple[float, str]:
    """Choose the unit a span of so many seconds is shown in: its length in seconds, and its name."""
    for seconds, least, name in _UNITS:
        if longest >= least:
            return seconds, name
    return 1.0, "s"
