"""Which batches are asked about: by number, the latest, or all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from statkit.data.run import Run
from statkit.errors import UsageError
from statkit.layout import BatchImageName
from statkit.records import Columns
from statkit.sources import sidecar


def has_batches(run: Run) -> bool:
    """Tell whether a run has batch records, or sidecars of their dashboards."""
    return "batch" in run.declared or bool(sidecar.listed(run.directory))


def records(
    run: Run, batch: int | None, every: bool, phase: str | None, kept: Sequence[BatchImageName]
) -> Iterator[tuple[Columns, str, int]]:
    """Choose records: the columns, the phase, and the number in it."""
    from statkit.analysis.batch_history import counts

    run.require_rows()
    columns = run.columns("batch")
    found = counts(columns)
    phases = [name for name in found if phase in (None, name)]
    if batch is not None:
        phases = [name for name in phases if 1 <= batch <= found[name]][:1]
    elif not every:
        phases = phases[:1]
    if not phases:
        raise UsageError(_nothing(run, batch, phase, found, kept))
    for name in phases:
        yield columns, name, found[name] if batch is None else batch


def _nothing(
    run: Run, batch: int | None, phase: str | None, found: dict[str, int], kept: Sequence[BatchImageName]
) -> str:
    asked = " ".join(word for word in (phase, "batch", None if batch is None else str(batch)) if word)
    there = [f"{name} 1 to {count}" for name, count in found.items()]
    beside = [f"{image.phase} {image.number}" for image in kept]
    more = f"; with a sidecar: {', '.join(beside[:8])}{', …' if len(beside) > 8 else ''}" if beside else ""
    return f"{run.name} has no {asked}. Possible: {', '.join(there) or 'none'}{more}."
