"""How often a run says something, and how fast its steps go by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result

#: The latest intervals between updates that make the cadence; a cadence may change.
RECENT: Final = 200

#: The latest intervals that make the pace of the steps.
RECENT_STEPS: Final = 50

#: Fewer intervals than this are no cadence.
FEWEST: Final = 2

#: A run without a cadence is given an hour (seconds).
WITHOUT_CADENCE_S: Final = 3600.0

#: No run is called stalled sooner (seconds).
FLOOR_S: Final = 15.0

_QUANTILE: Final = 0.9
_TIMES_QUANTILE: Final = 3.0
_TIMES_PAUSE: Final = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace(Result):
    """The rhythm of a run's latest updates.

    Attributes
    ----------
    intervals : int
        How many intervals it rests on.
    cadence_s : float or None
        Median interval between updates, in seconds; None where there are fewer than `FEWEST`.
    limit_s : float
        The age of the last update, in seconds, beyond which the run counts as stalled.
    seconds_per_step : float or None
        Of the latest steps, pauses left out; None where steps or times do not tell.
    """

    intervals: int
    cadence_s: float | None
    limit_s: float
    seconds_per_step: float | None


def pace(
    steps: Sequence[Any], times: Sequence[Any], duration: float | None = None, *, factor: float = 1.0
) -> Pace:
    """Measure the pace of a run by its own records.

    The limit is the longest of: three times the 90th percentile of the latest 200 intervals; one and a
    half times the second longest of them, so that the validation at the end of each epoch is no stall,
    while one night's pause makes no rule; fifteen seconds. A run of fewer than two intervals is given an
    hour.

    Parameters
    ----------
    steps, times : sequence, one a record in order of writing
        Steps, and unix seconds; None where a record has none.
    duration : float or None
        Seconds a step as the run itself measured them, for a run whose records do not tell yet.
    factor : float
        Stretches the limit.

    Returns
    -------
    Pace
    """
    rows = range(max(0, len(times) - RECENT - 1), len(times))
    when = floats(times[row] for row in rows)
    at = floats(steps[row] for row in rows)
    known = np.isfinite(when)
    when, at = when[known], at[known]
    gaps = np.diff(when)
    rising = gaps[gaps > 0]
    if len(rising) < FEWEST:
        limit = WITHOUT_CADENCE_S * factor
        return Pace(
            intervals=len(rising), cadence_s=None, limit_s=limit, seconds_per_step=_positive(duration)
        )
    limit = _limit(rising)
    measured = _seconds_per_step(np.diff(at), gaps, limit)
    return Pace(
        intervals=len(rising),
        cadence_s=float(np.median(rising)),
        limit_s=limit * factor,
        seconds_per_step=measured if measured is not None else _positive(duration),
    )


def _limit(gaps: Floats) -> float:
    usual = _TIMES_QUANTILE * float(np.quantile(gaps, _QUANTILE))
    pause = _TIMES_PAUSE * float(np.partition(gaps, -2)[-2])
    return max(usual, pause, FLOOR_S)


def _seconds_per_step(steps: Floats, gaps: Floats, limit: float) -> float | None:
    """Divide time by steps over the latest intervals that are no pause."""
    usable = np.flatnonzero(np.isfinite(steps) & (steps >= 0) & (gaps >= 0) & (gaps <= limit))[-RECENT_STEPS:]
    done, spent = float(steps[usable].sum()), float(gaps[usable].sum())
    return spent / done if done > 0 and spent > 0 else None


def _positive(duration: float | None) -> float | None:
    return duration if duration is not None and 0 < duration < float("inf") else None
