"""The curves of a training up to now, in memory that does not grow with it.

Records are gathered into blocks of 1, 2, 4, … steps as they come, never more than
`progress.MOST_POINTS` blocks a curve: what `statkit.analysis.progress.progress` makes of the whole
history at once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any

import numpy as np

from statkit.analysis.progress import (
    MOST_POINTS,
    RECENT,
    Progress,
    ProgressCurve,
    Stability,
    progress,
    smoothed,
)

_ENTROPY = "_attention_entropy"


class Curves:
    """Loss, SSIM and every layer's attention entropy over steps, phase by phase."""

    def __init__(self) -> None:
        self._curves: dict[tuple[str, str], _Blocks] = {}
        self._recent: dict[str, deque[float]] = {}

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one record."""
        step, phase = record["global_step"], record["phase"]
        for metric, value in record.items():
            if value is not None and (metric in ("loss", "ssim") or metric.endswith(_ENTROPY)):
                self._curves.setdefault((metric, phase), _Blocks()).add(step, value)
        loss = record["loss"]
        if loss is not None and math.isfinite(loss):
            self._recent.setdefault(phase, deque(maxlen=RECENT)).append(loss)

    def progress(self) -> Progress:
        """Give what the records so far come to."""
        curves = tuple(blocks.curve(*key) for key, blocks in self._curves.items())
        stability: list[Stability] = []
        for phase, losses in self._recent.items():
            history = {"step": range(len(losses)), "phase": [phase] * len(losses), "loss": list(losses)}
            stability += progress(history).stability
        return Progress(curves=curves, stability=tuple(stability))


class _Blocks:
    """One curve: last step, sum, count, least and greatest finite value of each block."""

    def __init__(self) -> None:
        self._rows: list[list[float]] = []
        self._records = 0
        self._stride = 1  # different steps a block
        self._filled = 0  # different steps in the last block

    def add(self, step: int, value: float) -> None:
        self._records += 1
        if not self._rows or step != self._rows[-1][0]:
            self._next_step(step)
        row = self._rows[-1]
        if math.isfinite(value):
            row[1] += value
            row[2] += 1
            row[3] = min(row[3], value)
            row[4] = max(row[4], value)

    def _next_step(self, step: int) -> None:
        if self._rows and self._filled < self._stride:
            self._rows[-1][0] = step
            self._filled += 1
            return
        self._rows.append([step, 0.0, 0, math.inf, -math.inf])
        self._filled = 1
        if len(self._rows) > MOST_POINTS:
            self._halve()

    def _halve(self) -> None:
        pairs = [self._rows[i : i + 2] for i in range(0, len(self._rows), 2)]
        alone = len(pairs[-1]) == 1
        self._rows = [pair[0] if len(pair) == 1 else _merged(*pair) for pair in pairs]
        self._filled += 0 if alone else self._stride
        self._stride *= 2

    def curve(self, metric: str, phase: str) -> ProgressCurve:
        steps, sums, counts, lows, highs = np.array(self._rows, dtype=np.float64).T
        empty = counts == 0
        means = np.where(empty, np.nan, sums / np.where(empty, 1, counts))
        return ProgressCurve(
            metric=metric,
            phase=phase,
            steps=steps,
            means=means,
            lows=np.where(empty, np.nan, lows),
            highs=np.where(empty, np.nan, highs),
            smoothed=smoothed(steps, means),
            records=self._records,
        )


def _merged(first: list[float], second: list[float]) -> list[float]:
    return [
        second[0],
        first[1] + second[1],
        first[2] + second[2],
        min(first[3], second[3]),
        max(first[4], second[4]),
    ]
