"""The trends of one run's metrics, with the points they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from statkit.analysis.result import Result
from statkit.analysis.trends import Trend
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTrend(Result):
    """One metric of a run: every point, and whether it improves.

    Attributes
    ----------
    metric : str
        The metric.
    direction : {"max", "min"}
        Which way is better.
    unit : str or None
        Its unit.
    phase : str or None
        The phase the points are of, where the series has phases.
    points : tuple of (int, float)
        Step and value of every record that has the metric, NaN and infinity included.
    answer : Trend
        What the statistics say.
    smoothed : tuple of (float or None)
        The points' values smoothed, where that was asked for.
    """

    metric: str
    direction: Direction
    unit: str | None
    phase: str | None
    points: tuple[tuple[int, float], ...]
    answer: Trend
    smoothed: tuple[float | None, ...] = ()

    @property
    def verdict(self) -> str:
        """``improving``, ``flat``, ``worsening`` or ``too-few``."""
        return self.answer.verdict

    @property
    def slope(self) -> float | None:
        """Theil-Sen slope per 1,000 steps, in the metric's unit."""
        return self.answer.slope_per_1000_steps

    @property
    def ci(self) -> tuple[float, float] | None:
        """95 % interval of ``slope``."""
        return self.answer.slope_ci

    @property
    def p_value(self) -> float | None:
        """Two-sided p of the corrected Mann-Kendall test."""
        return self.answer.p_value

    def to_dict(self) -> dict[str, Any]:
        """Give metric, direction, unit, n, points, then everything the statistics say."""
        made: dict[str, Any] = {
            "metric": self.metric,
            "direction": self.direction,
            "unit": self.unit,
            "phase": self.phase,
            "n": len(self.points),
            "points": [list(point) for point in self.points],
        }
        if self.smoothed:
            made["smoothed"] = list(self.smoothed)
        told = self.answer.to_dict()
        told["n_finite"] = told.pop("n")
        return made | {key: value for key, value in told.items() if key != "direction"}

    def rows(self) -> list[dict[str, Any]]:
        """One dict a point."""
        return [{"metric": self.metric, "step": step, "value": value} for step, value in self.points]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTrends(Result):
    """The trends of one run.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    metrics : tuple of MetricTrend
        One a metric.
    """

    run: str
    path: str
    metrics: tuple[MetricTrend, ...]

    def rows(self) -> list[dict[str, Any]]:
        """One dict a point."""
        return [{"run": self.run, **row} for metric in self.metrics for row in metric.rows()]
