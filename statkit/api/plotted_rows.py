"""Which records a figure is about: runs and groups, their phases, their rewinds, their places."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from statkit.analysis.arrays import Floats, floats
from statkit.analysis.plotted.places import (
    ACROSS,
    Across,
    batch_epochs,
    elapsed,
    snapshot_epochs,
    time_unit,
)
from statkit.api.inputs import Input, many
from statkit.api.selection import Filter, Selection, select
from statkit.data.load import load_all
from statkit.data.run import Run
from statkit.errors import EmptySeriesError, MetricError, MetricNotFoundError, UsageError
from statkit.layout import SUPERSEDED
from statkit.records import Columns
from statkit.schema import DEFAULT_BEST

_MAGIC = frozenset("*?[")
_PHASES = ("train", "val")
_EPOCH_PARTS = ("epoch_step_current", "epoch_step_total")


@dataclass(frozen=True, slots=True)
class Side:
    """What has one colour in a figure: a run, or a group of runs shown by its mean."""

    name: str
    runs: tuple[Run, ...]
    pooled: bool = False


def sides_of(given: Input | Mapping[str, Input]) -> list[Side]:
    """Make the sides of what a caller handed in: a mapping names groups, anything else is runs.

    Raises
    ------
    UsageError
        If there is no run.
    """
    if isinstance(given, Mapping):
        sides = [Side(str(name), tuple(many(runs)), True) for name, runs in given.items()]
    else:
        sides = [Side(run.name, (run,)) for run in many(given)]
    if not sides or not all(side.runs for side in sides):
        raise UsageError("nothing to plot: name a run, several, or groups of runs.")
    return sides


def runs_of(sides: Iterable[Side]) -> list[Run]:
    """Give every run of every side."""
    return [run for side in sides for run in side.runs]


def metric_names(runs: Sequence[Run], metrics: str | Sequence[str] | None) -> list[str]:
    """Name the metrics asked for; patterns match those of any run, none named takes the default.

    Raises
    ------
    MetricNotFoundError
        If a pattern matches nothing.
    MetricError
        If none is named and no run has a default.
    """
    asked = [metrics] if isinstance(metrics, str) else list(metrics or ())
    if not asked:
        return [_default(runs)]
    names: dict[str, None] = {}
    for pattern in asked:
        if not _MAGIC & set(pattern):
            names[pattern] = None
            continue
        known = dict.fromkeys(name for run in runs for s in run.series_names() for name in run.metrics(s))
        found = [name for name in known if fnmatchcase(name, pattern)]
        if not found:
            raise MetricNotFoundError(pattern, known, runs[0].name)
        names.update(dict.fromkeys(found))
    return list(names)


def _default(runs: Sequence[Run]) -> str:
    for run in runs:
        for series in run.declared:
            known = set(run.metrics(series)) if series in DEFAULT_BEST else set()
            for name in DEFAULT_BEST.get(series, ()):
                if name in known:
                    return name
    runs[0].require_rows()
    raise MetricError(f"{runs[0].name}: no default metric here. Name one with -m.")


def selections(run: Run, metric: str, rows: Filter) -> list[Selection]:
    """Take one metric out of a run, once for each phase that has it, train first.

    Raises
    ------
    MetricError
        If the run has no number of it in these rows.
    """
    first = select(run, metric, "best", rows)
    found = {first.phase: first}
    if rows.phase is None and first.phase in _PHASES:
        for phase in _PHASES:
            if phase not in found:
                try:
                    found[phase] = select(run, metric, "best", replace(rows, phase=phase))
                except (UsageError, EmptySeriesError):
                    continue
    return [found[phase] for phase in (*_PHASES, None) if phase in found] or [first]


class Segments:
    """Which stretch between rewinds rows belong to; a run that was resumed is read once more to tell.

    Only a reading with every row kept tells which process wrote a row.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[tuple[Any, Any], int]] = {}

    def of(self, run: Run, columns: Columns) -> list[int]:
        """Number the stretches of a run's rows, from 0."""
        if "segment" in columns.keys:
            return [number or 0 for number in columns.keys["segment"]]
        if not len(columns) or not _resumed(run):
            return [0] * len(columns)
        place = (run.path, columns.keys["series"][0])
        if place not in self._known:
            self._known[place] = _numbered(*place)
        known = self._known[place]
        return [known.get(origin, 0) for origin in _origins(columns)]


def _numbered(path: str, series: str) -> dict[tuple[Any, Any], int]:
    """Give the stretch of every row of a series, kept or not, by file and row."""
    for whole in load_all([path], on_rewind="all"):
        every = whole.columns(series, [])
        if "segment" in every.keys:
            numbers = (number or 0 for number in every.keys["segment"])
            return dict(zip(_origins(every), numbers, strict=True))
    return {}


def _resumed(run: Run) -> bool:
    """Tell whether a run may hold rows of several processes: it says so, or keeps what was replaced."""
    if any(notice.code == "mixed-lineage" for notice in run.notices):
        return True
    return os.path.isdir(os.path.join(run.directory, SUPERSEDED))


def _origins(columns: Columns) -> Iterator[tuple[Any, Any]]:
    return zip(columns.provenance["file"], columns.provenance["row"], strict=True)


def places_of(run: Run, columns: Columns, x: Across, phase: str | None = None) -> Floats:
    """Give the place of each row: its step, epochs done, or seconds since the run's first record.

    Raises
    ------
    UsageError
        If there is no such axis, or the run has no times or epochs.
    """
    if x not in ACROSS:
        raise UsageError(f"x={x!r} is unknown. Possible: {', '.join(ACROSS)}.")
    if x == "step":
        return floats(columns.steps)
    series = columns.keys["series"][0]
    if x == "time":
        times = run.columns(series, []).key("time")
        known = [time for time in times if time is not None]
        if not known:
            raise UsageError(f"{run.name} has no times. Possible: --x step.")
        return elapsed(columns.key("time"), min(known))
    epochs = columns.key("epoch")
    if all(epoch is None for epoch in run.columns(series, []).key("epoch")):
        raise UsageError(f"{run.name} has no epochs. Possible: --x step.")
    if "batch_index" in columns.keys:
        return batch_epochs(epochs, columns.keys["batch_index"], phase)
    every = run.columns(series, _EPOCH_PARTS)
    parts = [every.fields.get(name) or [None] * len(every) for name in _EPOCH_PARTS]
    rows = {origin: row for row, origin in enumerate(_origins(every))}
    mine = [rows.get(origin) for origin in _origins(columns)]
    within, total = ([None if row is None else part[row] for row in mine] for part in parts)
    return snapshot_epochs(epochs, within, total)


def axis_of(x: Across, places: Sequence[Floats], runs: Sequence[Run]) -> tuple[str, float]:
    """Name an axis, and give what places are divided by to stand on it.

    Parameters
    ----------
    x : {"step", "epoch", "time"}
        What it counts.
    places : sequence of ndarray
        Everything that stands on it.
    runs : sequence of Run
        The runs shown.
    """
    if x == "step":
        return "step", 1.0
    if x == "epoch":
        batches = any("batch" in run.declared for run in runs)
        return f"epochs done{' (the longest recorded one counts as whole)' if batches else ''}", 1.0
    longest = max((float(np.nanmax(each, initial=0.0)) for each in places), default=0.0)
    seconds, unit = time_unit(longest)
    return f"time since the first record ({unit})", seconds
