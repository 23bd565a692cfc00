"""Layers by their activity: dead, or far above all others. Two units exist and are told apart.

New files hold raw mean activations (about 0 to 2), old ones percent of the largest layer (0 to 100).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.health.readings import Readings, number
from statkit.analysis.health.registry import HEURISTIC, Sign, rule
from statkit.analysis.health.words import figure, listed
from statkit.layout import natural_key
from statkit.schema import LAYER_PREFIX

#: What is seen in this many last snapshots holds.
_LAST: Final = 3

#: Dead below this share of the median layer: 0 where values are rounded to percent.
_DEAD: Final = 1e-3

#: Raw units: runaway above this multiple of the median layer, and of its own start.
_RUNAWAY: Final = 10.0
_GROWN: Final = 3.0

#: Percent units: saturated where this share of the layers stands at 100.
_PEGGED: Final = 1 / 3
_PERCENT: Final = 10.0


class _Layers:
    """Activity of every layer in every snapshot, as an array rows × layers; None becomes NaN."""

    def __init__(self, readings: Readings) -> None:
        fields = readings.columns.fields
        keys = sorted((name for name in fields if name.startswith(LAYER_PREFIX)), key=natural_key)
        self.names = [key.removeprefix(LAYER_PREFIX) for key in keys]
        table: Floats = np.full((len(readings), len(keys)), np.nan)
        for index, key in enumerate(keys):
            table[:, index] = [number(value) for value in fields[key]]
        held = np.isfinite(table).any(axis=1)
        self.table = table[held]
        self.steps = readings.steps[held]

    @property
    def usable(self) -> bool:
        return len(self.names) >= 2 and len(self.table) >= _LAST

    @property
    def percent(self) -> bool:
        """Tell the unit: the largest layer is hardly ever above 10 in raw activations."""
        return bool(np.median(np.nanmax(self.table, axis=1)) > _PERCENT)

    def span(self, row: int) -> tuple[int, int]:
        return int(self.steps[row]), int(self.steps[-1])


@rule(
    "dead-layer",
    "warning",
    f"Lu et al. 2019, Dying ReLU and Initialization (arXiv 1903.06733); limits are a {HEURISTIC}",
)
def dead_layer(readings: Readings) -> Iterator[Sign]:
    """A layer's activity is 0, or under a thousandth of the median layer's, in the last three snapshots."""
    layers = _Layers(readings)
    if not layers.usable:
        return
    typical = _median(layers.table, axis=1)[:, None]
    quiet = layers.table <= _DEAD * typical
    dead = [index for index in range(len(layers.names)) if quiet[-_LAST:, index].all()]
    if not dead or len(dead) == len(layers.names):
        if dead:
            yield _all_dead(layers)
        return
    start = max(_since(quiet[:, index]) for index in dead)
    yield Sign(
        metric=LAYER_PREFIX + layers.names[dead[0]],
        steps=layers.span(start),
        evidence=f"{listed([layers.names[index] for index in dead])}: no activity in the last "
        f"{len(quiet) - start} snapshots "
        f"(median layer "
        f"{figure(float(typical[-1, 0]))}{', percent of the largest' if layers.percent else ''}).",
        advice="Check that the layer is connected; a lower learning rate, another initialisation or a leaky "
        "activation revives it.",
    )


def _all_dead(layers: _Layers) -> Sign:
    return Sign(
        metric=LAYER_PREFIX + layers.names[0],
        steps=layers.span(len(layers.table) - _LAST),
        evidence=f"All {len(layers.names)} layers show no activity in the last {_LAST} snapshots.",
        advice="Check that activity is measured at all; else the network puts out nothing.",
    )


def _since(quiet: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """Find the first row of the stretch that reaches the end."""
    loud = np.flatnonzero(~quiet)
    return int(loud[-1]) + 1 if len(loud) else 0


@rule("saturated-layer", "warning", f"Glorot & Bengio 2010, sec. 3 (saturation); limits are a {HEURISTIC}")
def saturated_layer(readings: Readings) -> Iterator[Sign]:
    """A layer's raw activity runs away from the others; or a third of the layers stand at 100 percent."""
    layers = _Layers(readings)
    if layers.usable:
        yield from _pegged(layers) if layers.percent else _runaway(layers)


def _pegged(layers: _Layers) -> Iterator[Sign]:
    full = np.all(layers.table[-_LAST:] >= 100, axis=0).tolist()
    names = [name for name, pegged in zip(layers.names, full, strict=True) if pegged]
    if len(names) >= max(2, _PEGGED * len(layers.names)):
        yield Sign(
            metric=LAYER_PREFIX + names[0],
            steps=layers.span(len(layers.table) - _LAST),
            evidence=f"{listed(names)} stand at 100 percent in the last {_LAST} snapshots, where one layer "
            f"alone is the "
            "largest.",
            advice="Look at the raw activations: they are clipped, or the layers are saturated.",
        )


def _runaway(layers: _Layers) -> Iterator[Sign]:
    last = _median(layers.table[-_LAST:])
    first = _median(layers.table[:_LAST])
    typical = float(_median(last))
    for name, now, before in zip(layers.names, last, first, strict=True):
        if now > _RUNAWAY * typical and now > _GROWN * before and typical > 0:
            yield Sign(
                metric=LAYER_PREFIX + name,
                steps=layers.span(0),
                evidence=f"{name} went from {figure(float(before))} to {figure(float(now))}, "
                f"{now / typical:.0f} times the "
                f"median layer ({figure(typical)}).",
                advice="Saturation follows: normalise before this layer, lower the learning rate, or clip "
                "gradients.",
            )


def _median(values: Floats, axis: int = 0) -> Floats:
    """Give medians of what is not NaN; NaN, without numpy's warning, where nothing is left."""
    gone = np.isnan(values).all(axis=axis)
    kept = np.where(np.expand_dims(gone, axis), 0.0, values)
    return np.asarray(np.where(gone, np.nan, np.nanmedian(kept, axis=axis)))
