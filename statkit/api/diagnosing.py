"""Is this training healthy, and are its files whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from statkit.analysis.findings import RunDiagnosis, RunIntegrity, ordered, status_of
from statkit.data import derived
from statkit.data.run import Run
from statkit.records import Columns


def diagnose(run: Run) -> RunDiagnosis:
    """Say whether the training of a run is healthy.

    Every series of the run is asked every rule (docs/health.md); rules without data say nothing.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    RunDiagnosis
        Its ``status`` is the worst severity found; its ``findings`` carry rule, severity, metric,
        steps, evidence, advice and source.

    Raises
    ------
    SourceError
        If nothing of the run can be read.

    Examples
    --------
    >>> import statkit as sk
    >>> from statkit.api.diagnosing import diagnose
    >>> diagnose(sk.load("examples/runs/coarse/seed-0")).status  # doctest: +SKIP
    'healthy'
    """
    from statkit.analysis.health.diagnosis import diagnose as ask

    run.require_rows()
    findings = ordered(
        finding
        for columns in _tables(run)
        for finding in ask(columns, run.metric, partial(run.believed, columns)).findings
    )
    return RunDiagnosis(run=run.name, path=run.path, status=status_of(findings), findings=findings)


def _tables(run: Run) -> Iterator[Columns]:
    """Give each series whose rows follow each other; tables of different files one by one."""
    for series in run.declared:
        columns = run.columns(series)
        if not len(columns) or series == "epoch":
            continue
        if series != "scalars":
            yield columns
            continue
        files = columns.provenance["file"]
        for file in dict.fromkeys(files):
            yield columns.take([row for row, each in enumerate(files) if each == file])


def doctor(run: Run) -> RunIntegrity:
    """Say whether the files of a run are whole and consistent.

    Parameters
    ----------
    run : Run
        The run; what of it cannot be read is a finding, not an error.

    Returns
    -------
    RunIntegrity
        A finding of severity error means that something was lost, or contradicts.
    """
    from statkit.analysis.integrity.inspection import check

    read = {name: _as_written(run.columns(name)) for name in run.declared}
    findings = check(read, run.notices, run.metric, run.name)
    return RunIntegrity(
        run=run.name,
        path=run.path,
        status=status_of(findings),
        files=len(run.file_names),
        rows_read=sum(len(columns) for columns in read.values()),
        findings=findings,
    )


def _as_written(columns: Columns) -> Columns:
    """Leave out the columns that no file holds."""
    return columns.select(name for name in columns.fields if name not in derived.NAMES)
