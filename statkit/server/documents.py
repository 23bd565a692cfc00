"""What the page is answered, as plain documents: docs/page.md describes them."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Final

from statkit.analysis.arrays import floats
from statkit.analysis.monitoring.state import Glance
from statkit.analysis.monitoring.status import RunStatus
from statkit.analysis.plotted.curves import best_mark
from statkit.analysis.result import plain
from statkit.api.monitoring import activity as activity_of
from statkit.api.plotted_rows import Segments, places_of
from statkit.api.selection import Filter, select
from statkit.data.run import Run
from statkit.errors import MetricNotFoundError, StatkitError, UsageError
from statkit.layout import GENERIC_DIRECTORIES
from statkit.records import Columns, has_gaps, is_number, kinds_of
from statkit.server.images import images_of
from statkit.server.watch import Watch
from statkit.server.watched import WatchedRun

SCHEMA: Final = "statkit.page/1"

_SHARED_KEYS: Final = ("time", "phase")


def runs(watch: Watch) -> dict[str, Any]:
    """List every run with its status; one that cannot be read is listed with the reason."""
    return {"schema": SCHEMA, "revision": watch.revision, "runs": [_row(run) for run in watch.runs]}


def _row(run: WatchedRun) -> dict[str, Any]:
    head: dict[str, Any] = {"id": run.id, "name": run.name, "path": run.path, "group": group_of(run.real)}
    try:
        seen, status = run.glance(), run.status()
    except StatkitError as error:
        return {**head, "status": "unknown", "status_reason": str(error), "series": []}
    return {**head, **_brief(run, seen, status)}


def _brief(run: WatchedRun, seen: Glance, status: RunStatus) -> dict[str, Any]:
    return {
        "revision": run.revision,
        "status": status.status,
        "status_reason": status.reason,
        "format": seen.format,
        "series": plain(seen.series),
        "last_update": status.last_update,
        "age_s": status.age_s,
        "step": seen.signs.step,
        "fraction": seen.position.fraction,
        "metric": seen.metric,
        "direction": seen.direction,
        "value": seen.value,
        "best": plain(seen.best),
    }


def group_of(path: str) -> str:
    """Name the group of a run: the directory that holds the run's own, generic names passed over."""
    parts = [part for part in path.split(os.sep) if part]
    while len(parts) > 1 and parts[-1] in GENERIC_DIRECTORIES:
        parts.pop()
    return parts[-2] if len(parts) > 1 else ""


def run_page(run: WatchedRun) -> dict[str, Any]:
    """Give one run in full."""
    state = run.state()
    status = state.glance.status(run.now(), run.seen)
    told = state.to_dict()
    for name in ("glance", "rate_phase"):
        told.pop(name)
    return {
        "id": run.id,
        "name": run.name,
        "path": run.path,
        "group": group_of(run.real),
        **_brief(run, state.glance, status),
        "cadence_s": status.cadence_s,
        "limit_s": status.limit_s,
        "progress": state.glance.progress(status).to_dict(),
        "phase": state.rate_phase,
        **told,
        "images": bool(run.once(images_of)),
        "warnings": [notice.to_dict() for notice in run.ask(lambda each: each.notices)],
    }


def series(
    run: WatchedRun, metrics: Sequence[str], name: str | None, since: int, lineage: str | None
) -> dict[str, Any]:
    """Give metrics of one series at full resolution, from a row on.

    Parameters
    ----------
    run : WatchedRun
        The run.
    metrics : sequence of str
        Fields of one series; none takes those charted at first.
    name : str or None
        The series; None takes the first that holds the first of the metrics.
    since : int
        The first row wanted.
    lineage : str or None
        What an earlier answer said; where it is another now, every row is given.

    Raises
    ------
    MetricNotFoundError
        If the series, or every one of the metrics, does not exist; a metric that this run lacks among
        others is left out.
    """

    def take(asked: Run) -> dict[str, Any]:
        wanted = list(metrics) or list(run.state().series_default)
        chosen = name if name is not None else _series_of(asked, wanted)
        if chosen not in asked.declared:
            raise MetricNotFoundError(chosen, asked.declared, f"the series of {asked.name}")
        followed = run.lineage(chosen)
        columns = asked.columns(chosen, wanted)
        known = [each for each in wanted if each in columns.fields]
        if not known:
            raise MetricNotFoundError(wanted[0], asked.metrics(chosen), asked.name)
        start = since if lineage == followed.name and 0 <= since <= len(columns) else 0
        keys = {key: list(columns.keys[key][start:]) if key in columns.keys else None for key in _SHARED_KEYS}
        segments = Segments().of(asked, columns)
        epochs = _epochs(asked, columns)
        return {
            "series": chosen,
            "rows": len(columns),
            "since": start,
            "lineage": followed.name,
            "revision": run.revision,
            "step": list(columns.steps[start:]),
            **keys,
            "epoch": epochs[start:] if epochs is not None else None,
            "segment": segments[start:] if any(segments) else None,
            "best": {each: _best(asked, chosen, each) for each in known},
            "values": {each: _numbers(columns.fields[each][start:]) for each in known},
        }

    return run.ask(take)


def _series_of(run: Run, metrics: Sequence[str]) -> str:
    """Find the series of a metric: the first that has numbers of it."""
    for series in run.declared:
        if metrics and any(map(is_number, run.columns(series, metrics[:1]).fields.get(metrics[0], ()))):
            return series
    if not metrics and run.declared:
        return run.declared[0]
    names = [name for series in run.declared for name in run.metrics(series)]
    raise MetricNotFoundError(metrics[0] if metrics else "", names, run.name)


def _best(run: Run, series: str, metric: str) -> dict[str, Any] | None:
    """Find the best believed point, as ``statkit best`` does; None where nothing says what is better."""
    if run.metric(metric).direction is None:
        return None
    try:
        found = select(run, metric, "best", Filter())
    except StatkitError:
        return None
    if found.metric.direction is None or found.columns.keys["series"][0] != series:
        return None
    steps = found.columns.steps
    mark = best_mark(steps, floats(steps), found.values, found.metric.direction, found.believed)
    return None if mark is None else {"step": mark.step, "value": mark.value}


def _epochs(run: Run, columns: Columns) -> list[float | None] | None:
    """Give epochs done after each row: of snapshots in fractions, of batches the number of their epoch.

    A fraction of batches would change for rows that a page already has, with the longest epoch so far.
    """
    if "batch_index" in columns.keys or "epoch" not in columns.keys:
        return list(columns.keys["epoch"]) if "epoch" in columns.keys else None
    try:
        places = places_of(run, columns, "epoch").tolist()
    except UsageError:
        return None
    return [place if math.isfinite(place) else None for place in places]


def _numbers(values: Sequence[Any]) -> list[Any]:
    if kinds_of(values) <= {int, float} and not has_gaps(values):
        return list(values)
    return [value if is_number(value) else None for value in values]


def activity(run: WatchedRun) -> dict[str, Any]:
    """Give the activity of layers over the steps."""
    found = run.once(activity_of)
    return {
        "layers": [{"layer": card.layer, "trunk": card.trunk} for card in found.layers],
        "unit": found.unit,
        "mixed": found.mixed,
        "bins": found.bins,
        "steps": list(found.steps),
        "values": found.values.tolist(),
    }
