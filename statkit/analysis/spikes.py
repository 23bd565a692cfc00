"""Spikes: single values far off their neighbours."""

from __future__ import annotations

from typing import Final

import numpy as np

from statkit.analysis.arrays import MEDIAN_DEVIATION, Floats, running_median

#: A spike lies this many robust standard deviations from the running median.
THRESHOLD: Final = 6.0

#: Scales the mean absolute deviation to the standard deviation of normal noise: √(π/2).
_MEAN_DEVIATION: Final = 1.2533141373155001


def spike_rows(values: Floats, *, window: int = 7) -> list[int]:
    """Find the rows whose residual around the running median is out of proportion.

    Out of proportion is more than `THRESHOLD` times the scaled median absolute deviation of the
    residuals that are not exactly 0 (the running median meets many points exactly, and those say nothing
    about the noise); when even that is 0, of the scaled mean absolute deviation (Iglewicz & Hoaglin
    1993). The first and last value have neighbours on one side only and are never spikes.

    Parameters
    ----------
    values : ndarray, shape (n,), finite, in step order
    window : int
        Width of the running median; up to ``window // 2`` neighbouring spikes are found.
    """
    if len(values) < 5:
        return []
    distance = np.abs(values - running_median(values, window))
    noise = distance[distance > 1e-12 * float(np.abs(values).max())]
    if len(noise) == 0:
        return []
    scale = MEDIAN_DEVIATION * float(np.median(noise))
    if len(noise) < len(values) / 4:  # mostly exact: the few that differ are the news, not the noise
        scale = _MEAN_DEVIATION * float(distance.mean())
    return [int(row) for row in np.flatnonzero(distance > THRESHOLD * scale)]
