"""What is in a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from statkit.analysis.answers import ConfigDifference, RunSummary, SeriesSummary
from statkit.api.checkpoints import count_checkpoints
from statkit.data.run import Run
from statkit.records import Columns, flatten


def show(run: Run) -> RunSummary:
    """Summarise a run: series, rows, metrics, config, timeline.

    Raises
    ------
    SourceError
        If nothing of it can be read.
    """
    read = {name: run.columns(name) for name in run.declared}
    read = {name: columns for name, columns in read.items() if len(columns)}
    run.require_rows()
    return RunSummary(
        run=run.name,
        path=run.path,
        format=", ".join(run.formats),
        files=len(run.file_names),
        series=tuple(_series(name, columns, run) for name, columns in read.items()),
        config=run.config,
        timeline=_timeline(list(read.values())),
        checkpoints=count_checkpoints(run),
    )


def _series(name: str, columns: Columns, run: Run) -> SeriesSummary:
    steps = [step for step in columns.steps if step is not None] or [0]
    phases = Counter(phase for phase in columns.key("phase") if phase is not None)
    return SeriesSummary(
        name=name,
        rows=len(columns),
        first_step=min(steps),
        last_step=max(steps),
        phases=dict(phases),
        metrics=tuple(run.metrics(name)),
    )


def _timeline(series: Sequence[Columns]) -> dict[str, Any]:
    times = [time for columns in series for time in columns.key("time") if time is not None]
    if not times:
        return {"first_time": None, "last_time": None, "seconds": None}
    first, last = min(times), max(times)
    return {"first_time": _iso(first), "last_time": _iso(last), "seconds": round(last - first, 3)}


def _iso(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):  # a clock that says year 100,000
        return None


def config_differences(runs: Sequence[Run]) -> tuple[ConfigDifference, ...]:
    """Compare the hyperparameters of runs: the keys whose values differ, each with every run's value."""
    flat = [flatten(run.config) for run in runs]
    keys = dict.fromkeys(key for config in flat for key in config)
    return tuple(
        ConfigDifference(key=key, values=tuple(config.get(key) for config in flat))
        for key in keys
        if any(config.get(key) != flat[0].get(key) or (key in config) != (key in flat[0]) for config in flat)
    )
