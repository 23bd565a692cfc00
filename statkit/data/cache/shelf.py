"""What is kept of one directory: given where nothing has changed, renewed where something has."""

from __future__ import annotations

import contextlib
import time
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from statkit.data.cache.entry import Entry, Kept, Packed, compose, pack, with_settled
from statkit.data.cache.place import Place
from statkit.data.cache.settled import follows, is_same
from statkit.records import Columns
from statkit.sources.base import Group, PerFile, Source
from statkit.sources.discovery import Known, RunFiles, changes, scan_again
from statkit.sources.listing import NUMBERS, Listing
from statkit.sources.registry import own_sources, sources
from statkit.version import __version__

#: A file changed less than so long before it was listed is read again next time (nanoseconds): clocks of
#: file systems tick in steps of up to two seconds, and within one step a second change does not show.
RESTED_NS: Final = 2_000_000_000

#: Reading fewer files and fewer bytes than these is as quick as looking into a cache.
WORTH_FILES: Final = 16
WORTH_BYTES: Final = 1 << 16

#: Once one row in so many is new, the cache is written again; until then those few are read each time.
WORTH_WRITING: Final = 256

_DAMAGE: Final = (ValueError, KeyError, TypeError, IndexError, AttributeError, OSError, OverflowError)


class Shelf:
    """What is kept of one directory, in a file of the cache and while a run is open.

    Parameters
    ----------
    place : Place or None
        Where; None keeps nothing beyond this process.
    name : str
        Of its file.
    identity : mapping
        Tells it from what else might bear the name.
    """

    def __init__(self, place: Place | None, name: str, identity: Mapping[str, object]) -> None:
        self._place = place
        self._name = name
        self._identity = {"statkit": __version__, **identity}
        self._listed_ns = time.time_ns()
        self._entry: Entry | None = None
        self._known: Known | None = None
        self._here: dict[str, _Older] = {}
        self._written: dict[str, Packed] = {}
        self._unwritten: Packed | None = None

    def recall(self) -> Known | None:
        """Give what is known of the directory, if anything is; the scan follows at once."""
        self._listed_ns = time.time_ns()
        path = self._place.use(self._name) if self._place is not None else None
        if path is not None:
            try:
                self._entry = Entry.load(path, self._identity)
                self._known = self._entry.known({source.name: source for source in sources()})
            except _DAMAGE:
                self._entry = None
        return self._known

    def following(self, files: RunFiles) -> RunFiles:
        """Scan a run again whose columns `read` gave; what it gives next goes on from those.

        Raises
        ------
        RunNotFoundError, UnknownFormatError
            If the run is gone.
        """
        listed_ns = time.time_ns()
        again = scan_again(files)
        self._listed_ns = listed_ns
        return again

    def read(
        self, files: RunFiles, source: Source, group: Group, needed: Collection[str] | None
    ) -> tuple[Columns, bool]:
        """Read a group as its source does, from here as far as nothing has changed.

        Parameters
        ----------
        files : RunFiles
            The scan the group belongs to.
        source, group
            Who reads what.
        needed : collection of str or None
            The fields; None for all.

        Returns
        -------
        columns : Columns
            At least these fields.
        settled : bool
            Whether there is nothing to mend and nothing to order in them. If not, `keep` is to be called.
        """
        self._unwritten = None
        if files.listing is None or source not in own_sources():
            return source.read(group, _listed(needed)), False
        older = self._here.get(source.name)
        if older is None and _is_worth(group):
            with contextlib.suppress(*_DAMAGE):
                kept = self._untouched(files, source, group, needed)
                if kept is not None:
                    return _with_provenance(kept, files.listing.names, source), kept.settled
                older = self._from_entry(source)
        return self._renewed(files, source, group, older, needed)

    def _untouched(
        self, files: RunFiles, source: Source, group: Group, needed: Collection[str] | None
    ) -> Kept | None:
        """Columns from the file, where the directory is as it was then and these fields were read."""
        entry, known = self._entry, self._known
        if entry is None or known is None or files.families is not known.families:
            return None
        if source.name not in entry.held or not _covers(entry.fields(source.name), needed):
            return None
        kept = entry.kept(source.name, needed)
        return kept if not isinstance(source, PerFile) or len(kept.rows) == len(group.files) else None

    def _from_entry(self, source: Source) -> _Older | None:
        if self._entry is None or self._known is None or source.name not in self._entry.held:
            return None
        return _Older(self._known, self._entry.kept(source.name))

    def _renewed(
        self,
        files: RunFiles,
        source: Source,
        group: Group,
        older: _Older | None,
        needed: Collection[str] | None,
    ) -> tuple[Columns, bool]:
        """Read what changed, or the fields that are new, or all; and prepare it for `keep`."""
        listing = files.listing
        assert listing is not None
        fields = _union(needed, older.kept.fields if older is not None else frozenset())
        columns, settled, fresh = None, False, len(group.files)
        if older is not None and isinstance(source, PerFile):
            differs = _since(older, files, listing)
            before = _with_provenance(older.kept, older.known.names, source)
            if _covers(older.kept.fields, fields):
                columns, settled, fresh = _updated(source, group, before, differs, older.kept)
                if not differs and not fresh:
                    return columns, False  # only files that cannot be read were looked at again
            elif fields is not None and not differs:
                columns = _widened(source, group, before, fields - (older.kept.fields or frozenset()))
        if columns is None:
            columns = source.read(group, _listed(fields))
        kept = _kept(listing, source, columns, fields, settled)
        if isinstance(source, PerFile):
            known = Known(listing.names, _rested(listing.numbers, self._listed_ns), files.families)
            self._here[source.name] = _Older(known, kept, files)
        following = older is not None and older.files is not None and older.files is not files
        much = fresh * WORTH_WRITING >= len(columns)
        if (
            self._place is not None
            and much
            and not following
            and _is_worth(group)
            and _is_whole(source, columns)
        ):
            self._unwritten = pack(kept)
            if settled:
                self._write(files, source)
        return columns, settled

    def keep(self, files: RunFiles, source: Source, read: Columns, ordered: Sequence[Columns]) -> None:
        """Write what `read` gave last, beside what else is known of the directory.

        Parameters
        ----------
        files, source
            As in `read`.
        read : Columns
            What it gave, as it was then.
        ordered : sequence of Columns
            What became of it.
        """
        if self._unwritten is not None and len(ordered) == 1 and is_same(read, ordered[0]):
            self._unwritten = with_settled(self._unwritten, ordered[0].keys)
            here = self._here.get(source.name)
            if here is not None:
                here.kept.settled, here.kept.columns.keys = True, dict(ordered[0].keys)
        self._write(files, source)

    def _write(self, files: RunFiles, source: Source) -> None:
        packed, self._unwritten = self._unwritten, None
        if packed is None or files.listing is None or self._place is None:
            return
        self._written[source.name] = packed
        groups = dict(self._written)
        if self._entry is not None and self._known is not None and files.families is self._known.families:
            for name in self._entry.held:
                if name not in groups:
                    with contextlib.suppress(*_DAMAGE):
                        groups[name] = self._entry.packed(name)
        known = Known(files.listing.names, _rested(files.listing.numbers, self._listed_ns), files.families)
        names = [each.name for each in sources()]
        self._place.write(self._name, compose(self._identity, known, names, groups))


