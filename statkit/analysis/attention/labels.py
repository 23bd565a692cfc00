"""The words for what was measured: descriptions by the bands of `statkit.analysis.bands`, no verdict.

The distance of the centroid has no band: tiles are cropped anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statkit.analysis.bands import BANDS
from statkit.schema import split_attention


def label(metric: str, value: float | None) -> str | None:
    """Give the word for one value of a metric.

    Parameters
    ----------
    metric : str
        Its own name, or ``attention_<layer>_<metric>``.
    value : float or None

    Returns
    -------
    str or None
        None for a metric without a band, and for a value that is null or NaN.
    """
    parts = split_attention(metric)
    band = BANDS.get(metric) or BANDS.get(parts[1] if parts else "")
    if band is None or value is None or value != value:
        return None
    return band.word(value)


def labelled(metrics: Mapping[str, Any]) -> dict[str, str]:
    """Give the words for the metrics of one map or batch, for those that have a band and a value.

    A map of one cell, known by a normalised entropy that is null, has none.

    Parameters
    ----------
    metrics : mapping of str to number or None
        As `attention_metrics` gives them.
    """
    if metrics.get("attention_entropy_norm", 0.0) is None:
        return {}
    found = {metric: label(metric, metrics.get(metric)) for metric in BANDS}
    return {metric: word for metric, word in found.items() if word is not None}
