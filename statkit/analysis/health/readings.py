"""What rules read: the columns of one series as curves over steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from statkit.analysis.arrays import Floats, block_medians
from statkit.analysis.trends import Trend, trend
from statkit.records import Columns
from statkit.schema import ATTENTION, Metric

Believed: TypeAlias = Callable[[str], Sequence[bool]]

#: The fields that play a part in the rules; the first that holds a number is taken.
TRAIN_LOSS: Final = ("total_loss_value", "total_loss", "losses.total", "loss")
VAL_LOSS: Final = ("validation_loss_value", "val_loss")
QUALITY: Final = ("quality_ki_value", "ki_quality", "quality_ki", "quality.ki")
SSIM: Final = ("ssim", "ki_ssim")
LEARNING_RATE: Final = ("learning_rate_value", "learning_rate")
MEMORY: Final = ("vram_usage_gb", "performance.vram_usage_gb", "memory_usage_mb", "memory_mb")
STEP_TIME: Final = ("iteration_duration", "performance.iteration_duration", "training_time_ms")
INFERENCE_TIME: Final = ("inference_time_ms",)

#: Longer curves are reduced to the medians of so many blocks before a trend is asked for.
BLOCKS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """The finite values of one field, in order.

    Attributes
    ----------
    metric : Metric
        What is known of the field.
    phase : str or None
        The phase of the rows, where the series has phases.
    steps, values : ndarray of float, shape (n,)
        All finite.
    rows : ndarray of int, shape (n,)
        Where each stands in the columns.
    """

    metric: Metric
    phase: str | None
    steps: Floats
    values: Floats
    rows: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def name(self) -> str:
        """The field's name."""
        return self.metric.name

    def step(self, row: int) -> int:
        """The step of one point."""
        return int(self.steps[row])

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last step."""
        return self.step(0), self.step(-1)

    def since(self, row: int) -> Curve:
        """Keep the points from ``row`` on."""
        return self.part(slice(row, None))

    def part(self, chosen: slice) -> Curve:
        """Keep a slice of the points."""
        return Curve(
            metric=self.metric,
            phase=self.phase,
            steps=self.steps[chosen],
            values=self.values[chosen],
            rows=self.rows[chosen],
        )

    def condensed(self) -> Curve:
        """Reduce a curve of more than `BLOCKS` points to the medians of as many equal blocks."""
        if len(self) <= BLOCKS:
            return self
        steps = block_medians(self.steps, BLOCKS)
        edges = np.linspace(0, len(self) - 1, BLOCKS).round().astype(np.intp)
        return Curve(
            metric=self.metric,
            phase=self.phase,
            steps=steps,
            values=block_medians(self.values, BLOCKS),
            rows=self.rows[edges],
        )


class Readings:
    """One ordered series of a run, as rules ask for it.

    Parameters
    ----------
    columns : Columns
        The rows in order.
    metric_of : callable
        Name to `Metric`: direction, unit, good range.
    believed : callable or None
        Name to one truth value a row: whether a value there may be believed (0.0 before the first
        validation may not). Rules leave the others out; None believes all.
    """

    def __init__(
        self, columns: Columns, metric_of: Callable[[str], Metric], believed: Believed | None = None
    ) -> None:
        self.columns = columns
        self.metric = metric_of
        self._believed = believed
        self._curves: dict[tuple[str, str | None], Curve] = {}
        self._trends: dict[tuple[str, str | None], Trend] = {}

    def __len__(self) -> int:
        return len(self.columns)

    @cached_property
    def steps(self) -> Floats:
        """The step of each row; a row without one takes its position."""
        return np.array([row if step is None else step for row, step in enumerate(self.columns.steps)], float)

    @cached_property
    def phase(self) -> str | None:
        """The phase most rules look at: ``train`` where there is one."""
        present = dict.fromkeys(self.columns.key("phase"))
        if "train" in present:
            return "train"
        return next(iter(present), None)

    @cached_property
    def numeric(self) -> tuple[str, ...]:
        """The fields that hold a number, in the order of the file; copies without a layer's name left out."""
        return tuple(
            name
            for name, column in self.columns.fields.items()
            if not (name in ATTENTION and name.startswith("attention_") and self._layered)
            and any(is_number(value) for value in column)
        )

    @cached_property
    def _layered(self) -> bool:
        from statkit.schema import split_attention

        return any(split_attention(name) is not None for name in self.columns.fields)

    def rows_of(self, phase: str | None) -> NDArray[np.intp]:
        """Give the rows of a phase, all of them for None."""
        if phase is None:
            return np.arange(len(self.columns))
        return np.flatnonzero(np.array([each == phase for each in self.columns.key("phase")], dtype=bool))

    def curve(self, name: str, phase: str | None = None) -> Curve:
        """Give the finite, believed values of one field; of one phase, the main one when left out."""
        phase = phase or self.phase
        key = (name, phase)
        if key not in self._curves:
            self._curves[key] = self._read(name, phase)
        return self._curves[key]

    def _read(self, name: str, phase: str | None) -> Curve:
        column = self.columns.fields.get(name)
        if column is None:
            rows, values = np.empty(0, np.intp), np.empty(0)
        else:
            rows = self.rows_of(phase)
            values = np.array([number(column[row]) for row in rows.tolist()], dtype=np.float64)
            keep = np.isfinite(values)
            if self._believed is not None:
                keep &= np.asarray(self._believed(name), dtype=bool)[rows]
            rows, values = rows[keep], values[keep]
        return Curve(metric=self.metric(name), phase=phase, steps=self.steps[rows], values=values, rows=rows)

    def all_phases(self, name: str) -> Curve:
        """Give the finite, believed values of one field, whatever the phase."""
        if (name, None) not in self._curves:
            self._curves[name, None] = self._read(name, None)
        return self._curves[name, None]

    def first(self, names: Iterable[str], phase: str | None = None) -> Curve | None:
        """Give the curve of the first of several fields that holds a number; None where none does."""
        for name in names:
            if name in self.columns.fields:
                found = self.curve(name, phase)
                if len(found):
                    return found
        return None

    def trend(self, curve: Curve) -> Trend:
        """Ask `statkit.analysis.trends` about a curve, in its direction (``min`` where it has none)."""
        key = (curve.name, curve.phase)
        if key not in self._trends:
            short = curve.condensed()
            self._trends[key] = trend(short.steps, short.values, direction=curve.metric.direction or "min")
        return self._trends[key]

    def improves(self, curve: Curve | None) -> bool:
        """Tell whether a curve improves over the whole run and has not stopped."""
        if curve is None or curve.metric.direction is None:
            return False
        answer = self.trend(curve)
        return answer.verdict == "improving" and answer.plateau_since is None

    @property
    def train_loss(self) -> Curve | None:
        """The loss that training minimises."""
        return self.first(TRAIN_LOSS)

    @cached_property
    def val_loss(self) -> Curve | None:
        """The loss on validation data; in a series with phases the mean of each validation."""
        found = self.first(VAL_LOSS)
        if found is not None or self.phase != "train":
            return found
        batches = self.first(("loss",), "val")
        return None if batches is None else _means_a_step(batches)

    @property
    def watched(self) -> Iterator[Curve]:
        """The losses and qualities of the series, each once."""
        for curve in (self.train_loss, self.val_loss, self.first(QUALITY), self.first(SSIM)):
            if curve is not None:
                yield curve


def _means_a_step(batches: Curve) -> Curve:
    """Take the mean of all batches of one validation: they share the step of training."""
    steps, first, inverse = np.unique(batches.steps, return_index=True, return_inverse=True)
    sums = np.bincount(inverse, weights=batches.values)
    means = sums / np.bincount(inverse)
    return Curve(
        metric=batches.metric, phase=batches.phase, steps=steps, values=means, rows=batches.rows[first]
    )


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, NaN and infinity included, truth values not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Any) -> float:
    """Give a number as float, NaN for anything else."""
    if not is_number(value):
        return float("nan")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
