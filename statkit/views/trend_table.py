"""How trends look in a terminal."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from statkit.analysis.trend_report import MetricTrend, RunTrends
from statkit.views.chart import chart
from statkit.views.numbers import NumberFormat, difference, p_value
from statkit.views.sparkline import sparkline
from statkit.views.table import OPTIONAL, Table, numbers, words

#: More points than this are shown as the first and the last ones, unless all are asked for.
SHOWN = 60
_EDGE = 20

#: Cells from which sparklines beside numbers get their full length.
_WIDE = 100
_CHART = 120

_ARROWS = {"max": "higher is better", "min": "lower is better"}


def trend_tables(
    answers: Sequence[RunTrends],
    *,
    precision: int | None = None,
    every: bool = False,
    unicode: bool = True,
    width: int | None = None,
) -> list[Table]:
    """One table of steps for a single run and metric, one row a run and metric otherwise."""
    flat = [(answer.run, metric) for answer in answers for metric in answer.metrics]
    if len(flat) == 1 or every:
        return [_steps(run, metric, precision, every, unicode, width) for run, metric in flat]
    names = list(dict.fromkeys(metric.metric for _, metric in flat))
    cells = 16 if width is None or width >= _WIDE else 8
    draw = functools.partial(sparkline, width=cells, unicode=unicode)
    return [_overview([(r, m) for r, m in flat if m.metric == name], precision, draw) for name in names]


def _title(run: str, metric: MetricTrend) -> str:
    phase = f", {metric.phase}" if metric.phase else ""
    return f"{run}: {metric.metric}{phase} ({_ARROWS[metric.direction]})"


def _steps(
    run: str, metric: MetricTrend, precision: int | None, every: bool, unicode: bool, width: int | None
) -> Table:
    points = list(metric.points)
    hidden = 0 if every or len(points) <= SHOWN else len(points) - 2 * _EDGE
    shown = points[:_EDGE] + points[-_EDGE:] if hidden else points
    values = [value for _, value in points]
    best = metric.answer.best
    marked = frozenset(
        row for row, (step, value) in enumerate(shown) if (step, value) == (best.step, best.value)
    )
    columns = [
        numbers("step", [step for step, _ in shown]),
        numbers("value", [value for _, value in shown], metric.unit, precision, like=values),
    ]
    if metric.smoothed:
        smoothed = list(metric.smoothed)
        part = smoothed[:_EDGE] + smoothed[-_EDGE:] if hidden else smoothed
        columns.append(numbers("smoothed", part, metric.unit, precision, like=values))
    notes = (
        [f"… {hidden:,} steps between are not shown: --all shows them, --csv holds them"] if hidden else []
    )
    notes += _picture(metric, precision, unicode, width) + verdict_lines(metric, precision)
    return Table(columns, _title(run, metric), notes, marked)


def _picture(metric: MetricTrend, precision: int | None, unicode: bool, width: int | None) -> list[str]:
    """Draw a chart where the terminal is wide enough for one, else one line."""
    steps = [step for step, _ in metric.points]
    values = [value for _, value in metric.points]
    if not unicode or width is None or width < _WIDE:
        return [sparkline(values, 60, unicode)]
    best = metric.answer.best
    drawn = chart(
        steps,
        values,
        width=min(width, _CHART),
        write=NumberFormat(values, metric.unit, precision),
        mark=(best.step, best.value),
    )
    return ["", *drawn, ""] if drawn else [sparkline(values, 60, unicode)]


def verdict_lines(metric: MetricTrend, precision: int | None = None) -> list[str]:
    """Say the verdict, with the numbers it rests on."""
    told = metric.answer
    slopes = [told.slope_per_1000_steps, *(told.slope_ci or ())]
    write = NumberFormat(slopes, difference(metric.unit), precision)
    line: str = told.verdict
    if told.slope_per_1000_steps is not None:
        line += f": {write(told.slope_per_1000_steps)} per 1,000 steps"
    if told.slope_ci is not None:
        line += f" [{write(told.slope_ci[0])}, {write(told.slope_ci[1])}]"
    if told.p_value is not None:
        sign = "" if p_value(told.p_value).startswith("<") else "= "
        line += f", p {sign}{p_value(told.p_value)}"
    lines = [f"{line}, n = {told.n}"]
    if told.plateau_since is not None:
        lines.append(f"plateau since step {told.plateau_since}: no gain since")
    if told.spikes:
        more = f" and {len(told.spikes) - 5} more" if len(told.spikes) > 5 else ""
        lines.append(f"spikes at {', '.join(str(step) for step in told.spikes[:5])}{more}")
    return lines + [f"note: {note}" for note in told.notes]


def _overview(
    flat: Sequence[tuple[str, MetricTrend]], precision: int | None, draw: Callable[[Sequence[float]], str]
) -> Table:
    metrics = [metric for _, metric in flat]
    unit = metrics[0].unit
    ends = [value for m in metrics for value in (m.answer.first, m.answer.last, m.answer.best.value)]
    slopes = [m.answer.slope_per_1000_steps for m in metrics]
    columns = [
        words("run", [run for run, _ in flat], give=1),
        numbers("n", [m.answer.n for m in metrics]),
        numbers("first", [m.answer.first for m in metrics], unit, precision, like=ends),
        numbers("last", [m.answer.last for m in metrics], unit, precision, like=ends),
        numbers("best", [m.answer.best.value for m in metrics], unit, precision, like=ends),
        numbers("at step", [m.answer.best.step for m in metrics]),
        numbers("per 1,000", slopes, difference(unit), precision),
        words("verdict", [m.answer.verdict for m in metrics], give=0),
        words("trend", [draw([v for _, v in m.points]) for m in metrics], give=OPTIONAL),
    ]
    title = f"{metrics[0].metric} ({_ARROWS[metrics[0].direction]})"
    return Table(columns, title)
