"""Ranking by the level under the noise, and how much the best of many noisy values flatters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.bootstrap import block_length, generator, percentile_interval
from statkit.analysis.local_line import LocalLine
from statkit.analysis.ranking import Place, by_value
from statkit.analysis.smoothing import Smoothing, parse_smoothing
from statkit.errors import UsageError
from statkit.schema import Direction

#: Resamples of the bootstrap, and the most numbers it draws in all; long series get fewer resamples.
RESAMPLES: Final = 1_000
_MOST: Final = 20_000_000

#: Fewer points than this have no residuals worth resampling.
ENOUGH: Final = 8

CAVEAT: Final = (
    "the interval is of the level at that step, from resampled residuals; "
    "the optimism is an indication only: bootstrapping a maximum is inconsistent"
)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """A series and the smooth under it, signed so that more is better.

    Attributes
    ----------
    values, smooth : ndarray, shape (n,)
        In step order.
    sd : float
        Standard deviation of the residuals.
    again : callable
        Smooths resampled series, shape (m, n).
    """

    values: Floats
    smooth: Floats
    sd: float
    again: Callable[[Floats], Floats]


def places_of(
    rows: Sequence[int],
    steps: Sequence[Any],
    values: Sequence[Any],
    direction: Direction,
    *,
    pick: str,
    top: int,
    ci: bool,
    smooth: str | float | Smoothing | None,
    seed: int,
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Give the places and notes of `statkit.analysis.ranking.rank`, whose parameters these are.

    ``rows`` are the rows that compete, in step order.
    """
    sign = 1.0 if direction == "max" else -1.0
    x = np.array([float(steps[row]) for row in rows])
    y = sign * np.array([float(values[row]) for row in rows])
    level = _level(x, y, None if smooth is None else parse_smoothing(smooth))
    if pick == "value":
        chosen = [rows.index(place.row) for place in by_value(rows, steps, values, direction, top)]
        places = by_value(rows, steps, values, direction, top)
    else:
        chosen = _chosen(level, pick)[:top]
        places = _places(chosen, rows, steps, values, level, pick)
    places = tuple(
        replace(place, smoothed=sign * float(level.smooth[at]))
        for place, at in zip(places, chosen, strict=True)
    )
    notes = (
        [f"within one residual standard deviation ({level.sd:.3g}) of the best"] if pick == "one-se" else []
    )
    if ci and len(rows) < ENOUGH:
        notes.append(f"{len(rows)} points: fewer than the {ENOUGH} an interval needs")
    elif ci:
        interval, optimism = uncertainty(level, chosen[0], pick, seed)
        ends = sorted((sign * interval[0], sign * interval[1]))
        places = (replace(places[0], ci=(ends[0], ends[1]), optimism=optimism), *places[1:])
        notes.append(CAVEAT)
    return places, tuple(notes)


def _level(steps: Floats, values: Floats, smoothing: Smoothing | None) -> Level:
    n = len(values)
    if smoothing is None:
        if n < 3:
            return Level(values, values, 0.0, lambda many: many)
        line = LocalLine.of(n)
        return Level(values, line.smooth(values), line.residual_sd(values), line.smooth)
    smooth = smoothing.apply(steps, values)
    if not np.isfinite(smooth).all():
        raise UsageError(f"Smoothing {smoothing} gives numbers that are not finite here. Choose another.")
    residuals = values - smooth
    return Level(
        values,
        smooth,
        float(np.sqrt(np.mean(residuals**2))),
        lambda many: np.array([smoothing.apply(steps, each) for each in many]),
    )


def _chosen(level: Level, pick: str) -> list[int]:
    """Give positions, best first: by the smooth, or in time among those close enough to its best."""
    if pick == "smoothed":
        return [int(at) for at in np.argsort(-level.smooth, kind="stable")]
    return [int(at) for at in np.flatnonzero(level.smooth >= level.smooth.max() - level.sd)]


def _places(
    chosen: Sequence[int],
    rows: Sequence[int],
    steps: Sequence[Any],
    values: Sequence[Any],
    level: Level,
    pick: str,
) -> tuple[Place, ...]:
    places: list[Place] = []
    for position, at in enumerate(chosen):
        equals = [int(other) for other in np.flatnonzero(level.smooth == level.smooth[at]) if other != at]
        shared = pick == "smoothed" and position > 0 and chosen[position - 1] in equals
        places.append(
            Place(
                rank=places[-1].rank if shared else position + 1,
                row=rows[at],
                step=steps[rows[at]],
                value=float(values[rows[at]]),
                ties=tuple(steps[rows[other]] for other in equals),
            )
        )
    return tuple(places)


def uncertainty(level: Level, at: int, pick: str, seed: int) -> tuple[tuple[float, float], float]:
    """Bootstrap the residuals: an interval of the level at one place, and the winner's optimism.

    Residuals are resampled, in moving blocks (Künsch 1989) where neighbours repeat each other, scaled up
    for what the smooth has taken out of them, and put back on the smooth. Every resample picks its own
    winner, so the error of the smooth at the winner includes what picking adds; the interval is the basic
    one of that error (Davison & Hinkley 1997, section 5.2). The optimism is the mean of what the winner
    shows, its value for ``pick="value"`` and else the best of the smooth, less the level it was drawn
    from. Bootstrapping a maximum is inconsistent (Bickel & Freedman 1981): both are indications.

    Returns
    -------
    interval : tuple of float
        At position ``at``, signed as the level is.
    optimism : float
        0 or more.
    """
    drawn = _resampled(level, seed)
    smooth = level.again(drawn)
    each = np.arange(len(drawn))
    top = (drawn if pick == "value" else smooth).argmax(axis=1)
    shown = (drawn if pick == "value" else smooth)[each, top] - level.smooth[top]
    winner = (
        (smooth >= smooth.max(axis=1, keepdims=True) - level.sd).argmax(axis=1) if pick == "one-se" else top
    )
    low, high = percentile_interval(smooth[each, winner] - level.smooth[winner])
    middle = float(level.smooth[at])
    return (middle - high, middle - low), max(float(shown.mean()), 0.0)


def _resampled(level: Level, seed: int) -> Floats:
    """Give the smooth with its residuals put back at random, shape (resamples, n).

    In moving blocks where they are autocorrelated, one by one where they are not; blocks are centred on
    the mean of the same residuals, which 1/√(1 - block/n) makes up for.
    """
    n = len(level.values)
    rng = generator(seed, n)
    residuals = level.values - level.smooth
    residuals = residuals - residuals.mean()
    spread = float(np.sqrt(np.mean(residuals**2)))
    if spread > 0:
        residuals = residuals * (level.sd / spread)
    block = min(block_length(n), n) if _repeats(residuals) else 1
    residuals = residuals / np.sqrt(1 - block / n)
    resamples = max(200, min(RESAMPLES, _MOST // n))
    starts = rng.integers(0, n - block + 1, size=(resamples, -(-n // block)))
    taken = (starts[:, :, None] + np.arange(block)).reshape(resamples, -1)[:, :n]
    return np.asarray(level.smooth + residuals[taken])


def _repeats(residuals: Floats) -> bool:
    """Say whether the lag-1 autocorrelation is above what one in forty white series shows."""
    power = float(residuals @ residuals)
    return power > 0 and float(residuals[1:] @ residuals[:-1]) / power > 1.96 / np.sqrt(len(residuals))
