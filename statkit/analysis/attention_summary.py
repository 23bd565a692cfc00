"""The attention metrics of a training that tell most, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from statkit.analysis.bands import BANDS, IMPOSSIBLE
from statkit.analysis.result import Result
from statkit.analysis.series_summary import SeriesSummary, summaries
from statkit.layout import natural_key
from statkit.records import Columns, is_number
from statkit.schema import split_attention

#: The metrics that are summarised: those with a band, and where attention lies and how strong it is.
SHOWN: Final = (*BANDS, "attention_center_distance", "attention_radial_mean", "attention_contrast")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionSummary(Result):
    """One metric of one layer in one phase.

    Attributes
    ----------
    layer, metric : str
        The hooked layer, and the part of the key after it.
    series : SeriesSummary
        Its values.
    word : str or None
        On which side of its band the mean lies; ``impossible`` where a value contradicts the definition;
        None without a band.
    in_band : float or None
        Share of the records within the band, 0–1.
    """

    layer: str
    metric: str
    series: SeriesSummary
    word: str | None
    in_band: float | None


def attention_summaries(parts: Mapping[str, Columns], names: Sequence[str]) -> tuple[AttentionSummary, ...]:
    """Summarise the metrics of `SHOWN`, by layer in natural order, metric and phase.

    Parameters
    ----------
    parts : mapping of str to Columns
        The rows of each phase.
    names : sequence of str
        Fields that hold numbers; others are passed over.
    """
    told = [(split, name) for name in names if (split := split_attention(name)) and split[1] in SHOWN]
    told.sort(key=lambda each: (natural_key(each[0][0]), SHOWN.index(each[0][1])))
    return tuple(
        _summary(layer, metric, series, parts[series.phase].fields[name])
        for (layer, metric), name in told
        for series in summaries(parts, [name])
    )


def _summary(layer: str, metric: str, series: SeriesSummary, column: Sequence[Any]) -> AttentionSummary:
    band = BANDS.get(metric)
    if band is None:
        return AttentionSummary(layer=layer, metric=metric, series=series, word=None, in_band=None)
    values = [value for value in column if is_number(value) and math.isfinite(value)]
    inside = sum(band.low <= value <= band.high for value in values)
    ends = {band.word(value) for value in (series.least, series.greatest)}
    word = IMPOSSIBLE if IMPOSSIBLE in ends else band.word(series.mean)
    return AttentionSummary(
        layer=layer, metric=metric, series=series, word=word, in_band=inside / len(values)
    )
