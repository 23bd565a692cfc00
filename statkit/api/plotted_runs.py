"""What figures with a panel a run take out of it: losses, weights, rate, layers, correlations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from statkit.analysis.plotted.correlations import (
    CorrelationFigure,
    CorrelationMatrix,
    Method,
    correlation_matrix,
)
from statkit.analysis.plotted.layers import LayerFigure, LayerGrid, layer_grids
from statkit.analysis.plotted.parts import PartsFigure, PartsPanel, loss_parts, weight_parts
from statkit.analysis.plotted.places import Across
from statkit.analysis.plotted.rates import RateFigure, RatePanel, rate_panel
from statkit.api.plotted_rows import Segments, Side, axis_of, metric_names, places_of, runs_of
from statkit.api.selection import Filter
from statkit.data.run import Run
from statkit.errors import EmptySeriesError, MetricError, MetricNotFoundError, SourceError, UsageError
from statkit.records import Columns, Notice, is_number
from statkit.schema import DERIVED_FIELDS, LAYER_PREFIX, Metric

Found = TypeVar("Found")
Notices = list[Notice]

#: The parts of a loss by the name people use, and the stem of their fields.
_STEMS: Final = {"L1": "l1", "multi-scale": "ms", "gradient": "gradient", "perceptual": "perceptual"}
_LOSS: Final = ("{}_loss_value", "{}_loss", "losses.{}")
_WEIGHT: Final = ("{}_weight_current", "{}_weight", "weights.{}")
_RATES: Final = ("learning_rate_value", "learning_rate", "lr")
_PHASE: Final = "lr_phase_name"

#: Metrics a correlation takes where none is named.
_MOST_CORRELATED: Final = 12


def _each_run(sides: Sequence[Side], make: Callable[[Run], Found], notices: Notices) -> list[Found]:
    """Ask every run; one that has no answer is noted, and none at all is an error."""
    found: list[Found] = []
    reasons: list[MetricError | SourceError] = []
    for run in runs_of(sides):
        try:
            found.append(make(run))
        except (MetricError, SourceError) as error:
            reasons.append(error)
            notices.append(Notice("skipped-file", run.path, f"left out: {error}"))
    if not found:
        raise reasons[0]
    return found


def _table(run: Run, rows: Filter, fields: Sequence[str], needed: Sequence[str]) -> Columns:
    """Read fields of the first series that has numbers of one of those needed, only the rows asked for."""
    context = rows.where.names if rows.where is not None else []
    for series in run.declared:
        columns = run.columns(series, [*fields, *context])
        if any(any(map(is_number, columns.fields.get(name) or ())) for name in needed):
            taken = [row for row in range(len(columns)) if _passes(rows, columns, row)]
            if not taken:
                raise EmptySeriesError(f"{run.name} has no row in those asked for.", needed[0])
            return columns.take(taken)
    run.require_rows()
    raise MetricNotFoundError(needed[0], run.field_names(), run.name)


def _passes(rows: Filter, columns: Columns, row: int) -> bool:
    document = {name: column[row] for name, column in columns.fields.items()}
    phase = columns.key("phase")[row]
    return rows.takes(columns.steps[row] or 0, document if phase is None else {**document, "phase": phase})


def _first(columns: Columns, spellings: Sequence[str], stem: str) -> tuple[str, Sequence[Any]] | None:
    for spelling in spellings:
        values = columns.fields.get(spelling.format(stem))
        if values is not None and any(map(is_number, values)):
            return spelling.format(stem), [v if is_number(v) else None for v in values]
    return None


def _stems(metrics: str | Sequence[str] | None) -> dict[str, str]:
    if metrics:
        raise UsageError("kind losses and weights take the run's own parts: -m has no meaning here.")
    return _STEMS


def losses(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, x: Across
) -> tuple[PartsFigure, Notices]:
    """Take the parts of the loss of every run."""
    stems = _stems(metrics)
    names = [spelling.format(stem) for stem in stems.values() for spelling in _LOSS]
    weighing = [spelling.format(stem) for stem in stems.values() for spelling in _WEIGHT]
    totals = [spelling.format("total") for spelling in _LOSS]

    segments = Segments()

    def make(run: Run) -> PartsPanel:
        columns = _table(
            run, rows, [*names, *weighing, *totals, "epoch_step_total", "iteration_duration"], names
        )
        total = _first(columns, _LOSS, "total")
        if total is not None:
            believed = run.believed(columns, total[0])
            columns = columns.take([row for row, good in enumerate(believed) if good])
            total = _first(columns, _LOSS, "total")
        return loss_parts(
            run.name,
            run.path,
            list(columns.steps),
            places_of(run, columns, x),
            segments.of(run, columns),
            _named(columns, stems, _LOSS),
            _named(columns, stems, _WEIGHT),
            total[1] if total is not None else None,
        )

    notices: Notices = []
    panels = _each_run(sides, make, notices)
    return _parts(panels, sides, x), notices


def weights(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, x: Across
) -> tuple[PartsFigure, Notices]:
    """Take the weights of the losses of every run."""
    stems = _stems(metrics)
    names = [spelling.format(stem) for stem in stems.values() for spelling in _WEIGHT]

    segments = Segments()

    def make(run: Run) -> PartsPanel:
        columns = _table(run, rows, names, names)
        found = _named(columns, stems, _WEIGHT)
        xs = places_of(run, columns, x)
        return weight_parts(run.name, run.path, list(columns.steps), xs, segments.of(run, columns), found)

    notices: Notices = []
    panels = _each_run(sides, make, notices)
    return _parts(panels, sides, x), notices


def _named(
    columns: Columns, stems: dict[str, str], spellings: Sequence[str]
) -> dict[str, tuple[str, Sequence[Any]]]:
    found = {name: _first(columns, spellings, stem) for name, stem in stems.items()}
    return {name: each for name, each in found.items() if each is not None}


def _parts(panels: list[PartsPanel], sides: Sequence[Side], x: Across) -> PartsFigure:
    label, scale = axis_of(x, [panel.xs for panel in panels], runs_of(sides))
    return PartsFigure(x_label=label, panels=tuple(replace(panel, xs=panel.xs / scale) for panel in panels))


def rates(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, x: Across, log: bool = False
) -> tuple[RateFigure, Notices]:
    """Take the learning rate of every run."""
    asked = [metrics] if isinstance(metrics, str) else list(metrics or _RATES)

    segments = Segments()

    def make(run: Run) -> RatePanel:
        columns = _table(run, rows, [*asked, _PHASE], asked)
        name = next(each for each in asked if any(map(is_number, columns.fields.get(each) or ())))
        values = [value if is_number(value) else None for value in columns.fields[name]]
        phases = columns.fields.get(_PHASE) or [None] * len(columns)
        return rate_panel(
            run.name,
            run.path,
            name,
            places_of(run, columns, x),
            values,
            segments.of(run, columns),
            [phase if isinstance(phase, str) else None for phase in phases],
        )

    notices: Notices = []
    panels = _each_run(sides, make, notices)
    label, scale = axis_of(x, [panel.xs for panel in panels], runs_of(sides))
    scaled = [
        replace(
            panel,
            xs=panel.xs / scale,
            phases=tuple(replace(p, start=p.start / scale, end=p.end / scale) for p in panel.phases),
        )
        for panel in panels
    ]
    return RateFigure(x_label=label, log=log, panels=tuple(scaled)), notices


def layers(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, x: Across
) -> tuple[LayerFigure, Notices]:
    """Take the layer activity of every run."""
    if metrics:
        raise UsageError("kind layers takes every layer of the run: -m has no meaning here.")

    segments = Segments()

    def make(run: Run) -> tuple[LayerGrid, ...]:
        names = [name for name in run.field_names() if name.startswith(LAYER_PREFIX)]
        if not names:
            raise MetricNotFoundError(LAYER_PREFIX + "*", run.field_names(), run.name)
        columns = _table(run, rows, names, names)
        table = {
            name.removeprefix(LAYER_PREFIX): [v if is_number(v) else None for v in columns.fields[name]]
            for name in names
            if any(map(is_number, columns.fields[name]))
        }
        xs = places_of(run, columns, x)
        return layer_grids(run.name, run.path, xs, segments.of(run, columns), table)

    notices: Notices = []
    panels = [grid for grids in _each_run(sides, make, notices) for grid in grids]
    label, scale = axis_of(x, [panel.xs for panel in panels], runs_of(sides))
    return LayerFigure(
        x_label=label, panels=tuple(replace(panel, xs=panel.xs / scale) for panel in panels)
    ), notices


def correlations(
    sides: Sequence[Side], metrics: str | Sequence[str] | None, rows: Filter, method: Method
) -> tuple[CorrelationFigure, Notices]:
    """Take the metrics of every run."""

    def make(run: Run) -> CorrelationMatrix:
        names = metric_names([run], metrics) if metrics else _correlated(run)
        columns = _table(run, rows, names, names)
        phase = rows.phase
        if phase is None and "phase" in columns.keys:
            phases = columns.key("phase")
            phase = "train" if "train" in phases else next(filter(None, phases), None)
            columns = columns.take([row for row in range(len(columns)) if phases[row] == phase])
        table = {name: _taken(run, columns, name) for name in names if name in columns.fields}
        return correlation_matrix(run.name, run.path, phase, table, method)

    notices: Notices = []
    return CorrelationFigure(panels=tuple(_each_run(sides, make, notices))), notices


def _taken(run: Run, columns: Columns, name: str) -> list[Any]:
    believed = run.believed(columns, name)
    return [
        value if good and is_number(value) else None
        for value, good in zip(columns.fields[name], believed, strict=True)
    ]


def _correlated(run: Run) -> list[str]:
    """Choose metrics that have a direction and change, no costs and nothing derived; the first ones."""
    for series in run.series_names():
        names = []
        columns = run.columns(series)
        for name, values in columns.fields.items():
            numbers = {value for value in values if is_number(value) and value == value}
            metric = run.metric(name)
            if len(numbers) > 1 and metric.direction is not None and not _beside(metric):
                names.append(name)
        if len(names) > 1:
            return names[:_MOST_CORRELATED]
    raise MetricError(f"{run.name}: fewer than two metrics to correlate. Name them with -m.")


def _beside(metric: Metric) -> bool:
    """Tell what follows from other metrics, or from the machine."""
    return metric.name in (*DERIVED_FIELDS, "best_quality_ever") or metric.unit in ("s", "ms", "GiB", "MiB")
