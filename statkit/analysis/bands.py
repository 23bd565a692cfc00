"""The bands of attention metrics, and the word for each side of them.

The bands are the original programs' heuristics, never validated. A band is a label, not a quality: a
sigmoid gate is honestly "diffuse".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from statkit.schema import ATTENTION

#: What is to be said wherever a band is shown.
BANDS_SOURCE: Final = "project heuristic, not validated"


#: Said of a value that the metric's definition does not allow: it was computed in another way.
IMPOSSIBLE: Final = "impossible"

_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One metric's band.

    Attributes
    ----------
    metric : str
        The part of the key after the layer's name: ``attention_entropy``.
    title : str
        What people call it.
    low, high : float
        Both ends belong to the band.
    scale : tuple of float
        The least and the greatest value worth showing.
    possible : tuple of float
        What the definition allows.
    words : tuple of str
        For a value below, in and above the band.
    """

    metric: str
    title: str
    low: float
    high: float
    scale: tuple[float, float]
    possible: tuple[float, float]
    words: tuple[str, str, str]

    def word(self, value: float) -> str:
        """Say on which side a value lies; ``unknown`` for NaN, ``impossible`` against the definition."""
        if value != value:
            return "unknown"
        if not self.possible[0] - _ROUNDING <= value <= self.possible[1] + _ROUNDING:
            return IMPOSSIBLE
        below, inside, above = self.words
        return below if value < self.low else above if value > self.high else inside


def _band(metric: str, title: str, greatest: float, shown: float, words: tuple[str, str, str]) -> Band:
    good = ATTENTION[metric].good
    assert good is not None
    return Band(
        metric=metric,
        title=title,
        low=good[0],
        high=good[1],
        scale=(0.0, shown),
        possible=(0.0, greatest),
        words=words,
    )


_ENTROPY: Final = math.log(64)  # nats, of the map's mass on 8×8 cells

#: By metric, in the order in which they are shown.
BANDS: Final = {
    band.metric: band
    for band in (
        _band("attention_entropy", "entropy", _ENTROPY, _ENTROPY, ("concentrated", "balanced", "diffuse")),
        _band(
            "attention_concentration_10", "top 10 % share", 1.0, 1.0, ("diffuse", "focused", "concentrated")
        ),
        _band("attention_sparsity", "sparsity", 1.0, 1.0, ("uniform", "balanced", "sparse")),
        _band("num_attention_peaks", "peaks", math.inf, 10.0, ("under one", "one to five", "over five")),
    )
}
