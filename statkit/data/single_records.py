"""One record with all its fields: its file is read whole, the others of the run are not."""

from __future__ import annotations

from statkit.data import derived
from statkit.records import Columns, Record
from statkit.sources.base import Group, PerRecord, Source
from statkit.sources.values import normalise


def of_snapshot(
    source: Source, group: Group, columns: Columns, row: int, *, run: str, history: Columns
) -> Record | None:
    """Read the one snapshot that made a row of a series.

    Parameters
    ----------
    source : Source
        Who reads it.
    group : Group
        The files it is one of.
    columns : Columns
        The series, with provenance.
    row : int
        Which row.
    run : str
        What notices call the run.
    history : Columns
        The series as it was read; where its qualities were, the running best is that of the history.

    Returns
    -------
    Record or None
        None where the file no longer holds exactly one record.
    """
    name = columns.provenance["file"][row]
    whole = normalise(source.read(group.only([name])), run)
    if len(whole) != 1:
        return None
    whole.keys = {key: [column[row]] for key, column in columns.keys.items()}
    whole = derived.add(whole)
    if derived.RUNNING_BEST in whole.fields:
        series = derived.add(history, [derived.RUNNING_BEST])
        best = series.fields.get(derived.RUNNING_BEST)
        place = series.provenance["file"].index(name)
        whole.fields[derived.RUNNING_BEST] = [best[place] if best is not None else None]
    return whole.record(0)


def of_huge_file(source: PerRecord, group: Group, columns: Columns, row: int, *, run: str) -> Record | None:
    """Read the one record of a huge file that made a row; the parameters are those of `of_snapshot`."""
    one = source.one(group, columns.provenance["file"][row], columns.provenance["row"][row])
    if one is None or len(one) != 1:
        return None
    normalise(one, run)
    one.keys = {key: [column[row]] for key, column in columns.keys.items()}
    return derived.add(one).record(0)
