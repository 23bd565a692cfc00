"""What a run that may still be training shows: at a glance, in full, and its layers over time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from statkit.analysis.findings import Finding
from statkit.analysis.monitoring.cards import (
    QUALITY,
    adaptive_of,
    attention_cards,
    first,
    loss_cards,
    number,
    rate_of,
    resources_of,
)
from statkit.analysis.monitoring.layers import Activity, layer_cards, peak_of
from statkit.analysis.monitoring.layers import activity as activity_of_layers
from statkit.analysis.monitoring.pace import pace
from statkit.analysis.monitoring.progress import batches_of_epoch, progress_of
from statkit.analysis.monitoring.state import Glance, Quality, RunState, SeriesSpan, StepValue
from statkit.analysis.monitoring.status import Signs
from statkit.analysis.ranking import rank
from statkit.api.checkpoints import checkpoint_of
from statkit.api.diagnosing import diagnose
from statkit.api.metric_entries import charted, metric_entries
from statkit.api.selection import Selection, select
from statkit.data.run import Run
from statkit.errors import MetricError, SourceError
from statkit.layout import FINAL_METRICS
from statkit.records import Columns, flatten, is_number
from statkit.schema import DEFAULT_BEST, LAYER_PREFIX

#: The fields read for a glance.
_SIGNS: Final = (
    "training_active",
    "validation_running",
    "training_paused",
    "step_max",
    "epoch_step_current",
    "epoch_step_total",
    "iteration_duration",
)


def glance(run: Run) -> Glance:
    """Look at a run briefly: a few of its fields are read.

    Parameters
    ----------
    run : Run
        The run; `Run.refresh` it before, to see what is new.

    Returns
    -------
    Glance
        Its ``status(now)`` and ``progress(status)`` say what depends on the hour.

    Examples
    --------
    >>> import statkit as sk
    >>> from statkit.api.monitoring import glance
    >>> glance(sk.load("examples/runs/coarse/seed-0")).status(now=1.8e9).status
    'finished'
    """
    _read_once(run)
    columns = _main(run, _SIGNS)
    last = _last(columns)
    signs = _signs(run, columns, last)
    measured = pace(columns.steps, columns.key("time"), number(last.get("iteration_duration")))
    recorded = _latest_time(columns)
    chosen = _main_metric(run)
    return Glance(
        run=run.name,
        path=run.path,
        format=", ".join(run.formats),
        series=tuple(_spans(run)),
        signs=signs,
        pace=measured,
        recorded=recorded,
        written=_written(run, columns),
        position=progress_of(
            signs.step, _epoch(columns), last, flatten(run.config), measured.seconds_per_step
        ),
        metric=chosen.metric.name if chosen is not None else None,
        direction=chosen.metric.direction if chosen is not None else None,
        value=_latest_value(chosen),
        best=_best(chosen),
    )


def monitor(run: Run, findings: tuple[Finding, ...] | None = None) -> RunState:
    """Look at a run in full: everything of its last record, its health, and what there is to chart.

    Parameters
    ----------
    run : Run
        The run.
    findings : tuple of Finding or None
        What its health was found to be, where that need not be looked for again: of a long run it takes
        seconds.

    Returns
    -------
    RunState
    """
    seen = glance(run)
    columns = _main(run, None)
    records = list(_last_of_each_phase(columns))
    record = records[-1][1] if records else {}
    rate, rate_phase = rate_of(record)
    layers = layer_cards(record)
    metrics = tuple(metric_entries(run))
    return RunState(
        glance=seen,
        losses=tuple(card for phase, each in records for card in loss_cards(each, phase, run.metric)),
        attention=tuple(card for phase, each in records for card in attention_cards(each, phase)),
        learning_rate=rate,
        rate_phase=rate_phase,
        adaptive=adaptive_of(record),
        quality=_quality(run, columns, record, seen.best),
        resources=resources_of(record),
        layers=layers,
        peak_activity=peak_of(layers, record),
        findings=health(run) if findings is None else findings,
        metrics=metrics,
        series_default=charted(metrics),
        config=run.config,
        checkpoint=checkpoint_of(run, seen.best.step) if seen.best is not None else None,
    )


def activity(run: Run) -> Activity:
    """Give the activity of a run's layers over its steps; empty for a run without layers."""
    if "validation" not in run.declared:
        return activity_of_layers([], {})
    columns = run.columns("validation")
    layers = {name: values for name, values in columns.fields.items() if name.startswith(LAYER_PREFIX)}
    return activity_of_layers(columns.steps, layers)


def _read_once(run: Run) -> None:
    """Read all that a glance needs at one go: a file that is being written is waited for once only."""
    for series in run.declared:
        run.columns(series, [*_SIGNS, *DEFAULT_BEST.get(series, ())])


