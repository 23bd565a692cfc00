"""Are the files of a run whole and consistent: every check, asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from statkit.analysis.findings import Finding, ordered
from statkit.analysis.integrity.cadence import missing_batches, missing_steps
from statkit.analysis.integrity.clocks import (
    clock_reversals,
    repeated_snapshots,
    restarts,
    step_mismatches,
)
from statkit.analysis.integrity.fields import lagging_quality, schema_drift, unit_suspects
from statkit.analysis.integrity.reported import reported
from statkit.records import Columns, Notice
from statkit.schema import Metric, lookup


def check(
    series: Mapping[str, Columns],
    notices: Sequence[Notice] = (),
    metric_of: Callable[[str], Metric] = lookup,
    run: str = "",
) -> tuple[Finding, ...]:
    """Check the files of one run.

    Parameters
    ----------
    series : mapping of str to Columns
        The run's series by name (``validation``, ``batch``, ``epoch``, ``scalars``), all fields read.
    notices : sequence of Notice
        Everything that reading noticed.
    metric_of : callable
        Name to `Metric`; the catalogue when left out.
    run : str
        The run's name, left out of messages that begin with it.

    Returns
    -------
    tuple of Finding
        The worst first; severity error where something was lost, or contradicts.

    Examples
    --------
    >>> steps = [500, 1000, 1500, 3000, 3500, 4000]
    >>> found = check({"validation": Columns({"step": steps}, {"quality_ki_value": [0.5] * 6})})
    >>> found[0].rule, found[0].steps
    ('cadence-gap', (1500, 3000))
    """
    found = list(reported(notices, run))
    for name, columns in series.items():
        if len(columns):
            found += _of_series(name, columns, metric_of)
    return ordered(found)


def _of_series(name: str, columns: Columns, metric_of: Callable[[str], Metric]) -> Iterator[Finding]:
    columns = _unlabelled(columns)
    yield from schema_drift(columns)
    yield from unit_suspects(columns, metric_of)
    if name == "validation":
        yield from missing_steps(columns)
        yield from clock_reversals(columns)
        yield from step_mismatches(columns)
        yield from repeated_snapshots(columns)
        yield from restarts(columns)
        yield from lagging_quality(columns)
    if name == "batch":
        yield from missing_batches(columns)
        yield from clock_reversals(columns)


def _unlabelled(columns: Columns) -> Columns:
    """Leave out snapshots with a label, where there are others: they follow no cadence and no schema."""
    rows = [row for row, label in enumerate(columns.key("label")) if label is None]
    return columns if len(rows) in (0, len(columns)) else columns.take(rows)
