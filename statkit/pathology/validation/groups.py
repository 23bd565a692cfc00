"""Rows of one kind, and their values put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.pathology.resampling import LEAST_IMAGES, Means, resampled_means
from statkit.pathology.validation.cases import CaseRow

Source = Literal["model", "human", "raters"]
Verdict = Literal["estimated", "insufficient"]

PHASES: Final = ("train", "val")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How many resamples, and what seeds them."""

    resamples: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows of one kind: where they are from, and which values they have."""

    source: Source
    layer: str | None
    label: str
    metrics: tuple[str, ...]
    rows: Sequence[CaseRow]

    def phases(self) -> list[str]:
        """Name the phases its rows are of."""
        return sorted({row.phase for row in self.rows if row.phase is not None})

    def together(self, phase: str | None, resampling: Resampling) -> Together | None:
        """Put the rows of a phase together, all of them for None; None where there is no row."""
        rows = [row for row in self.rows if phase in (None, row.phase)]
        if not rows:
            return None
        values = np.array([[getattr(row, name) for name in self.metrics] for row in rows], dtype=np.float64)
        means = resampled_means(
            values,
            [row.owner for row in rows],
            resamples=resampling.resamples,
            seed=resampling.seed,
            part=0 if phase is None else 1 + PHASES.index(phase),
        )
        return Together(rows=rows, values=values, means=means)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Together:
    """Rows of one phase and the means of their values.

    Attributes
    ----------
    rows : sequence of CaseRow
    values : ndarray, shape (rows, metrics)
        NaN where undefined.
    means : Means
        One a metric.
    """

    rows: Sequence[CaseRow]
    values: Floats
    means: Means

    def known(self, place: int) -> list[CaseRow]:
        """Give the rows where a metric is defined."""
        return [row for row, value in zip(self.rows, self.values[:, place], strict=True) if value == value]

    def images(self, place: int) -> int:
        """Count the different images among them."""
        return len({row.content for row in self.known(place)})

    def owners(self, place: int) -> int:
        """Count what was resampled among them."""
        return len({row.owner for row in self.known(place)})


def verdict(images: int) -> Verdict:
    """Say whether so many images carry a mean."""
    return "estimated" if images >= LEAST_IMAGES else "insufficient"
