"""The activity of layers: now, and over the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.monitoring.cards import Record, number
from statkit.analysis.plotted.layers import LayerUnit, are_percent, ordered
from statkit.analysis.result import Result
from statkit.records import is_number
from statkit.schema import LAYER_PREFIX

Trunk = Literal["backward", "forward", "other", "final"]

#: Steps beyond which neighbours share a column.
MOST_STEPS: Final = 400

_PEAK: Final = "layer_activity_peak_value"


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCard(Result):
    """The latest activity of one layer."""

    layer: str
    trunk: Trunk
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakActivity(Result):
    """The most active layer, and its activity; the layer is None where only the file's own peak is known."""

    layer: str | None
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Activity(Result):
    """The activity of every layer over the steps.

    Attributes
    ----------
    layers : tuple of LayerCard
        Backward trunk, forward trunk, others, final fusion; natural order within each. Their values are
        the latest.
    unit : {"raw", "percent"} or None
        Of the last snapshot; older files are in percent of the largest.
    mixed : bool
        Whether some snapshots are in the other unit: those are left out.
    steps : tuple of int
        The last step of each column.
    values : ndarray of float, shape (columns, layers)
        The greatest activity of the column's snapshots; NaN where there is none.
    bins : int
        How many snapshots share a column, so that there are no more than `MOST_STEPS`.
    """

    layers: tuple[LayerCard, ...]
    unit: LayerUnit | None
    mixed: bool
    steps: tuple[int, ...]
    values: Floats
    bins: int


def trunk_of(layer: str) -> Trunk:
    """Tell the trunk of a layer by its name: ``Backward 1``, ``Forward_Block_03``, ``Final Fusion``."""
    low = layer.casefold()
    for trunk in ("backward", "forward", "final"):
        if low.startswith(trunk):
            return trunk
    return "other"


def layer_cards(record: Record) -> tuple[LayerCard, ...]:
    """Make the cards of a record's layers, by trunk and in natural order."""
    found = {
        name.removeprefix(LAYER_PREFIX): number(value)
        for name, value in record.items()
        if name.startswith(LAYER_PREFIX)
    }
    names, _ = ordered(found)
    return tuple(LayerCard(layer=name, trunk=trunk_of(name), value=found[name]) for name in names)


def peak_of(cards: Sequence[LayerCard], record: Record) -> PeakActivity | None:
    """Find the most active layer; without one, the peak that the file states."""
    known = [(card.value, card.layer) for card in cards if card.value is not None]
    if known:
        value, layer = max(known, key=lambda each: each[0])
        return PeakActivity(layer=layer, value=value)
    stated = number(record.get(_PEAK))
    return PeakActivity(layer=None, value=stated) if stated is not None else None


def activity(steps: Sequence[Any], fields: Mapping[str, Sequence[Any]], most: int = MOST_STEPS) -> Activity:
    """Make the heat map of a run's layers.

    Parameters
    ----------
    steps : sequence of int, length n
        The steps of the snapshots, rising.
    fields : mapping of str to sequence of length n
        ``layer_activity_map.<layer>``; others are left aside.
    most : int
        Columns beyond which neighbours share one; it shows the greatest of each layer, so that no peak
        is lost.
    """
    table = {
        name.removeprefix(LAYER_PREFIX): floats(v if is_number(v) else None for v in values)
        for name, values in fields.items()
        if name.startswith(LAYER_PREFIX)
    }
    names, _ = ordered(table)
    if not names or not len(steps):
        return Activity(layers=(), unit=None, mixed=False, steps=(), values=np.empty((0, 0)), bins=1)
    grid = np.stack([table[name] for name in names])
    grid = np.where(np.isfinite(grid), grid, np.nan)
    percent, there = are_percent(grid), np.isfinite(grid).any(axis=0)
    rows = np.flatnonzero(there)
    if not len(rows):
        return Activity(layers=(), unit=None, mixed=False, steps=(), values=np.empty((0, 0)), bins=1)
    unit = bool(percent[rows[-1]])
    same = rows[percent[rows] == unit]
    bins = -(-len(same) // most)
    starts = np.arange(0, len(same), bins)
    values = np.fmax.reduceat(grid[:, same], starts, axis=1)
    ends = np.append(starts[1:], len(same)) - 1
    latest = values[:, -1] if bins == 1 else grid[:, same[-1]]
    cards = (
        LayerCard(layer=name, trunk=trunk_of(name), value=number(float(value)))
        for name, value in zip(names, latest, strict=True)
    )
    return Activity(
        layers=tuple(cards),
        unit="percent" if unit else "raw",
        mixed=len(same) < len(rows),
        steps=tuple(int(steps[same[end]]) for end in ends),
        values=values.T,
        bins=bins,
    )
