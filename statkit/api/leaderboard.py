"""All runs below a directory, one row each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from statkit.analysis.answers import Leaderboard
from statkit.api.selection import Filter, context, select
from statkit.data.load import unique_names
from statkit.data.run import Run
from statkit.data.where import Where
from statkit.errors import MetricError, MetricNotFoundError, SourceError, UsageError
from statkit.records import Notice, flatten
from statkit.schema import DEFAULT_BEST, DEFAULT_TREND, Direction, Metric

_REDUCTIONS: Final = ("max", "min", "mean", "first", "last", "best")


@dataclass(frozen=True, slots=True)
class _Column:
    reduction: str
    metric: str

    @property
    def title(self) -> str:
        return f"{self.reduction} {self.metric}"


def leaderboard(
    runs: Iterable[Run],
    columns: Sequence[str] = (),
    *,
    sort: str | None = None,
    where: Where | None = None,
    rows: Filter | None = None,
) -> tuple[Leaderboard, list[Notice]]:
    """Make one row a run; each run is let go of before the next is read.

    Parameters
    ----------
    runs : iterable of Run
        The runs. A run that comes twice counts once.
    columns : sequence of str
        ``"max quality_ki_value"``: a reduction (``max, min, mean, first, last, best``) and a metric,
        or a metric alone for its best. None takes the format's own.
    sort : str or None
        A column to sort by, best first; ``-`` in front turns it round. None keeps the order of names.
    where : Where or None
        A filter over the runs: by a column, a column's metric (``quality_ki_value > 0.5``), or a
        hyperparameter (``seed == 3``).
    rows : Filter or None
        Which records count, by phase and steps, and which way is better.

    Returns
    -------
    answer : Leaderboard
        The rows, named by `unique_names`.
    notices : list of Notice
        What was skipped or doubted in the runs.

    Raises
    ------
    UsageError
        If a column or the sort key cannot be understood.
    MetricNotFoundError
        If no run has a metric.
    """
    asked = [_parse(column) for column in columns]
    gathered = _Gathered(asked, rows or Filter(), with_config=where is not None)
    for run in runs:
        gathered.add(run)
    asked, table = gathered.asked, gathered.table()
    for column in asked:
        if table and columns and all(row[column.title] is None for row in table):
            raise MetricNotFoundError(column.metric, gathered.metrics, "these runs")
    if where is not None:
        table = _matching(table, gathered.configs, asked, where)
    if sort is not None:
        table = _sorted(table, sort, asked, gathered.known, rows.direction if rows else None)
    answer = Leaderboard(
        columns=tuple(column.title for column in asked),
        units=tuple(gathered.known[column.metric].unit for column in asked),
        table=tuple(table),
    )
    return answer, gathered.notices()


class _Gathered:
    """Rows as runs come by, and the little that is needed of each run afterwards.

    Parameters
    ----------
    asked : list of _Column
        The columns; none takes those of the formats that come by.
    rows : Filter
        Which records count.
    with_config : bool
        Whether the hyperparameters are needed.
    """

    def __init__(self, asked: list[_Column], rows: Filter, with_config: bool) -> None:
        self._given = asked
        self._rows = rows
        self._with_config = with_config
        self._made: dict[str, dict[str, Any]] = {}
        self._notices: dict[str, list[Notice]] = {}
        self._paths: list[str] = []
        self._series: dict[str, None] = {}
        self.configs: dict[str, Mapping[str, Any]] = {}
        self.known: dict[str, Metric] = {}
        self.metrics: dict[str, None] = {}

    @property
    def asked(self) -> list[_Column]:
        """The columns: those given, or those of every format that came by."""
        return self._given or _defaults(self._series)

    def add(self, run: Run) -> None:
        """Take what is needed of a run."""
        place = os.path.realpath(run.path)
        if place in self._notices:
            return
        run.name = run.path
        self._paths.append(run.path)
        self._series.update(dict.fromkeys(run.declared))
        asked = self._given or _defaults(run.declared)
        row = _row(run, asked, self._rows)
        if row is not None:
            self._made[place] = row
            self.configs[run.path] = flatten(run.config) if self._with_config else {}
        for column in asked:
            self.known.setdefault(column.metric, run.metric(column.metric))
        if (
            self._given
            and len(self._notices) < _LOOKED_INTO
            and any(row and row[c.title] is None for c in asked)
        ):
            self.metrics.update(dict.fromkeys(name for s in run.series_names() for name in run.metrics(s)))
        self._notices[place] = run.notices

    def _names(self) -> dict[str, str]:
        return dict(zip(self._paths, unique_names(self._paths), strict=True))

    def table(self) -> list[dict[str, Any]]:
        """Every row, with its run's name."""
        names = self._names()
        titles = [column.title for column in self.asked]
        return [
            {**row, "run": names[row["path"]], **{title: row.get(title) for title in titles}}
            for row in self._made.values()
        ]

    def notices(self) -> list[Notice]:
        """Every notice, the run by its name."""
        names = self._names()
        return [
            replace(notice, path=names.get(notice.path, notice.path))
            for found in self._notices.values()
            for notice in found
        ]


