"""Runs that differ only by chance, as one curve: their mean, and a band that says how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from statkit.analysis.alignment import Align, Steps, common_steps, tidy, values_at
from statkit.analysis.arrays import Floats, floats
from statkit.analysis.distributions import student_quantile
from statkit.analysis.plotted.curves import Mark, Rows, best_mark
from statkit.analysis.result import Result
from statkit.analysis.smoothing import Smoothing
from statkit.errors import EmptySeriesError, UsageError
from statkit.schema import Direction

Band = Literal["ci", "sd", "range", "none"]
BANDS: Final = ("ci", "sd", "range", "none")

CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupCurve(Result):
    """One metric of a group of runs, in one phase.

    Attributes
    ----------
    side : str
        The group's name.
    runs : tuple of str
        The runs that count; n is their number.
    left_out : tuple of str
        Runs without a finite value.
    phase : str or None
        ``train`` or ``val``, where the series has phases.
    band : {"ci", "sd", "range", "none"}
        ``ci``: 95 % interval of the mean, mean ± t·s/√n with Student's t of n - 1 degrees of freedom.
        ``sd``: mean ± s, with ddof 1. ``range``: lowest and highest run.
    align : {"exact", "interp", "locf"}
        How runs of different steps were brought together.
    steps, xs, means : ndarray of float, shape (m,)
        The steps that count, their places on the figure's axis (mean over the runs), the mean.
    lows, highs : ndarray of float, shape (m,)
        The band; NaN with one run, or without a band.
    least, most : ndarray of float, shape (m,)
        The lowest and the highest run.
    smoothed : ndarray of float, shape (m,), or None
        The mean smoothed; the band is not.
    best : Mark or None
        The best point of the mean.
    """

    side: str
    runs: tuple[str, ...]
    left_out: tuple[str, ...]
    phase: str | None
    band: Band
    align: Align
    steps: Floats
    xs: Floats
    means: Floats
    lows: Floats
    highs: Floats
    least: Floats
    most: Floats
    smoothed: Floats | None
    best: Mark | None

    @property
    def n(self) -> int:
        """How many runs the mean rests on, the same number at every step."""
        return len(self.runs)


def group_curve(
    side: str,
    members: Sequence[Rows],
    direction: Direction | None,
    *,
    band: Band = "ci",
    align: Align = "exact",
    smoothing: Smoothing | None = None,
) -> GroupCurve:
    """Make the curve of a group.

    Parameters
    ----------
    side : str
        Its name.
    members : sequence of Rows
        One run each, all of one phase. Values that stand for no measurement do not count.
    direction : {"max", "min"} or None
        Which way is better.
    band : {"ci", "sd", "range", "none"}
        What the band shows.
    align : {"exact", "interp", "locf"}
        ``exact`` takes the steps that every run has, so that n is the same all along.
    smoothing : Smoothing or None
        Of the mean.

    Raises
    ------
    EmptySeriesError
        No run has a finite value.
    UsageError
        An unknown band, or no step that all runs share.
    """
    if band not in BANDS:
        raise UsageError(f"Band {band!r} is unknown. Possible: {', '.join(BANDS)}.")
    tidied = [(rows, *_tidied(rows)) for rows in members]
    counted = [each for each in tidied if len(each[1])]
    if not counted:
        raise EmptySeriesError(f"{side}: no run of this group has a finite value.")
    steps = common_steps([own for _, own, _, _ in counted], align)
    if not len(steps):
        raise UsageError(
            f"{side}: its {len(counted)} runs share no step. Possible: --align interp or locf, or fewer runs."
        )
    table = np.stack([values_at(own, values, steps, align) for _, own, values, _ in counted])
    places = np.stack([np.interp(steps, own, xs) for _, own, _, xs in counted]).mean(axis=0)
    means = table.mean(axis=0)
    lows, highs = _band(table, means, band)
    return GroupCurve(
        side=side,
        runs=tuple(rows.run for rows, *_ in counted),
        left_out=tuple(rows.run for rows, own, *_ in tidied if not len(own)),
        phase=members[0].phase,
        band=band,
        align=align,
        steps=steps.astype(np.float64),
        xs=places,
        means=means,
        lows=lows,
        highs=highs,
        least=table.min(axis=0),
        most=table.max(axis=0),
        smoothed=smoothing.apply(floats(steps), means) if smoothing is not None else None,
        best=_best(steps, places, means, direction),
    )


def _tidied(rows: Rows) -> tuple[Steps, Floats, Floats]:
    """Give a run's strictly rising steps, their values and places, only what counts."""
    xs, values = floats(rows.xs), floats(rows.values)
    good = np.asarray(rows.believed, dtype=bool) & np.isfinite(xs) & np.isfinite(values)
    steps = np.asarray(rows.steps)[good]
    rising, heights = tidy(steps, values[good])
    return rising, heights, tidy(steps, xs[good])[1]


def _band(table: Floats, means: Floats, band: Band) -> tuple[Floats, Floats]:
    n = len(table)
    if n < 2 or band == "none":
        nothing = np.full(len(means), np.nan)
        return nothing, nothing.copy()
    if band == "range":
        return table.min(axis=0), table.max(axis=0)
    half = table.std(axis=0, ddof=1)
    if band == "ci":
        half = half * (student_quantile((1 + CONFIDENCE) / 2, n - 1) / np.sqrt(n))
    return means - half, means + half


def _best(steps: Steps, xs: Floats, means: Floats, direction: Direction | None) -> Mark | None:
    if direction is None:
        return None
    return best_mark(steps.tolist(), xs, means.tolist(), direction, [True] * len(means))
