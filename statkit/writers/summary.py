"""Mean, standard deviation, minimum and maximum of every metric, phase by phase, in one pass."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from statkit.records import flatten

#: Keys of a record that say where it stands; they are not summarised.
PLACE_KEYS: Final = frozenset({"batch_idx", "phase", "timestamp", "epoch", "global_step", "non_finite"})

#: Records that carry no phase are summarised under this name.
NO_PHASE: Final = "all"

_BLOCK: Final = 1024


class Moments:
    """Count, mean, spread and range of one series of numbers, in constant memory.

    Numbers are gathered in blocks; each block is summed exactly and merged into the rest by the
    pairwise formula of Chan, Golub and LeVeque (1983), The American Statistician 37(3), 242–247.
    """

    __slots__ = ("_block", "count", "highest", "lowest", "mean", "squares")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.lowest = math.inf
        self.highest = -math.inf
        self._block: list[float] = []

    def add(self, value: float) -> None:
        """Take one finite number."""
        self._block.append(value)
        if len(self._block) >= _BLOCK:
            self.fold()

    def fold(self) -> None:
        """Merge the numbers gathered so far, so that the attributes are up to date."""
        block, self._block = self._block, []
        if not block:
            return
        mean = _sum(block) / len(block)
        squares = _sum([(value - mean) * (value - mean) for value in block])
        total = self.count + len(block)
        difference = mean - self.mean
        self.squares += squares + difference * difference * self.count * len(block) / total
        self.mean += difference * len(block) / total
        self.count = total
        self.lowest = min(self.lowest, min(block))
        self.highest = max(self.highest, max(block))

    @property
    def deviation(self) -> float | None:
        """Standard deviation with n - 1 in the denominator; None for fewer than two numbers."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None


def _sum(values: list[float]) -> float:
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond the largest float
        return sum(values)


class Summary:
    """Running summary of batch records. NaN, infinity and missing values are left out of it."""

    def __init__(self) -> None:
        self.total = 0
        self.latest_batch: int | None = None
        self.first_time: float | None = None
        self._phases: dict[str, dict[str, Moments]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record, maps in it flattened with a dot."""
        self.total += 1
        batch = record.get("batch_idx")
        if type(batch) is int:
            self.latest_batch = batch
        stamp = record.get("timestamp")
        if self.first_time is None and type(stamp) in (int, float):
            self.first_time = stamp
        phase = record.get("phase")
        moments = self._phases.setdefault(phase if isinstance(phase, str) else NO_PHASE, {})
        if any(type(value) is dict for value in record.values()):
            record = flatten({key: value for key, value in record.items() if key not in PLACE_KEYS})
        for name, value in record.items():
            if (type(value) is float or type(value) is int) and name not in PLACE_KEYS:
                if name not in moments:
                    moments[name] = Moments()
                with suppress(OverflowError):  # an integer beyond the largest float
                    moments[name].add(float(value))

    def to_dict(self) -> dict[str, Any]:
        """Give ``total_batches``, ``latest_batch``, and ``<metric>_{mean,std,min,max}`` for each phase."""
        summary: dict[str, Any] = {"total_batches": self.total, "latest_batch": self.latest_batch}
        for phase, metrics in self._phases.items():
            summary[phase] = {}
            for name, moments in metrics.items():
                moments.fold()
                summary[phase][f"{name}_mean"] = moments.mean
                summary[phase][f"{name}_std"] = moments.deviation
                summary[phase][f"{name}_min"] = moments.lowest
                summary[phase][f"{name}_max"] = moments.highest
        return summary
