"""What figures with a panel a metric take out of runs: trends and distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from statkit.analysis.alignment import Align
from statkit.analysis.arrays import floats
from statkit.analysis.plotted.curves import Rows, run_curve
from statkit.analysis.plotted.means import Band, group_curve
from statkit.analysis.plotted.panels import Curve, TrendFigure, TrendPanel
from statkit.analysis.plotted.places import Across
from statkit.analysis.plotted.samples import SampleFigure, SamplePanel, sample
from statkit.analysis.smoothing import Smoothing, parse_smoothing
from statkit.api.plotted_rows import (
    Segments,
    Side,
    axis_of,
    metric_names,
    places_of,
    runs_of,
    selections,
)
from statkit.api.selection import Filter, Selection
from statkit.errors import EmptySeriesError, MetricError, SourceError
from statkit.records import Notice
from statkit.schema import Metric

Notices = list[Notice]


def trends(
    sides: Sequence[Side],
    metrics: str | Sequence[str] | None,
    rows: Filter,
    *,
    x: Across,
    smooth: str | float | None,
    log: bool,
    band: Band,
    align: Align,
) -> tuple[TrendFigure, Notices]:
    """Take the curves of every metric."""
    smoothing = parse_smoothing(smooth) if smooth is not None else None
    notices: Notices = []
    segments = Segments()
    taken: list[tuple[Metric, list[tuple[Side, list[Rows]]]]] = []
    for name in metric_names(runs_of(sides), metrics):
        found = [(side, _rows(side, name, rows, x, segments, notices)) for side in sides]
        chosen = [(side, [each for _, each in parts]) for side, parts in found if parts]
        if not chosen:
            raise _nothing(sides, name, rows)
        taken.append((next(parts[0][0].metric for _, parts in found if parts), chosen))
    label, scale = axis_of(
        x, [floats(each.xs) for _, chosen in taken for _, parts in chosen for each in parts], runs_of(sides)
    )
    panels = [
        TrendPanel(
            metric=metric.name,
            unit=metric.unit,
            direction=metric.direction,
            curves=tuple(
                curve
                for side, parts in chosen
                for curve in _curves(
                    side, [_scaled(each, scale) for each in parts], metric, smoothing, band, align, notices
                )
            ),
        )
        for metric, chosen in taken
    ]
    for panel in panels:
        if not panel.curves:
            raise EmptySeriesError(f"{panel.metric} has no finite value in any group.", panel.metric)
    told = str(smoothing) if smoothing is not None else None
    return TrendFigure(x=x, x_label=label, smoothing=told, log=log, panels=tuple(panels)), notices


def _rows(
    side: Side, name: str, rows: Filter, x: Across, segments: Segments, notices: Notices
) -> list[tuple[Selection, Rows]]:
    """Take a metric out of every run of a side; a run without it is noted."""
    found: list[tuple[Selection, Rows]] = []
    for run in side.runs:
        try:
            chosen = selections(run, name, rows)
        except (MetricError, SourceError) as error:
            notices.append(Notice("skipped-file", run.path, f"left out: {error}"))
            continue
        for each in chosen:
            made = Rows(
                side=side.name,
                run=run.name,
                path=run.path,
                phase=each.phase,
                steps=each.steps,
                xs=places_of(run, each.columns, x, each.phase).tolist(),
                values=each.values,
                believed=each.believed,
                segments=segments.of(run, each.columns),
            )
            found.append((each, made))
    return found


def _nothing(sides: Sequence[Side], name: str, rows: Filter) -> MetricError:
    """Say why no run has a metric."""
    for run in runs_of(sides):
        try:
            selections(run, name, rows)
        except MetricError as error:
            return error
        except SourceError as error:
            raise error from None
    return EmptySeriesError(f"{name} holds no number.", name)


def _scaled(rows: Rows, scale: float) -> Rows:
    return rows if scale == 1 else replace(rows, xs=(floats(rows.xs) / scale).tolist())


def _curves(
    side: Side,
    parts: list[Rows],
    metric: Metric,
    smoothing: Smoothing | None,
    band: Band,
    align: Align,
    notices: Notices,
) -> list[Curve]:
    """Make the curves of a side: one a run and phase, or one a phase where its runs are pooled."""
    if not side.pooled:
        return [run_curve(part, metric.direction, smoothing) for part in parts]
    made: list[Curve] = []
    for phase in dict.fromkeys(part.phase for part in parts):
        members = [part for part in parts if part.phase == phase]
        try:
            made.append(
                group_curve(side.name, members, metric.direction, band=band, align=align, smoothing=smoothing)
            )
        except EmptySeriesError as error:
            notices.append(Notice("non-finite", side.name, f"{metric.name} left out: {error}"))
    return made


def distributions(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, *, log: bool
) -> tuple[SampleFigure, Notices]:
    """Take the values of every metric."""
    notices: Notices = []
    segments = Segments()
    panels = []
    for name in metric_names(runs_of(sides), metrics):
        samples = []
        metric: Metric | None = None
        for side in sides:
            parts = _rows(side, name, rows, "step", segments, notices)
            metric = metric or next((chosen.metric for chosen, _ in parts), None)
            for phase in dict.fromkeys(each.phase for _, each in parts):
                values = [_believed(each) for _, each in parts if each.phase == phase]
                samples.append(sample(side.name, phase, values))
        if metric is None:
            raise _nothing(sides, name, rows)
        panels.append(
            SamplePanel(metric=name, unit=metric.unit, direction=metric.direction, samples=tuple(samples))
        )
    return SampleFigure(log=log, panels=tuple(panels)), notices


def _believed(rows: Rows) -> list[Any]:
    return [value for value, good in zip(rows.values, rows.believed, strict=True) if good]
