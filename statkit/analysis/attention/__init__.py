"""What an attention map says: the same numbers live and post-hoc, from plain arrays."""

from statkit.analysis.attention.labels import labelled
from statkit.analysis.attention.metrics import (
    attention_metrics,
    attention_metrics_of_batch,
    attention_metrics_per_map,
    peak_metrics_of_batch,
)

__all__ = [
    "attention_metrics",
    "attention_metrics_of_batch",
    "attention_metrics_per_map",
    "labelled",
    "peak_metrics_of_batch",
]
