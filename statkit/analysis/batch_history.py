"""Batch records up to one of them: what a dashboard of that batch rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from statkit.analysis.progress import Progress, as_float, progress
from statkit.records import Columns, Record
from statkit.schema import split_attention


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchHistory:
    """One batch and all before it.

    Attributes
    ----------
    phase : str
        ``train`` or ``val``.
    number : int
        Batches of the phase up to this one, across epochs.
    record : Record
        The batch's own.
    progress : Progress
        The curves of all records up to it.
    """

    phase: str
    number: int
    record: Record
    progress: Progress


def counts(columns: Columns) -> dict[str, int]:
    """Count the records of each phase, ``train`` first."""
    phases = columns.key("phase")
    names = dict.fromkeys(phase for phase in phases if isinstance(phase, str))
    found = {name: sum(phase == name for phase in phases) for name in names}
    return {name: found[name] for name in sorted(found, key=lambda name: name != "train")}


def batch_history(
    columns: Columns, phase: str, number: int, fields: Iterable[str], attention: Sequence[str]
) -> BatchHistory:
    """Take the records up to the ``number``-th of a phase.

    Parameters
    ----------
    columns : Columns
        Batch records in the order they were written.
    phase : str
        One that occurs.
    number : int
        From 1 to as many as there are of the phase.
    fields : iterable of str
        Whose curves to make.
    attention : sequence of str
        Metrics whose curves to make for every layer.

    Raises
    ------
    IndexError
        If there is no such record.
    """
    phases = columns.key("phase")
    rows = [row for row, name in enumerate(phases) if name == phase]
    if not 1 <= number <= len(rows):
        raise IndexError(f"{number} of {len(rows)}")
    row = rows[number - 1]
    wanted = [*fields, *(n for n in columns.fields if (p := split_attention(n)) and p[1] in attention)]
    history: dict[str, Sequence[Any]] = {
        "step": [step if step is not None else float("nan") for step in columns.steps[: row + 1]],
        "phase": phases[: row + 1],
    }
    for name in wanted:
        if name in columns.fields:
            column = columns.fields[name][: row + 1]
            history[name] = [as_float(value) for value in column]
    return BatchHistory(phase=phase, number=number, record=columns.record(row), progress=progress(history))
