"""Rows as read become a history: ordered, placed on steps and epochs, replaced rows gone."""

from __future__ import annotations

import math
import operator
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Any

from statkit.data.lineage import Lineage, OnRewind, trace
from statkit.data.tables import without_rewinds
from statkit.layout import SUPERSEDED
from statkit.records import KEYS, Columns, Notice

#: Fewer batch records do not repay the import of numpy.
_LONG = 20_000

#: Labels of snapshots saved by hand from the original page, between validations.
_BY_HAND = ("download", "log")


def by_series(columns: Columns) -> list[tuple[str, Columns]]:
    """Split what one source read; a field goes only where it has a value, if it has one anywhere."""
    names = columns.keys.get("series", [])
    kinds = list(dict.fromkeys(names))
    if len(kinds) < 2:
        return [(kinds[0] if kinds else "", columns)]
    split = []
    for kind in kinds:
        part = columns.take([row for row, name in enumerate(names) if name == kind])
        for name, column in columns.fields.items():
            if _is_empty(part.fields[name]) and not _is_empty(column):
                del part.fields[name]
        if kind != kinds[0]:
            part.notices = []
        split.append((kind, part))
    return split


def _is_empty(column: Sequence[Any]) -> bool:
    return column.count(None) == len(column)


def order(columns: Columns, path: str, on_rewind: OnRewind = "last") -> Columns:
    """Order one series.

    Parameters
    ----------
    columns : Columns
        One series as its source read it.
    path : str
        The run, for the notices.
    on_rewind : {"last", "first", "all"}
        Which lineage to keep where a resumed training wrote steps again.

    Returns
    -------
    Columns
        Rows in order of step (batch series: in order of writing), every row with a step; a key
        ``segment`` where more than one lineage is kept.
    """
    if not len(columns):
        return columns
    if "batch_index" in columns.keys:
        return _keys_in_order(_order_batches(columns, path, on_rewind))
    return _keys_in_order(_order_steps(columns, path, on_rewind))


def _keys_in_order(columns: Columns) -> Columns:
    names = [name for name in (*KEYS, "segment") if name in columns.keys]
    columns.keys = {name: columns.keys[name] for name in names}
    return columns


# --- snapshots and tables: one row a step -----------------------------------------------------------


def _order_steps(columns: Columns, path: str, on_rewind: OnRewind) -> Columns:
    if _is_plain(columns):
        return columns
    columns = _with_steps(columns)
    if columns.keys["series"][:1] == ["scalars"]:
        return _sorted(without_rewinds(columns, on_rewind))
    columns = _without_duplicates(columns, on_rewind)
    times = columns.key("time")
    labels = columns.key("label")
    steps: Sequence[Any] = columns.keys["step"]
    timed = [row for row in range(len(columns)) if times[row] is not None and labels[row] is None]
    timed.sort(key=lambda row: (times[row], steps[row]))
    if columns.keys["series"][0] != "validation" or len(timed) < 2:
        return _sorted(columns)
    lineage = trace([(None, (steps[row], 0)) for row in timed], on_rewind)
    if lineage.segments < 2:
        return _sorted(columns)
    return _sorted(_one_lineage(columns, timed, lineage, path, on_rewind))


def _is_plain(columns: Columns) -> bool:
    """Tell rows that are a history as they stand: one a step, in order, by one process."""
    steps: Sequence[Any] = columns.steps
    times = columns.keys.get("time")
    if columns.keys["series"][0] != "validation" or "label" in columns.keys:
        return False
    try:
        rising = all(map(operator.lt, steps, islice(steps, 1, None)))
        return rising and (times is None or all(map(operator.le, times, islice(times, 1, None))))
    except TypeError:  # a row without a step or a time
        return False


def _with_steps(columns: Columns) -> Columns:
    rows = [row for row, step in enumerate(columns.steps) if step is not None]
    if len(rows) == len(columns):
        return columns
    missing = sorted({columns.provenance["file"][row] for row in set(range(len(columns))) - set(rows)})
    kept = columns.take(rows)
    kept.notices += [Notice("skipped-file", name, "says no step, in its name or inside") for name in missing]
    return kept


def _without_duplicates(columns: Columns, on_rewind: OnRewind) -> Columns:
    """Keep one row a step and label: the newest; by-hand copies of a saved step go.

    Replaced files are kept beside the new ones where times will tell their lineage; where they say
    no time, ``first`` keeps each step's oldest.
    """
    steps, labels, times = columns.steps, columns.key("label"), columns.key("time")
    files = columns.provenance["file"]
    if columns.keys["series"][0] != "validation":
        return columns
    saved = {step for step, label in zip(steps, labels, strict=True) if label is None}
    best: dict[tuple[Any, ...], int] = {}
    notices = []
    for row, (step, label) in enumerate(zip(steps, labels, strict=True)):
        if label in _BY_HAND and step in saved:
            text = f"saved by hand at step {step}, which has its own snapshot; left out"
            notices.append(Notice("duplicate-step", files[row], text))
            continue
        timeless = on_rewind == "first" and times[row] is None
        apart = label == "download" or (_generation(files[row]) != math.inf and not timeless)
        place = (step, label, files[row] if apart else None)
        other = best.get(place)
        if other is not None and timeless:
            best[place] = min(row, other, key=lambda each: _generation(files[each]))
            continue
        if other is not None:
            row, lost = _newer(row, other, times, files)
            text = f"step {step} is in {files[row]} too, which is newer; left out"
            notices.append(Notice("duplicate-step", files[lost], text))
        best[place] = row
    if len(best) == len(columns):
        return columns
    kept = columns.take(sorted(best.values()))
    kept.notices += notices
    return kept


