"""Which metrics of a run go together: a matrix of correlations over its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.result import Result
from statkit.errors import UsageError

Method = Literal["spearman", "pearson"]
METHODS: Final = ("spearman", "pearson")

#: Said wherever correlations are shown.
DEPENDENT: Final = "records of one training follow one another: no p-value, and shared drift alone correlates"

_ENOUGH: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationMatrix(Result):
    """The correlations of one run.

    Attributes
    ----------
    run, path : str
        The run's name and where it is.
    phase : str or None
        The phase of the records, where the series has phases.
    method : {"spearman", "pearson"}
        Of ranks, or of values.
    metrics : tuple of str
        Rows and columns.
    values : ndarray of float, shape (k, k)
        From -1 to 1; NaN where fewer than three records have both, or one of them never changes.
    counts : ndarray of int, shape (k, k)
        The records that have both.
    """

    run: str
    path: str
    phase: str | None
    method: Method
    metrics: tuple[str, ...]
    values: Floats
    counts: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationFigure(Result):
    """A matrix a run."""

    panels: tuple[CorrelationMatrix, ...]


def correlation_matrix(
    run: str,
    path: str,
    phase: str | None,
    metrics: Mapping[str, Sequence[Any]],
    method: Method = "spearman",
) -> CorrelationMatrix:
    """Correlate metrics pair by pair, over the records that have a finite value of both.

    Parameters
    ----------
    run, path, phase
        As in `CorrelationMatrix`.
    metrics : mapping of str to sequence of length n
        The values of each, record by record.
    method : {"spearman", "pearson"}
        Spearman's is Pearson's of ranks, equal values sharing their mean rank.

    Raises
    ------
    UsageError
        An unknown method, or fewer than two metrics.
    """
    if method not in METHODS:
        raise UsageError(f"Correlation {method!r} is unknown. Possible: {', '.join(METHODS)}.")
    if len(metrics) < 2:
        raise UsageError(f"{len(metrics)} metric of {run}: a correlation needs two. Name them with -m.")
    table = [floats(values) for values in metrics.values()]
    k = len(table)
    values, counts = np.full((k, k), np.nan), np.zeros((k, k), dtype=np.int64)
    for row in range(k):
        for column in range(row + 1):
            both = np.isfinite(table[row]) & np.isfinite(table[column])
            counts[row, column] = counts[column, row] = both.sum()
            found = correlation(table[row][both], table[column][both], method)
            values[row, column] = values[column, row] = found
    return CorrelationMatrix(
        run=run, path=path, phase=phase, method=method, metrics=tuple(metrics), values=values, counts=counts
    )


def correlation(one: Floats, other: Floats, method: Method) -> float:
    """Correlate two finite arrays, shape (n,); NaN below three values, or where one never changes."""
    if len(one) < _ENOUGH or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    if method == "spearman":
        one, other = ranks(one), ranks(other)
    first, second = (each / np.abs(each).max() for each in (one, other))
    first, second = first - first.mean(), second - second.mean()
    size = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.clip(first @ second / size, -1.0, 1.0)) if size > 0 else float("nan")


def ranks(values: Floats) -> Floats:
    """Rank values from 1; equal ones share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    shared: Floats = (ends - (counts - 1) / 2).astype(np.float64)[inverse]
    return shared
