"""One scan of a directory, or of one file: which of its files make which series.

Nothing is ever written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field

from statkit.errors import RunNotFoundError, UnknownFormatError
from statkit.layout import METRICS_DIRECTORY, SUPERSEDED
from statkit.records import Notice
from statkit.sources.base import File, Group, Source, read_head
from statkit.sources.families import Family, family_name, gather
from statkit.sources.faults import os_reason
from statkit.sources.known import Known, Recall, changes, renew
from statkit.sources.listing import Files, Listing, kind_of
from statkit.sources.registry import claimant


@dataclass(slots=True)
class RunFiles:
    """The files of one run, claimed.

    Attributes
    ----------
    path : str
        The directory, or the file the caller named.
    claimed : list of (Source, Group)
        Who reads what; at most one group a domain source, one a table.
    notices : list of Notice
        What looked like ours but is no regular file.
    listing : Listing or None
        The scan; None where the caller named one file.
    families : dict of str to Family
        How the files of the listing are claimed.
    since : Known or None
        The earlier scan that was recalled.
    differs : dict of str to bool
        `changes` since then.
    step_column, superseded
        How the directory was scanned, as `scan_directory` takes them.
    """

    path: str
    claimed: list[tuple[Source, Group]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    listing: Listing | None = None
    families: dict[str, Family] = field(default_factory=dict)
    since: Known | None = None
    differs: dict[str, bool] = field(default_factory=dict)
    step_column: str | None = None
    superseded: bool = False

    @property
    def domain(self) -> bool:
        """Whether it holds more than tables of anyone's."""
        return any(source.series != "scalars" for source, _ in self.claimed)


def scan_file(path: str, step_column: str | None = None) -> RunFiles:
    """Claim one file the caller named.

    Raises
    ------
    RunNotFoundError, UnknownFormatError
        If it cannot be opened, or no source reads it.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise RunNotFoundError(f"{path}: is {kind_of(status.st_mode)}, not a regular file.", path)
        head = read_head(path)
    except OSError as error:
        if isinstance(error, RunNotFoundError):
            raise
        raise RunNotFoundError(f"{path}: {os_reason(error)}.", path) from None
    name = os.path.basename(path)
    file = File(name, path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    group = Group(os.path.dirname(path) or ".", family_name(name), [file], step_column, explicit=True)
    source = claimant(group, head)
    if source is None:
        raise UnknownFormatError(
            f"{path}: no known format. Possible: Statistik snapshots, batch metrics, CSV, TSV, JSONL, "
            f"NDJSON.",
            path,
        )
    return RunFiles(path, [(source, group)], step_column=step_column)


def scan_again(files: RunFiles) -> RunFiles:
    """Scan what was scanned before; families of which no file may have changed stay with their sources.

    Raises
    ------
    RunNotFoundError, UnknownFormatError
        If it is gone.
    """
    before = files.listing
    if before is None:
        return scan_file(files.path, files.step_column)
    if not before.counted:
        return scan_directory(files.path, files.step_column, superseded=files.superseded)
    known = Known(before.names, before.rested(), files.families)
    return scan_directory(
        files.path, files.step_column, superseded=files.superseded, recall=lambda path: known
    )


def scan_directory(
    path: str,
    step_column: str | None = None,
    *,
    superseded: bool = False,
    recall: Recall | None = None,
    counted: bool = True,
) -> RunFiles:
    """Claim the files of one directory, with those of its ``metrics`` directory.

    Parameters
    ----------
    path : str
        The directory.
    step_column : str or None
        The step column of tables.
    superseded : bool
        Also take the files that a resumed training replaced (``superseded/<k>/``).
    recall : callable or None
        Knows earlier scans: what has not changed since is not looked into again.
    counted : bool
        Whether sizes and times are asked for, as `Listing.counted`; needed by ``recall``.

    Raises
    ------
    RunNotFoundError
        If it cannot be listed.
    """
    listing = Listing(path, counted=counted)
    found = RunFiles(path, listing=listing, step_column=step_column, superseded=superseded)
    listing.scan("", found.notices)
    places = [METRICS_DIRECTORY] if os.path.isdir(os.path.join(path, METRICS_DIRECTORY)) else []
    for place in places + (_superseded(path) if superseded else []):
        try:
            listing.scan(place, found.notices)
        except RunNotFoundError as error:
            found.notices.append(Notice("skipped-file", place, str(error)))
    if listing.names:
        known = recall(path) if recall is not None else None
        if known is None:
            found.families = gather(listing, step_column)
        else:
            found.since, found.differs = known, changes(known, listing)
            found.families = renew(listing, known, found.differs, step_column)
        found.claimed = _claimed(found, step_column)
    return found


def _claimed(found: RunFiles, step_column: str | None) -> list[tuple[Source, Group]]:
    """One group a source: the families it claims, one after the other."""
    listing = found.listing
    assert listing is not None
    groups: dict[int, tuple[Source, str, Sequence[int]]] = {}
    for name, family in found.families.items():
        if family.source is not None:
            source, first, rows = groups.get(id(family.source), (family.source, name, ()))
            groups[id(source)] = (source, first, [*rows, *family.rows] if rows else family.rows)
    return [
        (source, Group(found.path, name, Files(listing, rows), step_column))
        for source, name, rows in groups.values()
    ]


def _superseded(path: str) -> list[str]:
    try:
        with os.scandir(os.path.join(path, SUPERSEDED)) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and entry.name.isdecimal()]
    except OSError:
        return []
    return [f"{SUPERSEDED}/{name}" for name in sorted(names, key=int)]
