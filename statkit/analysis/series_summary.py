"""One metric in one phase, from its first records to its last."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result
from statkit.analysis.trends import trend
from statkit.records import Columns, is_number
from statkit.schema import Direction, lookup

#: Early and late are the means over this share of the values at either end, one value at least.
END_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSummary(Result):
    """What the values of one metric in one phase come to; NaN and infinities are only counted.

    Attributes
    ----------
    metric, phase : str
        What, and when it was measured.
    unit : str or None
        Its unit.
    n, not_finite : int
        Finite values, and NaN or infinite ones.
    early, late : float
        Means of the first and of the last tenth.
    mean, median, p95 : float
        Over all values; quantiles interpolate linearly.
    deviation : float or None
        Standard deviation with n - 1; None for one value.
    least, greatest : float
        The range.
    best, best_step : float or None, int or None
        Where the direction is known: the best value and the first step that has it.
    slope_per_1000_steps : float or None
        Theil-Sen; None where the direction is not known.
    verdict : {"improving", "flat", "worsening", "too-few"} or None
        Of the trend test; None where the direction is not known.
    plateau_since : int or float or None
        The step since which nothing was gained, where that is long ago.
    """

    metric: str
    phase: str
    unit: str | None
    n: int
    not_finite: int
    early: float
    late: float
    mean: float
    median: float
    p95: float
    deviation: float | None
    least: float
    greatest: float
    best: float | None
    best_step: int | float | None
    slope_per_1000_steps: float | None
    verdict: str | None
    plateau_since: int | float | None


def summarise(
    metric: str,
    phase: str,
    steps: Sequence[Any],
    values: Sequence[Any],
    *,
    unit: str | None = None,
    direction: Direction | None = None,
    excluded: Sequence[bool] | None = None,
) -> SeriesSummary | None:
    """Summarise values in the order they were written; None where none is finite.

    Parameters
    ----------
    metric, phase : str
        Names for the result.
    steps, values : sequence, one a record
        What is no number does not count.
    unit : str or None
        For the result.
    direction : {"max", "min"} or None
        What is good; None leaves out best and trend.
    excluded : sequence of bool or None
        Records whose value may never be the best: one that means "not measured yet".
    """
    rows = [row for row, value in enumerate(values) if is_number(value)]
    numbers = floats(real(values[row]) for row in rows)
    there = np.isfinite(numbers)
    finite = numbers[there]
    if not len(finite):
        return None
    doubted = np.zeros(len(values), dtype=bool) if excluded is None else np.asarray(excluded, dtype=bool)
    told = _trend(floats(steps[row] for row in rows)[there], finite, direction, doubted[rows][there])
    return SeriesSummary(
        metric=metric,
        phase=phase,
        unit=unit,
        n=len(finite),
        not_finite=len(numbers) - len(finite),
        **_moments(finite),
        **told,
    )


@np.errstate(over="ignore", invalid="ignore")  # of values near the largest float
def _moments(values: Floats) -> dict[str, Any]:
    ends = max(1, round(len(values) * END_SHARE))
    return {
        "early": _mean(values[:ends]),
        "late": _mean(values[-ends:]),
        "mean": _mean(values),
        "median": float(np.median(values)),
        "p95": float(np.quantile(values, 0.95)),
        "deviation": _deviation(values),
        "least": float(values.min()),
        "greatest": float(values.max()),
    }


def summaries(parts: Mapping[str, Columns], names: Sequence[str]) -> tuple[SeriesSummary, ...]:
    """Summarise fields phase by phase, with the units and directions of the catalogue.

    Parameters
    ----------
    parts : mapping of str to Columns
        The rows of each phase.
    names : sequence of str
        The fields; a phase without a finite value of one is passed over.
    """
    found = []
    for name in names:
        metric = lookup(name)
        for phase, part in parts.items():
            values = part.fields[name]
            made = summarise(name, phase, part.steps, values, unit=metric.unit, direction=metric.direction)
            found += [made] if made else []
    return tuple(found)


def _trend(
    steps: Floats, values: Floats, direction: Direction | None, excluded: NDArray[np.bool_]
) -> dict[str, Any]:
    if direction is None or not np.isfinite(steps).any():
        return dict.fromkeys(("best", "best_step", "slope_per_1000_steps", "verdict", "plateau_since"))
    answer = trend(steps, values, direction=direction, excluded=excluded.tolist())
    return {
        "best": answer.best.value,
        "best_step": answer.best.step,
        "slope_per_1000_steps": answer.slope_per_1000_steps,
        "verdict": answer.verdict,
        "plateau_since": answer.plateau_since,
    }


def _mean(values: Floats) -> float:
    """Average exactly, whatever the order and the machine."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return float(np.mean(values / len(values)) * len(values))


def _deviation(values: Floats) -> float | None:
    if len(values) < 2:
        return None
    squares = float(np.sum(np.square(values - _mean(values))))
    return 0.0 if values.min() == values.max() else math.sqrt(squares / (len(values) - 1))


def real(value: Any) -> float:
    """Give a number as a float; an integer beyond the largest one is infinite."""
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float
        return math.inf if value > 0 else -math.inf
