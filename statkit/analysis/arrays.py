"""Series as arrays: what every statistic does to its input first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

#: Scales the median absolute deviation to the standard deviation of normal noise: 1 / Φ⁻¹(3/4).
MEDIAN_DEVIATION: Final = 1.482602218505602


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """The finite points of one metric, in step order.

    Attributes
    ----------
    steps : ndarray of float, shape (n,)
        Non-decreasing; equal steps keep the order they came in.
    values : ndarray of float, shape (n,)
        All finite.
    rows : ndarray of int, shape (n,)
        Where each point stood in the input.
    dropped : int
        How many entries were None, NaN or infinite, and left out.
    """

    steps: Floats
    values: Floats
    rows: NDArray[np.intp]
    dropped: int

    def __len__(self) -> int:
        return len(self.values)


def floats(numbers: Iterable[Any]) -> Floats:
    """Give numbers as a float array, None as NaN.

    Raises
    ------
    ValueError
        Something in it is not a number.
    """
    if isinstance(numbers, np.ndarray) and numbers.dtype != object:
        return numbers.astype(np.float64)
    return np.array([np.nan if number is None else float(number) for number in numbers], dtype=np.float64)


def finite_points(steps: Sequence[Any] | Floats, values: Sequence[Any] | Floats) -> Points:
    """Keep the points whose step and value are finite, sorted by step (a stable sort).

    Raises
    ------
    ValueError
        The two differ in length.
    """
    x, y = floats(steps), floats(values)
    if len(x) != len(y):
        raise ValueError(f"{len(x)} steps and {len(y)} values; give one value for every step.")
    kept = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    rows = kept[np.argsort(x[kept], kind="stable")]
    return Points(steps=x[rows], values=y[rows], rows=rows, dropped=len(y) - len(rows))


def block_medians(numbers: Floats, blocks: int) -> Floats:
    """Cut into ``blocks`` runs of neighbours, equal in length to within one, and take each one's median.

    Parameters
    ----------
    numbers : ndarray, shape (n,), with n >= blocks
    blocks : int

    Returns
    -------
    ndarray, shape (blocks,)
    """
    size, longer = divmod(len(numbers), blocks)
    head = numbers[: longer * (size + 1)].reshape(longer, size + 1)
    tail = numbers[longer * (size + 1) :].reshape(blocks - longer, size)
    return np.concatenate([np.median(head, axis=1), np.median(tail, axis=1)])


def running_median(values: Floats, window: int) -> Floats:
    """Take the median over a centred window, which shrinks symmetrically towards both ends.

    The first and last value are their own median, so a monotone series is left exactly as it is.

    Parameters
    ----------
    values : ndarray, shape (n,)
    window : int
        How many points wide; an even width counts as the next odd one.

    Returns
    -------
    ndarray, shape (n,)
    """
    n = len(values)
    half = min(window // 2, (n - 1) // 2)
    smooth = values.copy()
    if half > 0:
        inner = np.lib.stride_tricks.sliding_window_view(values, 2 * half + 1)
        smooth[half : n - half] = np.median(inner, axis=1)
    for row in range(1, half):
        smooth[row] = np.median(values[: 2 * row + 1])
        smooth[n - 1 - row] = np.median(values[n - 1 - 2 * row :])
    return smooth
