"""A whole training in numbers, recomputed from its batch records, phase by phase."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from statkit.analysis.attention_summary import AttentionSummary, attention_summaries
from statkit.analysis.result import Result
from statkit.analysis.series_summary import SeriesSummary, summaries
from statkit.records import Columns, is_number
from statkit.schema import ATTENTION, split_attention

#: What a batch costs; these are not results of the model.
COSTS: Final = ("training_time_ms", "inference_time_ms", "analysis_time_ms", "memory_mb", "memory_usage_mb")

#: Fields that say where a record stands, or how large it is.
PLACES: Final = frozenset({"batch_idx", "global_step", "epoch", "timestamp", "batch_size", "step"})

#: The results that come first; others follow in the order of the file.
FIRST: Final = ("loss", "mse", "psnr", "ssim")

NO_PHASE: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSize(Result):
    """How much of a phase there is.

    Attributes
    ----------
    phase : str
        ``train``, ``val``, or ``all`` where records name none.
    records : int
        Batches.
    images : int or None
        The sum of ``batch_size``; None where a record has none.
    epochs : int or None
        How many different epochs; None where records name none.
    first_step, last_step : int
        Both included.
    """

    phase: str
    records: int
    images: int | None
    epochs: int | None
    first_step: int
    last_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverFinite(Result):
    """A metric that is NaN or infinite in every record of a phase.

    Attributes
    ----------
    metric, phase : str
        What, and when it was measured.
    records : int
        How many hold such a value.
    """

    metric: str
    phase: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Result):
    """One metric in training and in validation, in the last epoch that has both.

    Attributes
    ----------
    metric : str
        Which.
    epoch : int
        The epoch, as the records count it.
    train, val : float
        Means of the finite values of that epoch.
    """

    metric: str
    epoch: int
    train: float
    val: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput(Result):
    """How fast one phase runs.

    Attributes
    ----------
    phase : str
        Which.
    images_per_second : float or None
        Images over the time of the steps; None where records lack either.
    forward_ms_per_image : float or None
        Time of the forward passes over their images.
    analysis_share : float or None
        Time spent in the analyzer over the time of the steps.
    """

    phase: str
    images_per_second: float | None
    forward_ms_per_image: float | None
    analysis_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary(Result):
    """A whole training.

    Attributes
    ----------
    records : int
        All of them.
    seconds : float or None
        From the first record's time to the last one's.
    phases : tuple of PhaseSize
        ``train`` first.
    results, costs : tuple of SeriesSummary
        What the model reached; what it took.
    attention : tuple of AttentionSummary
        By layer, metric, phase.
    never_finite : tuple of NeverFinite
        What was measured in vain.
    gaps : tuple of Gap
        Training against validation.
    throughput : tuple of Throughput
        By phase.
    """

    records: int
    seconds: float | None
    phases: tuple[PhaseSize, ...]
    results: tuple[SeriesSummary, ...]
    costs: tuple[SeriesSummary, ...]
    attention: tuple[AttentionSummary, ...]
    never_finite: tuple[NeverFinite, ...]
    gaps: tuple[Gap, ...]
    throughput: tuple[Throughput, ...]


def training_summary(columns: Columns) -> TrainingSummary:
    """Summarise a training from its batch records.

    Parameters
    ----------
    columns : Columns
        The batch series in order: what a run reads from its files, or what
        `statkit.analysis.batch_columns.columns_of` makes of the records.
    """
    parts = _phases(columns)
    names = [name for name in columns.fields if any(map(is_number, columns.fields[name]))]
    if any(split_attention(name) for name in names):  # what belongs to no layer repeats the first one's
        names = [name for name in names if name not in ATTENTION]
    layers = {f"attention_{split[0]}_" for name in names if (split := split_attention(name))}
    results = [name for name in names if not (name in COSTS or name in PLACES)]
    results = [name for name in results if not any(map(name.startswith, layers))]
    results.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    times = [time for time in columns.key("time") if is_number(time) and math.isfinite(time)]
    return TrainingSummary(
        records=len(columns),
        seconds=max(times) - min(times) if times else None,
        phases=tuple(_size(phase, part) for phase, part in parts.items()),
        results=summaries(parts, results),
        costs=summaries(parts, [name for name in COSTS if name in names]),
        attention=attention_summaries(parts, names),
        never_finite=_never_finite(parts, names),
        gaps=tuple(gap for name in results if (gap := _gap(parts, name))),
        throughput=tuple(_throughput(phase, part) for phase, part in parts.items()),
    )


def _phases(columns: Columns) -> dict[str, Columns]:
    rows: dict[str, list[int]] = {}
    for row, phase in enumerate(columns.key("phase")):
        rows.setdefault(str(phase) if phase is not None else NO_PHASE, []).append(row)
    ordered = sorted(rows, key=lambda phase: (phase != "train", phase != "val"))
    return {phase: columns.take(rows[phase]) for phase in ordered}


def _size(phase: str, part: Columns) -> PhaseSize:
    steps = [step for step in part.steps if step is not None] or [0]
    epochs = {epoch for epoch in part.key("epoch") if epoch is not None}
    sizes = part.fields.get("batch_size") or [None]
    return PhaseSize(
        phase=phase,
        records=len(part),
        images=sum(sizes) if all(type(size) is int for size in sizes) else None,
        epochs=len(epochs) or None,
        first_step=min(steps),
        last_step=max(steps),
    )


def _never_finite(parts: Mapping[str, Columns], names: Sequence[str]) -> tuple[NeverFinite, ...]:
    found = []
    for name in names:
        for phase, part in parts.items():
            numbers = [value for value in part.fields[name] if is_number(value)]
            if numbers and not any(map(math.isfinite, numbers)):
                found.append(NeverFinite(metric=name, phase=phase, records=len(numbers)))
    return tuple(found)


def _gap(parts: Mapping[str, Columns], name: str) -> Gap | None:
    if "train" not in parts or "val" not in parts:
        return None
    means = [_by_epoch(parts[phase], name) for phase in ("train", "val")]
    both = sorted(means[0].keys() & means[1].keys())
    if not both:
        return None
    return Gap(metric=name, epoch=both[-1], train=means[0][both[-1]], val=means[1][both[-1]])


def _by_epoch(part: Columns, name: str) -> dict[int, float]:
    values: dict[int, list[float]] = {}
    for epoch, value in zip(part.key("epoch"), part.fields[name], strict=True):
        if epoch is not None and is_number(value) and math.isfinite(value):
            values.setdefault(epoch, []).append(value)
    return {epoch: math.fsum(found) / len(found) for epoch, found in values.items()}


def _throughput(phase: str, part: Columns) -> Throughput:
    images, milliseconds = _sums(part, "batch_size", "training_time_ms")
    forwarded, forward = _sums(part, "batch_size", "inference_time_ms")
    analysis, steps = _sums(part, "analysis_time_ms", "training_time_ms")
    return Throughput(
        phase=phase,
        images_per_second=images * 1000 / milliseconds if milliseconds > 0 and images > 0 else None,
        forward_ms_per_image=forward / forwarded if forwarded > 0 else None,
        analysis_share=analysis / steps if steps > 0 else None,
    )


def _sums(part: Columns, one: str, other: str) -> tuple[float, float]:
    """Add up two fields over the records that have both."""
    pairs = [
        (a, b)
        for a, b in zip(part.fields.get(one, ()), part.fields.get(other, ()), strict=False)
        if is_number(a) and is_number(b) and math.isfinite(a) and math.isfinite(b)
    ]
    return math.fsum(a for a, _ in pairs), math.fsum(b for _, b in pairs)
