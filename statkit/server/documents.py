"""What the page is answered, as plain documents: docs/page.md describes them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

from statkit.analysis.monitoring.state import Glance
from statkit.analysis.monitoring.status import RunStatus
from statkit.analysis.result import plain
from statkit.api.monitoring import activity as activity_of
from statkit.data.run import Run
from statkit.errors import MetricNotFoundError, StatkitError
from statkit.layout import GENERIC_DIRECTORIES
from statkit.records import has_gaps, is_number, kinds_of
from statkit.server.images import images_of
from statkit.server.watch import Watch
from statkit.server.watched import WatchedRun

SCHEMA: Final = "statkit.page/1"

_SHARED_KEYS: Final = ("epoch", "time", "phase")


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
        If a metric, or the series, does not exist.
    """

    def take(asked: Run) -> dict[str, Any]:
        wanted = list(metrics) or list(run.state().series_default)
        chosen = name if name is not None else _series_of(asked, wanted)
        if chosen not in asked.declared:
            raise MetricNotFoundError(chosen, asked.declared, f"the series of {asked.name}")
        followed = run.lineage(chosen)
        columns = asked.columns(chosen, wanted)
        missing = [each for each in wanted if each not in columns.fields]
        if missing:
            raise MetricNotFoundError(missing[0], asked.metrics(chosen), asked.name)
        start = since if lineage == followed.name and 0 <= since <= len(columns) else 0
        keys = {key: list(columns.keys[key][start:]) if key in columns.keys else None for key in _SHARED_KEYS}
        return {
            "series": chosen,
            "rows": len(columns),
            "since": start,
            "lineage": followed.name,
            "revision": run.revision,
            "step": list(columns.steps[start:]),
            **keys,
            "values": {each: _numbers(columns.fields[each][start:]) for each in wanted},
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