@dataclass(frozen=True, slots=True)
class _Older:
    """Columns of an earlier reading, the scan they belong to, and the run it was, if it was this one."""

    known: Known
    kept: Kept
    files: RunFiles | None = None


def _since(older: _Older, files: RunFiles, listing: Listing) -> Mapping[str, bool]:
    """The files that came, went or changed since the older columns were read."""
    if older.files is files:
        return {}
    return files.differs if files.since is older.known else changes(older.known, listing)


def _updated(
    source: PerFile, group: Group, before: Columns, differs: Mapping[str, bool], older: Kept
) -> tuple[Columns, bool, int]:
    """Keep the rows of files that are as they were, read the others.

    Returns
    -------
    columns : Columns
        All rows.
    settled : bool
        Whether they need no mending and no ordering.
    fresh : int
        How many rows are new.
    """
    present = set(group.names)
    names = before.provenance["file"]
    rows = [row for row, name in enumerate(names) if name not in differs and name in present]
    columns = before.take(rows) if len(rows) < len(names) else before
    left = present - set(columns.provenance["file"])
    if not left:
        return columns, older.settled, 0
    fresh = source.read(group.only(left), _listed(older.fields))
    settled = older.settled and follows(columns, fresh)
    return source.joined([columns, fresh]), settled, len(fresh)


def _widened(source: PerFile, group: Group, before: Columns, missing: frozenset[str]) -> Columns | None:
    """Read the missing fields of all files; None where they do not make the same rows any more."""
    fresh = source.read(group, _listed(missing))
    if list(fresh.provenance["file"]) != list(before.provenance["file"]):
        return None
    return replace(fresh, fields={**before.fields, **fresh.fields})


def _is_whole(source: Source, columns: Columns) -> bool:
    """Tell whether these columns stay true as long as no file changes.

    What could not be read may be whole next time. Where each file stands for itself it is looked at
    again then; elsewhere nothing would show it.
    """
    return isinstance(source, PerFile) or all(notice.code != "skipped-file" for notice in columns.notices)


def _kept(
    listing: Listing, source: Source, columns: Columns, fields: frozenset[str] | None, settled: bool
) -> Kept:
    places = dict(zip(listing.names, range(len(listing)), strict=True))
    rows = array("i", map(places.__getitem__, columns.provenance["file"]))
    notices = [] if isinstance(source, PerFile) else list(columns.notices)
    return Kept(fields, rows, replace(columns, fields=dict(columns.fields), notices=notices), settled)


def _with_provenance(kept: Kept, names: Sequence[str], source: Source) -> Columns:
    columns = kept.columns
    files = [names[row] for row in kept.rows]
    provenance = {"format": [source.name] * len(files), "file": files, "row": columns.provenance["row"]}
    return replace(columns, provenance=provenance)


def _is_worth(group: Group) -> bool:
    return len(group.files) >= WORTH_FILES or sum(file.size for file in group.files) >= WORTH_BYTES


def _listed(fields: Collection[str] | None) -> list[str] | None:
    return None if fields is None else sorted(fields)


def _covers(known: frozenset[str] | None, needed: Collection[str] | None) -> bool:
    return known is None or (needed is not None and known.issuperset(needed))


def _union(needed: Collection[str] | None, known: frozenset[str] | None) -> frozenset[str] | None:
    return None if needed is None or known is None else frozenset(needed) | known


def _rested(numbers: array[int], listed_ns: int) -> bytes:
    """The numbers of a listing; a file that changed just before it gets a ctime that no file has."""
    limit = listed_ns - RESTED_NS
    if max(max(numbers[1::NUMBERS], default=0), max(numbers[2::NUMBERS], default=0)) <= limit:
        return numbers.tobytes()
    marked = array("q", numbers)
    changed = zip(numbers[1::NUMBERS], numbers[2::NUMBERS], strict=True)
    for row in [row for row, (mtime, ctime) in enumerate(changed) if mtime > limit or ctime > limit]:
        marked[row * NUMBERS + 2] = -1
    return marked.tobytes()
