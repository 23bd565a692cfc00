"""The document of one run: what analysis says of it, laid out by the views."""

from __future__ import annotations

import os
from collections.abc import Sequence

from statkit.analysis.series_summary import SeriesSummary, summarise
from statkit.analysis.timeline import milestones
from statkit.analysis.training_files import FileKind, inventory
from statkit.api.checkpoints import checkpoint_of
from statkit.data.run import Run
from statkit.pathology.run_facts import clinical_of
from statkit.records import Columns, is_number
from statkit.schema import DEFAULT_BEST, DEFAULT_TREND
from statkit.views.document import Document
from statkit.views.training_report import training_report
from statkit.views.validation_report import Timeline, validation_report

#: Fields of a timeline beside what it is judged by, where a run has them.
_BESIDE = (
    *DEFAULT_TREND["validation"],
    "quality_lr_value",
    "validation_loss_value",
    "val_loss",
    "learning_rate_value",
    "learning_rate",
)


def run_document(run: Run, name: str = "") -> Document:
    """Lay out the report of a run.

    Parameters
    ----------
    run : Run
        The run.
    name : str
        Which of several it is; empty for the only one.

    Raises
    ------
    SourceError
        If nothing of it can be read.
    """
    run.require_rows()
    files = inventory(_listed(run.directory))
    columns = run.columns("batch") if "batch" in run.declared else Columns()
    if len(columns):
        from statkit.analysis.training_summary import training_summary
        from statkit.api.report_charts import training_charts

        summary = training_summary(columns)
        charts = training_charts(columns, summary)
        return training_report(summary, files, name, charts, clinical_of(run.directory))
    return _other(run, files, name)


def _other(run: Run, files: Sequence[FileKind], name: str) -> Document:
    from statkit.api.diagnosing import diagnose
    from statkit.api.overview import show
    from statkit.api.report_charts import metric_charts

    results = [each for series in run.series_names() for each in _results(run, series)]
    checkpoints = [
        checkpoint_of(run, int(each.best_step)) if each.best_step is not None else None for each in results
    ]
    return validation_report(
        show(run),
        results,
        checkpoints,
        diagnose(run),
        files,
        name,
        _timeline(run, results),
        metric_charts(run, results),
    )


def _results(run: Run, series: str) -> list[SeriesSummary]:
    """Summarise the metrics of a series whose direction is known."""
    columns = run.columns(series)
    found = []
    for name, values in columns.fields.items():
        metric = run.metric(name)
        if metric.direction is None or not any(map(is_number, values)):
            continue
        made = summarise(
            name,
            series,
            columns.steps,
            values,
            unit=metric.unit,
            direction=metric.direction,
            excluded=[not good for good in run.believed(columns, name)],
        )
        found += [made] if made else []
    return found


def _timeline(run: Run, results: Sequence[SeriesSummary]) -> Timeline | None:
    """Choose the validations to show one by one, judged by the quality that ``best`` takes by default."""
    judged = {each.metric: each for each in results if each.phase == "validation"}
    name = next((name for name in DEFAULT_BEST["validation"] if name in judged), None)
    if name is None:
        return None
    columns = run.columns("validation")
    best = judged[name]
    there = [row for row, value in enumerate(columns.fields[name]) if is_number(value)]
    steps: list[int | float | None] = [columns.steps[row] for row in there]
    place = steps.index(best.best_step) if best.best_step in steps else None
    rows = milestones(len(there), place)
    fields = [name, *(each for each in _BESIDE if each in columns.fields)]
    return Timeline(
        metric=name,
        direction=run.metric(name).direction or "max",
        steps=[steps[row] for row in rows],
        fields=[(each, [columns.fields[each][there[row]] for row in rows]) for each in fields],
        best=None if place is None else rows.index(place),
        of=len(there),
        checkpoint=None if best.best_step is None else checkpoint_of(run, int(best.best_step)),
    )


def _listed(directory: str) -> list[tuple[str, int]]:
    """List the regular files of a directory with their sizes; one that vanishes is left out."""
    try:
        with os.scandir(directory) as entries:
            return [(entry.name, entry.stat().st_size) for entry in entries if entry.is_file()]
    except OSError:
        return []
