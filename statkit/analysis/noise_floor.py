"""How much runs of the same settings differ, and how many are needed to see a given difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike

from statkit.analysis.aggregation import spread
from statkit.analysis.bootstrap import Interval
from statkit.analysis.distributions import spread_interval, student_quantile
from statkit.analysis.power import detectable_difference, runs_needed
from statkit.analysis.result import Result
from statkit.errors import EmptySeriesError, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsNeeded:
    """How many runs a side find one difference.

    Attributes
    ----------
    difference : float
        In the metric's unit.
    in_sd : float
        The same in standard deviations of this group.
    runs_per_side : int or None
        With 80 % power at 5 %, two-sided; None beyond 100,000.
    runs_per_side_at_upper_sd : int or None
        The same if the true spread is at the upper end of ``sd_ci``: what to plan for when the group
        is small.
    """

    difference: float
    in_sd: float
    runs_per_side: int | None
    runs_per_side_at_upper_sd: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseFloor(Result):
    """The spread of one group of runs that differ only by chance.

    Attributes
    ----------
    n : int
        Runs.
    mean, sd : float or None
        In the metric's unit; ``sd`` is None with one run.
    sd_ci : tuple of float or None
        95 % chi-square interval of the standard deviation (assumes normal scores).
    range : tuple of float
        Lowest and highest score.
    single_run_difference : float or None
        Two further single runs of these settings differ by more than this in one case of twenty:
        t·s·√2. A smaller difference between single runs says nothing.
    minimum_detectable : float or None
        Difference that this many runs a side find with 80 % power.
    runs_needed : tuple of RunsNeeded
        For each difference asked about.
    note : str
        One sentence.
    """

    n: int
    mean: float
    sd: float | None
    sd_ci: Interval | None
    range: Interval
    single_run_difference: float | None
    minimum_detectable: float | None
    runs_needed: tuple[RunsNeeded, ...]
    note: str


def noise_floor(
    scores: ArrayLike, *, differences: Sequence[float] = (), in_sd: Sequence[float] = (0.5, 1.0, 2.0)
) -> NoiseFloor:
    """Measure the spread of a group, and plan with it.

    Parameters
    ----------
    scores : array_like, shape (n,)
        One score a run; those not finite are left out.
    differences : sequence of float
        Differences to plan for, in the metric's unit.
    in_sd : sequence of float
        Further differences, in standard deviations of the group.

    Raises
    ------
    EmptySeriesError
        No score is finite.
    UsageError
        A difference is 0 or not finite.
    """
    values = np.asarray(scores, np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        raise EmptySeriesError("No run of this group has a finite score: there is no spread to measure.")
    wrong = [gap for gap in differences if gap == 0 or not isfinite(gap)]
    if wrong:
        raise UsageError(f"A difference of {wrong[0]} cannot be planned for. Give a number other than 0.")
    n, sd = values.size, spread(values)
    known = n > 1 and sd > 0
    limits = spread_interval(sd, n) if known else None
    asked = [*map(abs, differences), *(share * sd for share in in_sd)] if known else []
    return NoiseFloor(
        n=n,
        mean=float(values.mean()),
        sd=sd if n > 1 else None,
        sd_ci=limits,
        range=(float(values.min()), float(values.max())),
        single_run_difference=student_quantile(0.975, n - 1) * sd * sqrt(2) if known else None,
        minimum_detectable=detectable_difference(sd, n, n) if known else None,
        runs_needed=tuple(_needed(gap, sd, limits[1]) for gap in asked) if limits else (),
        note=_note(n, sd),
    )


def _needed(difference: float, sd: float, upper_sd: float) -> RunsNeeded:
    return RunsNeeded(
        difference=difference,
        in_sd=difference / sd,
        runs_per_side=runs_needed(difference, sd),
        runs_per_side_at_upper_sd=runs_needed(difference, upper_sd),
    )


def _note(n: int, sd: float) -> str:
    if n == 1:
        return "one run has no spread: two or more of the same settings are needed"
    if sd == 0:
        return "all runs have the same score: copies, one seed, or a metric at its limit"
    return (
        "two groups of these same settings are called better or worse in up to one comparison of twenty; "
        "of twenty metrics looked at, expect one"
    )
