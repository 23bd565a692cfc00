"""The charts of a report: which metrics, and their curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from statkit.analysis.attention_summary import AttentionSummary
from statkit.analysis.bands import BANDS
from statkit.analysis.comparison import Comparison
from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.thinning import Curve, curve
from statkit.analysis.training_summary import TrainingSummary
from statkit.api.selection import Filter, select
from statkit.data.run import Run
from statkit.layout import natural_key
from statkit.records import Columns
from statkit.schema import DERIVED_FIELDS, LAYER_MAP, LAYER_PREFIX, LOSS_FIELDS
from statkit.views.line_chart import Chart, GroupChart, GroupValues, Line, LineChart

#: Charts of one part of a report.
MOST: Final = 12

#: Lines of one chart.
MOST_LINES: Final = 30

#: Fields of snapshots that one chart shows together, by its title.
_TOGETHER: Final = {
    "quality": ("quality_ki_value", "quality_lr_value"),
    "losses": LOSS_FIELDS,
}
_RATES: Final = ("learning_rate_value", "learning_rate")

_THINNED: Final = "Of more than 1,000 steps each stretch shows its least and greatest value."


def training_charts(columns: Columns, summary: TrainingSummary) -> dict[str, list[LineChart]]:
    """Draw what a training report shows: ``results``, ``attention`` and ``costs``.

    Parameters
    ----------
    columns : Columns
        The batch series.
    summary : TrainingSummary
        Of the same.
    """
    phases: dict[str, Columns] = {}
    for each in summary.phases:
        rows = [row for row, phase in enumerate(columns.key("phase")) if phase in (each.phase, None)]
        phases[each.phase] = columns.take(rows)
    return {
        "results": list(_by_phase(phases, summary.results))[:MOST],
        "attention": list(_by_layer(phases, summary.attention))[:MOST],
        "costs": list(_by_phase(phases, summary.costs))[:MOST],
    }


def _by_phase(phases: Mapping[str, Columns], found: Sequence[SeriesSummary]) -> Iterator[LineChart]:
    for metric in dict.fromkeys(each.metric for each in found):
        mine = [each for each in found if each.metric == metric]
        curves = {each.phase: _curve(phases[each.phase], metric) for each in mine}
        yield _chart(metric, mine[0].unit, curves)


def _by_layer(phases: Mapping[str, Columns], found: Sequence[AttentionSummary]) -> Iterator[LineChart]:
    for metric in [metric for metric in BANDS if any(each.metric == metric for each in found)]:
        for phase in dict.fromkeys(each.series.phase for each in found):
            mine = [each for each in found if each.metric == metric and each.series.phase == phase]
            if mine:
                curves = {each.layer: _curve(phases[phase], each.series.metric) for each in mine}
                yield _chart(f"{BANDS[metric].title}, {phase}", mine[0].series.unit, curves)


def metric_charts(run: Run, results: Sequence[SeriesSummary]) -> list[LineChart]:
    """Draw the metrics of snapshots and tables, those that belong together in one chart."""
    charts: list[LineChart] = []
    for series in dict.fromkeys(each.phase for each in results):
        columns = run.columns(series)
        known = {each.metric: each for each in results if each.phase == series}
        left = [name for name in known if name not in (*DERIVED_FIELDS, "best_quality_ever")]
        for title, names in _TOGETHER.items():
            together = [name for name in names if name in left]
            if len(together) > 1:
                charts.append(_together(columns, title, [known[name] for name in together]))
                left = [name for name in left if name not in together]
        charts += [_together(columns, name, [known[name]]) for name in left][:MOST]
        charts += [_chart(name, None, {name: _curve(columns, name)}) for name in _rates(columns)]
        charts += _layers(columns)
    return charts


def _rates(columns: Columns) -> list[str]:
    return [name for name in _RATES if name in columns.fields]


def _layers(columns: Columns) -> list[LineChart]:
    names = sorted((name for name in columns.fields if name.startswith(LAYER_PREFIX)), key=natural_key)
    curves = {name.removeprefix(LAYER_PREFIX): _curve(columns, name) for name in names[:MOST_LINES]}
    return [_chart(LAYER_MAP, None, curves)] if curves else []


def _together(columns: Columns, title: str, found: Sequence[SeriesSummary]) -> LineChart:
    curves = {each.metric: _curve(columns, each.metric) for each in found}
    first = found[0]
    mark = None
    if first.best is not None and first.best_step is not None:
        mark = (float(first.best_step), float(first.best))
    return _chart(title, first.unit, curves, mark)


def comparison_charts(
    groups: Mapping[str, Sequence[Run]], answer: Comparison, rows: Filter, unit: str | None
) -> list[Chart]:
    """Draw the scores of the groups, and the curve of every run in its group's colour."""
    scores = GroupChart(
        title=f"{answer.metric} at {answer.at}",
        unit=unit,
        groups=[
            GroupValues(name=group.group, values=group.values, mean=group.mean, ci=group.ci)
            for group in answer.groups
        ],
        note="A dot is a run, the upright line the mean, the bar its 95 % interval (Student's t).",
    )
    lines: list[tuple[str, int, Curve]] = []
    for side, (group, runs) in enumerate(groups.items()):
        for run in runs:
            chosen = select(run, answer.metric, "best", rows)
            name = run.name if len(runs) == 1 else f"{group}: {run.name}"
            lines.append((name, side, curve(chosen.steps, chosen.values)))
    return [scores, _lines_chart(answer.metric, unit, lines)]


def _chart(
    title: str, unit: str | None, curves: Mapping[str, Curve], mark: tuple[float, float] | None = None
) -> LineChart:
    lines = [(name, side, found) for side, (name, found) in enumerate(curves.items())]
    return _lines_chart(title, unit, lines, mark)


def _lines_chart(
    title: str,
    unit: str | None,
    lines: Sequence[tuple[str, int, Curve]],
    mark: tuple[float, float] | None = None,
) -> LineChart:
    shown = lines[:MOST_LINES]
    notes = ["The ring marks the best."] if mark is not None else []
    notes += [_THINNED] if any(found.thinned for _, _, found in shown) else []
    notes += [f"{MOST_LINES} of {len(lines):,} lines are shown."] if len(shown) < len(lines) else []
    return LineChart(
        title=title,
        unit=unit,
        lines=[
            Line(name=name, steps=found.steps, values=found.values, side=side) for name, side, found in shown
        ],
        mark=mark,
        note=" ".join(notes),
    )


def _curve(columns: Columns, name: str) -> Curve:
    values: Sequence[Any] = columns.fields[name]
    return curve(columns.steps, values)
