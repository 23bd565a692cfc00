"""A feature over many images: how many have it, mean, spread, range."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statkit.analysis.result import Result
from statkit.records import is_number


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSummary(Result):
    """One feature over images; an image counts as one, whoever's it is.

    Attributes
    ----------
    feature : str
        Its name in `features.TileFeatures`.
    n, n_null : int
        Images that have it, and that do not.
    mean, min, max : float
    std : float or None
        With n - 1 in the denominator; None for a single image.
    """

    feature: str
    n: int
    n_null: int
    mean: float
    std: float | None
    min: float
    max: float


def summarised(rows: Sequence[Mapping[str, Any]]) -> tuple[FeatureSummary, ...]:
    """Sum up every feature that is a number in one image or more.

    Parameters
    ----------
    rows : sequence of mapping
        One an image, all of the same keys.
    """
    names = list(rows[0]) if rows else []
    found = {name: [float(row[name]) for row in rows if is_number(row[name])] for name in names}
    return tuple(_summary(name, values, len(rows)) for name, values in found.items() if values)


def _summary(name: str, values: Sequence[float], images: int) -> FeatureSummary:
    return FeatureSummary(
        feature=name,
        n=len(values),
        n_null=images - len(values),
        mean=statistics.fmean(values),
        std=statistics.stdev(values) if len(values) > 1 else None,
        min=min(values),
        max=max(values),
    )
