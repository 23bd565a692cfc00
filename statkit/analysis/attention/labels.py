"""The words for what was measured: descriptions by the bands of `statkit.analysis.bands`, no verdict.

The distance of the centroid has no band: tiles are cropped anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from statkit.analysis.bands import BANDS


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
    values = {metric: metrics.get(metric) for metric in BANDS}
    known = {metric: value for metric, value in values.items() if value is not None and value == value}
    return {metric: BANDS[metric].word(value) for metric, value in known.items()}
