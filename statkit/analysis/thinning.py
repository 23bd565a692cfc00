"""Curves short enough to draw: one value a step, and of very many only those that shape the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.series_summary import real
from statkit.records import is_number

#: Points of one curve; a screen is no wider.
MOST: Final = 1000

#: Values beyond this cannot be told apart on a scale of floats, and are gaps.
GREATEST: Final = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A metric over steps, ready to be drawn.

    Attributes
    ----------
    steps : tuple of float
        Rising, none twice.
    values : tuple of float or None
        None is a gap: nothing finite was measured there.
    of : int
        How many different steps there were before thinning.
    """

    steps: tuple[float, ...]
    values: tuple[float | None, ...]
    of: int

    @property
    def thinned(self) -> bool:
        """Whether points were left out."""
        return self.of > len(self.steps)


def curve(steps: Sequence[Any], values: Sequence[Any], most: int = MOST) -> Curve:
    """Make a curve of records.

    Values of one step are averaged. Of more than ``most`` steps, each of ``most / 2`` stretches of equal
    length gives its least and its greatest value, so that no peak is lost.

    Parameters
    ----------
    steps, values : sequence, one a record
        In any order; records without a number in both do not count.
    most : int
        Points to keep, 4 or more.
    """
    rows = [row for row, value in enumerate(values) if is_number(value) and is_number(steps[row])]
    found = _averaged(floats(real(steps[row]) for row in rows), floats(real(values[row]) for row in rows))
    kept = _kept(found[1], most)
    return Curve(
        steps=tuple(float(step) for step in found[0][kept]),
        values=tuple(float(value) if np.isfinite(value) else None for value in found[1][kept]),
        of=len(found[0]),
    )


def _averaged(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    there = np.abs(values) <= GREATEST
    places, which = np.unique(steps, return_inverse=True)
    sums = np.bincount(which[there], weights=values[there], minlength=len(places))
    counts = np.bincount(which[there], minlength=len(places))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return places, sums / counts


def _kept(values: Floats, most: int) -> list[int]:
    if len(values) <= most:
        return list(range(len(values)))
    kept = {0, len(values) - 1}
    edges = np.linspace(0, len(values), (most - 2) // 2 + 1).astype(int)
    for start, end in pairwise(edges):
        part = values[start:end]
        if np.isfinite(part).any():
            kept |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
        else:
            kept.add(int(start))
    return sorted(kept)
