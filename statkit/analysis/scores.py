"""One number for one run: its best, last, a step's, a window's mean, the area under its curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import Floats
from statkit.analysis.alignment import Align, Steps, tidy, values_at
from statkit.errors import UsageError
from statkit.schema import Direction

Kind = Literal["best", "last", "step", "mean", "auc"]


@dataclass(frozen=True, slots=True)
class At:
    """Where in a run its score is taken.

    Attributes
    ----------
    kind : {"best", "last", "step", "mean", "auc"}
        ``auc`` is the area under the curve by trapezoids, divided by the range of steps, so it is in
        the metric's unit.
    start, end : int
        The step of ``step``; the window of ``mean``, both ends included; otherwise 0.
    """

    kind: Kind
    start: int = 0
    end: int = 0

    def __str__(self) -> str:
        if self.kind == "step":
            return f"step:{self.start}"
        return f"mean:{self.start}:{self.end}" if self.kind == "mean" else self.kind


def parse_at(text: str) -> At:
    """Read ``best``, ``last``, ``step:N``, ``mean:A:B`` or ``auc``.

    Raises
    ------
    UsageError
        For anything else, or a window that ends before it starts.
    """
    kind, *numbers = text.strip().split(":")
    if kind in ("best", "last", "auc") and not numbers:
        return At(kind)  # type: ignore[arg-type]
    wanted = {"step": 1, "mean": 2}.get(kind)
    if len(numbers) != wanted or not all(number.isdecimal() for number in numbers):
        raise UsageError(
            f"--at {text!r} is not known. Possible: best, last, step:N (step:5000), "
            f"mean:A:B (mean:5000:8000), auc."
        )
    if kind == "step":
        return At("step", int(numbers[0]))
    start, end = int(numbers[0]), int(numbers[1])
    if end < start:
        raise UsageError(f"--at {text!r} ends before it starts. Say mean:{end}:{start}.")
    return At("mean", start, end)


def score(
    steps: ArrayLike,
    values: ArrayLike,
    direction: Direction,
    at: str | At = "best",
    align: Align = "exact",
) -> float:
    """Give the one number a run is compared by.

    Records that share a step (the batches of one validation) count as their mean, except that ``best``
    is the best single record, as `statkit best` finds it.

    Parameters
    ----------
    steps, values : array_like, shape (n,)
        The run's series; NaN and infinity are left out.
    direction : {"max", "min"}
        Which value is best.
    at : str or At
        As `parse_at` reads it.
    align : {"exact", "interp", "locf"}
        How ``step:N`` reads a step that the run did not write.

    Returns
    -------
    float
        In the metric's unit; NaN where the run has no such value (no finite value, none at the step,
        none in the window, fewer than two for an area).
    """
    rule = parse_at(at) if isinstance(at, str) else at
    if rule.kind == "best":
        return best_value(values, direction)
    return score_tidy(*tidy(steps, values), direction, rule, align)


def best_value(values: ArrayLike, direction: Direction) -> float:
    """Give the best single record, also where several share a step; NaN where none is finite."""
    heights = np.asarray(values, np.float64)
    heights = heights[np.isfinite(heights)]
    if len(heights) == 0:
        return float("nan")
    return float(heights.max() if direction == "max" else heights.min())


def score_tidy(steps: Steps, values: Floats, direction: Direction, rule: At, align: Align) -> float:
    """Score a series that `tidy` has been over."""
    if rule.kind == "step":
        return float(values_at(steps, values, [rule.start], align)[0])
    if rule.kind == "mean":
        values = values[(steps >= rule.start) & (steps <= rule.end)]
    if len(values) == 0 or (rule.kind == "auc" and len(values) < 2):
        return float("nan")
    if rule.kind == "auc":
        return area(steps, values) / float(steps[-1] - steps[0])
    if rule.kind == "best":
        return float(values.max() if direction == "max" else values.min())
    return float(values[-1] if rule.kind == "last" else values.mean())


def area(steps: Steps, values: Floats) -> float:
    """Give the area under a curve by trapezoids, in the metric's unit times steps."""
    return float(np.sum(np.diff(steps) * (values[1:] + values[:-1]) / 2))
