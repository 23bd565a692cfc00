"""The fields of a run that can be charted, and which of them are at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from statkit.analysis.monitoring.state import MetricEntry
from statkit.analysis.monitoring.titles import titles_of
from statkit.data.run import Run
from statkit.records import KEYS, kinds_of
from statkit.schema import DEFAULT_BEST

#: Metrics charted at first, by series, those that exist.
_CHARTED: Final = {
    "validation": (
        *("quality_ki_value", "quality_lr_value", "quality_improvement_value"),
        *("total_loss_value", "validation_loss_value", "learning_rate_value"),
        *("ki_quality", "quality_ki", "total_loss", "val_loss", "learning_rate"),
        *("quality.ki", "losses.total"),
    ),
    "batch": ("loss", "ssim", "attention_entropy", "attention_concentration_10", "attention_sparsity"),
}
_FIRST_OF_OTHERS: Final = 6


def metric_entries(run: Run) -> Iterator[MetricEntry]:
    """List every field that holds numbers, series by series."""
    for series in run.declared:
        for name, values in run.columns(series).fields.items():
            if kinds_of(values).isdisjoint((int, float)):
                continue
            english, german = titles_of(name)
            known = run.metric(name)
            yield MetricEntry(
                metric=name,
                title=english,
                title_de=german,
                unit=known.unit,
                direction=known.direction,
                good=known.good,
                series=series,
            )


def charted(metrics: Sequence[MetricEntry]) -> tuple[str, ...]:
    """Choose what is charted at first: what the run's kind is about, or the first metrics there are."""
    for series in DEFAULT_BEST:
        there = [each.metric for each in metrics if each.series == series]
        chosen = tuple(name for name in _CHARTED[series] if name in there)
        if chosen:
            return chosen
    telling = [each.metric for each in metrics if each.unit != "count" and each.metric not in KEYS]
    return tuple(dict.fromkeys(telling))[:_FIRST_OF_OTHERS]
