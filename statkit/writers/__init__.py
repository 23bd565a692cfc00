"""Writers for the training side: ``StatistikWriter`` and ``BatchMetricsWriter``.

They load no torch, numpy or pandas, can be called from any training loop, and never raise into it.
"""

from __future__ import annotations

from statkit.writers.batches import BatchMetricsWriter
from statkit.writers.statistik import StatistikWriter

__all__ = ["BatchMetricsWriter", "StatistikWriter"]
