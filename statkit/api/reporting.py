"""The report of a training, made from its files alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from statkit.analysis.series_summary import SeriesSummary, summarise
from statkit.analysis.training_files import FileKind, inventory
from statkit.api.checkpoints import checkpoint_of
from statkit.api.inputs import Input, many
from statkit.data.run import Run
from statkit.errors import UsageError
from statkit.records import Columns, is_number
from statkit.views.training_report import REPORT_NAME, training_report
from statkit.writers.atomic import replace_file

FORMATS = ("md",)


@dataclass(frozen=True, slots=True)
class Report:
    """A report as text; a notebook shows it, `write` saves it.

    Attributes
    ----------
    text : str
        Markdown.
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text

    def write(self, path: str | os.PathLike[str] = REPORT_NAME) -> Path:
        """Write it to a file, whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        replace_file(os.path.abspath(path), [self.text.encode("utf-8", "replace")])
        return Path(path)


def report(runs: Input, *, format: str = "md") -> Report:
    """Make the report of a run; of several, one after the other.

    A run of batch records, also one that was killed, gets the sections of
    ``final_summary_report.md``; the same records give the same bytes as at the end of the training.

    Parameters
    ----------
    runs : Run, Runs, sequence of Run, or path
        The runs.
    format : {"md"}
        How it is written.

    Raises
    ------
    UsageError
        If the format is another one.
    SourceError
        If nothing of a run can be read.

    Examples
    --------
    >>> import statkit as sk
    >>> from statkit.api.reporting import report
    >>> str(report(sk.load("examples/runs/coarse/seed-0"))).splitlines()[0]
    '# Training Final Summary'
    """
    if format not in FORMATS:
        raise UsageError(f"--format {format!r} is unknown. Possible: {', '.join(FORMATS)}.")
    found = many(runs)
    return Report("\n".join(_one(run, run.name if len(found) > 1 else "") for run in found))


def _one(run: Run, name: str) -> str:
    run.require_rows()
    files = inventory(_listed(run.directory))
    columns = run.columns("batch") if "batch" in run.declared else Columns()
    if len(columns):
        from statkit.analysis.training_summary import training_summary

        return training_report(training_summary(columns), files, name)
    return _other(run, files, name)


def _other(run: Run, files: Sequence[FileKind], name: str) -> str:
    from statkit.api.diagnosing import diagnose
    from statkit.api.overview import show
    from statkit.views.validation_report import validation_report

    results = [each for series in run.series_names() for each in _results(run, series)]
    checkpoints = [
        checkpoint_of(run, int(each.best_step)) if each.best_step is not None else None for each in results
    ]
    return validation_report(show(run), results, checkpoints, diagnose(run), files, name)


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


def _listed(directory: str) -> list[tuple[str, int]]:
    """List the regular files of a directory with their sizes; one that vanishes is left out."""
    try:
        with os.scandir(directory) as entries:
            return [(entry.name, entry.stat().st_size) for entry in entries if entry.is_file()]
    except OSError:
        return []
