"""What is asked of groups of runs, in plain values: a report holds it, and it can be asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from statkit.analysis.comparison import Comparison
from statkit.api.comparing import Align, check_overlap, compare_metrics
from statkit.api.selection import Filter
from statkit.data.run import Run
from statkit.data.where import Where
from statkit.schema import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of groups of runs.

    Attributes
    ----------
    metrics : tuple of str
        Names or patterns; none is the default metric.
    phase, direction, steps, where
        As in `statkit.api.selection.Filter`, the filter over rows as text.
    at, align, margin, paired, differences, resamples, seed
        As in `statkit.analysis.comparison.compare`.
    precision : int or None
        Decimals of the tables.
    """

    metrics: tuple[str, ...] = ()
    phase: str | None = None
    direction: Direction | None = None
    steps: tuple[int | None, int | None] = (None, None)
    where: str | None = None
    at: str = "best"
    align: Align = "exact"
    margin: float | None = None
    paired: bool | None = None
    differences: tuple[float, ...] = ()
    resamples: int = 10_000
    seed: int = 0
    precision: int | None = None

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Question:
        """Make a question of what `to_dict` gave; names it does not know are left out."""
        known = {field.name for field in fields(cls)}
        lists = ("metrics", "steps", "differences")
        found: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in told.items() if k in known}
        return cls(**found)

    def to_dict(self) -> dict[str, Any]:
        """Give what was asked as plain values."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}

    def rows(self) -> Filter:
        """Which rows it is about.

        Raises
        ------
        UsageError
            If the filter over rows does not parse.
        """
        where = Where(self.where) if self.where is not None else None
        return Filter(phase=self.phase, steps=self.steps, where=where, direction=self.direction)

    def ask(self, groups: Mapping[str, Sequence[Run]]) -> tuple[Comparison, ...]:
        """Answer it, one comparison a metric.

        Raises
        ------
        UsageError, MetricNotFoundError, DirectionUnknownError, EmptySeriesError
            If it has no answer.
        """
        check_overlap(groups)
        return compare_metrics(
            groups,
            self.metrics,
            self.rows(),
            at=self.at,
            align=self.align,
            margin=self.margin,
            paired=self.paired,
            differences=self.differences,
            resamples=self.resamples,
            seed=self.seed,
        )
