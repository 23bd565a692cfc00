"""NaN and infinity: the first occurrence, and metrics that were never computed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from statkit.analysis.health.readings import Readings, is_number
from statkit.analysis.health.registry import Sign, rule
from statkit.analysis.health.words import listed, times
from statkit.schema import Metric, split_attention


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Where one field is not finite: its rows, how many rows have it, and the last finite row."""

    name: str
    rows: tuple[int, ...]
    present: int
    finite_after: bool
    kind: str

    @property
    def always(self) -> bool:
        return len(self.rows) == self.present


def _gaps(readings: Readings) -> Iterator[_Gap]:
    for name in readings.numeric:
        column = readings.columns.fields[name]
        legal = _legal_infinity(readings.metric(name))
        bad, last_finite, present = [], -1, 0
        for row, value in enumerate(column):
            if not is_number(value):
                continue
            present += 1
            if isinstance(value, int) or math.isfinite(value) or value == legal:
                last_finite = row
            else:
                bad.append(row)
        if bad:
            first = column[bad[0]]
            kind = "NaN" if first != first else "infinite" if first > 0 else "minus infinity"
            yield _Gap(
                name=name, rows=tuple(bad), present=present, finite_after=last_finite > bad[0], kind=kind
            )


def _legal_infinity(metric: Metric) -> float | None:
    """Two identical images have an infinite PSNR."""
    return math.inf if metric.unit == "dB" and metric.direction == "max" else None


def _descriptive(name: str, metric: Metric) -> bool:
    """Tell a number that describes from one that training rests on: the first may fail alone."""
    return metric.direction is None and (split_attention(name) is not None or metric.kind is None)


@rule(
    "non-finite",
    "error",
    "IEEE 754: NaN and infinity spread through every sum; Goodfellow, Bengio & Courville 2016, sec. 4.1",
)
def non_finite(readings: Readings) -> Iterator[Sign]:
    """A value is NaN or infinite; named at its first occurrence, a warning in descriptive metrics."""
    found: dict[tuple[int, str, bool, bool, int], list[_Gap]] = {}
    for gap in _gaps(readings):
        descriptive = _descriptive(gap.name, readings.metric(gap.name))
        if not (gap.always and descriptive):
            key = (gap.rows[0], gap.kind, descriptive, gap.finite_after, len(gap.rows))
            found.setdefault(key, []).append(gap)
    for (first, kind, descriptive, recovered, count), gaps in found.items():
        step, last = _step(readings, first), _step(readings, gaps[0].rows[-1])
        names = [gap.name for gap in gaps]
        finite = "finite values follow" if recovered else "nothing finite follows"
        yield Sign(
            metric=names[0],
            steps=(step, last),
            severity="warning" if descriptive else None,
            evidence=f"{listed(names)} {'is' if len(names) == 1 else 'are'} {kind} first at step {step}, in "
            f"{count:,} of {times(gaps[0].present, 'row')}; {finite}.",
            advice="Look at what is divided or taken the logarithm of in this metric."
            if descriptive
            else "Go back to a checkpoint before that step; lower the learning rate or clip gradients, and "
            "look for a division by 0 or a logarithm of 0.",
        )


@rule(
    "never-computed",
    "warning",
    "observed in files of the original program: its entropy took logarithms of negative numbers",
)
def never_computed(readings: Readings) -> Iterator[Sign]:
    """A descriptive metric is NaN in every row from the start: it was never computed."""
    names = [
        gap.name
        for gap in _gaps(readings)
        if gap.always and _descriptive(gap.name, readings.metric(gap.name))
    ]
    if names:
        rows = times(len(readings), "row")
        yield Sign(
            metric=names[0],
            steps=(_step(readings, 0), _step(readings, len(readings) - 1)),
            evidence=f"{listed(names)} {'is' if len(names) == 1 else 'are'} NaN in every one of {rows}: "
            "never computed.",
            advice="Nothing can be said from it. Mend the code that computes it, for the runs to come.",
        )


def _step(readings: Readings, row: int) -> int:
    return int(readings.steps[row])
