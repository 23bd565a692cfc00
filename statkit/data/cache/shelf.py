"""What is kept of one directory: given where nothing has changed, renewed where something has."""

from __future__ import annotations

import contextlib
from array import array
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from statkit.data.cache.entry import Entry, compose
from statkit.data.cache.kept import Kept, Packed, pack
from statkit.data.cache.place import Place
from statkit.data.cache.renewal import Older, Renewed, covers, listed, narrowed, renewed, with_provenance
from statkit.data.cache.settled import is_same, ordered_alone
from statkit.records import Columns
from statkit.sources.base import Group, PerFile, Source
from statkit.sources.following import Following
from statkit.sources.known import Known
from statkit.sources.listing import Listing
from statkit.sources.registry import own_sources, sources
from statkit.sources.run_files import RunFiles, scan_again
from statkit.version import __version__

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

    Attributes
    ----------
    identity : dict
        The same, with the version of statkit.
    """

    def __init__(self, place: Place | None, name: str, identity: Mapping[str, object]) -> None:
        self._place = place
        self._name = name
        self.identity = {"statkit": __version__, **identity}
        self._entry: Entry | None = None
        self._known: Known | None = None
        self._here: dict[str, Older] = {}
        self._followed: dict[str, object] = {}
        self._written: dict[str, tuple[RunFiles, Packed]] = {}
        self._unwritten: Kept | None = None

    def recall(self) -> Known | None:
        """Give what is known of the directory, if anything is."""
        path = self._place.use(self._name) if self._place is not None else None
        if path is not None:
            try:
                self._entry = Entry.load(path, self.identity)
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
        return scan_again(files)

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
            return self._read(source, group, needed), False
        older = self._here.get(source.name)
        if older is None and _is_worth(group):
            with contextlib.suppress(*_DAMAGE):
                kept = self._untouched(files, source, group, needed)
                if kept is not None:
                    return with_provenance(kept, files.listing.names, source), kept.settled
                older = self._from_entry(source)
        return self._renewed(files, source, group, older, needed)

    def _read(self, source: Source, group: Group, fields: Collection[str] | None) -> Columns:
        """Read a group; where its files grow while a training runs, what is new."""
        if not isinstance(source, Following):
            return source.read(group, listed(fields))
        columns, self._followed[source.name] = source.read_on(
            group, listed(fields), self._followed.get(source.name)
        )
        return columns

    def _untouched(
        self, files: RunFiles, source: Source, group: Group, needed: Collection[str] | None
    ) -> Kept | None:
        """Columns from the file, where the directory is as it was then and these fields were read."""
        entry, known = self._entry, self._known
        if entry is None or known is None or files.families is not known.families:
            return None
        if source.name not in entry.held or not covers(entry.fields(source.name), needed):
            return None
        kept = entry.kept(source.name, needed)
        return kept if not isinstance(source, PerFile) or len(kept.rows) == len(group.files) else None

    def _from_entry(self, source: Source) -> Older | None:
        if self._entry is None or self._known is None or source.name not in self._entry.held:
            return None
        return Older(self._known, self._entry.kept(source.name))

    def _renewed(
        self,
        files: RunFiles,
        source: Source,
        group: Group,
        older: Older | None,
        needed: Collection[str] | None,
    ) -> tuple[Columns, bool]:
        """Read what changed, or the fields that are new, or all; and prepare it for `keep`."""
        listing = files.listing
        assert listing is not None
        fields = _union(needed, older.kept.fields if older is not None else frozenset())
        made = None
        if older is not None and isinstance(source, PerFile):
            made = renewed(older, files, source, group, fields)
            if made is not None and not made.changed:
                return narrowed(made.columns, fields, needed), False
        if made is None:
            made = Renewed(self._read(source, group, fields), False, len(group.files), True)
        columns = made.columns
        if not listing.counted:
            return narrowed(columns, fields, needed), made.settled
        kept = _kept(listing, source, columns, fields, made.settled)
        if isinstance(source, PerFile):
            self._here[source.name] = Older(
                Known(listing.names, listing.rested(), files.families), kept, files
            )
        following = older is not None and older.files is not None and older.files is not files
        much = made.fresh * WORTH_WRITING >= len(columns)
        lasting = _is_worth(group) and _is_whole(source, columns)
        if self._place is not None and much and lasting and not following:
            self._unwritten = kept
            if made.settled:
                self._write(files, source)
        return narrowed(columns, fields, needed), made.settled

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
        kept = self._unwritten
        if kept is not None and not files.superseded and len(ordered) == 1 and is_same(read, ordered[0]):
            whole: Columns | None = ordered[0]
            if len(read.fields) < len(kept.columns.fields):
                whole = ordered_alone(kept.columns)
            if whole is not None:
                kept.settled, kept.columns.keys = True, dict(whole.keys)
        self._write(files, source)

    def _write(self, files: RunFiles, source: Source) -> None:
        kept, self._unwritten = self._unwritten, None
        if kept is None or files.listing is None or self._place is None:
            return
        packed = pack(kept)
        if packed is None:
            return
        self._written[source.name] = (files, packed)
        groups = {name: packed for name, (of, packed) in self._written.items() if of is files}
        if self._entry is not None and self._known is not None and files.families is self._known.families:
            for name in self._entry.held:
                if name not in groups:
                    with contextlib.suppress(*_DAMAGE):
                        groups[name] = self._entry.packed(name)
        known = Known(files.listing.names, files.listing.rested(), files.families)
        names = [each.name for each in sources()]
        self._place.write(self._name, compose(self.identity, known, names, groups))


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
    own = replace(columns, keys=dict(columns.keys), fields=dict(columns.fields), notices=notices)
    return Kept(fields, rows, own, settled)


def _is_worth(group: Group) -> bool:
    return len(group.files) >= WORTH_FILES or sum(file.size for file in group.files) >= WORTH_BYTES


def _union(needed: Collection[str] | None, known: frozenset[str] | None) -> frozenset[str] | None:
    return None if needed is None or known is None else frozenset(needed) | known
