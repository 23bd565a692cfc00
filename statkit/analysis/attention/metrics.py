"""All metrics of attention maps under the names they have on disk.

A metric that a map cannot have is null: None here, NaN in arrays. A map with any NaN or infinity has
null everywhere but in ``attention_nonfinite_fraction``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from statkit.analysis.arrays import Floats
from statkit.analysis.attention.concentration import concentrations
from statkit.analysis.attention.dispersion import dispersions
from statkit.analysis.attention.entropy import entropies
from statkit.analysis.attention.mass import Maps, Normalisation
from statkit.analysis.attention.moments import moments
from statkit.analysis.attention.peaks import coverage
from statkit.analysis.attention.peaks import peaks as found_peaks
from statkit.analysis.attention.spatial import positions

Value: TypeAlias = float | int | bool | None

_NONFINITE = "attention_nonfinite_fraction"
_COUNT = "num_attention_peaks"


def attention_metrics(
    attention: Any, *, peaks: bool = True, normalisation: Normalisation = "minmax"
) -> dict[str, Value]:
    """Measure one attention map.

    Parameters
    ----------
    attention : array_like, shape (H, W), any real dtype
        A gate, or an energy; channels already reduced.
    peaks : bool
        Whether to look for peaks (``num_attention_peaks``, ``peak_separation_mean``,
        ``peak_intensity_mean``), the slow part; without, these keys are absent.
    normalisation : {"minmax", "sum"}
        How the map becomes mass: see `Maps.of`.

    Returns
    -------
    dict
        Floats; ``num_attention_peaks`` an int, ``attention_flat`` a bool; None where a metric does not
        exist. What each means stands with the functions of this package.

    Raises
    ------
    ValueError
        The map has not two axes, is empty, or holds no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> measured = attention_metrics(np.eye(8))
    >>> round(measured["attention_entropy"], 3), measured["num_attention_peaks"]
    (2.079, 1)
    """
    given = np.asarray(attention)
    if given.ndim != 2:
        raise ValueError(
            f"Found an array of shape {given.shape}; one attention map is (H, W). Many go to "
            "attention_metrics_of_batch."
        )
    arrays = attention_metrics_per_map(given[None], peaks=peaks, normalisation=normalisation)
    measured: dict[str, Value] = {name: _value(values[0]) for name, values in arrays.items()}
    for name, kind in ((_COUNT, int), ("attention_flat", bool)):
        value = measured.get(name)
        if value is not None:
            measured[name] = kind(value)
    return measured


def attention_metrics_of_batch(
    maps: Any, *, peaks: bool = True, normalisation: Normalisation = "minmax"
) -> dict[str, float | None]:
    """Measure every map of a batch and give each metric's mean, nulls left out.

    Metrics are averaged, never maps: an average of maps has lost its structure.

    Parameters
    ----------
    maps : array_like, shape (B, H, W), any real dtype
    peaks : bool
        Whether to look for peaks; `peak_metrics_of_batch` gives what this leaves out.
    normalisation : {"minmax", "sum"}

    Returns
    -------
    dict
        As `attention_metrics` names them, ``attention_flat`` being ``attention_flat_fraction`` here, the
        share of flat maps. None where no map has the metric.

    Raises
    ------
    ValueError
        As `attention_metrics_per_map`.
    """
    arrays = attention_metrics_per_map(maps, peaks=peaks, normalisation=normalisation)
    arrays = {"attention_flat_fraction" if k == "attention_flat" else k: v for k, v in arrays.items()}
    return _means(arrays)


def peak_metrics_of_batch(maps: Any) -> dict[str, float | None]:
    """Give what `attention_metrics_of_batch` leaves out with ``peaks=False``, to be merged later.

    Parameters
    ----------
    maps : array_like, shape (B, H, W), any real dtype

    Raises
    ------
    ValueError
        As `attention_metrics_per_map`.
    """
    ready = Maps.of(maps)
    return _means(_nulled(found_peaks(ready), ready))


def attention_metrics_per_map(
    maps: Any, *, peaks: bool = True, normalisation: Normalisation = "minmax"
) -> dict[str, Floats]:
    """Measure every map of a batch.

    Parameters
    ----------
    maps : array_like, shape (B, H, W), any real dtype
    peaks : bool
    normalisation : {"minmax", "sum"}

    Returns
    -------
    dict of ndarray, shape (B,)
        NaN stands for null; ``attention_flat`` is 0 or 1.

    Raises
    ------
    ValueError
        The maps have not three axes, an axis is empty, or they hold no real numbers.
    """
    ready = Maps.of(maps, normalisation)
    measured = moments(ready) | entropies(ready) | dispersions(ready) | concentrations(ready)
    measured |= positions(ready) | coverage(ready)
    measured["attention_flat"] = ready.flat.astype(np.float64)
    if peaks:
        measured |= found_peaks(ready)
    return _nulled(measured, ready) | {_NONFINITE: ready.nonfinite}


def _nulled(measured: dict[str, Floats], maps: Maps) -> dict[str, Floats]:
    """Take away what was computed of maps that cannot be measured."""
    if maps.usable.all():
        return measured
    return {name: np.where(maps.usable, values, np.nan) for name, values in measured.items()}


def _means(arrays: Mapping[str, Floats]) -> dict[str, float | None]:
    table = np.array(list(arrays.values()))
    there = ~np.isnan(table)
    number = there.sum(axis=1)
    means = np.where(there, table, 0.0).sum(axis=1) / np.maximum(number, 1)
    values = np.where(number > 0, means, np.nan).tolist()
    return {name: _value(value) for name, value in zip(arrays, values, strict=True)}


def _value(number: float) -> float | None:
    return None if number != number else float(number)
