"""Which numbers a question is about: metric, direction, series, phase, rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Literal

from statkit.data.doubts import support
from statkit.data.run import Run
from statkit.data.where import Where
from statkit.errors import (
    DirectionUnknownError,
    EmptySeriesError,
    MetricError,
    MetricNotFoundError,
    UsageError,
    shortened,
)
from statkit.records import Columns, flatten, has_gaps, is_number, kinds_of
from statkit.schema import DEFAULT_BEST, DEFAULT_TREND, Direction, Metric

Question = Literal["trend", "best"]
_MAGIC = frozenset("*?[")

#: Validation rows needed after the first training row before ``val`` is the phase asked about.
_ENOUGH_VALIDATION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows and which direction; the shared options of the commands.

    Attributes
    ----------
    phase : str or None
        ``train`` or ``val``; None takes the series' own.
    steps : tuple of int or None
        First and last step, both included.
    where : Where or None
        A filter over rows.
    direction : {"max", "min"} or None
        Overrides the catalogue.
    """

    phase: str | None = None
    steps: tuple[int | None, int | None] = (None, None)
    where: Where | None = None
    direction: Direction | None = None

    def takes(self, step: int, document: Mapping[str, Any]) -> bool:
        """Tell whether a record passes, given its step and its fields."""
        first, last = self.steps
        if (first is not None and step < first) or (last is not None and step > last):
            return False
        if self.phase is not None and document.get("phase", self.phase) != self.phase:
            return False
        return self.where is None or self.where.matches({**flatten(document), "step": step})


@dataclass(frozen=True, slots=True)
class Selection:
    """One metric of one run, rows in order.

    Attributes
    ----------
    run : Run
        The run.
    metric : Metric
        The metric, its direction settled.
    phase : str or None
        The phase the rows are of, where the series has phases.
    columns : Columns
        The rows that hold a number of the metric.
    values : sequence of float
        That number, NaN and infinity included.
    believed : list of bool
        Whether each may be crowned.
    """

    run: Run
    metric: Metric
    phase: str | None
    columns: Columns
    values: Sequence[float]
    believed: list[bool] = field(repr=False)

    @property
    def steps(self) -> list[int]:
        """The step of each row."""
        steps = self.columns.steps
        return [step or 0 for step in steps] if has_gaps(steps) else list(steps)  # type: ignore[arg-type]

    @property
    def direction(self) -> Direction:
        """Which way is better.

        Raises
        ------
        DirectionUnknownError
            If nobody has said.
        """
        if self.metric.direction is None:
            raise DirectionUnknownError(self.metric.name)
        return self.metric.direction


def select(run: Run, metric: str | None, question: Question, rows: Filter | None = None) -> Selection:
    """Take one metric out of a run.

    Parameters
    ----------
    run : Run
        The run.
    metric : str or None
        The metric; None takes the question's default.
    question : {"trend", "best"}
        Whose default.
    rows : Filter or None
        Which rows.

    Raises
    ------
    MetricNotFoundError, EmptySeriesError, MetricError
        If there is no such metric, it holds no number in these rows, or the format has no default.
    """
    rows = rows or Filter()
    defaults = DEFAULT_TREND if question == "trend" else DEFAULT_BEST
    for series in run.declared:
        for name in (metric,) if metric is not None else defaults.get(series, ()):
            columns = run.columns(series, [name, *context(name), *_support(rows)])
            if any(map(is_number, columns.fields.get(name) or ())):
                return _narrowed(run, name, columns, rows)
    run.require_rows()
    raise _not_found(run, metric)


def select_many(
    run: Run, metrics: Sequence[str], question: Question, rows: Filter | None = None
) -> list[Selection]:
    """Take several metrics out of a run; patterns match field names, none named takes the default.

    Raises
    ------
    MetricNotFoundError
        If a name or a pattern matches nothing.
    DirectionUnknownError
        If a metric named in full has no direction, or no match of the patterns has one.
    """
    if not metrics:
        return [select(run, None, question, rows)]
    chosen: dict[str, Selection] = {}
    for pattern in metrics:
        if not _MAGIC & set(pattern):
            chosen[pattern] = select(run, pattern, question, rows)
            continue
        names = [name for series in run.series_names() for name in run.metrics(series)]
        matched = [name for name in names if fnmatchcase(name, pattern)]
        if not matched:
            raise MetricNotFoundError(pattern, names, run.name)
        found = [select(run, name, question, rows) for name in matched]
        directed = [each for each in found if each.metric.direction is not None]
        if not directed:
            raise DirectionUnknownError(matched[0])
        chosen.update((each.metric.name, each) for each in directed)
    return list(chosen.values())