def _generation(file: str) -> float:
    """Number the resumes: ``superseded/<k>/`` is k, what stands in the run's directory is the newest."""
    first, _, rest = file.partition("/")
    return int(rest.partition("/")[0]) if first == SUPERSEDED else math.inf


def _newer(one: int, other: int, times: Sequence[Any], files: Sequence[str]) -> tuple[int, int]:
    def age(row: int) -> tuple[float, str]:
        return (times[row] if times[row] is not None else float("-inf"), files[row])

    return (one, other) if age(one) >= age(other) else (other, one)


def _one_lineage(
    columns: Columns, timed: list[int], lineage: Lineage, path: str, on_rewind: OnRewind
) -> Columns:
    dropped = {timed[index] for index in lineage.dropped}
    segments: list[int | None] = [None] * len(columns)
    for index, row in enumerate(timed):
        segments[row] = lineage.segment[index]
    kept = columns.take([row for row in range(len(columns)) if row not in dropped])
    steps = sorted(columns.steps[row] for row in dropped)  # type: ignore[type-var]
    what = f"last_update_time falls while the step rises: {lineage.segments} processes wrote here"
    if dropped:
        what += f"; {len(dropped)} rows of another lineage (steps {steps[0]}–{steps[-1]}) are left out"
    kept.notices.append(Notice("mixed-lineage", path, f"{what} (--on-rewind last|first|all)"))
    if on_rewind == "all":
        kept.keys["segment"] = [number for row, number in enumerate(segments) if row not in dropped]
    return kept


def _sorted(columns: Columns) -> Columns:
    labels, times, steps = columns.key("label"), columns.key("time"), columns.steps
    if columns.keys["series"][0] != "validation":
        rows = sorted(range(len(columns)), key=lambda row: steps[row])  # type: ignore[arg-type,return-value]
    else:
        rows = sorted(range(len(columns)), key=lambda row: (steps[row], labels[row] or "", times[row] or 0.0))
    return columns if rows == list(range(len(columns))) else columns.take(rows)


# --- batches: many rows an epoch, in order of writing -----------------------------------------------


def _order_batches(columns: Columns, path: str, on_rewind: OnRewind) -> Columns:
    if len(columns) >= _LONG and isinstance(columns.keys["batch_index"], array):
        from statkit.data.regular import places

        found = places(columns)
        if found is not None:
            columns.keys["epoch"], columns.keys["step"] = found
            return columns
    phases, indices = columns.key("phase"), columns.keys["batch_index"]
    epochs = _epochs(phases, indices, columns.key("epoch"))
    positions = [
        None if index is None else (phase, (-1 if epoch is None else epoch, index))
        for phase, epoch, index in zip(phases, epochs, indices, strict=True)
    ]
    lineage = trace(positions, on_rewind)
    columns.keys["epoch"] = epochs
    columns.keys["step"] = _steps(columns.steps, phases, positions, lineage)
    if lineage.segments < 2:
        return columns
    if on_rewind == "all":
        columns.keys["segment"] = lineage.segment
    kept = columns.take(lineage.keep) if lineage.dropped else columns
    text = f"batch_idx falls to a number above 0: {lineage.segments - 1} rewinds"
    if lineage.dropped:
        text += f"; {len(lineage.dropped)} rows that were written again are left out"
    kept.notices.append(Notice("mixed-lineage", path, f"{text} (--on-rewind last|first|all)"))
    return kept


def _epochs(phases: Sequence[Any], indices: Sequence[Any], given: Sequence[Any]) -> list[int | None]:
    """Infer the epoch of each row from batch_idx falling to its first value, per phase, from 0.

    Validation rows before the first training row are a sanity check and have no epoch; an epoch the
    file states wins.
    """
    trained = "train" in phases
    started = not trained
    first = {phase: _first_index(phase, phases, indices) for phase in set(phases)}
    epoch: Counter[Any] = Counter()
    last: dict[Any, int] = {}
    result: list[int | None] = []
    for phase, index, stated in zip(phases, indices, given, strict=True):
        if phase == "train" and not started:
            started = True
            last.clear()
        if index is not None and index == first[phase] and phase in last and index <= last[phase]:
            epoch[phase] += 1
        if index is not None:
            last[phase] = index
        if stated is not None:
            epoch[phase] = stated
            result.append(stated)
        else:
            result.append(epoch[phase] if started else None)
    return result


def _first_index(phase: Any, phases: Sequence[Any], indices: Sequence[Any]) -> int:
    """Where a phase starts counting: 0, or 1 in a loop that never has a batch 0."""
    lowest = min((i for p, i in zip(phases, indices, strict=True) if p == phase and i is not None), default=0)
    return 1 if lowest == 1 else 0


def _steps(
    given: Sequence[Any], phases: Sequence[Any], positions: Sequence[Any], lineage: Lineage
) -> list[int]:
    """Count the training records before each row in its own lineage; a stated step wins."""
    steps: list[int] = []
    trained = 0
    at: dict[Any, int] = {}
    segment = 0
    for row, phase in enumerate(phases):
        place = positions[row]
        if lineage.segment[row] != segment:
            segment = lineage.segment[row]
            trained = at.get(place, trained)
        if place is not None:
            at[place] = trained
        steps.append(given[row] if given[row] is not None else trained)
        if phase == "train":
            trained += 1
    return steps
