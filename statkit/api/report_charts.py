"""The charts of a report: which metrics, and their curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from statkit.analysis.attention_summary import AttentionSummary
from statkit.analysis.bands import BANDS
from statkit.analysis.comparison import Comparison
from statkit.analysis.series_summary import SeriesSummary
from statkit.analysis.thinning import Curve, curve
from statkit.analysis.training_summary import NO_PHASE, TrainingSummary
from statkit.api.selection import Filter, select
from statkit.data.run import Run
from statkit.layout import natural_key
from statkit.records import Columns
from statkit.schema import DEFAULT_TREND, DERIVED_FIELDS, LAYER_MAP, LAYER_PREFIX, LOSS_FIELDS
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

#: Fields whose charts come first; others follow in the order of the file.
_FIRST: Final = ("quality", *DEFAULT_TREND["validation"], "validation_loss_value", "val_loss", "losses")
_RATES: Final = ("learning_rate_value", "learning_rate")

#: A curve with its name, what the legend says, and the side whose colour it has.
_Named = tuple[str, str, int, Curve]

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
        mine = None if each.phase == NO_PHASE else each.phase
        rows = [row for row, phase in enumerate(columns.key("phase")) if phase == mine]
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
        if _worth_it(curves):
            yield _chart(metric, mine[0].unit, curves)


def _by_layer(phases: Mapping[str, Columns], found: Sequence[AttentionSummary]) -> Iterator[LineChart]:
    for metric in [metric for metric in BANDS if any(each.metric == metric for each in found)]:
        for phase in dict.fromkeys(each.series.phase for each in found):
            mine = [each for each in found if each.metric == metric and each.series.phase == phase]
            curves = {each.layer: _curve(phases[phase], each.series.metric) for each in mine}
            if _worth_it(curves):
                yield _chart(f"{BANDS[metric].title}, {phase}", mine[0].series.unit, curves)


def metric_charts(run: Run, results: Sequence[SeriesSummary]) -> list[LineChart]:
    """Draw the metrics of snapshots and tables, those that belong together in one chart."""
    charts: list[LineChart] = []
    for series in dict.fromkeys(each.phase for each in results):
        columns = run.columns(series)
        known = {each.metric: each for each in results if each.phase == series}
        drawn = [_together(columns, title, found) for title, found in _titled(known).items()]
        drawn.sort(key=lambda chart: _FIRST.index(chart.title) if chart.title in _FIRST else len(_FIRST))
        charts += drawn[:MOST]
        charts += [_chart(name, None, {name: _curve(columns, name)}) for name in _rates(columns)]
        charts += _layers(columns)
    return charts


def _titled(known: Mapping[str, SeriesSummary]) -> dict[str, list[SeriesSummary]]:
    """Put the metrics into charts; what repeats another one, or never changes, has none."""
    hidden = {*DERIVED_FIELDS, "best_quality_ever"}
    titled: dict[str, list[SeriesSummary]] = {}
    for title, names in _TOGETHER.items():
        together = [known[name] for name in names if name in known]
        if len(together) > 1:
            titled[title] = together
            hidden.update(names)
    for name, each in known.items():
        if name not in hidden and each.least < each.greatest:
            titled[name] = [each]
    return titled


def _rates(columns: Columns) -> list[str]:
    return [name for name in _RATES if name in columns.fields]


def _layers(columns: Columns) -> list[LineChart]:
    names = [name for name in columns.fields if name.startswith(LAYER_PREFIX)]
    names.sort(key=lambda name: ("fusion" in name.lower(), natural_key(name)))  # backward, forward, fusion
    curves = {name.removeprefix(LAYER_PREFIX): _curve(columns, name) for name in names}
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
    lines: list[_Named] = []
    for side, (group, runs) in enumerate(groups.items()):
        for run in runs:
            chosen = select(run, answer.metric, "best", rows)
            name = run.name if len(runs) == 1 else f"{group}: {run.name}"
            lines.append((name, group, side, curve(chosen.steps, chosen.values)))
    return [scores, _lines_chart(answer.metric, unit, lines)]


def _chart(
    title: str, unit: str | None, curves: Mapping[str, Curve], mark: tuple[float, float] | None = None
) -> LineChart:
    lines = [(name, name, side, found) for side, (name, found) in enumerate(curves.items())]
    return _lines_chart(title, unit, lines, mark)


def _lines_chart(
    title: str,
    unit: str | None,
    lines: Sequence[_Named],
    mark: tuple[float, float] | None = None,
) -> LineChart:
    shown = lines[:MOST_LINES]
    notes = ["The ring marks the best."] if mark is not None else []
    notes += [_THINNED] if any(found.thinned for *_, found in shown) else []
    notes += [f"{MOST_LINES} of {len(lines):,} lines are shown."] if len(shown) < len(lines) else []
    return LineChart(
        title=title,
        unit=unit,
        lines=[
            Line(name=name, key=key, steps=found.steps, values=found.values, side=side)
            for name, key, side, found in shown
        ],
        mark=mark,
        note=" ".join(notes),
    )


def _worth_it(curves: Mapping[str, Curve]) -> bool:
    """Tell whether there is a line to draw: a single step is in the tables."""
    return any(len(each.steps) > 1 for each in curves.values())


def _curve(columns: Columns, name: str) -> Curve:
    values: Sequence[Any] = columns.fields[name]
    return curve(columns.steps, values)