def _main(run: Run, fields: Sequence[str] | None) -> Columns:
    """Read the series that tells how a run does: the first that holds rows."""
    for series in run.declared:
        columns = run.columns(series, fields)
        if len(columns):
            return columns
    return Columns()


def _spans(run: Run) -> Iterator[SeriesSpan]:
    for series in run.declared:
        steps = run.columns(series, ()).steps
        if len(steps):
            known = [step for step in steps if step is not None]
            yield SeriesSpan(
                name=series,
                rows=len(steps),
                first_step=min(known, default=None),
                last_step=max(known, default=None),
            )


def _signs(run: Run, columns: Columns, last: Mapping[str, Any]) -> Signs:
    if not len(columns):
        return Signs(rows=0)
    step = columns.steps[-1]
    planned = progress_of(step, None, last, flatten(run.config), None).total_steps
    return Signs(
        rows=len(columns),
        step=step,
        total_steps=planned,
        phase=columns.key("phase")[-1],
        label=columns.key("label")[-1],
        active=last.get("training_active"),
        validating=last.get("validation_running"),
        paused=last.get("training_paused"),
        closed=columns.provenance["file"][-1].rpartition("/")[2] == FINAL_METRICS,
    )


def _last(columns: Columns) -> dict[str, Any]:
    """Give the last record, and what batches say of their epoch as a snapshot says it."""
    if not len(columns):
        return {}
    found = {name: values[-1] for name, values in columns.fields.items()}
    if "batch_index" in columns.keys:
        keys = (columns.key(name) for name in ("epoch", "phase", "batch_index"))
        found = {**batches_of_epoch(*keys), **found}
    return found


def _last_of_each_phase(columns: Columns) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Give the last record of every phase, that of the phase seen last at the end."""
    phases = columns.key("phase")
    rows = dict(zip(phases, range(len(columns)), strict=True))
    for phase, row in sorted(rows.items(), key=lambda each: each[1]):
        yield phase, {n: values[row] for n, values in columns.fields.items() if values[row] is not None}


def _epoch(columns: Columns) -> int | None:
    """Give the epoch of the last record, the first being 1; batch records count from 0."""
    epochs = columns.key("epoch")
    last: int | None = epochs[-1] if len(columns) else None
    return last + 1 if last is not None and "batch_index" in columns.keys and 0 in epochs else last


def _latest_time(columns: Columns) -> float | None:
    times = columns.key("time")
    return next((times[row] for row in range(len(times) - 1, -1, -1) if times[row] is not None), None)


def _written(run: Run, columns: Columns) -> float | None:
    """Tell when the file of the last record was written; one that has gone does not tell."""
    if not len(columns):
        return None
    with suppress(OSError):
        return os.stat(os.path.join(run.directory, columns.provenance["file"][-1])).st_mtime
    return None


def _main_metric(run: Run) -> Selection | None:
    try:
        return select(run, None, "best")
    except (MetricError, SourceError):
        return None


def _latest_value(chosen: Selection | None) -> float | None:
    if chosen is None:
        return None
    for value, good in zip(reversed(chosen.values), reversed(chosen.believed), strict=True):
        if good:
            return number(value)
    return None


def _best(chosen: Selection | None) -> StepValue | None:
    if chosen is None or chosen.metric.direction is None:
        return None
    try:
        ranking = rank(
            chosen.steps,
            chosen.values,
            direction=chosen.metric.direction,
            excluded=[not good for good in chosen.believed],
        )
    except MetricError:
        return None
    place = ranking.places[0]
    return StepValue(step=int(place.step), value=place.value)


def _quality(run: Run, columns: Columns, record: dict[str, Any], best: StepValue | None) -> Quality | None:
    fields = {kind: name for kind, names in QUALITY.items() if (name := first(record, names)) is not None}
    if "ki" not in fields:
        return None
    values = {kind: _believed_last(run, columns, name) for kind, name in fields.items()}
    return Quality(
        lr=values.get("lr"),
        ki=values.get("ki"),
        improvement=values.get("improvement"),
        best=best,
        unit=run.metric(fields["ki"]).unit,
        metrics=fields,
    )


def _believed_last(run: Run, columns: Columns, name: str) -> float | None:
    values, good = columns.fields[name], run.believed(columns, name)
    rows = (row for row in range(len(columns) - 1, -1, -1) if good[row] and is_number(values[row]))
    row = next(rows, None)
    return None if row is None else number(values[row])


def health(run: Run) -> tuple[Finding, ...]:
    """Say what the health rules find; nothing where the run cannot be read."""
    try:
        return diagnose(run).findings
    except (MetricError, SourceError):
        return ()
