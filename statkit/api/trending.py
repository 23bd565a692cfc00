"""Is it improving."""

from __future__ import annotations

from collections.abc import Sequence

from statkit.analysis.trend_report import MetricTrend, RunTrends
from statkit.api.inputs import Input, one
from statkit.api.selection import Filter, Selection, select, select_many
from statkit.data.run import Run
from statkit.schema import Direction


def trend(
    run: Input,
    metric: str | None = None,
    *,
    direction: Direction | None = None,
    phase: str | None = None,
    smooth: str | None = None,
    patience: int | None = None,
) -> MetricTrend:
    """Say whether a metric of a run improves, with the points the answer rests on.

    Parameters
    ----------
    run : Run or path
        The run.
    metric : str or None
        The metric; None takes ``quality_improvement_value`` of a Statistik run, ``loss`` of a batch run.
    direction : {"max", "min"} or None
        Overrides the catalogue.
    phase : str or None
        ``train`` or ``val``.
    smooth : str or None
        ``tb:0.6``, ``ema:0.3``, ``median:5``, …: also give the smoothed series. The statistics always
        rest on the values themselves.
    patience : int or None
        How many validations without gain make a plateau.

    Returns
    -------
    MetricTrend
        Its ``answer`` holds slope, interval, p-value and verdict.

    Raises
    ------
    MetricNotFoundError, DirectionUnknownError, EmptySeriesError
        If the question has no answer.
    """
    chosen = select(one(run), metric, "trend", Filter(phase=phase, direction=direction))
    return _answer(chosen, smooth, patience)


def trends_of(
    run: Run,
    metrics: Sequence[str],
    rows: Filter,
    smooth: str | None = None,
    patience: int | None = None,
) -> RunTrends:
    """Answer for several metrics of a run; patterns match names."""
    chosen = select_many(run, metrics, "trend", rows)
    return RunTrends(
        run=run.name, path=run.path, metrics=tuple(_answer(each, smooth, patience) for each in chosen)
    )


def _answer(chosen: Selection, smooth: str | None, patience: int | None) -> MetricTrend:
    from statkit.analysis.trends import trend as ask

    smoothed: tuple[float | None, ...] = ()
    if smooth is not None:
        from statkit.analysis.smoothing import parse_smoothing

        smoothed = tuple(parse_smoothing(smooth).apply(chosen.steps, chosen.values).tolist())
    answer = ask(
        chosen.steps,
        chosen.values,
        direction=chosen.direction,
        patience=patience,
        excluded=[not good for good in chosen.believed],
        metric=chosen.metric.name,
    )
    return MetricTrend(
        metric=chosen.metric.name,
        direction=chosen.direction,
        unit=chosen.metric.unit,
        phase=chosen.phase,
        points=tuple(zip(chosen.steps, chosen.values, strict=True)),
        answer=answer,
        smoothed=smoothed,
    )
