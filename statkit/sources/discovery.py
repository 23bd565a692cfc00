"""Which files of a directory make which series, and which directories are runs.

One scan of a directory: files are gathered into families (names with digits as ``#``), some
files of each family are looked into, and the registry says which source reads them. Only regular
files are opened; nothing is ever written.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from struct import iter_unpack

from statkit.errors import RunNotFoundError, UnknownFormatError, shortened
from statkit.layout import (
    BATCH_LOG,
    INNER_DIRECTORIES,
    SUPERSEDED,
    is_batch_metrics,
    parse_page_download,
    parse_statistik,
    plain_steps,
)
from statkit.records import Notice
from statkit.sources.base import File, Group, Source, read_head
from statkit.sources.faults import os_reason
from statkit.sources.listing import NUMBERS, Files, Listing, kind_of
from statkit.sources.registry import claimant, own_alone

_DIGITS = re.compile(r"[0-9]+")

#: How many files of a family are looked into.
_HEADS = 5
#: How deep runs are looked for below a directory.
_LEVELS = 40

#: A directory inside a run that holds part of its files.
METRICS_DIRECTORY = "metrics"


@dataclass(slots=True)
class Family:
    """Files whose names differ in their digits alone, and who reads them.

    Attributes
    ----------
    source : Source or None
        None where no source claims them.
    rows : sequence of int
        Where they stand in the listing, sorted by name.
    """

    source: Source | None
    rows: Sequence[int]


@dataclass(slots=True)
class Known:
    """What an earlier scan of a directory found; only a hint.

    Attributes
    ----------
    names : list of str
        Its files.
    numbers : bytes
        What `Listing.rested` gave.
    families : dict of str to Family
        How they were claimed.
    """

    names: list[str]
    numbers: bytes
    families: dict[str, Family]


#: Gives what is known of a directory, or None.
Recall = Callable[[str], Known | None]


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
    group = Group(os.path.dirname(path) or ".", _family(name), [file], step_column, explicit=True)
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
            found.families = _families(listing, step_column)
        else:
            found.since, found.differs = known, changes(known, listing)
            found.families = _renewed(listing, known, found.differs, step_column)
        found.claimed = _claimed(found, step_column)
    return found


def _families(listing: Listing, step_column: str | None) -> dict[str, Family]:
    members: dict[str, list[int]] = {}
    names = listing.names
    if plain_steps(names) is not None:
        members[_SNAPSHOTS] = list(range(len(names)))
    else:
        for row, name in enumerate(names):
            members.setdefault(_family(name), []).append(row)
    for rows in members.values():
        rows.sort(key=names.__getitem__)
    return {family: _settled(listing, family, members[family], step_column) for family in sorted(members)}


def _settled(listing: Listing, family: str, rows: Sequence[int], step_column: str | None) -> Family:
    group = Group(listing.directory, family, Files(listing, rows), step_column)
    return Family(_claimant(group), rows)


def _renewed(
    listing: Listing, known: Known, differs: Mapping[str, bool], step_column: str | None
) -> dict[str, Family]:
    """Take the families of an earlier scan; those with a file that came, went or changed are asked again.

    All are where packages read files too: what those claim may change with the package.
    """
    alone = own_alone()
    same = not differs and listing.names == known.names
    if same and (alone or _are_claimed_alike(listing, known.families, step_column)):
        return known.families
    here = dict(zip(listing.names, range(len(listing)), strict=True))
    touched = {_family(name) for name in differs}
    before = {
        family: [here[name] for row in each.rows if (name := known.names[row]) in here]
        for family, each in known.families.items()
    }
    for name in differs.keys() - set(known.names):
        rows = before.setdefault(_family(name), [])
        insort(rows, here[name], key=listing.names.__getitem__)
    return {
        family: _settled(listing, family, rows, step_column)
        if family in touched or not alone
        else Family(known.families[family].source, rows)
        for family, rows in sorted(before.items())
        if rows
    }


def _are_claimed_alike(listing: Listing, families: Mapping[str, Family], step_column: str | None) -> bool:
    return all(
        _settled(listing, name, family.rows, step_column).source is family.source
        for name, family in families.items()
    )


def changes(known: Known, listing: Listing) -> dict[str, bool]:
    """Name the files that came, went or changed since; True for those that are there now."""
    if listing.numbers.tobytes() == known.numbers and listing.names == known.names:
        return {}
    before = dict(zip(known.names, iter_unpack(_FORMAT, known.numbers), strict=True))
    now = zip(listing.names, iter_unpack(_FORMAT, listing.numbers.tobytes()), strict=True)
    differs = {name: True for name, numbers in now if before.get(name) != numbers}
    if len(before) + sum(name not in before for name in differs) != len(listing):
        differs.update(dict.fromkeys(before.keys() - set(listing.names), False))
    return differs


_FORMAT = f"={NUMBERS}q"


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


_SNAPSHOTS = "Statistik_#.json"


def _family(name: str) -> str:
    base = name.rpartition("/")[2]
    if parse_statistik(base):
        return _SNAPSHOTS
    page = parse_page_download(base)
    if page:
        return f"vsr_training_{page.kind}_#.json"
    if is_batch_metrics(base):
        return BATCH_LOG if base == BATCH_LOG else "#_metrics.json"
    return base if base.endswith((".csv", ".tsv", ".jsonl", ".ndjson")) else _DIGITS.sub("#", base)


def _claimant(group: Group) -> Source | None:
    """Ask who reads a family, by a few of its files; the most votes win, then the first.

    Empty files have no say, unless all of those looked at are empty.
    """
    files = group.files
    votes: Counter[Source] = Counter()
    looked = False
    for file in files[:: -(-len(files) // _HEADS) or 1]:
        try:
            head = read_head(file.path)
        except OSError:
            continue
        if head:
            looked = True
            source = claimant(group, head)
            if source is not None:
                votes[source] += 1
    if votes:
        return votes.most_common(1)[0][0]
    return None if looked else _any_claimant(group)


def _any_claimant(group: Group) -> Source | None:
    """Ask by the first file that holds anything, and by the names alone where none does."""
    for file in group.files:
        try:
            head = read_head(file.path)
        except OSError:
            continue
        if head:
            return claimant(group, head)
    return claimant(group, b"")


def find_runs(
    root: str,
    step_column: str | None = None,
    *,
    superseded: bool = False,
    recall: Recall | None = None,
    counted: bool = True,
) -> Iterator[RunFiles]:
    """Find every run at or below a directory.

    A directory that holds a series of ours is one run and is not searched further. One that holds
    only tables is a run if nothing below it is. Links to directories are not followed, and nothing
    below 40 levels is found. Each is given as it is found: what is done with it is done in the same
    scan.

    Raises
    ------
    RunNotFoundError
        If the root cannot be listed.
    UnknownFormatError
        If nothing at or below it is a run; the message says what was found.
    """

    def scan(path: str) -> RunFiles:
        return scan_directory(path, step_column, superseded=superseded, recall=recall, counted=counted)

    found = False
    for run in _walk(root, scan):
        found = True
        yield run
    if not found:
        raise UnknownFormatError(_nothing(root), root)


def _walk(path: str, scan: Callable[[str], RunFiles], levels: int = _LEVELS) -> Iterator[RunFiles]:
    here = scan(path)
    if here.domain:
        yield here
        return
    below = False
    for name in _subdirectories(path) if levels else ():
        try:
            for run in _walk(name if path == "." else os.path.join(path, name), scan, levels - 1):
                below = True
                yield run
        except RunNotFoundError:
            continue  # a directory that may not be listed hides no run the caller named
    if not below and here.claimed:
        yield here


def _subdirectories(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            names = [e.name for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    return sorted(name for name in names if not name.startswith(".") and name not in INNER_DIRECTORIES)


def _nothing(path: str) -> str:
    try:
        names = sorted(os.listdir(path))
    except OSError as error:
        return f"{path}: {os_reason(error)}."
    if not names:
        return f"{path} is empty: no run there. Name a directory with Statistik_<step>.json files."
    return (
        f"{path} holds no run. Found: {shortened(names, 5)}. Possible: Statistik_<step>.json, "
        f"*_metrics.json with batch_metrics, CSV, TSV or JSONL with a step column."
    )