#: Runs of which every metric's name is learnt, for the message that one is missing.
_LOOKED_INTO: Final = 20


def _matching(
    table: list[dict[str, Any]],
    configs: Mapping[str, Mapping[str, Any]],
    asked: Sequence[_Column],
    where: Where,
) -> list[dict[str, Any]]:
    """Keep the rows that match by a column, a metric of a column, or a hyperparameter."""
    wide = [
        {**configs[row["path"]], **{column.metric: row[column.title] for column in asked}, **row}
        for row in table
    ]
    known = dict.fromkeys(name for row in wide for name in row)
    for name in where.names:
        if wide and name not in known:
            raise MetricNotFoundError(name, known, "--where")
    return [row for row, every in zip(table, wide, strict=True) if where.matches(every)]


def _parse(text: str) -> _Column:
    words = text.split(None, 1)
    if len(words) == 2 and words[0] in _REDUCTIONS:
        return _Column(words[0], words[1])
    if len(words) == 1:
        return _Column("best", words[0])
    raise UsageError(f"--columns {text!r}: say one of {', '.join(_REDUCTIONS)} and a metric.")


def _defaults(series: Iterable[str]) -> list[_Column]:
    """The metric of ``best`` and of ``trend`` for each series, as far as it has them."""
    chosen: list[_Column] = []
    for name in series:
        if name in DEFAULT_BEST:
            chosen.append(_Column("best", DEFAULT_BEST[name][0]))
            chosen.append(_Column("last", DEFAULT_TREND[name][0]))
    return chosen


def _row(run: Run, asked: Sequence[_Column], rows: Filter) -> dict[str, Any] | None:
    """Make a run's row; a run of which nothing can be read has none, its notices say why."""
    fields = [name for column in asked for name in (column.metric, *context(column.metric))]
    parts = {name: run.columns(name, fields) for name in run.declared}
    parts = {name: columns for name, columns in parts.items() if len(columns)}
    if not parts:
        return None
    steps = [step for columns in parts.values() for step in columns.steps if step is not None]
    row: dict[str, Any] = {
        "run": run.name,
        "path": run.path,
        "format": ", ".join(run.formats),
        "rows": sum(len(columns) for columns in parts.values()),
        "last_step": max(steps, default=None),
    }
    for column in asked:
        row[column.title] = _reduce(run, column, rows)
    return row


def _reduce(run: Run, column: _Column, rows: Filter) -> float | None:
    try:
        chosen = select(run, column.metric, "best", replace(rows, where=None))
        direction = chosen.direction if column.reduction == "best" else None
    except (MetricError, SourceError):
        return None
    finite = [v for v, good in zip(chosen.values, chosen.believed, strict=True) if v - v == 0 and good]
    if not finite:
        return None
    reductions = {
        "max": max,
        "min": min,
        "mean": lambda values: sum(values) / len(values),
        "first": lambda values: values[0],
        "last": lambda values: values[-1],
        "best": max if direction == "max" else min,
    }
    return float(reductions[column.reduction](finite))  # type: ignore[operator]


def _sorted(
    table: list[dict[str, Any]],
    sort: str,
    asked: Sequence[_Column],
    known: Mapping[str, Metric],
    given: Direction | None,
) -> list[dict[str, Any]]:
    """Sort best first: by the reduction, or the metric's direction; missing values go last."""
    reverse_asked = sort.startswith("-")
    key = sort.removeprefix("-")
    names: Mapping[str, str] = {column.metric: column.title for column in reversed(asked)}
    title = names.get(key, key)
    possible = ["run", "format", "rows", "last_step", *(column.title for column in asked)]
    if title not in possible:
        raise UsageError(f"--sort {key!r} is no column. Possible: {', '.join(possible)}.")
    column = next((each for each in asked if each.title == title), None)
    down = column is not None and (
        column.reduction == "max"
        or (column.reduction != "min" and (given or known[column.metric].direction) == "max")
    )
    present = [row for row in table if row[title] is not None]
    missing = [row for row in table if row[title] is None]
    present.sort(key=lambda row: row[title], reverse=down != reverse_asked)
    return present + missing