def _support(rows: Filter) -> list[str]:
    return rows.where.names if rows.where else []


def context(name: str) -> tuple[str, ...]:
    """Name the fields that tell whether a value of this one may be believed."""
    return support(name)


def _not_found(run: Run, metric: str | None) -> MetricError:
    names = [name for series in run.series_names() for name in run.metrics(series)]
    if metric is None:
        return MetricError(f"{run.name}: no default metric here. Name one with -m: {shortened(names)}.")
    if metric in run.field_names():
        return EmptySeriesError(f"{metric} holds no number in {run.name}.", metric)
    return MetricNotFoundError(metric, names, run.name)


def _narrowed(run: Run, name: str, columns: Columns, rows: Filter) -> Selection:
    """Keep the rows asked for that hold a number."""
    metric = run.metric(name)
    if rows.direction is not None:
        metric = replace(metric, direction=rows.direction)
    values = columns.fields[name]
    if kinds_of(values) <= {int, float} and not has_gaps(values):
        numeric = list(range(len(columns)))
    else:
        numeric = [row for row in range(len(columns)) if is_number(values[row])]
    numeric = _filtered(columns, numeric, rows)
    phase, numeric = _phase(columns, numeric, rows.phase)
    if not numeric:
        raise EmptySeriesError(f"{name} holds no number in the rows asked for in {run.name}.", name)
    _one_table(run, name, columns, numeric)
    kept = columns if len(numeric) == len(columns) else columns.take(numeric)
    return Selection(run, metric, phase, kept, kept.fields[name], run.believed(kept, name))


def _filtered(columns: Columns, numeric: list[int], rows: Filter) -> list[int]:
    first, last = rows.steps
    steps = columns.steps
    if first is None and last is None and rows.where is None:
        return numeric
    kept = [
        row
        for row in numeric
        if (first is None or (steps[row] or 0) >= first) and (last is None or (steps[row] or 0) <= last)
    ]
    if rows.where is None:
        return kept
    where = rows.where
    tables = {**columns.fields, **columns.keys}
    unknown = [name for name in where.names if name not in tables]
    if unknown:
        raise MetricNotFoundError(unknown[0], tables, "--where")
    return [row for row in kept if where.matches({name: tables[name][row] for name in where.names})]


def _phase(columns: Columns, numeric: list[int], asked: str | None) -> tuple[str | None, list[int]]:
    """Settle the phase: the one asked, else ``val`` with three rows after training began, else ``train``."""
    if asked is None and "phase" not in columns.keys:
        return None, numeric
    phases = columns.key("phase")
    if len(numeric) < len(columns):
        phases = [phases[row] for row in numeric]
    present = dict.fromkeys(phases)
    if asked is not None:
        if asked not in present and any(present):
            raise UsageError(f"no row of phase {asked!r}. There is: {', '.join(filter(None, present))}.")
        return asked, _where(numeric, phases, asked)
    if len(present) < 2:
        return next(iter(present), None), numeric
    phase = "val" if _validated(columns, phases, numeric) >= _ENOUGH_VALIDATION else "train"
    if phase not in present:
        phase = next(iter(present))
    return phase, _where(numeric, phases, phase)


def _validated(columns: Columns, phases: Sequence[Any], numeric: list[int]) -> int:
    """Count the validation rows that stand after the first training row, numeric or not."""
    begun = next((row for row, phase in enumerate(columns.key("phase")) if phase == "train"), len(columns))
    return phases[bisect_right(numeric, begun) :].count("val")


def _where(rows: list[int], phases: Sequence[Any], phase: str | None) -> list[int]:
    return [row for row, each in zip(rows, phases, strict=True) if each == phase]


def _one_table(run: Run, name: str, columns: Columns, rows: list[int]) -> None:
    """Refuse to mix tables that both have the metric."""
    if columns.keys["series"][0] != "scalars":
        return
    labels = dict.fromkeys(columns.key("label")[row] for row in rows)
    if len(labels) > 1:
        files = ", ".join(dict.fromkeys(columns.provenance["file"][row] for row in rows))
        raise UsageError(f"{name} is in several tables of {run.name}: {files}. Name one of the files.")
