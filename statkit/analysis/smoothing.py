"""Smoothing as other tools do it: each reproduces that tool's own formula, gaps and NaN included.

====================  ==============================================================================
``tb:0.6``            TensorBoard: exponential, debiased; what is not finite is shown but skipped
``wandb:0.9``         W&B's default: exponential in the distance on the step axis, debiased
``aim:0.6``           Aim: exponential, starting at the first value
``trackio:10``        Trackio: centred running mean over about so many rows
``ema:0.3``           exponential, 0.3 the weight of the new value (pandas ``ewm(alpha=0.3, adjust=False)``)
``median:5``          centred running median of so many values
====================  ==============================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np

from statkit.analysis.arrays import Floats, floats, running_median
from statkit.errors import UsageError

Formula: TypeAlias = Callable[[Floats, Floats, float], Floats]

#: W&B measures distance on the x-axis in parts of the range shown. Its documentation names this constant
#: (VIEWPORT_SCALE) without giving it; 1,000 is assumed.
_VIEWPORT: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Smoothing:
    """A tool's smoothing and its weight or width.

    Attributes
    ----------
    tool : {"tb", "wandb", "aim", "trackio", "ema", "median"}
        Whose formula.
    amount : float
        The tool's own setting: a weight in [0, 1] or a width in rows.
    """

    tool: str
    amount: float

    def __str__(self) -> str:
        return f"{self.tool}:{self.amount:g}"

    def apply(self, steps: Sequence[Any] | Floats, values: Sequence[Any] | Floats) -> Floats:
        """Smooth values in the order given.

        Parameters
        ----------
        steps, values : sequence of numbers, each of length n
            None and NaN are gaps.

        Returns
        -------
        ndarray, shape (n,)
            A gap stays a gap (NaN) and an infinity is kept as it is; neither reaches its neighbours.

        Raises
        ------
        ValueError
            Different lengths, or something that is not a number.
        """
        x, y = floats(steps), floats(values)
        if len(x) != len(y):
            raise ValueError(f"{len(x)} steps and {len(y)} values; give one value for every step.")
        return _FORMULAS[self.tool](x, y, self.amount)


def parse_smoothing(text: str | float | Smoothing) -> Smoothing:
    """Read ``tool:amount``; a number alone is TensorBoard's weight.

    Raises
    ------
    UsageError
        An unknown tool, or an amount outside what the tool takes.

    Examples
    --------
    >>> parse_smoothing("median:3").apply([1, 2, 3], [1.0, 9.0, 2.0]).tolist()
    [1.0, 2.0, 2.0]
    """
    if isinstance(text, Smoothing):
        return text
    tool, colon, amount = str(text).strip().rpartition(":")
    tool = tool.strip() if colon else "tb"
    if tool not in _FORMULAS:
        raise UsageError(f"Smoothing {str(text)!r} is unknown. Possible: {_POSSIBLE}.")
    try:
        number = float(amount)
    except ValueError:
        number = math.nan
    if not _fits(tool, number):
        wanted = "a whole number of rows, 1 or more" if tool in _WIDTHS else "a weight from 0 to 1"
        wanted += ", odd" if tool == "median" else ""
        raise UsageError(f"Smoothing {str(text)!r}: {tool} takes {wanted}. Possible: {_POSSIBLE}.")
    return Smoothing(tool, number)


def _fits(tool: str, amount: float) -> bool:
    if tool not in _WIDTHS:
        return 0 <= amount <= 1
    whole = amount >= 1 and math.isfinite(amount) and amount == int(amount)
    return whole and (tool != "median" or amount % 2 == 1)


def tensorboard(steps: Floats, values: Floats, weight: float) -> Floats:
    """Smooth as TensorBoard's scalar cards do (``classicSmoothing`` of its web source, 2.21).

    last = weight·last + (1 - weight)·value, divided by 1 - weight^k after k finite values. A constant
    series and what is not finite come back as they are. Weight 0 smooths nothing; at weight 1, which its
    slider does not reach, the formula gives 0.
    """
    smooth = values.copy()
    if weight <= 0 or len(values) == 0 or bool((values == values[0]).all()):
        return smooth
    last = 0.0
    for count, row in enumerate(np.flatnonzero(np.isfinite(values)), 1):
        last = last * weight + (1 - weight) * float(values[row])
        smooth[row] = last / (1 if weight == 1 else 1 - weight**count)
    return smooth


def wandb(steps: Floats, values: Floats, weight: float) -> Floats:
    """Smooth as W&B's default does (time-weighted exponential; published in its documentation).

    last = last·w^d + value and debias = debias·w^d + 1, with w = min(√weight, 0.999) and d the distance to
    the point before, in thousandths of the range of steps; the result is last / debias. The chart has no
    point where there is no finite value, so the distance runs across such gaps. Where all points share
    one step there is no distance, and nothing is smoothed.
    """
    smooth = values.copy()
    rows = np.flatnonzero(np.isfinite(values) & np.isfinite(steps))
    span = float(np.ptp(steps[rows])) if len(rows) else 0.0
    if span == 0:
        return smooth
    base = min(math.sqrt(weight), 0.999)
    last, debias, before = 0.0, 0.0, rows[0]
    for row in rows:
        fade = base ** (float(steps[row] - steps[before]) / span * _VIEWPORT)
        last = last * fade + float(values[row])
        debias = debias * fade + 1
        smooth[row] = last / debias
        before = row
    return smooth


def aim(steps: Floats, values: Floats, weight: float) -> Floats:
    """Smooth as Aim does (``calculateExponentialMovingAverage`` of its web source, 3.29).

    smooth = weight·smooth + (1 - weight)·value, starting at the first value, not debiased. Aim leaves out
    what is not finite before it smooths (``filterMetricData``).
    """
    return _exponential(values, weight)


def exponential(steps: Floats, values: Floats, alpha: float) -> Floats:
    """Smooth exponentially with ``alpha`` the weight of the new value, starting at the first value.

    As pandas ``ewm(alpha=alpha, adjust=False, ignore_na=True).mean()`` at every value that is there.
    """
    return _exponential(values, 1 - alpha)


def trackio(steps: Floats, values: Floats, width: float) -> Floats:
    """Smooth as Trackio does (``smoothData`` of its web source, 0.43).

    The mean over the rows at most ⌊w/2⌋ away, w = max(3, min(width, rows)): an even width takes one row
    more. Rows without a finite number count as rows but not in the mean.
    """
    n = len(values)
    half = int(max(3, min(width, n))) // 2
    there = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(there, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(there)])
    start = np.maximum(np.arange(n) - half, 0)
    end = np.minimum(np.arange(n) + half + 1, n)
    total, count = sums[end] - sums[start], counts[end] - counts[start]
    return np.where(there, total / np.maximum(count, 1), values)


def median(steps: Floats, values: Floats, width: float) -> Floats:
    """Smooth by a centred running median of ``width`` finite values, narrower towards both ends."""
    smooth = values.copy()
    there = np.isfinite(values)
    if there.any():
        smooth[there] = running_median(values[there], int(width))
    return smooth


def _exponential(values: Floats, weight: float) -> Floats:
    smooth = values.copy()
    rows = np.flatnonzero(np.isfinite(values))
    for before, row in pairwise(rows):
        smooth[row] = smooth[before] * weight + values[row] * (1 - weight)
    return smooth


_WIDTHS: Final = ("trackio", "median")
_POSSIBLE: Final = "tb:0.6, wandb:0.9, aim:0.6, trackio:10, ema:0.3, median:5"
_FORMULAS: Final[dict[str, Formula]] = {
    "tb": tensorboard,
    "wandb": wandb,
    "aim": aim,
    "trackio": trackio,
    "ema": exponential,
    "median": median,
}
