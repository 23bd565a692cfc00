"""Columns of an earlier reading, brought up to date by reading the files that changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from statkit.data.cache.kept import Kept, chosen
from statkit.data.cache.settled import follows
from statkit.records import Columns, has_gaps, kinds_of
from statkit.sources.base import Group, PerFile, Source
from statkit.sources.known import Known, changes
from statkit.sources.run_files import RunFiles

Fields = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Older:
    """Columns of an earlier reading.

    Attributes
    ----------
    known : Known
        The scan they belong to.
    kept : Kept
        What was read.
    files : RunFiles or None
        The run it was, where this process read them.
    """

    known: Known
    kept: Kept
    files: RunFiles | None = None

    def since(self, files: RunFiles) -> Mapping[str, bool]:
        """The files that came, went or changed since."""
        assert files.listing is not None
        if self.files is files:
            return {}
        return files.differs if files.since is self.known else changes(self.known, files.listing)


@dataclass(frozen=True, slots=True)
class Renewed:
    """Columns up to date.

    Attributes
    ----------
    columns : Columns
        All rows.
    settled : bool
        Whether they need no mending and no ordering.
    fresh : int
        How many rows are new.
    changed : bool
        Whether they are others than before.
    """

    columns: Columns
    settled: bool
    fresh: int
    changed: bool


def renewed(older: Older, files: RunFiles, source: PerFile, group: Group, fields: Fields) -> Renewed | None:
    """Read what changed, or the fields that are new; None where only a whole reading gives the same.

    Parameters
    ----------
    older : Older
        What is there.
    files, source, group
        Who reads what now.
    fields : frozenset of str or None
        At least those of the older columns; None for all.
    """
    differs = older.since(files)
    before = with_provenance(older.kept, older.known.names, source)
    if covers(older.kept.fields, fields):
        return _updated(source, group, before, differs, older.kept)
    if fields is None or differs:
        return None
    return _widened(source, group, before, fields - (older.kept.fields or frozenset()))


def _updated(
    source: PerFile, group: Group, before: Columns, differs: Mapping[str, bool], older: Kept
) -> Renewed | None:
    """Keep the rows of files that are as they were, read the others."""
    present = set(group.names)
    names = before.provenance["file"]
    rows = [row for row, name in enumerate(names) if name not in differs and name in present]
    dropped = len(rows) < len(names)
    columns = _without_empty_keys(before.take(rows)) if dropped else before
    left = present - set(columns.provenance["file"])
    fresh = source.read(group.only(left), listed(older.fields)) if left else Columns()
    whole = source.joined([columns, fresh]) if left else columns
    ordered = older.fields is None
    again = {name for name in names if name in differs} <= set(fresh.provenance.get("file", ()))
    regular = again and _fill(fresh, before.fields)
    if not (ordered and regular) and not _has_the_same_fields(
        columns, fresh, dropped, whole, ordered=ordered
    ):
        return None
    whole.files = len(set(whole.provenance["file"]))
    settled = older.settled and not (dropped and _holds_text(columns))
    settled = settled and (not left or follows(columns, fresh))
    return Renewed(whole, settled, len(fresh), bool(differs or dropped or len(fresh)))


def _without_empty_keys(columns: Columns) -> Columns:
    """A key is there only where a row has it."""
    columns.keys = {
        name: key for name, key in columns.keys.items() if not len(key) or key.count(None) < len(key)
    }
    return columns


def _fill(fresh: Columns, fields: Mapping[str, Sequence[object]]) -> bool:
    """Tell whether every new row has a value in every field, and in their order."""
    return list(fresh.fields) == list(fields) and not any(map(has_gaps, fresh.fields.values()))


def _has_the_same_fields(
    columns: Columns, fresh: Columns, dropped: bool, whole: Columns, *, ordered: bool
) -> bool:
    """Tell whether a whole reading would find the fields that are here, and in this order if that counts.

    A column without a value may be one that only a file that is gone had, or one of null.
    """
    empty = {name for name, column in columns.fields.items() if dropped and column.count(None) == len(column)}
    sure = [*dict.fromkeys([*(name for name in columns.fields if name not in empty), *fresh.fields])]
    if not ordered:
        return set(sure) == whole.fields.keys()
    behind = list(whole.provenance["file"][: len(columns)]) == list(columns.provenance["file"])
    return behind and sure == list(whole.fields)


def _holds_text(columns: Columns) -> bool:
    """What became of text depended on all of it."""
    return any(kinds_of(column) == {str} for column in columns.fields.values())


def _widened(source: PerFile, group: Group, before: Columns, missing: frozenset[str]) -> Renewed | None:
    """Read the missing fields of all files; None where they do not make the same rows any more."""
    fresh = source.read(group, listed(missing))
    if list(fresh.provenance["file"]) != list(before.provenance["file"]):
        return None
    found = before.fields | fresh.fields
    return Renewed(
        replace(fresh, fields={name: found[name] for name in sorted(found)}), False, len(fresh), True
    )


def with_provenance(kept: Kept, names: Sequence[str], source: Source | PerFile) -> Columns:
    """Say of each row which file it came from; what is done to the result leaves what is kept alone."""
    columns = kept.columns
    files = [names[row] for row in kept.rows]
    provenance = {"format": [source.name] * len(files), "file": files, "row": columns.provenance["row"]}
    return replace(
        columns,
        keys=dict(columns.keys),
        fields=dict(columns.fields),
        provenance=provenance,
        notices=list(columns.notices),
    )


def covers(known: Fields, needed: Collection[str] | None) -> bool:
    """Tell whether fields that were read hold those that are needed; None is all."""
    return known is None or (needed is not None and known.issuperset(needed))


def narrowed(columns: Columns, known: Fields, needed: Collection[str] | None) -> Columns:
    """Leave what was not asked for aside: then it is not mended, nor remarked on."""
    if needed is None or len(needed) == (None if known is None else len(known)):
        return columns
    return replace(columns.select(chosen(columns.fields, known, needed)), keys=dict(columns.keys))


def listed(fields: Collection[str] | None) -> list[str] | None:
    """The fields as sources take them."""
    return None if fields is None else sorted(fields)
